"""The order of an epoch: each sample once, the same for any number of consumers, another in each epoch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from shards.order import Epoch, share, shuffled

Order = list[tuple[int, int]]


def walk(epoch: Epoch, first: int = 0, end: int | None = None) -> Order:
    """Shard and number of each sample, in order."""
    windows = epoch.windows(first, epoch.total if end is None else end)
    return [pair for shards, numbers in windows for pair in zip(shards.tolist(), numbers.tolist(), strict=True)]


COUNTS = [(5,), (3, 0, 4, 1), (1, 1, 1), (40, 7, 13), (0, 2)]


@pytest.mark.parametrize(("counts", "window", "shuffle"), itertools.product(COUNTS, (1, 4, 100), (True, False)))
def test_each_sample_once_and_the_same_for_any_consumers(counts: tuple[int, ...], window: int, shuffle: bool) -> None:
    epoch = Epoch(counts, 3, 1, shuffle, window)
    whole = walk(epoch)
    stored = [(shard, number) for shard, count in enumerate(counts) for number in range(count)]
    assert sorted(whole) == stored
    assert shuffle or whole == stored
    for consumers in (1, 2, 3, 5, 70):
        shares = [share(epoch.total, consumer, consumers) for consumer in range(consumers)]
        assert [pair for begin, end in shares for pair in walk(epoch, begin, end)] == whole
        lengths = [end - begin for begin, end in shares]
        assert max(lengths) - min(lengths) <= 1
    for shard, count in enumerate(counts):
        assert epoch.visits(shard).tolist() == [number for visited, number in whole if visited == shard]
        assert len(epoch.visits(shard)) == count


def test_seed_and_epoch_make_the_order() -> None:
    orders = [walk(Epoch((40, 30, 20), seed, number, True, 50)) for seed in (0, 1) for number in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4
    assert walk(Epoch((40, 30, 20), 0, 0, True, 50)) == orders[0]


def test_windows_mix_shards() -> None:
    order = walk(Epoch((500, 500), 0, 0, True, 1000))
    changes = sum(one[0] != other[0] for one, other in itertools.pairwise(order))
    assert 400 < changes < 600


def test_the_random_numbers_never_change() -> None:
    assert shuffled(8, 1, 2, 3, 4).tolist() == SHUFFLED
    assert np.array_equal(np.sort(shuffled(1000, 0, 0, 0, 0)), np.arange(1000))


SHUFFLED = [0, 6, 2, 4, 3, 5, 7, 1]
"""Written down, so that a run that was begun with one version of NumPy goes on with another."""
