"""BLEU of translations by sacreBLEU (Post 2018), and BLEU-4 of captions by pycocoevalcap 1.2: two scores that are never the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU

from models.languages.tags import language
from pipeline.evaluation.bootstrap import Interval, bootstrap
from pipeline.evaluation.cider import check_pairs
from pipeline.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class Bleu:
    """A corpus score, 0 to 100; ``scores`` [n] are those of the single items, which do not average to it."""

    score: Interval
    scores: tuple[float, ...]
    signature: str


def translation_bleu(outputs: Sequence[str], references: Sequence[Sequence[str]], lang: str, seed: int = 0) -> Bleu:
    """sacreBLEU of detokenised text, tokenizer ``zh`` for Chinese and ``13a`` for all others, case kept.

    Args:
        references: the same number, one or more, an item.

    Raises:
        EvaluationError: outputs and references do not go together.
    """
    check_pairs(outputs, references)
    if len({len(texts) for texts in references}) != 1:
        raise EvaluationError("items have different numbers of references; sacreBLEU's signature names one number: give the same an item")
    metric = BLEU(tokenize="zh" if language(lang) == "zh" else "13a")
    whole = metric.corpus_score(list(outputs), [list(column) for column in zip(*references, strict=True)])
    single = BLEU(tokenize="zh" if language(lang) == "zh" else "13a", effective_order=True)
    scored = [single.sentence_score(output, list(texts)) for output, texts in zip(outputs, references, strict=True)]
    counts = np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in scored], np.float64)

    def corpus(weights: np.ndarray) -> np.ndarray:
        sums = np.rint(weights @ counts).astype(int).tolist()
        return np.array([BLEU.compute_bleu(row[:4], row[4:8], row[8], row[9], smooth_method="exp").score for row in sums])

    interval = bootstrap(corpus, len(counts), seed)
    return Bleu(replace(interval, mean=float(whole.score)), tuple(one.score for one in scored), str(metric.get_signature()))


def caption_bleu4(
    candidates: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]], tokenizer: str, seed: int = 0
) -> Bleu:
    """BLEU-4 of captions over tokens, with the reference length that is closest, unsmoothed.

    Raises:
        EvaluationError: outputs and references do not go together, or pycocoevalcap is not installed.
    """
    check_pairs(candidates, references)
    scorer = _scorer()
    for candidate, captions in zip(candidates, references, strict=True):
        scorer.cook_append(" ".join(candidate), [" ".join(caption) for caption in captions])
    whole, scores = scorer.compute_score(option="closest", verbose=0)
    counts = np.array([[*one["correct"], *one["guess"], one["testlen"], _closest(one)] for one in scorer.ctest], np.float64)
    interval = bootstrap(lambda weights: 100 * _bleu4(weights @ counts), len(counts), seed)
    signature = f"BLEU-4|len:closest|tok:{tokenizer}|pictures:{len(counts)}|pycocoevalcap:1.2"
    return Bleu(replace(interval, mean=100 * float(whole[3])), tuple(100 * float(score) for score in scores[3]), signature)


def _bleu4(sums: np.ndarray) -> np.ndarray:
    """pycocoevalcap's formula, with its constants, of summed counts [draws, 10]."""
    correct, guesses, length, reference = sums[:, :4], sums[:, 4:8], sums[:, 8], sums[:, 9]
    precision = np.prod((correct + 1e-15) / (guesses + 1e-9), axis=1) ** 0.25
    ratio = (length + 1e-15) / (reference + 1e-9)
    with np.errstate(over="ignore"):
        return precision * np.where(ratio < 1, np.exp(1 - 1 / np.minimum(ratio, 1)), 1.0)


def _closest(counts: dict[str, Any]) -> int:
    return min((abs(length - counts["testlen"]), length) for length in counts["reflen"])[1]


def _scorer() -> Any:
    try:
        from pycocoevalcap.bleu.bleu_scorer import BleuScorer
    except ImportError:
        raise EvaluationError("BLEU-4 of captions needs pycocoevalcap: pip install 'pycocoevalcap==1.2'") from None
    return BleuScorer(n=4)
