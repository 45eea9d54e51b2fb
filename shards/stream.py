"""The iterable that `shards.loader` gives to a torch DataLoader."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from shards.balance import class_of, draw, quotas
from shards.drawn import Draw, DrawnShard
from shards.jpeg import PictureError
from shards.local import DamagedFile, LocalFiles
from shards.order import Epoch, share
from shards.positions import picture_positions
from shards.reader import Dataset, DatasetError
from shards.resume import Place, Progress
from shards.sidecar import read_sidecar
from shards.tar import TarError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a stream reads a dataset; see `shards.loader`."""

    seed: int
    shuffle: bool
    window: int
    balance: str
    decode: bool
    epochs: int | None
    cache: str | None
    skip_broken: bool
    hashes: bool
    rank: int
    ranks: int


class Stream(IterableDataset[Draw]):
    """Samples of a split, each with one annotation, in an order of its own each epoch.

    Every sample comes once an epoch, to one of ranks x workers. An epoch's order is one sequence of places that does not depend
    on their number; each takes a stretch of it, and the lengths of any two stretches differ by one at most.

    Args:
        dataset: what is read.
        counts: the samples of each shard that have a wanted annotation.
        lost: names of the shards that are known to be broken.
        settings: how.
    """

    def __init__(self, dataset: Dataset, counts: tuple[int, ...], lost: frozenset[str], settings: Settings) -> None:
        super().__init__()
        self._dataset, self._counts, self._settings = dataset, counts, settings
        self._shards = shards = dataset.manifest.splits[dataset.split]
        named = [
            (position, class_of(settings.balance, task, lang), number)
            for position, shard in enumerate(shards)
            for task, by_lang in shard.annotations.items()
            for lang, number in by_lang.items()
            if number and dataset.wants(task, lang)
        ]
        self._classes = {name: number for number, name in enumerate(sorted({name for _, name, _ in named}))}
        self._held = np.zeros((len(shards), len(self._classes)), dtype=np.int64)
        for position, name, number in named:
            self._held[position, self._classes[name]] += number
        for shard, count, held in zip(shards, counts, np.minimum(self._held, np.asarray(counts)[:, None]).sum(axis=1), strict=True):
            if held < count:
                raise DatasetError(
                    f"{dataset.out}: the manifest counts {held} annotations for {count} samples of {shard.name}; run shards.verify"
                )
        # Shared, so that workers know of the epoch that the trainer sets, and the trainer of what workers find.
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._broken = torch.tensor([int(shard.name in lost) for shard in shards]).share_memory_()  # 1 + the epoch in which it showed
        self._damaged = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._reads = self._identity()
        self._resume: Progress | None = None
        self._place: Place | None = None

    @property
    def samples(self) -> int:
        """Samples of an epoch, of all ranks together."""
        return sum(self._counts)

    @property
    def broken(self) -> dict[str, int]:
        """Shards that are skipped, and the number of samples of each."""
        return {shard.name: shard.samples for shard, epoch in zip(self._shards, self._broken.tolist(), strict=True) if epoch}

    @property
    def damaged(self) -> int:
        """How many pictures could not be decoded; another of the same shard came in the place of each."""
        return int(self._damaged.item())

    def set_epoch(self, epoch: int) -> None:
        """The epoch, from 0, with which the next iteration begins."""
        self._epoch[0] = epoch
        if self._resume is not None and self._resume.first != epoch:
            self._resume = None

    def state_dict(self, batches: int | None = None, batch_size: int = 1, workers: int = 0, drop_last: bool = False) -> dict[str, Any]:
        """Where a run stands; plain values, for torch.save or JSON.

        Without arguments: where this very object stands. That is what torchdata's StatefulDataLoader asks of the object in each
        worker, and what a loop over the stream itself, or over a DataLoader without workers, wants.

        A plain DataLoader with workers reads ahead; there the trainer counts. Ranks in lockstep can share the state of one of them, so long
        as no shard is `broken`; else each keeps its own.

        Args:
            batches: batches that the trainer has had from the DataLoader since `set_epoch`, those before a resume counted.
            batch_size: the DataLoader's.
            workers: its num_workers.
            drop_last: the DataLoader's.
        """
        first = int(self._epoch.item())
        broken = {shard.name: epoch - 1 for shard, epoch in zip(self._shards, self._broken.tolist(), strict=True) if epoch}
        if batches is not None:
            ends = self._settings.epochs is not None
            progress = Progress(
                first=first, batches=batches, batch_size=batch_size, workers=max(workers, 1), drop_last=drop_last, ends=ends
            )
        else:
            consumer, workers = self._consumer()
            progress = Progress(first=first, place=self._place or Place(first, 0), consumer=consumer, workers=workers)
        return {"reads": self._reads, "broken": broken, **progress.to_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on, in the next iteration, where the state was taken.

        Raises:
            DatasetError: the state is of another dataset or other settings.
        """
        for name, value in self._reads.items():
            if (theirs := state["reads"].get(name)) != value:
                raise DatasetError(
                    f"{self._dataset.out}: the state was taken with {name} {theirs}, this loader has {value}; make them equal"
                )
        self._resume = Progress.from_dict(state)
        self._place = self._resume.place
        self._epoch[0] = self._resume.first
        epochs = state["broken"]
        self._broken[:] = torch.tensor([epochs.get(shard.name, -1) + 1 for shard in self._shards], dtype=torch.int64)

    def __iter__(self) -> Iterator[Draw]:
        consumer, workers = self._consumer()
        first = int(self._epoch.item())
        resume, self._resume = self._resume, None
        start, worker = Place(first, 0), consumer
        if resume is not None and resume.first == first:
            start, worker = resume.start(consumer, workers, self._yields)
        self._place = start
        files = LocalFiles(self._dataset.out, self._settings.cache, self._settings.hashes)
        return self._run(files, first, start, *self._stretch(worker, workers))

    def _consumer(self) -> tuple[int, int]:
        info = get_worker_info()
        return (info.id, info.num_workers) if info is not None else (0, 1)

    def _identity(self) -> dict[str, Any]:
        settings, dataset = self._settings, self._dataset
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
            "epochs": settings.epochs,
            "ranks": settings.ranks,
        }

    def _order(self, epoch: int) -> Epoch:
        return Epoch(self._counts, self._settings.seed, epoch, self._settings.shuffle, self._settings.window)

    def _yields(self, worker: int, workers: int, epoch: int) -> np.ndarray | int | None:
        """What a worker gives in an epoch: the number of its samples, or, where shards are broken, which places give one.

        None after the last epoch.
        """
        if self._settings.epochs is not None and epoch >= int(self._epoch.item()) + self._settings.epochs:
            return None
        return self._given(*self._stretch(worker, workers), epoch)

    def _stretch(self, worker: int, workers: int) -> tuple[int, int]:
        return share(self.samples, self._settings.rank * workers + worker, self._settings.ranks * workers)

    def _given(self, begin: int, end: int, epoch: int) -> np.ndarray | int:
        found = self._broken.numpy()
        gone = (found > 0) & (found <= epoch + 1)
        if not gone.any():
            return end - begin
        return np.concatenate([np.arange(0, dtype=bool), *(~gone[shards] for shards, _ in self._order(epoch).windows(begin, end))])

    def _run(self, files: LocalFiles, first: int, start: Place, begin: int, end: int) -> Iterator[Draw]:
        epoch = start.epoch
        try:
            while begin < end and (self._settings.epochs is None or epoch < first + self._settings.epochs):
                yield from self._run_epoch(files, self._order(epoch), begin, end, start.samples if epoch == start.epoch else 0)
                if not np.any(self._given(begin, end, epoch)) and (not self._settings.shuffle or bool((self._broken > 0).all())):
                    raise DatasetError(
                        f"{self._dataset.out}: every shard that '{self._dataset.split}' has here is broken; get the files again"
                    )
                epoch += 1
        finally:
            files.close()

    def _run_epoch(self, files: LocalFiles, order: Epoch, begin: int, end: int, done: int) -> Iterator[Draw]:
        quota = quotas(order, np.asarray(self._counts, dtype=np.int64), self._held)
        opened: dict[int, DrawnShard | None] = {}
        ahead = order.windows(begin + done, end)
        window = next(ahead, None)
        try:
            while window is not None:
                shards, numbers = window
                window = next(ahead, None)
                for shard in set(opened).difference(shards.tolist()):
                    _close(opened.pop(shard))
                if window is not None:
                    files.expect(self._shards[shard] for shard in np.unique(window[0]).tolist() if shard not in opened)
                for shard, number in zip(shards.tolist(), numbers.tolist(), strict=True):
                    if shard not in opened:
                        opened[shard] = self._open(files, order, shard, quota[shard])
                    done += 1
                    self._place = Place(order.number, done)
                    if (found := self._read(shard, opened, number, order.number)) is not None:
                        yield found
        finally:
            for drawn in opened.values():
                _close(drawn)

    def _open(self, files: LocalFiles, order: Epoch, shard: int, quota: np.ndarray) -> DrawnShard | None:
        if 0 < int(self._broken[shard]) <= order.number + 1:
            return None
        try:
            return self._open_whole(files, order, shard, quota)
        except (DamagedFile, TarError, OSError) as error:
            self._break(shard, order.number, error)
            return None

    def _open_whole(self, files: LocalFiles, order: Epoch, shard: int, quota: np.ndarray) -> DrawnShard:
        info = self._shards[shard]
        sidecar = read_sidecar(files, info, self._class)
        if len(sidecar.kept) != self._counts[shard] or len(sidecar.keys) != info.samples:
            raise DamagedFile(f"has a sidecar of {len(sidecar.keys)} samples, the manifest says {info.samples}")
        tar = files.tar(info)
        try:
            starts, sizes = picture_positions(tar, sidecar.keys)
        except BaseException:
            tar.close()
            raise
        keys = [sidecar.keys[number] for number in sidecar.kept.tolist()]
        texts = sidecar.take(draw(order, shard, sidecar.owners, sidecar.classes, quota))
        return DrawnShard(tar, keys, starts[sidecar.kept], sizes[sidecar.kept], texts, self._settings.decode)

    def _class(self, task: str, lang: str) -> int:
        return self._classes.get(class_of(self._settings.balance, task, lang), -1) if self._dataset.wants(task, lang) else -1

    def _read(self, shard: int, opened: dict[int, DrawnShard | None], number: int, epoch: int) -> Draw | None:
        """A sample; where its picture cannot be decoded the next of the shard, so that batches still tell the place."""
        drawn = opened[shard]
        if drawn is None:
            return None
        for step in range(len(drawn)):
            try:
                return drawn[(number + step) % len(drawn)]
            except PictureError as error:
                if not self._settings.skip_broken:
                    raise DatasetError(f"{self._where(shard)}: sample {drawn.key(number)}: {error}; get the file again") from None
                if not step:
                    self._damaged += 1
                    log.debug("%s: sample %s: %s", self._where(shard), drawn.key(number), error)
            except (TarError, OSError) as error:
                self._break(shard, epoch, error)
                break
        else:
            self._break(shard, epoch, PictureError("has no picture that can be decoded"))
        drawn.close()
        opened[shard] = None
        return None

    def _break(self, shard: int, epoch: int, error: Exception) -> None:
        """Takes a shard out from this epoch on, or raises."""
        line = " ".join(str(error).split())
        if not self._settings.skip_broken:
            raise DatasetError(f"{self._where(shard)}: {line}; get the file again, or build the dataset again") from None
        if not int(self._broken[shard]):
            self._broken[shard] = epoch + 1
            log.warning("%s: %s; its %d samples are skipped", self._where(shard), line, self._counts[shard])

    def _where(self, shard: int) -> str:
        return f"{self._dataset.out}/{self._shards[shard].tar}"


def _close(drawn: DrawnShard | None) -> None:
    if drawn is not None:
        drawn.close()
