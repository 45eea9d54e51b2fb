"""Sentences, and the rule by which sentences of one caption make its styles."""

from __future__ import annotations

import random
import re

from models.languages.tags import sentence_gap
from pipeline.chunks import fingerprint

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")
_END = re.compile(r"(?<=[.!?…])[\"»”')\]]*\s+(?=[\"«“'(\[¿¡]*[^\W_a-zа-яß-ÿ])|(?<=[。！？])[」』”]*\s*(?=\S)")


def one_line(text: str) -> str:
    """A teacher's text without line breaks, control characters and what stands for a wrong decoding."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def split_sentences(text: str) -> list[str]:
    """The sentences of a caption in any of the languages that end one by ``. ! ? …`` or ``。！？``."""
    return [sentence.strip() for sentence in _END.split(text.strip()) if sentence.strip()]


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


def join_sentences(sentences: list[str], lang: str) -> str:
    """Sentences as one text."""
    return sentence_gap(lang).join(sentences)


def styles(sentences: list[str], lang: str) -> dict[str, str]:
    """Captions by style: the first sentence is short, the first two are detailed, three or more are more detailed (paper)."""
    made = {"short": sentences[:1], "detailed": sentences[:2], "more_detailed": sentences}
    return {style: join_sentences(chosen, lang) for (style, chosen), n in zip(made.items(), (1, 2, 3), strict=True) if len(sentences) >= n}


def shuffled_subset(count: int, *seed: object) -> list[int]:
    """2 to ``count`` of the numbers below ``count`` in random order, by the seed alone. ``count`` is at least 2."""
    choice = random.Random(fingerprint(*seed))
    return choice.sample(range(count), choice.randint(2, count))
