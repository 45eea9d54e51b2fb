"""95 % intervals by the percentile bootstrap (Efron 1979), seeded."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.evaluation.errors import EvaluationError

RESAMPLES = 1000


@dataclass(frozen=True)
class Interval:
    """A score of the whole set, and the bounds of its 95 % interval; ``draws`` are the scores that these were taken from."""

    mean: float
    low: float
    high: float
    draws: np.ndarray | None = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, float]:
        return {"mean": self.mean, "low": self.low, "high": self.high}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Interval:
        """What `as_json` wrote; it has no draws."""
        return cls(record["mean"], record["low"], record["high"])


def bootstrap_mean(
    values: Sequence[float] | np.ndarray, groups: Sequence[Hashable] | None = None, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """The mean of ``values`` [n], one a sample.

    Args:
        groups: what is drawn together, one a value. Captions of one picture, or both orders of one CoMMuTE sentence, are not independent.

    Raises:
        EvaluationError: no values.
    """
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or not numbers.size:
        raise EvaluationError("a mean of no samples: score at least one")
    sums, counts = _by_group(numbers, groups)

    def mean(weights: np.ndarray) -> np.ndarray:
        return (weights @ sums) / (weights @ counts)

    return bootstrap(mean, len(sums), seed, resamples)


def bootstrap(statistic: Callable[[np.ndarray], np.ndarray], items: int, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """Any score of a set.

    Args:
        statistic: maps weights [draws, items], how often each item is drawn, to scores [draws]. Corpus scores sum their counts by it.

    Raises:
        EvaluationError: no items.
    """
    if items < 1:
        raise EvaluationError("a score of no items: score at least one")
    chance = np.random.default_rng(seed)
    drawn: list[np.ndarray] = []
    for first in range(0, resamples, _AT_ONCE):
        size = min(_AT_ONCE, resamples - first)
        weights = chance.multinomial(items, np.full(items, 1 / items), size=size).astype(np.float64)
        drawn.append(np.asarray(statistic(weights)))
    return _bounded(float(np.asarray(statistic(np.ones((1, items))))[0]), np.concatenate(drawn))


def mean_of(parts: Sequence[Interval]) -> Interval:
    """The mean of several scores, each as heavy; its interval is of the means of their draws.

    Sets of the same items in the same order, scored with the same seed, were drawn together, as captions in several languages of the
    same pictures must be; others are as good as independent.

    Raises:
        EvaluationError: no scores, or one without its draws.
    """
    draws = [part.draws for part in parts if part.draws is not None]
    if not draws or len(draws) < len(parts):
        raise EvaluationError(f"a mean of {len(parts)} scores of which {len(draws)} have their draws: score all of them")
    return _bounded(float(np.mean([part.mean for part in parts])), np.mean(draws, axis=0))


def _bounded(whole: float, draws: np.ndarray) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(whole, float(low), float(high), draws)


_AT_ONCE = 100
"""Draws that are held in memory together: 100 of 5,000 pictures are 4 MB."""


def _by_group(numbers: np.ndarray, groups: Sequence[Hashable] | None) -> tuple[np.ndarray, np.ndarray]:
    if groups is None:
        return numbers, np.ones_like(numbers)
    if len(groups) != len(numbers):
        raise EvaluationError(f"{len(numbers)} values but {len(groups)} groups; give one group a value")
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(group, len(places)) for group in groups])
    return np.bincount(index, numbers, len(places)), np.bincount(index, minlength=len(places)).astype(np.float64)
