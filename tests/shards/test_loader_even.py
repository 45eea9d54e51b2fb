"""Ranks that give as many samples and batches as one another, and how long a stream is."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Callable

import pytest
from torch.utils.data import DataLoader

import shards
from shards.manifest import Manifest
from shards.order import Epoch, places, share
from shards.reader import DatasetError

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> str:
    """Shards of 7, 1, 12 and 3 samples, 23 in all."""
    out = tmp_path_factory.mktemp("uneven") / "out"
    build_dataset(out, {"train": [range(7), range(7, 8), range(8, 20), range(20, 23)], "val": [range(23, 24)], "test": [range(24, 25)]})
    return str(out)


@pytest.mark.parametrize("even", ["drop", "pad"])
@pytest.mark.parametrize("samples", [1, 2, 7, 23, 24, 100, 101])
def test_ranks_have_equal_shares_and_batches(even: str, samples: int) -> None:
    for ranks, workers in itertools.product(range(1, 9), range(1, 6)):
        total = places(samples, ranks, even)
        assert total % ranks == 0 and abs(total - samples) < ranks and (total <= samples) == (even == "drop" or total == samples)
        lengths = [
            [end - begin for begin, end in (share(total, rank * workers + worker, ranks * workers) for worker in range(workers))]
            for rank in range(ranks)
        ]
        assert all(length == lengths[0] for length in lengths)
        assert sum(lengths[0]) == total // ranks


@pytest.mark.parametrize(("counts", "window"), itertools.product([(5,), (3, 0, 4, 1), (40, 7, 13)], (1, 4, 100)))
def test_beyond_the_end_the_order_begins_again(counts: tuple[int, ...], window: int) -> None:
    epoch = Epoch(counts, 3, 1, True, window)

    def walk(first: int, end: int) -> list[tuple[int, int]]:
        return [pair for one, other in epoch.windows(first, end) for pair in zip(one.tolist(), other.tolist(), strict=True)]

    whole = walk(0, epoch.total)
    for first, end in itertools.combinations(range(0, 3 * epoch.total, epoch.total // 3), 2):
        assert walk(first, end) == (whole * 3)[first:end]


@pytest.mark.parametrize("even", ["none", "drop", "pad"])
@pytest.mark.parametrize(
    ("ranks", "workers", "size", "drop_last"), [(2, 0, 4, False), (4, 2, 3, False), (5, 3, 2, True), (22, 0, 1, False)]
)
def test_what_ranks_give(uneven: str, even: str, ranks: int, workers: int, size: int, drop_last: bool) -> None:
    whole = Counter(draw.key for draw in shards.loader(uneven))
    parts = []
    for rank in range(ranks):
        stream = shards.loader(uneven, rank=rank, ranks=ranks, even=even, window=5)
        batches: DataLoader = DataLoader(stream, batch_size=size, num_workers=workers, collate_fn=list, drop_last=drop_last)
        parts.append(list(batches))
        if not drop_last:
            assert sum(map(len, parts[-1])) == len(stream)
    given = Counter(draw.key for part in parts for batch in part for draw in batch)
    if even != "none":
        assert len({len(part) for part in parts}) == 1
    if drop_last:
        return
    if even == "none":
        assert given == whole
    if even == "drop":
        assert given <= whole and given.total() == 23 - 23 % ranks
    if even == "pad":
        assert given >= whole and given.total() == 23 + -23 % ranks and max(given.values()) <= 2


def test_pad_repeats_the_first_and_drop_leaves_out_the_last(uneven: str) -> None:
    whole = list(shards.loader(uneven, epochs=2))
    epochs = [whole[:23], whole[23:]]
    for even, wanted in (("pad", [e + e[:2] for e in epochs]), ("drop", [e[:20] for e in epochs])):
        parts = [list(shards.loader(uneven, rank=rank, ranks=5, even=even, epochs=2)) for rank in range(5)]
        length = len(wanted[0]) // 5
        assert [[draw for part in parts for draw in part[e * length : (e + 1) * length]] for e in (0, 1)] == wanted


@pytest.mark.parametrize("even", ["drop", "pad"])
def test_resume(uneven: str, even: str) -> None:
    for rank in range(4):
        whole = list(shards.loader(uneven, rank=rank, ranks=4, even=even, epochs=2))
        stream = shards.loader(uneven, rank=rank, ranks=4, even=even, epochs=2)
        for cut in (1, 5, 6, 9):
            stream.load_state_dict(stream.state_dict(batches=0) | {"batches": cut, "batch_size": 1})
            assert list(stream) == whole[cut:]
            stream.set_epoch(0)


def test_more_ranks_than_samples(uneven: str) -> None:
    with pytest.raises(DatasetError, match="'val' has 1 samples for 2 ranks; even 'drop' leaves none, take 'pad'"):
        shards.loader(uneven, "val", rank=0, ranks=2, even="drop")
    assert [len(list(shards.loader(uneven, "val", rank=rank, ranks=3, even="pad"))) for rank in range(3)] == [1, 1, 1]
    with pytest.raises(DatasetError, match="even 'both': choose one of none, drop, pad"):
        shards.loader(uneven, even="both")


def test_another_way_is_another_stream(uneven: str) -> None:
    state = shards.loader(uneven, rank=0, ranks=2).state_dict()
    with pytest.raises(DatasetError, match="the state was taken with even none, this loader has pad"):
        shards.loader(uneven, rank=0, ranks=2, even="pad").load_state_dict(state)


@pytest.mark.parametrize("workers", [0, 2, 3])
@pytest.mark.parametrize("epochs", [1, 2])
def test_length(uneven: str, workers: int, epochs: int) -> None:
    for rank in range(2):
        stream = shards.loader(uneven, rank=rank, ranks=2, epochs=epochs)
        batches: DataLoader = DataLoader(stream, batch_size=None, num_workers=workers)
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Length of IterableDataset")
            assert len(batches) == len(stream) == len(list(batches)) == (11, 12)[rank] * epochs
    with pytest.raises(TypeError, match="a stream of epochs=None has no end, and so no length; samples is that of an epoch"):
        len(shards.loader(uneven, epochs=None))
