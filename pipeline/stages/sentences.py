"""Sentences, and the rule by which sentences of one caption make its styles."""

from __future__ import annotations

import random

from models.languages.sentences import join_sentences
from pipeline.chunks import fingerprint


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter, where that changes no other: not ``iPhone``, and not ``ﬁsh``, whose capital is two."""
    capital = sentence[:1].upper()
    return sentence if len(capital) != 1 or sentence[1:2].isupper() else capital + sentence[1:]


def styles(sentences: list[str], lang: str) -> dict[str, str]:
    """Captions by style: the first sentence is short, the first two are detailed, three or more are more detailed (paper)."""
    made = {"short": sentences[:1], "detailed": sentences[:2], "more_detailed": sentences}
    return {style: join_sentences(chosen, lang) for (style, chosen), n in zip(made.items(), (1, 2, 3), strict=True) if len(sentences) >= n}


def shuffled_subset(count: int, *seed: object) -> list[int]:
    """2 to ``count`` of the numbers below ``count`` in random order, by the seed alone. ``count`` is at least 2."""
    choice = random.Random(fingerprint(*seed))
    return choice.sample(range(count), choice.randint(2, count))
