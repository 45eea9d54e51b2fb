"""What a stage is, and what running one over a chunk means. Nothing here knows of Beam."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.chunks import Chunk, fingerprint
from pipeline.memory import give_back
from pipeline.store import Store
from pipeline.tables import VERDICT

logger = logging.getLogger(__name__)

Given: TypeAlias = Chunk | pa.Table
"""What a global step hands to a stage besides its chunk: other chunks, or small rows."""


class StageError(RuntimeError):
    """A stage that must stop the run: a broken model, or columns that do not fit."""


def run_only(default: Any) -> Any:
    """A field of a stage that changes how it runs but never what it makes; left out of its hash."""
    return field(default=default, metadata={"run_only": True})


@dataclass(frozen=True)
class Stage:
    """A pure function from Arrow tables to an Arrow table.

    A subclass names itself, declares the columns that it ``reads`` of its chunk and of the chunks it is ``given``, the
    columns that it ``adds``, and writes `run`. Its fields are the settings that its results depend on. ``version`` goes up
    whenever the code makes other results from the same settings.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    reads_given: ClassVar[tuple[str, ...]] = ()
    adds: ClassVar[Mapping[str, pa.DataType]] = {}
    joins: ClassVar[bool] = False
    """Whether what it is given was made for this chunk alone; the seconds that this took are then told as its own."""

    def setup(self) -> None:
        """Loads what `run` needs and keeps in the process, such as a model. Called before each `run`; cheap when repeated."""

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        """Makes the columns ``adds``, ``reject`` and ``detail``, one row for each of ``chunk``, in its order.

        Args:
            chunk: ``row`` (position in the whole chunk) and the columns ``reads``, of the rows that no stage rejected.
            given: what a global step hands over, loaded as it is asked for; chunks as ``row`` and ``reads_given``.
        """
        raise NotImplementedError

    @contextmanager
    def running(self, chunk: pa.Table, given: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """What `run` makes, in a block that ends when it is stored; for a stage of which few results should be in memory at once."""
        yield self.run(chunk, given)

    def clock(self) -> float:
        """Seconds, as `run` is timed by."""
        return time.perf_counter()

    @property
    def repairs(self) -> str:
        """The column that is true in those rows of earlier results that are to be made again; empty for none."""
        return ""

    def repair(self, chunk: pa.Table, before: pa.Table) -> pa.Table:
        """What to put in the place of an earlier result, some rows of which are to be made again."""
        again = pc.fill_null(before[self.repairs], False)
        order = pa.concat_arrays([pc.indices_nonzero(pc.invert(again)), pc.indices_nonzero(again)])
        both = pa.concat_tables([before.filter(pc.invert(again)), self.run(chunk.filter(again), iter(()))])
        return both.take(pc.array_sort_indices(order)).combine_chunks()

    @property
    def tolerance(self) -> float:
        """The share of a chunk that may be rejected before the run stops; above that the stage itself must be broken."""
        return 1.0

    def digest(self) -> str:
        """Hash of the stage: its version and its settings."""
        settings = [(f.name, repr(getattr(self, f.name))) for f in fields(self) if not f.metadata.get("run_only")]
        return fingerprint(self.name, self.version, settings)[:12]


def advance(store: Store, stage: Stage, chunk: Chunk, given: Sequence[Given] = ()) -> Chunk:
    """The chunk with the stage's part added: taken from the store where it is there, else made and stored.

    Raises:
        StageError: the stage rejected more of the chunk than it may, or returned other columns than it declares.
    """
    inputs = [chunk.digest(stage.reads), *(_digest(other, stage.reads_given) for other in given)]
    path = f"{stage.name}/{stage.digest()}/{chunk.id}-{fingerprint(inputs)[:12]}.parquet"
    part = store.find(path)
    if part is None:
        rows = store.load(chunk, stage.reads)
        stage.setup()
        start = stage.clock()
        with stage.running(rows, (_load(store, other, stage.reads_given) for other in given)) as made:
            seconds = stage.clock() - start
            if stage.joins:
                seconds += sum(other.latest.seconds for other in given if isinstance(other, Chunk))
            part = store.write(chunk, stage.name, path, _whole(stage, chunk, rows, made), seconds)
        del rows, made
        give_back()
    elif stage.repairs and pc.any(store.read(part, [stage.repairs])[stage.repairs]).as_py():
        rows = store.load(chunk, stage.reads)
        made = stage.repair(rows, store.read(part, [*stage.adds, *VERDICT]))
        part = store.write(chunk, stage.name, path, _whole(stage, chunk, rows, made), part.seconds)
    return chunk + part


def _digest(given: Given, columns: Sequence[str]) -> str:
    return given.digest(columns) if isinstance(given, Chunk) else fingerprint(given.to_pydict())


def _load(store: Store, given: Given, columns: Sequence[str]) -> pa.Table:
    return store.load(given, columns) if isinstance(given, Chunk) else given


def _whole(stage: Stage, chunk: Chunk, rows: pa.Table, made: pa.Table) -> pa.Table:
    """The stage's table with its row numbers, after checking that it is what the stage declares."""
    expected = pa.schema(list({**stage.adds, **VERDICT}.items()))
    if not made.schema.equals(expected) or made.num_rows != rows.num_rows:
        raise StageError(f"stage {stage.name} made {made.num_rows} rows of {made.schema}, declared {rows.num_rows} of {expected}")
    failed = made["reject"].length() - made["reject"].null_count
    if rows.num_rows >= 20 and failed > stage.tolerance * rows.num_rows:
        reasons = made.filter(pc.is_valid(made["reject"])).slice(0, 1)
        first = f"{reasons['reject'][0]}: {reasons['detail'][0]}"
        raise StageError(
            f"stage {stage.name} failed on {failed} of {rows.num_rows} rows of chunk {chunk.id}, as in '{first}'; mend it and start again"
        )
    return made.add_column(0, "row", rows["row"])


def check_columns(stages: Sequence[Stage], first: Mapping[str, pa.DataType], given: Mapping[str, Mapping[str, pa.DataType]]) -> None:
    """Checks a chain of stages before anything runs: each reads only what an earlier one added, and none adds a column twice.

    Args:
        stages: in the order in which they run.
        first: columns that chunks begin with.
        given: columns of the chunks that a stage is given, by the stage's name.

    Raises:
        StageError: naming the stage and the column.
    """
    known = dict(first)
    for stage in stages:
        for name, there in [*((n, known) for n in stage.reads), *((n, given.get(stage.name, {})) for n in stage.reads_given)]:
            if name not in there:
                raise StageError(f"stage {stage.name} reads column '{name}', which no stage before it adds; there are {sorted(there)}")
        for name in stage.adds:
            if name in known:
                raise StageError(f"stage {stage.name} adds column '{name}', which is there already")
        known |= stage.adds
