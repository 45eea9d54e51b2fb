"""Drops bitexts that need no model to be recognised as bad, and judges the rest by their scores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from ftfy.badness import is_bad

from models.languages.tags import covers
from pipeline.stages.base import Stage
from pipeline.tables import VERDICT, rejected, table

Verdict = tuple[str, str] | tuple[None, None]
GOOD: Verdict = (None, None)
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Quality(Stage):
    """Looks at the two sides of a bitext as they are written.

    Reads ``en`` and ``text``; adds ``length_ratio`` (longer over shorter side in characters, Chinese, Japanese and Korean
    ones counted twice) and ``repetition`` (share of the words of a side that one to four words over and over make up, the
    larger of both sides). Rejects, in this order: empty, unprintable (control or replacement characters), mojibake (UTF-8 that
    was read as another encoding, as ftfy tells it), too_short (English side; the paper keeps those over 25 characters),
    too_long, copy (both sides the same), length_ratio, repetition (a translator's hallucination), numbers (digits differ).
    """

    min_chars: int
    max_chars: int
    max_ratio: float

    name, version, reads = "quality", 2, ("en", "text")
    adds = {"length_ratio": pa.float32(), "repetition": pa.float32()}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        pairs = list(zip(chunk["en"].to_pylist(), chunk["text"].to_pylist(), strict=True))
        ratios = [_ratio(en, text) for en, text in pairs]
        repeats = [max(_repetition(en), _repetition(text)) for en, text in pairs]
        verdicts = [self._judge(*pair, ratio, repeat) for pair, ratio, repeat in zip(pairs, ratios, repeats, strict=True)]
        columns = {"length_ratio": ratios, "repetition": repeats}
        return table(columns | rejected([reason for reason, _ in verdicts], [detail for _, detail in verdicts]), {**self.adds, **VERDICT})

    def _judge(self, en: str, text: str, ratio: float, repetition: float) -> Verdict:
        if not en.strip() or not text.strip():
            return "empty", "a side has no text"
        if bad := UNPRINTABLE.search(en + text):
            return "unprintable", f"U+{ord(bad[0]):04X}"
        if wrong := next((side for side in (en, text) if not side.isascii() and is_bad(side)), None):
            return "mojibake", f"decoded by the wrong encoding: {wrong[:60]}"
        if len(en) < self.min_chars:
            return "too_short", f"{len(en)} characters of English, at least {self.min_chars}"
        if max(len(en), len(text)) > self.max_chars:
            return "too_long", f"{max(len(en), len(text))} characters, at most {self.max_chars}"
        if _letters(en) == _letters(text):
            return "copy", "both sides are the same"
        if ratio > self.max_ratio:
            return "length_ratio", f"one side is {ratio:.1f} times the other, at most {self.max_ratio}"
        if repetition > 0.5:
            return "repetition", f"{repetition:.0%} of a side is one word over and over"
        if (left := _numbers(en)) != (right := _numbers(text)) and left and right:
            return "numbers", f"{' '.join(left)} against {' '.join(right)}"
        return GOOD


@dataclass(frozen=True)
class JudgeBitext(Stage):
    """Turns the scores of a bitext into a verdict.

    Reads what `LanguageBitext` and `ComparePair` found; adds nothing. Rejects: english_language, language (a side is not in
    its language, or too unsure), pair_score (the sides mean different things).
    """

    min_lang_prob: float
    min_pair_score: float

    name, version, reads = "judge_bitext", 2, ("lang", "en_found", "en_prob", "text_found", "lang_prob", "pair_score")

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        verdicts = [self._judge(**row) for row in chunk.select(list(self.reads)).to_pylist()]
        return table(rejected([reason for reason, _ in verdicts], [detail for _, detail in verdicts]), VERDICT)

    def _judge(self, lang: str, en_found: str, en_prob: float, text_found: str, lang_prob: float, pair_score: float | None) -> Verdict:
        if bad := wrong_language("en", en_found, en_prob, self.min_lang_prob):
            return "english_language", bad
        if bad := wrong_language(lang, text_found, lang_prob, self.min_lang_prob):
            return "language", bad
        if pair_score is not None and pair_score < self.min_pair_score:
            return "pair_score", f"{pair_score:.3f}, at least {self.min_pair_score}"
        return GOOD


def wrong_language(claimed: str, found: str, probability: float, least: float) -> str | None:
    """What is wrong with a text's language, if anything."""
    if not covers(found, claimed):
        return f"{found} at {probability:.2f}, not {claimed}"
    return f"{claimed} at {probability:.2f}, at least {least}" if probability < least else None


def _ratio(en: str, text: str) -> float:
    left, right = (len(side) + len(_WIDE.findall(side)) for side in (en, text))
    return max(left, right) / max(1, min(left, right))


def _repetition(text: str) -> float:
    """Share of the words (characters, where words are not spaced) that belong to the longest run of one word or pair."""
    words = text.lower().split()
    if len(words) < 4 and _WIDE.search(text):
        words = list(text)
    if len(words) < 4:
        return 0.0
    longest = 1
    if len(words) - len(set(words)) < 2:  # a run has each of its words three times
        return longest / len(words)
    for period in (1, 2, 3, 4):
        run = period
        for here, back in zip(words[period:], words, strict=False):
            run = run + 1 if here == back else period
            if run >= 3 * period:
                longest = max(longest, run)
    return longest / len(words)


def _letters(text: str) -> str:
    return "".join(_WORD.findall(_compatible(text).lower()))


def _numbers(text: str) -> list[str]:
    return sorted(_DIGITS.findall(_compatible(text)))


def _compatible(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
