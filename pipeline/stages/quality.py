"""Drops bitexts that need no model to be recognised as bad, and judges the rest by their scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from models.languages.tags import covers
from pipeline.stages.base import Stage
from pipeline.stages.checks import Scores, defect, over, scores
from pipeline.tables import VERDICT, rejected, table

Verdict = tuple[str, str] | tuple[None, None]
GOOD: Verdict = (None, None)


@dataclass(frozen=True)
class Quality(Stage):
    """Looks at the two sides of a bitext as they are written.

    Reads ``en`` and ``text``; adds ``length_ratio`` and ``repetition`` (see `pipeline.stages.checks.Scores`). Rejects what
    `pipeline.stages.checks` finds wrong with either side or with both together, and too_short (English side; the paper keeps those over
    25 characters), too_long, length_ratio and repetition (a translator's hallucination).
    """

    min_chars: int
    max_chars: int
    max_ratio: float

    name, version, reads = "quality", 3, ("en", "text")
    adds = {"length_ratio": pa.float32(), "repetition": pa.float32()}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        pairs = list(zip(chunk["en"].to_pylist(), chunk["text"].to_pylist(), strict=True))
        measured = [scores(text, en) for en, text in pairs]
        verdicts = [self._judge(*pair, found) for pair, found in zip(pairs, measured, strict=True)]
        columns = {"length_ratio": [found.length_ratio for found in measured], "repetition": [found.repetition for found in measured]}
        return table(columns | rejected([reason for reason, _ in verdicts], [detail for _, detail in verdicts]), {**self.adds, **VERDICT})

    def _judge(self, en: str, text: str, measured: Scores) -> Verdict:
        if wrong := defect(text, en):
            return wrong.reason, wrong.detail
        if len(en) < self.min_chars:
            return "too_short", f"{len(en)} characters of English, at least {self.min_chars}"
        if max(len(en), len(text)) > self.max_chars:
            return "too_long", f"{max(len(en), len(text))} characters, at most {self.max_chars}"
        if wrong := over(measured, self.max_ratio):
            return wrong.reason, wrong.detail
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
