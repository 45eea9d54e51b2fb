"""Runs a model over batches so that one poisonous item fails alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """Why a model could not handle an item."""

    detail: str


def in_batches(model: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], size: int) -> list[Result | Failure]:
    """``model``'s result for each item, in order. A batch that raises is halved until the items that cause it stand alone."""
    results: list[Result | Failure] = []
    for start in range(0, len(items), size):
        results += _bisect(model, items[start : start + size])
    return results


def _bisect(model: Callable[[Sequence[Item]], Sequence[Result]], batch: Sequence[Item]) -> list[Result | Failure]:
    try:
        results: list[Result | Failure] = [*model(batch)]
    except Exception as error:
        if len(batch) == 1:
            return [Failure(f"{type(error).__name__}: {' '.join(str(error).split())}"[:300])]
        middle = len(batch) // 2
        return _bisect(model, batch[:middle]) + _bisect(model, batch[middle:])
    if len(results) != len(batch):
        raise RuntimeError(f"a model returned {len(results)} results for {len(batch)} items")
    return results
