"""Two votes on the language of sentences of the microworld, and of others."""

import pytest

from models.languages.tags import covers
from models.registry import load_language_identifier
from pipeline.microworld.grammar import LANGUAGES, describe
from pipeline.microworld.grammar.plan import free_caption
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.topics import topic_sentences


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nearly_all_sentences_are_recognised(lang: str) -> None:
    model = load_language_identifier("lid:")
    captions = [describe(lang, free_caption(sample_scene(seed))[:1]) for seed in range(200)]
    topics = [topic_sentences(seed, [lang])[lang] for seed in range(200)]
    for texts in (captions, topics):
        found = model.identify(texts, LANGUAGES)
        assert sum(name == lang and sure >= 0.5 for name, sure in found) >= 0.98 * len(texts)


def test_short_texts_stay_among_the_languages_of_the_run() -> None:
    found = load_language_identifier("lid:").identify(["Una cosa", "你好", "Да"], ["en", "es", "ru", "zh"])
    assert [lang for lang, _ in found] == ["es", "zh", "ru"]


def test_long_texts_may_be_foreign() -> None:
    text = "Questo è un testo in italiano abbastanza lungo per essere riconosciuto."
    assert load_language_identifier("lid:").identify([text], LANGUAGES)[0][0] == "it"


def test_text_without_letters() -> None:
    assert load_language_identifier("lid:").identify(["12 / 34", ""], LANGUAGES) == [("", 0.0), ("", 0.0)]


def test_filipino_by_the_name_of_bcp47() -> None:
    text = "Ang batang lalaki ay naglalaro ng bola sa parke kasama ang kanyang mga kaibigan."
    assert load_language_identifier("lid:").identify([text], ["en", "es", "fil"])[0][0] == "fil"


PORTUGUESE = ["Um gato vermelho dorme no parque ao lado de uma casa pequena.", "Um cachorro"]
TRADITIONAL = ["一隻紅色的貓在公園裡的小房子旁邊睡覺，天空很藍，陽光很好，樹下還有兩個小孩在玩球，旁邊有一條河。", "紅色的貓"]


@pytest.mark.parametrize(
    ("langs", "texts", "found"),
    [
        (["en", "de", "pt-BR"], PORTUGUESE, "pt-BR"),
        (["en", "pt", "pt-BR"], PORTUGUESE, "pt"),
        (["en", "de", "zh-TW"], TRADITIONAL, "zh-TW"),
        (["en", "de", "zh-Hant"], TRADITIONAL, "zh-Hant"),
        (["en", "zh", "zh-Hant"], TRADITIONAL, "zh"),
        (["en-GB", "de"], ["A red cat sleeps in the park beside a small house.", "A red cat"], "en-GB"),
        (["en", "de", "nb"], ["En rød katt sover i parken ved siden av et lite hus.", "En rød katt"], "nb"),
    ],
)
def test_regions_and_scripts_go_by_their_language(langs: list[str], texts: list[str], found: str) -> None:
    made = load_language_identifier("lid:").identify(texts, langs)
    assert [name for name, _ in made] == [found, found]
    assert all(sure > 0.5 for _, sure in made)


@pytest.mark.parametrize(
    ("found", "claimed", "right"),
    [
        ("zh", "zh-Hant", True),
        ("zh", "zh-TW", True),
        ("pt", "pt-BR", True),
        ("no", "nb", True),
        ("de", "de", True),
        ("pt-BR", "pt-BR", True),
        ("pt-BR", "pt", False),
        ("zh-Hant", "zh", False),
        ("pt", "es", False),
        ("", "en", False),
    ],
)
def test_a_language_is_right_for_its_regions_and_scripts(found: str, claimed: str, right: bool) -> None:
    assert covers(found, claimed) is right


def test_languages_that_no_vote_knows() -> None:
    assert len(load_language_identifier("lid:").identify(["wasi"], ["quz", "mi"])) == 1
