"""Which epoch an iteration begins with: the one after an iteration that ended, the same after one that was broken off."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

import shards
from shards.manifest import Manifest
from shards.reader import DatasetError

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

WAYS = [(0, False), (2, False), (2, True), (3, True)]
"""Workers, and whether they persist."""


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> str:
    """Shards of 7, 1, 12 and 5 samples, 25 in all."""
    out = tmp_path_factory.mktemp("uneven") / "out"
    build_dataset(out, {"train": [range(7), range(7, 8), range(8, 20), range(20, 25)], "val": [range(25, 26)], "test": [range(26, 27)]})
    return str(out)


def loading(stream: Any, workers: int, persist: bool = False) -> DataLoader[Any]:
    return DataLoader(stream, batch_size=4, num_workers=workers, collate_fn=list, persistent_workers=persist)


def epochs_of(uneven: str, numbers: list[int], workers: int, **options: Any) -> list[Any]:
    """What the epochs give, each by a loader of its own that is told which."""
    found = []
    for number in numbers:
        stream = shards.loader(uneven, window=6, **options)
        stream.set_epoch(number)
        found.append(list(loading(stream, workers)))
    return found


@pytest.mark.parametrize(("workers", "persist"), WAYS)
def test_an_epoch_follows_another(uneven: str, workers: int, persist: bool) -> None:
    batches = loading(shards.loader(uneven, window=6), workers, persist)
    assert [list(batches) for _ in range(4)] == epochs_of(uneven, [0, 1, 2, 3], workers)


@pytest.mark.parametrize(("workers", "persist"), WAYS)
def test_set_epoch_rules(uneven: str, workers: int, persist: bool) -> None:
    stream = shards.loader(uneven, window=6)
    batches = loading(stream, workers, persist)
    found = []
    for told in (5, None, 1, 1, None):
        if told is not None:
            stream.set_epoch(told)
        found.append(list(batches))
    assert found == epochs_of(uneven, [5, 6, 1, 1, 2], workers)


@pytest.mark.parametrize(("workers", "persist"), WAYS)
def test_iterations_of_several_epochs(uneven: str, workers: int, persist: bool) -> None:
    batches = loading(shards.loader(uneven, window=6, epochs=2), workers, persist)
    assert [list(batches) for _ in range(2)] == epochs_of(uneven, [0, 2], workers, epochs=2)


@pytest.mark.parametrize(("workers", "persist"), WAYS)
def test_one_that_is_broken_off_begins_again(uneven: str, workers: int, persist: bool) -> None:
    batches = loading(shards.loader(uneven, window=6, epochs=20), workers, persist)  # long, so that no worker reads ahead to its end
    (whole,) = epochs_of(uneven, [0], workers, epochs=20)
    for count in (1, 3, 2):
        assert list(itertools.islice(batches, count)) == whole[:count]
    assert list(batches) == whole
    assert next(iter(batches)) == epochs_of(uneven, [20], workers)[0][0]


def test_more_workers_than_samples(uneven: str) -> None:
    batches = loading(shards.loader(uneven, "val"), 3)
    assert [len(list(batches)) for _ in range(3)] == [1, 1, 1]


def test_a_seed_of_torch_that_is_set_each_time(uneven: str) -> None:
    """By it alone do workers know that they are of one iteration."""
    batches = loading(shards.loader(uneven, window=6), 2)
    found = []
    for _ in range(4):
        torch.manual_seed(7)
        found.append(list(batches))
    assert found == epochs_of(uneven, [0, 1, 2, 3], 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_state_is_used_once(uneven: str, workers: int) -> None:
    wanted = epochs_of(uneven, [3, 4, 5], workers)
    stream = shards.loader(uneven, window=6)
    stream.set_epoch(3)
    state = stream.state_dict(4, batch_size=4, workers=workers)
    again = shards.loader(uneven, window=6)
    again.load_state_dict(state)
    batches = loading(again, workers)
    assert [list(batches) for _ in range(3)] == [wanted[0][4:], *wanted[1:]]
    again.load_state_dict(state)
    assert list(itertools.islice(batches, 1)) == wanted[0][4:5]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_state_and_the_epoch_that_it_is_of(uneven: str, workers: int) -> None:
    wanted = epochs_of(uneven, [3, 4, 1], workers)
    stream = shards.loader(uneven, window=6)
    stream.set_epoch(3)
    state = stream.state_dict(4, batch_size=4, workers=workers)
    found = []
    again = shards.loader(uneven, window=6)
    again.load_state_dict(state)
    for epoch in (3, 4):
        again.set_epoch(epoch)
        found.append(list(loading(again, workers)))
    again.load_state_dict(state)
    again.set_epoch(1)
    found.append(list(loading(again, workers)))
    assert found == [wanted[0][4:], *wanted[1:]]


def test_a_state_that_persistent_workers_do_not_see(uneven: str) -> None:
    stream = shards.loader(uneven)
    batches = loading(stream, 2, persist=True)
    list(batches)
    stream.load_state_dict(stream.state_dict(2, batch_size=4, workers=2))
    with pytest.raises(DatasetError, match="load_state_dict: came when persistent workers had begun, and they do not see it; make a new"):
        list(batches)


def test_where_the_main_process_stands_while_workers_read(uneven: str) -> None:
    stream = shards.loader(uneven)
    next(iter(loading(stream, 2)))
    with pytest.raises(
        DatasetError,
        match=r"state_dict\(\): only the 2 workers of the DataLoader know where they stand; give batches, batch_size and workers, or take "
        "torchdata's StatefulDataLoader",
    ):
        stream.state_dict()
    stream.set_epoch(4)
    assert (stream.state_dict()["first"], stream.state_dict()["place"]) == (4, [4, 0])


def test_a_state_after_set_epoch_is_of_the_beginning(uneven: str) -> None:
    stream = shards.loader(uneven)
    list(stream)
    assert (stream.state_dict()["first"], stream.state_dict()["place"]) == (0, [0, 25])
    stream.set_epoch(1)
    assert (stream.state_dict()["first"], stream.state_dict()["place"]) == (1, [1, 0])


@pytest.mark.parametrize("workers", [0, 2])
def test_torchdata_goes_on_with_the_next_epoch(uneven: str, workers: int) -> None:
    wanted = epochs_of(uneven, [0, 1, 2], workers)

    def make() -> StatefulDataLoader[Any]:
        return StatefulDataLoader(shards.loader(uneven, window=6), batch_size=4, num_workers=workers, collate_fn=list)

    broken_off, again = make(), make()
    assert list(broken_off) == wanted[0]
    had = list(itertools.islice(broken_off, 3))
    again.load_state_dict(broken_off.state_dict())
    assert [had + list(again), list(again)] == wanted[1:]
