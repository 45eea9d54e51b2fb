"""However a run is cut in two, both parts together give what the whole gives, of however few samples, shards, workers and ranks."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

import shards
from shards.reader import DatasetError
from tests.fuzz.test_dataset import values
from tests.shards.conftest import build

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create", "ignore:.*set_vital", "ignore:Length of IterableDataset")

few = settings(deadline=None, derandomize=True, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
fewer = settings(few, max_examples=12)
Make = Callable[[tuple[int, ...]], str]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """The dataset whose train has shards of so many samples; each is built once."""
    made: dict[tuple[int, ...], str] = {}

    def of(sizes: tuple[int, ...]) -> str:
        if sizes not in made:
            out = tmp_path_factory.mktemp("resume") / "out"
            ends = list(itertools.accumulate(sizes, initial=0))
            build(out, {"train": [range(*pair) for pair in itertools.pairwise(ends)]})
            made[sizes] = str(out)
        return made[sizes]

    return of


plans = st.sampled_from([(1,), (2,), (1, 1), (3,), (1, 4), (5, 1, 3), (7, 2), (2, 2, 2, 2)])


@st.composite
def loaders(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of a loader, and the epoch that it begins with."""
    ranks = draw(st.integers(1, 3))
    return {
        "rank": draw(st.integers(0, ranks - 1)),
        "ranks": ranks,
        "epochs": draw(st.sampled_from([1, 2, 3, None])),
        "window": draw(st.sampled_from([1, 2, 5, 100])),
        "shuffle": draw(st.booleans()),
        "even": draw(st.sampled_from(["none", "pad", "drop"])),
        "balance": draw(st.sampled_from(["uniform", "task-language"])),
        "langs": draw(st.sampled_from([None, ["fr"]])),
    }


def stream_of(out: str, options: dict[str, Any]) -> Any:
    """The loader; None where it says that it cannot be."""
    try:
        return shards.loader(out, **options)
    except DatasetError as error:
        assert "even 'drop' leaves none" in str(error) or "without end those that get none" in str(error)
        return None


@few
@given(plan=plans, options=loaders(), first=st.integers(0, 2), cut=st.integers(0, 30))
@example(plan=(1,), options={"epochs": 2}, first=0, cut=1).via("exactly at an epoch's end")
def test_a_loop_over_the_stream(make: Make, plan: tuple[int, ...], options: dict[str, Any], first: int, cut: int) -> None:
    out, most = make(plan), 40
    if (stream := stream_of(out, options)) is None:
        return
    stream.set_epoch(first)
    whole = list(itertools.islice(stream, most))
    broken_off, again = stream_of(out, options), stream_of(out, options)
    broken_off.set_epoch(first)
    had = list(itertools.islice(broken_off, cut))
    again.load_state_dict(json.loads(json.dumps(broken_off.state_dict())))
    assert had + list(itertools.islice(again, max(0, most - len(had)))) == whole
    again.set_epoch(first)
    assert list(itertools.islice(again, most)) == whole, "a state is gone on from once"


def loading(stream: Any, size: int, workers: int, drop_last: bool) -> Iterator[list[Any]]:
    return iter(DataLoader(stream, batch_size=size, num_workers=workers, drop_last=drop_last, collate_fn=list))


@fewer
@given(
    plan=plans,
    options=loaders(),
    workers=st.integers(0, 3),
    size=st.integers(1, 10),
    drop_last=st.booleans(),
    cuts=st.lists(st.integers(0, 9)),
)
def test_a_dataloader(
    make: Make, plan: tuple[int, ...], options: dict[str, Any], workers: int, size: int, drop_last: bool, cuts: list[int]
) -> None:
    out, most = make(plan), 12
    if (stream := stream_of(out, options)) is None:
        return
    whole = list(itertools.islice(loading(stream, size, workers, drop_last), most))
    had: list[list[Any]] = []
    state = stream_of(out, options).state_dict(0, size, workers, drop_last)
    for cut in [*cuts[:2], most]:
        stream = stream_of(out, options)
        stream.load_state_dict(json.loads(json.dumps(state)))
        had += itertools.islice(loading(stream, size, workers, drop_last), min(cut, most - len(had)))
        state = stream.state_dict(len(had), size, workers, drop_last)
    assert had == whole


@fewer
@given(plan=plans, options=loaders(), workers=st.integers(0, 3), size=st.integers(1, 10), cut=st.integers(0, 9))
def test_torchdata(make: Make, plan: tuple[int, ...], options: dict[str, Any], workers: int, size: int, cut: int) -> None:
    out, most = make(plan), 12
    if stream_of(out, options) is None:
        return

    def of() -> StatefulDataLoader[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return StatefulDataLoader(stream_of(out, options), batch_size=size, num_workers=workers, collate_fn=list)

    unbroken, broken_off, again = of(), of(), of()
    whole = list(itertools.islice(unbroken, most))
    had = list(itertools.islice(broken_off, min(cut, most)))
    again.load_state_dict(broken_off.state_dict())
    rest = list(itertools.islice(again, most - len(had)))
    if len(had) < min(cut, most):  # it came to its end, and so the next iteration follows
        assert (had, rest) == (whole, list(itertools.islice(unbroken, most - len(had))))
    else:
        assert had + rest == whole


@few
@given(data=st.data(), name=st.sampled_from(["reads", "broken", "first", "workers", "place", "consumer", "batches", "batch_size", "ends"]))
def test_a_garbled_state(make: Make, data: st.DataObject, name: str) -> None:
    out = make((5, 1, 3))
    stream = shards.loader(out)
    list(itertools.islice(stream, 3))
    state = stream.state_dict()
    if data.draw(st.booleans()):
        del state[name]
    else:
        state[name] = data.draw(values | st.lists(st.integers(0, 12), min_size=2, max_size=2))
    again = shards.loader(out)
    try:
        again.load_state_dict(state)
        list(again)
    except DatasetError as error:
        assert str(error).isprintable(), repr(error)


@pytest.mark.parametrize("state", [None, [], "x", {}, {"reads": {}}, {"reads": 1, "broken": {}}])
def test_what_is_no_state(make: Make, state: Any) -> None:
    with pytest.raises(DatasetError, match="state"):
        shards.loader(make((1,))).load_state_dict(state)
