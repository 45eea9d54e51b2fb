from dataclasses import dataclass

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
