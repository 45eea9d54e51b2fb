"""The iterable that `shards.loader` gives to a torch DataLoader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from shards.breaks import Breaks, Span
from shards.content import Content
from shards.drawn import Draw
from shards.iterations import Iteration, Iterations
from shards.order import share
from shards.plain import PlainError, made_of
from shards.reader import DatasetError
from shards.resume import Place, Progress
from shards.walk import Walk, given


@dataclass(frozen=True)
class Source:
    """What a state says of where it was taken, besides its `Progress`: settings and dataset, and the breaks by shard."""

    reads: Mapping[str, Any]
    broken: Mapping[str, tuple[Span, ...]]


class Stream(IterableDataset[Draw]):
    """Samples of a split, each with one annotation, in an order of its own each epoch.

    Every sample comes once an epoch, to one of ranks x workers. An epoch's order is one sequence of places that does not depend
    on their number; each takes a stretch of it, and the lengths of any two stretches differ by one at most.

    ``len`` is the number of samples that this rank gives in one iteration, over all of its workers, those of skipped shards counted.

    Args:
        content: what is read, and how.
        lost: numbers of the shards that are known to be broken.
    """

    def __init__(self, content: Content, lost: Iterable[int]) -> None:
        super().__init__()
        self._content, self._settings = content, content.settings
        # Both are shared, so that workers know of the epoch that the trainer sets, and the trainer of what workers find.
        self._iterations = Iterations(self._settings.epochs)
        self._breaks = Breaks([shard.name for shard in content.shards], lost, content.places)
        self._damaged = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._reads = self._identity()
        self._loaded: Progress | None = None
        self._state = 0  # the number by which the shared memory knows what was loaded
        self._first: int | None = None  # of the iteration under way in this process
        self._place: Place | None = None

    def __len__(self) -> int:
        if self._settings.epochs is None:
            raise TypeError("a stream of epochs=None has no end, and so no length; samples is that of an epoch")
        begin, end = share(self._content.places, self._settings.rank, self._settings.ranks)
        return (end - begin) * self._settings.epochs

    @property
    def samples(self) -> int:
        """Samples of the split that have a wanted annotation, of all ranks together."""
        return self._content.samples

    @property
    def broken(self) -> dict[str, int]:
        """Shards that are skipped for good, and the number of samples of each."""
        shards = self._content.shards
        return {shards[shard].name: shards[shard].samples for shard in sorted(self._breaks.lasting())}

    @property
    def damaged(self) -> int:
        """How many pictures could not be decoded; another of the same shard came in the place of each."""
        return int(self._damaged.item())

    def set_epoch(self, epoch: int) -> None:
        """The epoch, from 0, with which the next iteration begins.

        Without it, an iteration that came to its end is followed by the next epoch, and one that was broken off by the same once
        more; where workers had read ahead to the end of one that was broken off, which of the two is not certain.

        Raises:
            DatasetError: a negative one.
        """
        if epoch < 0:
            raise DatasetError(f"epoch {epoch}: epochs count from 0")
        self._iterations.set_epoch(epoch)
        if self._first is not None or (self._loaded is not None and self._loaded.first != epoch):
            self._loaded = self._first = self._place = None

    def state_dict(self, batches: int | None = None, batch_size: int = 1, workers: int = 0, drop_last: bool = False) -> dict[str, Any]:
        """Where a run stands; plain values, for torch.save or JSON.

        Without arguments: where this very object stands. That is what torchdata's StatefulDataLoader asks of the object in each
        worker, and what a loop over the stream itself, or over a DataLoader without workers, wants.

        A plain DataLoader with workers reads ahead; there the trainer counts. Ranks in lockstep can share the state of one of them, so long
        as no shard is `broken`; else each keeps its own.

        Args:
            batches: batches that the trainer has had from the DataLoader in this iteration, those before a resume counted.
            batch_size: the DataLoader's.
            workers: its num_workers.
            drop_last: the DataLoader's.

        Raises:
            DatasetError: without arguments, of the object in the main process while workers read.
        """
        latest = self._iterations.latest
        if batches is not None:
            progress = Progress(
                first=latest.first,
                batches=int(batches),
                batch_size=int(batch_size),
                workers=max(int(workers), 1),
                drop_last=bool(drop_last),
                ends=self._settings.epochs is not None,
            )
        elif latest.workers and get_worker_info() is None:
            raise DatasetError(
                f"state_dict(): only the {latest.workers} workers of the DataLoader know where they stand; give batches, batch_size and "
                "workers, or take torchdata's StatefulDataLoader"
            )
        elif self._first is None and self._loaded is not None:
            progress = self._loaded
        else:
            consumer, workers = _consumer()
            first, place = (self._first, self._place) if self._first is not None else (self._iterations.upcoming, None)
            progress = Progress(first=first, place=place or Place(first, 0), consumer=consumer, workers=workers)
        return {"reads": self._reads, "broken": self._breaks.to_dict(), **progress.to_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on, in the next iteration and in no later one, where the state was taken.

        Raises:
            DatasetError: the state is of another dataset or other settings, or no state that `state_dict` gave.
        """
        out = self._content.dataset.out
        if not isinstance(state, Mapping):
            raise DatasetError(f"{out}: the state is a {type(state).__name__}, not what state_dict gave")
        try:
            source = made_of(Source, {name: state[name] for name in ("reads", "broken") if name in state})
        except PlainError as error:
            raise DatasetError(f"{out}: the state is none of a loader: {error}; take one that state_dict gave") from None
        for name, value in self._reads.items():
            if (theirs := source.reads.get(name)) != value:
                raise DatasetError(f"{out}: the state was taken with {name} {theirs}, this loader has {value}; make them equal")
        alone, progress = get_worker_info() is None, Progress.from_dict(state)
        if progress.place is not None and (most := self._most(progress)) < progress.place.samples:
            raise DatasetError(
                f"{out}: the state is {progress.place.samples} samples into an epoch of {most}; take one that state_dict gave"
            )
        self._breaks.load(source.broken, alone)
        self._loaded = progress
        # A worker's own state is nothing to the others: StatefulDataLoader gives each its own.
        self._state = self._iterations.resume(self._loaded.first) if alone else 0
        self._first = self._place = None

    def __iter__(self) -> Iterator[Draw]:
        try:
            return self._walked(*self._begin())
        except DatasetError as error:
            return _raising(error)  # a worker that persists would end without a word of an error that is raised here

    def _begin(self) -> tuple[Iteration, Walk, Place]:
        """Begins an iteration at once, not with its first sample: a state is gone on from in the iteration that was asked for next.

        Raises:
            DatasetError: a state was loaded that this iteration cannot go on from.
        """
        consumer, workers = _consumer()
        mine = self._loaded if self._loaded is not None and not self._state else None
        iteration = self._iterations.begin(mine.first if mine is not None else None)
        if iteration.resume and mine is None and iteration.resume != self._state:
            raise DatasetError("load_state_dict: came when persistent workers had begun, and they do not see it; make a new DataLoader")
        resume = self._loaded if iteration.resume else mine
        self._loaded = None
        start, part = Place(iteration.first, 0), consumer
        if resume is not None:
            start, part = resume.start(consumer, workers, lambda *asked: self._yields(iteration.first, *asked))
        self._first, self._place = iteration.first, start
        begin, stop = self._stretch(part, workers)
        if (end := self._end(iteration)) is not None and start == Place(end - 1, stop - begin):
            # There is nothing left, and torchdata, which knows, asks for the next iteration without looking at this one.
            self._iterations.end(iteration)
        walk = Walk(self._content, self._breaks, (consumer, workers), (begin, stop), self._pass, self._damage)
        return iteration, walk, start

    def _walked(self, iteration: Iteration, walk: Walk, start: Place) -> Iterator[Draw]:
        yield from walk.run(start, self._end(iteration))
        self._iterations.end(iteration)

    def _end(self, iteration: Iteration) -> int | None:
        """The epoch that an iteration ends before."""
        return None if self._settings.epochs is None else iteration.first + self._settings.epochs

    def _pass(self, place: Place) -> None:
        self._place = place

    def _damage(self) -> None:
        self._damaged += 1

    def _identity(self) -> dict[str, Any]:
        settings, dataset = self._settings, self._content.dataset
        return {
            "dataset": dataset.manifest.identity(),
            "split": dataset.split,
            "tasks": sorted(dataset.tasks) if dataset.tasks is not None else None,
            "langs": sorted(dataset.langs) if dataset.langs is not None else None,
            "samples": self.samples,
            "seed": settings.seed,
            "shuffle": settings.shuffle,
            "window": settings.window,
            "balance": settings.balance,
            "even": settings.even,
            "epochs": settings.epochs,
            "ranks": settings.ranks,
        }

    def _yields(self, first: int, worker: int, workers: int, epoch: int) -> np.ndarray | int | None:
        """What a worker gives in an epoch of the iteration that began with ``first``, as `given`; None after the last."""
        if self._settings.epochs is not None and epoch >= first + self._settings.epochs:
            return None
        return given(self._content, self._breaks, *self._stretch(worker, workers), epoch)

    def _most(self, progress: Progress) -> int:
        """How many places of an epoch the worker has whose place a progress is."""
        begin, end = self._stretch(progress.consumer or 0, progress.workers)
        return end - begin

    def _stretch(self, worker: int, workers: int) -> tuple[int, int]:
        return share(self._content.places, self._settings.rank * workers + worker, self._settings.ranks * workers)


def _raising(error: DatasetError) -> Iterator[Draw]:
    raise error
    yield


def _consumer() -> tuple[int, int]:
    """The number of this worker, and how many there are."""
    info = get_worker_info()
    return (info.id, info.num_workers) if info is not None else (0, 1)
