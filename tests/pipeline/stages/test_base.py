from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pytest

from pipeline.stages.base import Made, Stage, StageError, advance, check_columns, run_only
from pipeline.stages.caption import Caption
from pipeline.stages.embed import Embed
from pipeline.stages.fetch import Fetch
from pipeline.store import Store
from pipeline.tables import JPEG, SOURCE, VERDICT, rejected, table


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


@dataclass(frozen=True)
class Draws(Stage):
    """Adds a picture to each row; with ``silent``, it forgets to say so."""

    silent: bool = False

    name, reads, adds, adds_pictures = "draws", ("number",), {"key": pa.string(), "jpg_sha256": pa.string()}, JPEG

    @contextmanager
    def running(self, chunk, given, pictures):
        names = [str(number) for number in chunk["number"].to_pylist()]
        columns = {"key": names, "jpg_sha256": names} | rejected([None] * len(names))
        yield Made(table(columns, {**self.adds, **VERDICT}), None if self.silent else {name: name.encode() for name in names})


@dataclass(frozen=True)
class Reads(Stage):
    """Looks at each picture."""

    name, reads, reads_pictures, adds = "reads", ("key",), JPEG, {"seen": pa.string()}

    def look(self, chunk, pictures):
        seen = [pictures[key].decode() for key in chunk["key"].to_pylist()]
        return table({"seen": seen} | rejected([None] * len(seen)), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class ReadsUnnamed(Reads):
    """Looks at pictures of whose names it knows nothing."""

    reads = ("number",)


def test_a_stage_looks_at_the_pictures_that_another_made(store):
    chunk = store.list("images-00000", pa.table({"number": [1, 2, 9]}))
    done = advance(store, Reads(), advance(store, Draws(), chunk))
    assert store.load(done, ("number", "seen")).to_pydict() == {"row": [0, 1, 2], "number": [1, 2, 9], "seen": ["1", "2", "9"]}
    with pytest.raises(StageError, match="stage draws made no pictures, declared 'jpeg'"):
        advance(store, Draws(silent=True), chunk)


def test_pictures_are_declared_as_columns_are():
    first = {"number": pa.int64()}
    check_columns([Draws(), Reads()], first, {})
    with pytest.raises(StageError, match="stage reads reads column 'jpeg', which no stage before it adds"):
        check_columns([Reads()], first | {"key": pa.string()}, {})
    with pytest.raises(StageError, match="stage reads reads pictures 'jpeg', and not column 'key', which names them"):
        check_columns([Draws(), ReadsUnnamed()], first, {})
    with pytest.raises(StageError, match="stage draws adds column 'key', which is there already"):
        check_columns([Draws(), Draws()], first, {})


def test_no_column_holds_pictures():
    """All of a chunk would be gigabytes in memory, and 2 GiB are the most that a column of bytes has."""

    def types(kind: pa.DataType) -> Iterator[pa.DataType]:
        yield kind
        for number in range(kind.num_fields):
            yield from types(kind.field(number).type)

    columns = {name: kind for stage in (Fetch, Caption, Embed) for name, kind in stage.adds.items()} | SOURCE
    wide = {name for name, kind in columns.items() for found in types(kind) if pa.types.is_binary(found) or pa.types.is_large_binary(found)}
    assert wide == {"place"}  # whose bytes are the name of a file
