from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pytest

from pipeline.stages.base import Stage, StageError, advance, check_columns, run_only
from pipeline.store import Store
from pipeline.tables import VERDICT, rejected, table


@dataclass(frozen=True)
class Double(Stage):
    """Doubles a number; numbers above ``most`` are rejects."""

    most: int
    speed: int = run_only(1)
    tolerance = 0.5

    name, reads, adds = "double", ("number",), {"doubled": pa.int64()}

    def run(self, chunk, given):
        numbers = chunk["number"].to_pylist()
        reasons = ["large" if n > self.most else None for n in numbers]
        return table({"doubled": [2 * n for n in numbers]} | rejected(reasons), {**self.adds, **VERDICT})


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path))


def test_what_is_there_is_not_made_again(store):
    chunk = store.list("images-00000", pa.table({"number": [1, 2, 9]}))
    first = advance(store, Double(5), chunk)
    assert store.load(first, ("number", "doubled")).to_pydict() == {"row": [0, 1], "number": [1, 2], "doubled": [2, 4]}
    assert advance(store, Double(5, speed=9), chunk) == first
    assert advance(store, Double(6), chunk).latest.path != first.latest.path
    assert len(store.names(f"double/{Double(5).digest()}")) == 1


@dataclass(frozen=True)
class Mends(Stage):
    """Numbers its rows by how often it has run; odd ones are to be made again where that is asked for."""

    again: bool = run_only(False)

    name, reads, adds = "mends", ("number",), {"odd": pa.bool_(), "made": pa.int64()}
    runs: ClassVar[list[int]] = []

    @property
    def repairs(self) -> str:
        return "odd" if self.again else ""

    def run(self, chunk, given):
        self.runs.append(chunk.num_rows)
        numbers = chunk["number"].to_pylist()
        return table({"odd": [n % 2 == 1 for n in numbers], "made": [len(self.runs)] * len(numbers)}, {**self.adds, **VERDICT})


def test_only_rows_that_are_to_be_made_again_are(store):
    chunk = store.list("images-00000", pa.table({"number": [1, 2, 4, 5]}))
    first = advance(store, Mends(), chunk)
    assert advance(store, Mends(), chunk) == first
    second = advance(store, Mends(again=True), chunk)
    assert Mends.runs == [4, 2]
    assert store.load(second, ("number", "made")).to_pydict() == {"row": [0, 1, 2, 3], "number": [1, 2, 4, 5], "made": [2, 1, 1, 2]}


def test_where_nothing_is_to_be_made_again_nothing_is_read(store, tmp_path):
    chunk = store.list("images-00000", pa.table({"number": [2, 4]}))
    first = advance(store, Mends(), chunk)
    (tmp_path / chunk.latest.path).unlink()
    assert advance(store, Mends(again=True), chunk) == first


def test_a_stage_that_rejects_too_much_is_broken(store):
    chunk = store.list("images-00000", pa.table({"number": list(range(20))}))
    assert advance(store, Double(9), chunk).living == 10
    with pytest.raises(StageError, match="stage double failed on 11 of 20 rows of chunk images-00000, as in 'large: None'"):
        advance(store, Double(8), chunk)


def test_columns_are_checked_before_anything_runs():
    check_columns([Double(1)], {"number": pa.int64()}, {})
    with pytest.raises(StageError, match="stage double reads column 'number', which no stage before it adds; there are \\['url'\\]"):
        check_columns([Double(1)], {"url": pa.string()}, {})
    with pytest.raises(StageError, match="stage double adds column 'doubled', which is there already"):
        check_columns([Double(1), Double(2)], {"number": pa.int64()}, {})
