import pyarrow as pa
import pytest

from models.protocols import ModelCard, Translation
from pipeline.chunks import split_of
from pipeline.stages.translate import Translate
from tests.pipeline.tiny import Translator

KEYS = [f"{number:032x}" for number in range(40)]
TRAIN = next(key for key in KEYS if split_of(key, 0, 0.5) == "train")
TEST = next(key for key in KEYS if split_of(key, 0, 0.5) == "test")
CAPTION = "The picture is red in the middle. Its edges are red as well."


def texts(key: str, caption: str = CAPTION, pairs: bool = True) -> list[tuple]:
    stage = Translate(Translator.describe, ("en", "de", "fr"), ("en", "de"), 0, 0.5, pairs, 0)
    made = stage.run(pa.table({"key": [key], "caption": [caption], "caption_logprob": [-0.25]}), iter(()))
    assert made["reject"].to_pylist() == [None]
    return [(t["task"], t["lang"], t["style"], t["source"], t["text"]) for t in made["texts"][0].as_py()]


EN = ["The picture is red in the middle.", "Its edges are red as well."]
DE = ["Das Bild ist in der Mitte rot.", "Seine Ränder sind ebenfalls rot."]
FR = ["L'image est de couleur rot au milieu.".replace("rot", "rouge"), "Ses bords sont aussi de couleur rouge."]


def test_a_train_image_has_captions_in_caption_languages_and_pairs_in_all():
    made = texts(TRAIN)
    assert made[:4] == [
        ("caption", "en", "short", None, EN[0]),
        ("caption", "en", "detailed", None, " ".join(EN)),
        ("caption", "de", "short", EN[0], DE[0]),
        ("caption", "de", "detailed", " ".join(EN), " ".join(DE)),
    ]
    whole = [("translation", "de", None, " ".join(EN), " ".join(DE)), ("translation", "fr", None, " ".join(EN), " ".join(FR))]
    assert [made[4], made[6]] == whole
    for pair, target in ((made[5], DE), (made[7], FR)):
        assert pair[3:] in {(" ".join(EN), " ".join(target)), (" ".join(reversed(EN)), " ".join(reversed(target)))}
    assert len(made) == 8


def test_without_pairs_a_train_image_has_captions_only():
    assert {(task, lang) for task, lang, *_ in texts(TRAIN, pairs=False)} == {("caption", "en"), ("caption", "de")}


def test_a_test_image_has_everything_in_every_language():
    expected = {("caption", lang) for lang in ("en", "de", "fr")} | {("translation", lang) for lang in ("de", "fr")}
    assert {(task, lang) for task, lang, *_ in texts(TEST, pairs=False)} == expected


def test_styles_are_translated_alone_where_sentences_do_not_match(monkeypatch):
    joined = {" ".join(EN): "Alles ist rot, und zwar überall.", EN[0]: DE[0]}
    monkeypatch.setattr(Translator, "_translate", lambda self, text, target: joined[text])
    made = texts(TRAIN)
    assert [row for row in made if row[1] == "de"] == [
        ("caption", "de", "short", EN[0], DE[0]),
        ("caption", "de", "detailed", " ".join(EN), joined[" ".join(EN)]),
        ("translation", "de", None, " ".join(EN), joined[" ".join(EN)]),
    ]


@pytest.mark.parametrize("size", [1, 3, 4, 5])
def test_the_batch_size_changes_nothing(size):
    rows = pa.table({"key": KEYS[:4], "caption": [CAPTION, EN[0], EN[1], CAPTION.replace("red", "blue")], "caption_logprob": [-0.25] * 4})
    stages = [Translate(Translator.describe, ("en", "de", "fr"), ("en", "de"), 0, 0.5, True, 0, batch) for batch in (size, 64)]
    assert stages[0].run(rows, iter(())) == stages[1].run(rows, iter(()))
    assert stages[0].digest() == stages[1].digest()


class Beside(Translator):
    """Joins the sentences of a whole caption, so that its styles are translated alone, and says what it saw beside each."""

    describe = ModelCard("python:tests.pipeline.stages.test_translate:Beside", "beside", "1", "f" * 64, None)
    context = True

    def translate(self, texts, source, target):
        return [Translation(text.replace(". ", ", "), -0.5) for text in texts]

    def translate_in_context(self, texts, contexts, source, target):
        return [Translation(f"{text} Neben: {context}", -0.5) for text, context in zip(texts, contexts, strict=True)]


def test_a_translator_that_asks_for_it_sees_the_whole_caption_beside_a_style():
    stage = Translate(Beside.describe, ("en", "de"), ("en", "de"), 0, 0.5, True, 0)
    made = stage.run(pa.table({"key": [TRAIN], "caption": [CAPTION], "caption_logprob": [-0.25]}), iter(()))
    german = [(t["task"], t["style"], t["source"], t["text"]) for t in made["texts"][0].as_py() if t["lang"] == "de"]
    whole = " ".join(EN)
    assert german == [
        ("caption", "short", EN[0], f"{EN[0]} Neben: {whole}"),
        ("caption", "detailed", whole, whole.replace(". ", ", ")),
        ("translation", None, whole, whole.replace(". ", ", ")),
    ]
