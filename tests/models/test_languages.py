"""Two votes on the language of sentences of the microworld, and of others."""

import pytest

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


def test_languages_that_no_vote_knows() -> None:
    assert len(load_language_identifier("lid:").identify(["wasi"], ["quz", "mi"])) == 1
