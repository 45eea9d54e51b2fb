"""What of a split a stream reads: its shards, how many samples of each, and how many annotations of each class."""

from __future__ import annotations

import numpy as np

from shards.balance import class_of, quotas
from shards.manifest import ShardInfo
from shards.order import Epoch, places
from shards.reader import Dataset, DatasetError
from shards.settings import Settings


class Content:
    """The samples that have a wanted annotation.

    Args:
        dataset: that they are of.
        settings: how they are read.
        counts: how many each shard has.

    Raises:
        DatasetError: the manifest counts fewer annotations than there are samples, or more samples than a tar of its size can hold.
    """

    def __init__(self, dataset: Dataset, settings: Settings, counts: tuple[int, ...]) -> None:
        self.dataset, self.settings, self.counts = dataset, settings, counts
        for shard in self.shards:  # orders are made of these numbers before any file is opened
            if shard.samples > shard.room:
                what = f"{shard.samples} samples in the {shard.bytes} bytes of {shard.name}"
                raise DatasetError(f"{dataset.out}: the manifest lists {what}; run python -m shards.verify")
        named = [
            (position, class_of(settings.balance, task, lang), number)
            for position, shard in enumerate(self.shards)
            for task, by_lang in shard.annotations.items()
            for lang, number in by_lang.items()
            if number and dataset.wants(task, lang)
        ]
        self._classes = {name: number for number, name in enumerate(sorted({name for _, name, _ in named}))}
        self._held = np.zeros((len(self.shards), len(self._classes)), dtype=np.int64)
        for position, name, number in named:
            self._held[position, self._classes[name]] += number
        limits = np.minimum(self._held, np.asarray(counts)[:, None]).sum(axis=1)
        for shard, count, limit in zip(self.shards, counts, limits, strict=True):
            if limit < count:
                raise DatasetError(
                    f"{dataset.out}: the manifest counts {limit} annotations for {count} samples of {shard.name}; run shards.verify"
                )

    @property
    def shards(self) -> tuple[ShardInfo, ...]:
        """All of the split."""
        return self.dataset.manifest.splits[self.dataset.split]

    @property
    def samples(self) -> int:
        """Samples of an epoch."""
        return sum(self.counts)

    @property
    def places(self) -> int:
        """Places of an epoch, of all ranks together."""
        return places(self.samples, self.settings.ranks, self.settings.even)

    def order(self, epoch: int) -> Epoch:
        """The order of an epoch."""
        return Epoch(self.counts, self.settings.seed, epoch, self.settings.shuffle, self.settings.window)

    def quotas(self, order: Epoch) -> np.ndarray:
        """How many samples of each shard get an annotation of each class, int64 [shards, classes]."""
        return quotas(order, np.asarray(self.counts, dtype=np.int64), self._held)

    def class_of(self, task: str, lang: str) -> int:
        """The class of an annotation; below 0 where it is not wanted."""
        if not self.dataset.wants(task, lang):
            return -1
        return self._classes.get(class_of(self.settings.balance, task, lang), -1)
