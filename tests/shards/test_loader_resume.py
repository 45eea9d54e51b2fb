"""Exact resume: a run that goes on from a state gives what the unbroken run gives."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

import shards
from shards.manifest import Manifest
from shards.reader import DatasetError

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

Batches = list[list[Any]]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> str:
    """Shards of 7, 1, 12 and 5 samples, 25 in all."""
    out = tmp_path_factory.mktemp("uneven") / "out"
    build_dataset(out, {"train": [range(7), range(7, 8), range(8, 20), range(20, 25)], "val": [range(25, 26)], "test": [range(26, 27)]})
    return str(out)


def take(stream: object, count: int | None, size: int, workers: int, drop_last: bool = False) -> Batches:
    batches = DataLoader(stream, batch_size=size, num_workers=workers, collate_fn=list, drop_last=drop_last)  # type: ignore[arg-type]
    return list(itertools.islice(batches, count))


@pytest.mark.parametrize("cut", [0, 1, 7, 24, 25, 30, 50])
def test_a_loop_over_the_stream(uneven: str, cut: int) -> None:
    whole = list(shards.loader(uneven, epochs=2, window=6))
    stream = shards.loader(uneven, epochs=2, window=6)
    began = list(itertools.islice(stream, cut))
    state = json.loads(json.dumps(stream.state_dict()))
    again = shards.loader(uneven, epochs=2, window=6)
    again.load_state_dict(state)
    assert again.state_dict() == state
    assert began + list(again) == whole


@pytest.mark.parametrize(
    ("ranks", "workers", "size", "epochs", "drop_last", "cuts"),
    [
        (1, 0, 4, 1, False, (0, 3, 7)),
        (1, 2, 3, 1, False, (1, 8, 9)),
        (1, 3, 2, 1, False, (4, 12, 13)),
        (1, 3, 4, 1, True, (2, 5, 6)),
        (2, 2, 4, 2, False, (3, 6)),
        (1, 2, 4, None, False, (8, 17)),
        (2, 3, 5, None, True, (7, 10)),
    ],
)
def test_a_plain_dataloader(
    uneven: str, ranks: int, workers: int, size: int, epochs: int | None, drop_last: bool, cuts: tuple[int, ...]
) -> None:
    length = None if epochs else 24
    stream = shards.loader(uneven, epochs=epochs, window=6, rank=ranks - 1, ranks=ranks)
    options = {"size": size, "workers": workers, "drop_last": drop_last}
    stream.set_epoch(3)
    whole = take(stream, length, **options)  # type: ignore[arg-type]
    for cut in cuts:
        state = json.loads(json.dumps(stream.state_dict(cut, batch_size=size, workers=workers, drop_last=drop_last)))
        again = shards.loader(uneven, epochs=epochs, window=6, rank=ranks - 1, ranks=ranks)
        again.load_state_dict(state)
        assert take(again, length - cut if length else None, **options) == whole[cut:], cut  # type: ignore[arg-type]
        assert again.state_dict(cut, batch_size=size, workers=workers, drop_last=drop_last) == state


def test_resume_of_a_resumed_run(uneven: str) -> None:
    whole = take(shards.loader(uneven, epochs=None), 20, 4, 2)
    had: Batches = []
    for step in (0, 3, 4, 11):
        stream = shards.loader(uneven, epochs=None)
        stream.load_state_dict(stream.state_dict(batches=step, batch_size=4, workers=2))
        had[step:] = take(stream, 9, 4, 2)
    assert had == whole


def test_the_epochs_after_a_resume_are_whole(uneven: str) -> None:
    stream = shards.loader(uneven)
    epochs = []
    for epoch in range(3):
        stream.set_epoch(epoch)
        epochs.append(take(stream, None, 4, 2))
    again = shards.loader(uneven)
    again.load_state_dict(stream.state_dict(batches=0) | {"first": 1, "batches": 3, "batch_size": 4, "workers": 2})
    for epoch, skipped in ((1, 3), (2, 0)):
        again.set_epoch(epoch)
        assert take(again, None, 4, 2) == epochs[epoch][skipped:]


@pytest.mark.parametrize(("workers", "cut"), [(0, 3), (2, 1), (2, 4), (3, 5)])
def test_torchdata(uneven: str, workers: int, cut: int) -> None:
    def make() -> StatefulDataLoader[Any]:
        return StatefulDataLoader(shards.loader(uneven, window=6), batch_size=4, num_workers=workers, collate_fn=list)

    whole, broken_off, again = list(make()), make(), make()
    had = list(itertools.islice(broken_off, cut))
    again.load_state_dict(broken_off.state_dict())
    assert had + list(again) == whole


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 1}, "the state was taken with seed 0, this loader has 1; make them equal"),
        ({"window": 7}, "window 6, this loader has 7"),
        ({"tasks": ["caption"]}, r"tasks None, this loader has \['caption'\]"),
        ({"rank": 0, "ranks": 2}, "ranks 1, this loader has 2"),
        ({"split": "val"}, "split train, this loader has val"),
    ],
)
def test_a_state_of_something_else(uneven: str, other: dict[str, Any], message: str) -> None:
    state = shards.loader(uneven, window=6).state_dict()
    with pytest.raises(DatasetError, match=message):
        shards.loader(uneven, **{"window": 6} | other).load_state_dict(state)


def test_a_state_of_other_workers(uneven: str) -> None:
    stream = shards.loader(uneven)
    stream.load_state_dict(stream.state_dict(batches=3, batch_size=4, workers=2))
    with pytest.raises(DatasetError, match="the state was taken with 2 workers, now there are 1; keep num_workers as it was"):
        take(stream, 1, 4, 0)
