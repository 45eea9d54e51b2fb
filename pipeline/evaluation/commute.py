"""CoMMuTE's accuracy (Futeral et al. 2023): is the right translation the likelier one, given the picture?"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from pipeline.evaluation.bootstrap import Interval, bootstrap_mean
from pipeline.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class Accuracy:
    """Share of right answers, 0 to 100; ``right`` [n] is the single answers, ``ties`` how many of the wrong ones were equal."""

    score: Interval
    right: tuple[bool, ...]
    ties: int


def contrastive_accuracy(correct: Sequence[float], wrong: Sequence[float], sentences: Sequence[Hashable], seed: int = 0) -> Accuracy:
    """An item is right if the perplexity of its right translation is strictly below that of the wrong one; a tie is wrong.

    A model that does not see the picture gives both items of a sentence the same two perplexities, once in each role: it gets 50 %, or less
    by its ties.

    Args:
        correct, wrong: perplexities [n] (exp of the mean cross-entropy over tokens), or any growing function of them.
        sentences: the English sentence of each item; intervals draw sentences, since two items of one are not independent.

    Raises:
        EvaluationError: the lists differ in length, or a perplexity is not a number.
    """
    if not len(correct) == len(wrong) == len(sentences):
        raise EvaluationError(
            f"{len(correct)} right, {len(wrong)} wrong translations, {len(sentences)} sentences; give one of each an item"
        )
    for number, pair in enumerate(zip(correct, wrong, strict=True)):
        if any(math.isnan(value) for value in pair):
            raise EvaluationError(
                f"item {number}: perplexities {pair[0]} and {pair[1]}; the model gave no number: look for NaN in its loss"
            )
    right = tuple(one < other for one, other in zip(correct, wrong, strict=True))
    ties = sum(one == other for one, other in zip(correct, wrong, strict=True))
    return Accuracy(bootstrap_mean([100.0 * answer for answer in right], sentences, seed), right, ties)
