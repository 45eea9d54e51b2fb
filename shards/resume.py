"""Where a run stands in its stream, and where each worker goes on from there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from shards.plain import PlainError, made_of
from shards.reader import DatasetError

Yields = Callable[[int, int, int], "np.ndarray | int | None"]
"""For a worker, the number of workers and an epoch: how many samples it gives, or which of its places give one."""


class Place(NamedTuple):
    """A place in a worker's stretch of an epoch."""

    epoch: int
    samples: int  # places passed in the epoch


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is: the place of one worker, or the batches that a DataLoader has given.

    A DataLoader takes a batch from each worker in turn. So its batches tell how many each has given, and whose turn it is;
    on going on, the DataLoader begins with its first worker, which therefore takes the part of the one whose turn it is.
    """

    first: int  # the epoch with which the iteration began
    workers: int
    place: Place | None = None
    consumer: int | None = None
    batches: int = 0
    batch_size: int = 1
    drop_last: bool = False
    ends: bool = True  # the stream has a last epoch

    def __post_init__(self) -> None:
        for name, value, least in (("workers", self.workers, 1), ("batches", self.batches, 0), ("batch_size", self.batch_size, 1)):
            if value < least:
                raise DatasetError(f"{name} {value}: give {least} or more")
        if self.place is not None and (self.consumer is None or self.consumer >= self.workers or self.place.epoch < self.first):
            raise DatasetError(
                f"the state is of worker {self.consumer} of {self.workers}, at epoch {self.place.epoch} of an iteration that began with "
                f"{self.first}, which cannot be; take one that state_dict gave"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"place": list(self.place) if self.place else None}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Progress:
        """The progress in a state.

        Raises:
            DatasetError: there is none, or none that can be.
        """
        try:
            return made_of(cls, {name: state[name] for name in cls.__dataclass_fields__ if name in state})
        except PlainError as error:
            raise DatasetError(f"the state is none of a loader: {error}; take one that state_dict gave") from None

    def start(self, consumer: int, workers: int, yields: Yields) -> tuple[Place, int]:
        """Where a worker goes on, and whose part it takes.

        Raises:
            DatasetError: the state was taken with other workers.
        """
        if workers != self.workers or (self.consumer is not None and consumer != self.consumer):
            raise DatasetError(f"the state was taken with {self.workers} workers, now there are {workers}; keep num_workers as it was")
        if self.place is not None:
            return self.place, consumer
        given, turn = self._turn(yields)
        part = (consumer + turn) % workers
        return _after(self.first, given[part] * self.batch_size, lambda epoch: yields(part, workers, epoch)), part

    def _turn(self, yields: Yields) -> tuple[list[int], int]:
        """How many batches each worker has given, and whose turn is next."""
        limits = [self._limit(worker, yields) for worker in range(self.workers)]
        whole = int(min([self.batches // self.workers, *limits]))
        given, left, turn = [whole] * self.workers, self.batches - whole * self.workers, 0
        while left and any(one < limit for one, limit in zip(given, limits, strict=True)):
            if given[turn] < limits[turn]:
                given[turn] += 1
                left -= 1
            turn = (turn + 1) % self.workers
        return given, turn

    def _limit(self, worker: int, yields: Yields) -> float:
        """How many batches a worker gives in all."""
        if not self.ends:
            first = yields(worker, self.workers, self.first)
            return 0 if isinstance(first, int) and not first else math.inf  # of fewer samples than workers some get none, ever
        samples, epoch = 0, self.first
        while (there := yields(worker, self.workers, epoch)) is not None:
            samples += _number(there)
            epoch += 1
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)


def _number(there: np.ndarray | int) -> int:
    return there if isinstance(there, int) else int(there.sum())


def _after(epoch: int, samples: int, yields: Callable[[int], np.ndarray | int | None]) -> Place:
    """The place after so many samples."""
    while (there := yields(epoch)) is not None and samples > _number(there):
        samples -= _number(there)
        epoch += 1
    if samples and isinstance(there, np.ndarray):
        return Place(epoch, int(np.searchsorted(np.cumsum(there), samples)) + 1)
    return Place(epoch, samples if there is not None else 0)
