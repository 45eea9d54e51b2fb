"""Runs a model over items in batches that fit its memory, so that one poisonous item fails alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from models.memory import out_of_memory, release_memory

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """Why a model could not handle an item."""

    detail: str


def in_batches(
    model: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], size: int, weights: Sequence[int] = (), most: int = 0
) -> list[Result | Failure]:
    """``model``'s result for each item, in order.

    A batch that raises is halved until the items that cause it stand alone. One that does not fit into memory is halved too, and
    all later ones are no larger than the half that fits; unless in the end one item alone does not fit, which was then the cause.

    Args:
        size: items of a batch, at most.
        weights: of the items; none for items that are alike.
        most: weight of a batch, unless an item alone has more.

    Raises:
        RuntimeError: the model returned another number of results than it was given items.
    """
    results: list[Result | Failure] = []
    whole = size
    while len(results) < len(items):
        batch = items[len(results) : len(results) + _fitting(weights[len(results) : len(results) + size], most, size)]
        made = _attempt(model, batch)
        if isinstance(made, list):
            results += made
        elif out_of_memory(made) and len(batch) > 1:
            size = len(batch) // 2
            logger.warning("a batch of %d does not fit into memory, going on with %d: %s", len(batch), size, made)
        else:
            results += _isolated(model, batch, made)
            if out_of_memory(made):
                size = whole
    return results


def _fitting(weights: Sequence[int], most: int, size: int) -> int:
    """How many of the next items a batch takes."""
    return max(1, sum(weight <= most for weight in accumulate(weights))) if weights else size


def _isolated(model: Callable[[Sequence[Item]], Sequence[Result]], batch: Sequence[Item], error: Exception) -> list[Result | Failure]:
    """The results of a batch that raised, by halves."""
    if len(batch) == 1:
        return [Failure(f"{type(error).__name__}: {' '.join(str(error).split())}"[:300])]
    results: list[Result | Failure] = []
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        made = _attempt(model, half)
        results += made if isinstance(made, list) else _isolated(model, half, made)
    return results


def _attempt(model: Callable[[Sequence[Item]], Sequence[Result]], batch: Sequence[Item]) -> list[Result | Failure] | Exception:
    try:
        results: list[Result | Failure] = [*model(batch)]
    except Exception as error:
        # The frames in its traceback hold the tensors of the batch.
        failed = error.with_traceback(None)
        failed.__context__ = failed.__cause__ = None
    else:
        if len(results) != len(batch):
            raise RuntimeError(f"a model returned {len(results)} results for {len(batch)} items")
        return results
    if out_of_memory(failed):
        release_memory()
    return failed
