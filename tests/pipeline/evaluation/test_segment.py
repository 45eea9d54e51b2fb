import importlib.util
import logging
import sys
from types import SimpleNamespace

import pytest

from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.segment import _tell, segmenter


def test_text_is_normal_lower_case_and_without_punctuation():
    found = segmenter("fr", "words")
    assert found.tokenize(["L’été, un Ｔ-shirt № 5 — 3,5 m² !", "", " … "]) == [
        ["l", "été", "un", "t", "shirt", "no", "5", "3", "5", "m2"],
        [],
        [],
    ]
    assert found.signature == "words:1"


def test_chinese_by_characters_keeps_latin_words():
    assert segmenter("zh", "char").tokenize(["一只ＡＢＣ狗，123。"]) == [["一", "只", "abc", "狗", "123"]]


@pytest.mark.skipif(importlib.util.find_spec("rjieba") is None, reason="rjieba is not installed")
def test_chinese_by_jieba_names_its_version():
    found = segmenter("zh", "jieba")
    assert found.tokenize(["一只黑色的狗在草地上奔跑。"]) == [["一只", "黑色", "的", "狗", "在", "草地", "上", "奔跑"]]
    assert found.signature.startswith("jieba:rjieba-")


def test_auto_says_what_it_took():
    assert segmenter("de", "auto").signature.split(":")[0] in ("stanza", "words")
    for lang in ("zh", "zh-TW"):
        assert segmenter(lang, "auto").signature.split(":")[0] in ("stanza", "jieba", "char")


@pytest.mark.skipif(importlib.util.find_spec("stanza") is not None, reason="stanza is installed")
def test_auto_says_once_what_is_not_there(caplog):
    _tell.cache_clear()
    with caplog.at_level(logging.INFO):
        for lang in ("de", "fr", "zh", "de"):
            segmenter(lang)
    assert [record.message for record in caplog.records if "stanza" in record.message] == [
        "segmenter 'stanza' is not installed: pip install stanza"
    ]


@pytest.mark.parametrize(
    ("lang", "name", "message"),
    [
        ("zh", "words", "'zh' writes no spaces"),
        ("de", "char", "does ja, th, zh only"),
        ("de", "jieba", "Chinese only"),
        ("de", "moses", "write one of auto, stanza, jieba, char, words"),
    ],
)
def test_what_a_segmenter_cannot_do_is_refused(lang, name, message):
    with pytest.raises(EvaluationError, match=message):
        segmenter(lang, name)


@pytest.mark.skipif(importlib.util.find_spec("stanza") is not None, reason="stanza is installed")
def test_a_missing_segmenter_says_how_to_get_it():
    with pytest.raises(EvaluationError, match="pip install stanza"):
        segmenter("de", "stanza")


def test_stanza_gives_words_of_all_sentences(monkeypatch):
    """French "du" is one token of two words; the paper's authors take the words, with sentence splitting on."""
    asked = []

    def named(*texts: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(text=text) for text in texts]

    class Pipeline:
        def __init__(self, lang, **settings):
            asked.append((lang, settings))

        def bulk_process(self, texts):
            assert texts == ["Le chat du roi. Il dort."]
            first = SimpleNamespace(tokens=named("Le", "chat", "du", "roi", "."), words=named("Le", "chat", "de", "le", "roi", "."))
            second = SimpleNamespace(tokens=named("Il", "dort", "."), words=named("Il", "dort", "."))
            return [SimpleNamespace(sentences=[first, second])]

    monkeypatch.setitem(sys.modules, "stanza", SimpleNamespace(Pipeline=Pipeline, __version__="1.11.0"))
    found = segmenter("fr", "stanza")
    assert found.tokenize(["Le chat du roi. Il dort.", ""]) == [["le", "chat", "de", "le", "roi", "il", "dort"], []]
    assert asked == [("fr", {"processors": "tokenize", "download_method": None, "verbose": False})]
    assert found.signature == "stanza:1.11.0-fr-words"
