import re
from collections import Counter

import pytest

from pipeline.microworld.grammar import LANGUAGES, en
from pipeline.microworld.topics import ENDINGS, TEMPLATES, topic_sentences


def slots(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("texts", (*TEMPLATES, *ENDINGS), ids=lambda texts: texts[0][:40])
def test_a_template_has_the_same_slots_in_each_language(texts: tuple[str, ...]) -> None:
    assert [slots(text) for text in texts] == [slots(texts[0])] * len(LANGUAGES)


def test_content_is_the_same_in_each_language_and_for_each_seed() -> None:
    both = topic_sentences(7, ("en", "de"))
    assert both == {lang: topic_sentences(7, LANGUAGES)[lang] for lang in ("en", "de")}
    for seed in range(300):
        made = topic_sentences(seed, LANGUAGES)
        digits = {lang: sorted(re.findall(r"\d+", text)) for lang, text in made.items()}
        assert len({tuple(found) for found in digits.values()}) == 1, made
        assert not any("{" in text for text in made.values())


def test_they_seldom_come_again() -> None:
    said = Counter(topic_sentences(seed, ("en",))["en"] for seed in range(5000))
    assert sum(count - 1 for count in said.values()) < 100


def test_none_is_about_a_scene() -> None:
    assert [seed for seed in range(500) if en.parse(topic_sentences(seed, ("en",))["en"]) is not None] == []
