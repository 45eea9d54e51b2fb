"""The order of an epoch: which sample comes at which place, computed for any place without walking there.

Shards come in a random order, their samples in a random order within each, and a window of so many samples runs over them, each
window shuffled once more. All of it follows from seed and epoch alone, so that any number of consumers can each take a stretch
of places, and a run can go on anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

SHARDS, SAMPLES, WINDOW, PLAN, CLASSES, ANNOTATIONS = range(6)
"""What a random choice is about, a part of its seed."""


def random_bits(count: int, seed: int, epoch: int, about: int, number: int) -> np.ndarray:
    """Uniform uint64 numbers, the same in every version of NumPy: its bit generators keep their streams."""
    return np.random.PCG64(np.random.SeedSequence([seed, epoch, about, number])).random_raw(count)


def shuffled(count: int, seed: int, epoch: int, about: int, number: int) -> np.ndarray:
    """The numbers below ``count`` in a random order, int64."""
    return np.argsort(random_bits(count, seed, epoch, about, number), kind="stable")


def share(total: int, consumer: int, consumers: int) -> tuple[int, int]:
    """The places that one of several consumers takes, first and end; any two shares differ by one place at most."""
    return total * consumer // consumers, total * (consumer + 1) // consumers


EVEN = ("none", "drop", "pad")
"""What is done so that all ranks give as many samples as one another: nothing, fewer places, more places."""


def places(samples: int, ranks: int, even: str) -> int:
    """How many places an epoch has; a multiple of the ranks unless ``even`` is none.

    With drop the last of the order are left out, another few in each epoch; with pad the first come once more, as with
    torch.utils.data.DistributedSampler.
    """
    return {"none": samples, "drop": samples - samples % ranks, "pad": samples + -samples % ranks}[even]


class Epoch:
    """The order of an epoch.

    Args:
        counts: samples of each shard.
        shuffle: random order, else that of the shards.
        window: how many samples are shuffled together; nothing of them is held but their numbers.
    """

    def __init__(self, counts: Sequence[int], seed: int, epoch: int, shuffle: bool, window: int) -> None:
        self.number, self.seed, self._shuffle, self._window = epoch, seed, shuffle, window
        self._shards = shuffled(len(counts), seed, epoch, SHARDS, 0) if shuffle else np.arange(len(counts))
        self._starts = np.concatenate([[0], np.cumsum(np.asarray(counts, dtype=np.int64)[self._shards])])
        self._positions = np.argsort(self._shards)
        self._within_window = lru_cache(maxsize=4)(self._shuffle_window)

    @property
    def total(self) -> int:
        """Number of places."""
        return int(self._starts[-1])

    def windows(self, first: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The samples at the places from ``first`` up to ``end``, a window at a time: shard numbers and numbers within the shard.

        Beyond the last place the order begins again.
        """
        while first < end:
            lap = first // self.total * self.total
            number = (first - lap) // self._window
            begin = lap + number * self._window
            stop = min(end, begin + self._window, lap + self.total)
            slots = begin - lap + self._within_window(number)[first - begin : stop - begin]
            nth = np.searchsorted(self._starts, slots, side="right") - 1
            shards, inside = self._shards[nth], slots - self._starts[nth]
            for shard in np.unique(shards):
                chosen = shards == shard
                inside[chosen] = self._within_shard(int(shard))[inside[chosen]]
            yield shards, inside
            first = stop

    def visits(self, shard: int) -> np.ndarray:
        """The samples of a shard in the order in which the epoch comes to them."""
        begin, end = (int(self._starts[self._positions[shard] + offset]) for offset in (0, 1))
        places = []
        for number in range(begin // self._window, -(-end // self._window)):
            order = self._within_window(number)
            slots = number * self._window + order
            inside = (begin <= slots) & (slots < end)
            places.append(slots[inside] - begin)
        return self._within_shard(shard)[np.concatenate(places)] if places else np.arange(0)

    def _within_shard(self, shard: int) -> np.ndarray:
        begin, end = (int(self._starts[self._positions[shard] + offset]) for offset in (0, 1))
        return shuffled(end - begin, self.seed, self.number, SAMPLES, shard) if self._shuffle else np.arange(end - begin)

    def _shuffle_window(self, number: int) -> np.ndarray:
        size = min(self._window, self.total - number * self._window)
        return shuffled(size, self.seed, self.number, WINDOW, number) if self._shuffle else np.arange(size)
