"""What can be seen of a text, and of a text beside its original, without a model: the same for bitexts and for what teachers write."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ftfy.badness import is_bad

REPEATED = 0.5
"""Share of a text that may be repetition, at most."""
_STOPS = ".,;:!?…。，、！？"
_STUCK = 3
"""Letters of a word, and times that it stands in a row without a comma, from which a text counts as repetition alone."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")
_UNKNOWN = re.compile(r"<\s*(?:unk|pad|mask|bos|eos|extra_id_\d+)\s*>|\[(?:UNK|PAD|CLS|SEP|MASK)\]|⁇|<\|[a-z_]+\|>", re.IGNORECASE)
_PIECES = re.compile(r"▁|@@(?:\s|$)|</w>")
_MARKUP = re.compile(r"</?[a-zA-Z][\w-]*(?:\s+[\w-]+\s*=[^<>]*)?\s*/?>|\{\{|\}\}|\[\[|\]\]|\[/(?:b|i|u|url|img|quote)\]")
_ODD = re.compile(r"[<\[\]{}⁇▁#@]")
"""What a text has that any of these three finds something in."""
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|(?<!\d)\d{1,3}(?:[.,'’٬٫\u00a0\u202f ]\d{3})+(?!\d)|\d+")
_MYRIADS = re.compile(r"(\d+)(?:[.,](\d+))?\s*([万萬만亿億억])")
_WORD = re.compile(r"[^\W\d_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Defect:
    """Something that is wrong with a text whatever the thresholds: the reason of a reject, and where it shows."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Scores:
    """What thresholds look at.

    Attributes:
        length_ratio: characters of the longer side over those of the shorter, Chinese, Japanese and Korean ones counted twice; None of a
            text without an original.
        repetition: see `repetition`; of two sides the larger.
    """

    length_ratio: float | None
    repetition: float


def defect(text: str, original: str | None = None) -> Defect | None:
    """The first thing that is wrong with a text, and with its English original where there is one.

    In this order: empty, unprintable (control or replacement characters), mojibake (UTF-8 that was read as another encoding, as ftfy tells
    it), unknown_token (what a model writes for what it cannot), pieces (of a tokeniser), markup; copy (both sides the same), numbers (the
    sides have different ones, whatever their digits).
    """
    sides = [text] if original is None else [original, text]
    for side in sides:
        if found := _alone(side):
            return found
    return None if original is None else _beside(original, text)


def scores(text: str, original: str | None = None) -> Scores:
    """The scores of a text, and of its English original where there is one."""
    if original is None:
        return Scores(None, repetition(text))
    return Scores(_ratio(original, text), max(repetition(original), repetition(text)))


def over(measured: Scores, max_ratio: float) -> Defect | None:
    """What is wrong by the thresholds: length_ratio or repetition."""
    if measured.length_ratio is not None and measured.length_ratio > max_ratio:
        return Defect("length_ratio", f"one side is {measured.length_ratio:.1f} times the other, at most {max_ratio}")
    if measured.repetition > REPEATED:
        return Defect("repetition", f"{measured.repetition:.0%} of a side is the same words over and over")
    return None


def repetition(text: str) -> float:
    """Share of the words of a text (characters, where words are not spaced) that the longest run of the same words over and over makes up.

    A run has a period of words three times. A word of three letters or more that stands three times in a row without a comma, as people
    seldom write and translators that have lost their way do, counts as all of the text; of shorter ones, of numbers and of characters it
    takes nine.
    """
    words: list[Any] = text.lower().split()
    spaced = not _UNSPACED.search(text)
    if not spaced:
        words = [letter for letter in text.lower() if not letter.isspace() and not letter.isdigit()]
    if len(words) < 4:
        return 0.0
    if len(words) - len(set(words)) < 2:  # a run has each of its words three times
        return 1 / len(words)
    longest = 1
    for period in _periods(words):
        run = period
        for here, back in zip(words[period:], words, strict=False):
            run = run + 1 if here == back else period
            if run >= 3 * period:
                longest = max(longest, run)
                stuck = _STUCK if spaced and len(here) >= _STUCK and not here.isdigit() else 3 * _STUCK
                if period == 1 and run >= stuck and here[-1] not in _STOPS:
                    return 1.0
    return longest / len(words)


def _periods(words: list[Any]) -> list[int]:
    """Distances at which equal words follow each other more than once, as they do in a run of three."""
    last: dict[Any, int] = {}
    distances = Counter[int]()
    for place, word in enumerate(words):
        if word in last:
            distances[place - last[word]] += 1
        last[word] = place
    return sorted(period for period, count in distances.items() if count > 1 and 3 * period <= len(words))


def _alone(text: str) -> Defect | None:
    if not text.strip():
        return Defect("empty", "there is no text")
    if bad := _UNPRINTABLE.search(text):
        return Defect("unprintable", f"U+{ord(bad[0]):04X}")
    if not text.isascii() and is_bad(text):
        return Defect("mojibake", f"decoded by the wrong encoding: {text[:60]}")
    if _ODD.search(text):
        for reason, pattern in (("unknown_token", _UNKNOWN), ("pieces", _PIECES), ("markup", _MARKUP)):
            if found := pattern.search(text):
                return Defect(reason, f"{found[0][:60]}")
    return None


def _beside(original: str, text: str) -> Defect | None:
    letters = _letters(text)
    if (letters and _letters(original) == letters) or original == text:
        return Defect("copy", "both sides are the same")
    left, right = _numbers(original), _numbers(text)
    if left != right and left and right:
        return Defect("numbers", f"{' '.join(map(str, left))} against {' '.join(map(str, right))}")
    return None


def _ratio(en: str, text: str) -> float:
    left, right = (len(side) + len(_WIDE.findall(side)) for side in (en, text))
    return max(left, right) / max(1, min(left, right))


def _letters(text: str) -> str:
    return "".join(_WORD.findall(_compatible(text).lower()))


def _numbers(text: str) -> list[int]:
    """The values of the whole numbers of a text, in whatever digits; groups of three digits are one number, 1.5万 is 15,000."""
    if not _DIGIT.search(text):
        return []
    text = _MYRIADS.sub(_written_out, text)
    return sorted(int("".join(letter for letter in number if letter.isdigit())) for number in _NUMBER.findall(text))


def _written_out(number: re.Match[str]) -> str:
    whole, part, unit = number.groups()
    zeros = 4 if unit in "万萬만" else 8
    return f" {int(whole + (part or '')[:zeros].ljust(zeros, '0'))} "  # int reads the digits of every script


def _compatible(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
