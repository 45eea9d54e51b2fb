"""Which shards are out, and from which place of which epoch on, so that a run knows what each worker has given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from shards.plain import shown
from shards.reader import DatasetError


class Span(NamedTuple):
    """A `Break` in a state, where it stands under the name of its shard."""

    epoch: int
    begin: int
    place: int
    end: int
    lasting: int  # 0 or 1


class Break(NamedTuple):
    """From a place of an epoch on, a stretch of it gives no samples of a shard.

    Each worker finds out by itself: what one gives must not depend on how far the others are.
    """

    shard: int
    epoch: int
    begin: int  # the stretch's first place
    place: int  # the first that gives nothing
    end: int  # the stretch's end
    lasting: bool  # in later epochs the whole stretch gives nothing of the shard

    def first_gone(self, epoch: int) -> int | None:
        """The first place of an epoch at which the shard is out; none where it is not."""
        if epoch == self.epoch:
            return self.place
        return self.begin if self.lasting and epoch > self.epoch else None


class Breaks:
    """The breaks that a state brought, and those that workers have found since, in memory that processes share.

    Args:
        names: of the shards.
        lost: the shards that are out from the beginning, everywhere.
        places: of an epoch.
    """

    def __init__(self, names: Sequence[str], lost: Iterable[int], places: int) -> None:
        self._names = list(names)
        self._known = [Break(shard, 0, 0, 0, places, True) for shard in lost]
        # Worker w of n writes the rows w, w + n, ... so that no two write the same. Room for some failures that pass in each epoch.
        self._rows = torch.zeros((4 * len(self._names) + 4096, 1 + len(Break._fields)), dtype=torch.int64).share_memory_()

    def add(self, found: Break, worker: int, workers: int) -> None:
        """Notes what a worker found.

        Raises:
            DatasetError: there have been too many.
        """
        free = np.flatnonzero(self._rows.numpy()[worker::workers, 0] == 0)
        if not len(free):
            raise DatasetError(f"{self._names[found.shard]}: reading has failed too often, {len(self._rows)} times; see to the storage")
        row = self._rows[worker + workers * int(free[0])]
        row[1:] = torch.tensor([int(value) for value in found])
        row[0] = 1  # last, for from here on others read it

    def all(self) -> list[Break]:
        """Every break."""
        rows = self._rows.numpy()
        return self._known + [_break(*values) for _, *values in rows[rows[:, 0] > 0].tolist()]

    def lasting(self) -> set[int]:
        """The shards that are out for good."""
        return {found.shard for found in self.all() if found.lasting}

    def gone(self, epoch: int, begin: int, shards: np.ndarray) -> np.ndarray:
        """Which of the places from ``begin`` on give nothing, bool [places]; ``shards`` are those that they would be of."""
        places = np.arange(begin, begin + len(shards))
        gone = np.zeros(len(shards), dtype=bool)
        for shard, first, end in self.within(epoch, begin, begin + len(shards)):
            gone |= (shards == shard) & (first <= places) & (places < end)
        return gone

    def within(self, epoch: int, begin: int, end: int) -> list[tuple[int, int, int]]:
        """What touches a stretch of an epoch: shards, and the first place and the end of where they are out."""
        spans = [(found.shard, first, found.end) for found in self.all() if (first := found.first_gone(epoch)) is not None]
        return [(shard, first, last) for shard, first, last in spans if max(first, begin) < min(last, end)]

    def passing(self, epoch: int, begin: int, end: int) -> bool:
        """Whether a shard is out in a stretch of an epoch, but not for good."""
        return any(not found.lasting and found.epoch == epoch and max(found.place, begin) < min(found.end, end) for found in self.all())

    def to_dict(self) -> dict[str, list[list[int]]]:
        """Plain values, by shard."""
        made: dict[str, list[list[int]]] = {}
        for found in self.all():
            made.setdefault(self._names[found.shard], []).append([int(value) for value in found[1:]])
        return made

    def load(self, state: Mapping[str, Sequence[Span]], alone: bool) -> None:
        """Takes the breaks of `to_dict` in the place of those that were known.

        Args:
            alone: no other process shares the memory and has found something.

        Raises:
            DatasetError: a shard that the split does not have.
        """
        numbers = {name: shard for shard, name in enumerate(self._names)}
        if unknown := sorted(set(state).difference(numbers)):
            raise DatasetError(f"the state knows of a shard {shown(unknown[0])}, this split has {self._names[0]} to {self._names[-1]}")
        self._known = [_break(numbers[name], *span) for name, found in state.items() for span in found]
        if alone:
            self._rows.zero_()


def _break(shard: int, epoch: int, begin: int, place: int, end: int, lasting: int) -> Break:
    return Break(shard, epoch, begin, place, end, bool(lasting))
