"""CIDEr-D (Vedantam et al. 2015) by pycocoevalcap 1.2, as papers print it: 100 times the mean of its scores by 10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.evaluation.bootstrap import Interval, bootstrap_mean
from pipeline.evaluation.errors import EvaluationError

MIN_PICTURES = 100
"""Fewest pictures that are scored."""


@dataclass(frozen=True)
class Cider:
    """``scores`` [n], 0 to 1000, one a picture; ``score.mean`` is their mean, which papers call CIDEr."""

    score: Interval
    scores: tuple[float, ...]
    signature: str


def cider(
    candidates: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]], tokenizer: str, seed: int = 0, small: bool = False
) -> Cider:
    """CIDEr-D of one caption a picture.

    What a word is worth depends on the set: the log of the share of its pictures whose references have the word. Scores of two sets, or
    of a set and a part of it, cannot be compared; in a set of one picture everything is worth 0, in one of ten a common word counts
    nearly as much as a rare one. So sets of fewer than ``MIN_PICTURES`` pictures are refused.

    Args:
        candidates: tokens of one caption a picture.
        references: tokens of one or more captions a picture.
        tokenizer: signature of what made the tokens.
        small: score a set however small, for tests of pipelines; never print it as CIDEr.

    Returns:
        The interval draws pictures, and keeps the words' worth of the whole set.

    Raises:
        EvaluationError: too few pictures, a picture without reference, or pycocoevalcap is not installed.
    """
    check_pairs(candidates, references)
    if len(candidates) < MIN_PICTURES and not small:
        raise EvaluationError(
            f"CIDEr of {len(candidates)} pictures is refused: its word weights come from the references of the set itself and mean "
            f"nothing in so few; score at least {MIN_PICTURES} pictures, the whole benchmark to compare with others"
        )
    scorer = _scorer()
    for candidate, captions in zip(candidates, references, strict=True):
        scorer.cook_append(" ".join(candidate), [" ".join(caption) for caption in captions])
    _, scores = scorer.compute_score()
    tenths = tuple(float(score) * 100 for score in np.asarray(scores))
    return Cider(
        bootstrap_mean(tenths, seed=seed), tenths, f"CIDEr-D|n:4|sigma:6|tok:{tokenizer}|pictures:{len(candidates)}|pycocoevalcap:1.2"
    )


def check_pairs(candidates: Sequence[object], references: Sequence[Sequence[object]]) -> None:
    """Every candidate has its references.

    Raises:
        EvaluationError: it has not.
    """
    if len(candidates) != len(references):
        raise EvaluationError(f"{len(candidates)} outputs but {len(references)} sets of references; give one output an item, in order")
    for number, captions in enumerate(references):
        if not captions:
            raise EvaluationError(f"item {number} has no reference; leave it out of outputs and references")


def check_installed() -> None:
    """Looks for what captions are scored by.

    Raises:
        EvaluationError: pycocoevalcap is not installed.
    """
    _scorer()


def _scorer() -> Any:
    try:
        from pycocoevalcap.cider.cider_scorer import CiderScorer
    except ImportError:
        raise EvaluationError("CIDEr needs pycocoevalcap: pip install 'pycocoevalcap==1.2'") from None
    return CiderScorer(n=4, sigma=6.0)
