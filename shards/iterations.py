"""Which epoch an iteration begins with, agreed on by all workers of a DataLoader.

An iteration that came to its end is followed by the next epoch, one that was broken off by the same once more. Workers are
processes of which nobody tells them where the others are, and some are there for one iteration only. So the first that begins an
iteration decides, in memory that all share, and the others take over what it decided.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.utils.data import get_worker_info

WORKERS = 1024
"""The most that a DataLoader may have."""

_STEP = 0x9E3779B97F4A7C15
"""Keeps the iterations of one worker process apart; any large odd number does."""


class Iteration(NamedTuple):
    """An iteration, or what `set_epoch` and a state say of the next one."""

    identity: int  # the same in all workers; 0: not begun
    first: int  # the epoch that it begins with
    workers: int  # of the DataLoader; 0: the stream is read in the process that it is in
    resume: int  # which state it goes on from; 0: none


class Iterations:
    """The iterations over a stream.

    Args:
        epochs: that each goes through; None: without end.
    """

    def __init__(self, epochs: int | None) -> None:
        self._epochs = epochs
        # Two rows in turn: no one reads a row that is half written.
        self._rows = torch.zeros((2, len(Iteration._fields)), dtype=torch.int64).share_memory_()
        self._latest = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._ended = torch.zeros(WORKERS, dtype=torch.int64).share_memory_()  # by worker: identity of the last that it brought to its end
        self._begun = 0  # in this process
        self._states = 0

    @property
    def latest(self) -> Iteration:
        """The one under way, the last one, or the one that will begin."""
        return self._row(int(self._latest.item()))

    @property
    def upcoming(self) -> int:
        """The epoch that the next would begin with."""
        return self._after(self.latest)

    def set_epoch(self, epoch: int) -> None:
        """Says what the next begins with. A state that goes on in this very epoch still holds."""
        latest = self.latest
        if latest.identity or latest.first != epoch:
            self._push(Iteration(0, epoch, 0, 0))

    def resume(self, first: int) -> int:
        """Makes the next go on from a state whose iteration began with an epoch; the state's number."""
        self._states += 1
        self._push(Iteration(0, first, 0, self._states))
        return self._states

    def begin(self, first: int | None = None) -> Iteration:
        """Begins an iteration in this process; ``first`` where a state of this very worker says so."""
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info is not None else (0, 0)
        self._begun += 1
        # A DataLoader draws one seed for all its workers.
        identity = (info.seed - info.id + self._begun * _STEP) % 2**62 + 1 if info is not None else -self._begun
        while int(self._ended[worker]) == identity:  # the same seed as the last time, by torch.manual_seed
            identity += 1
        number = int(self._latest.item())
        before = self._row(number)
        # Computed before looking whether another worker has decided: until then none has ended this iteration.
        decided = Iteration(identity, self._after(before) if first is None else first, workers, 0 if before.identity else before.resume)
        if (now := self.latest).identity == identity:
            return now
        self._push(decided, number + 1)
        return decided

    def end(self, iteration: Iteration) -> None:
        """Says that an iteration came to its end in this process."""
        info = get_worker_info()
        self._ended[info.id if info is not None else 0] = iteration.identity

    def _after(self, iteration: Iteration) -> int:
        everyone = self._ended[: max(iteration.workers, 1)]
        ended = iteration.identity != 0 and bool((everyone == iteration.identity).all())
        return iteration.first + self._epochs if ended and self._epochs is not None else iteration.first

    def _row(self, number: int) -> Iteration:
        return Iteration(*self._rows[number % 2].tolist())

    def _push(self, iteration: Iteration, number: int | None = None) -> None:
        number = int(self._latest.item()) + 1 if number is None else number
        self._rows[number % 2] = torch.tensor(iteration)
        self._latest[0] = number
