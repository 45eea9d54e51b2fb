"""What a stage is, and what running one over a chunk means. Nothing here knows of Beam."""

from __future__ import annotations

import logging
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.chunks import Chunk, fingerprint
from pipeline.memory import give_back
from pipeline.pictures import Pictures
from pipeline.store import Store
from pipeline.tables import PICTURE_NAMES, VERDICT

logger = logging.getLogger(__name__)

Given: TypeAlias = Chunk | pa.Table
"""What a global step hands to a stage besides its chunk: other chunks, or small rows."""


@dataclass(frozen=True)
class Made:
    """What a stage made of a chunk: a table, and, of a stage that adds pictures, these by name, to be read one by one."""

    table: pa.Table
    pictures: Mapping[str, bytes] | None = None


class StageError(RuntimeError):
    """A stage that must stop the run: a broken model, or columns that do not fit."""


def run_only(default: Any) -> Any:
    """A field of a stage that changes how it runs but never what it makes; left out of its hash."""
    return field(default=default, metadata={"run_only": True})


@dataclass(frozen=True)
class Stage:
    """A pure function from Arrow tables to an Arrow table.

    A subclass names itself, declares the columns that it ``reads`` of its chunk and of the chunks it is ``given``, the
    columns that it ``adds``, and writes `run`; one that ``reads_pictures`` writes `look` instead. Its fields are the settings that its
    results depend on. ``version`` goes up whenever the code makes other results from the same settings.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    reads_given: ClassVar[tuple[str, ...]] = ()
    adds: ClassVar[Mapping[str, pa.DataType]] = {}
    reads_pictures: ClassVar[str] = ""
    """`pipeline.tables.IMAGE` or ``JPEG``; empty for none. The column that names them is one that it ``reads``."""
    adds_pictures: ClassVar[str] = ""
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

    def look(self, chunk: pa.Table, pictures: Mapping[str, bytes]) -> pa.Table:
        """What `run` is to other stages.

        Args:
            pictures: by name. Each is read when it is asked for, and all of them may be far more than fits into memory.
        """
        raise NotImplementedError

    @contextmanager
    def running(self, chunk: pa.Table, given: Iterator[pa.Table], pictures: Pictures) -> Iterator[Made]:
        """What `run` or `look` makes, in a block that ends when it is stored; a stage that ``adds_pictures`` writes this itself."""
        yield Made(self.look(chunk, pictures) if self.reads_pictures else self.run(chunk, given))

    def clock(self) -> float:
        """Seconds, as `run` is timed by."""
        return time.perf_counter()

    @property
    def repairs(self) -> str:
        """The column that is true in those rows of earlier results that are to be made again; empty for none."""
        return ""

    @contextmanager
    def repairing(self, chunk: pa.Table, pictures: Pictures, before: Made) -> Iterator[Made]:
        """What to put in the place of an earlier result, some rows of which are to be made again; a block as that of `running`."""
        again = pc.fill_null(before.table[self.repairs], False)
        order = pa.concat_arrays([pc.indices_nonzero(pc.invert(again)), pc.indices_nonzero(again)])
        with self.running(chunk.filter(again), iter(()), pictures) as made:
            both = pa.concat_tables([before.table.filter(pc.invert(again)), made.table])
            sources = [cast(Any, source) for source in (made.pictures, before.pictures) if source is not None]
            yield Made(both.take(pc.array_sort_indices(order)).combine_chunks(), ChainMap(*sources) if sources else None)

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
    read = dict.fromkeys((*stage.reads, *filter(None, [stage.reads_pictures])))
    inputs = [chunk.digest(read), *(_digest(other, stage.reads_given) for other in given)]
    path = f"{stage.name}/{stage.digest()}/{chunk.id}-{fingerprint(inputs)[:12]}.parquet"
    part = store.find(path)
    if part is None:
        rows = store.load(chunk, stage.reads)
        stage.setup()
        start = stage.clock()
        loaded = (_load(store, other, stage.reads_given) for other in given)
        with _pictures(store, stage, chunk, rows) as pictures, stage.running(rows, loaded, pictures) as made:
            seconds = stage.clock() - start
            if stage.joins:
                seconds += sum(other.latest.seconds for other in given if isinstance(other, Chunk))
            part = store.write(chunk, stage.name, path, _whole(stage, chunk, rows, made), seconds, made.pictures)
        del rows, made
        give_back()
    elif stage.repairs and pc.any(store.read(part, [stage.repairs])[stage.repairs]).as_py():
        rows = store.load(chunk, stage.reads)
        table = store.read(part, [*stage.adds, *VERDICT])
        earlier = store.pictures(part) if stage.adds_pictures else nullcontext()
        with (
            _pictures(store, stage, chunk, rows) as pictures,
            earlier as there,
            stage.repairing(rows, pictures, Made(table, there)) as made,
        ):
            part = store.write(chunk, stage.name, path, _whole(stage, chunk, rows, made), part.seconds, made.pictures)
    return chunk + part


def _pictures(store: Store, stage: Stage, chunk: Chunk, rows: pa.Table) -> AbstractContextManager[Pictures]:
    """The pictures that a stage reads; of rows that name none, no file is opened."""
    kind = stage.reads_pictures
    if not kind or rows[PICTURE_NAMES[kind]].null_count == rows.num_rows:
        return nullcontext(Pictures())
    return store.pictures(chunk.holders([kind])[kind])


def _digest(given: Given, columns: Sequence[str]) -> str:
    return given.digest(columns) if isinstance(given, Chunk) else fingerprint(given.to_pydict())


def _load(store: Store, given: Given, columns: Sequence[str]) -> pa.Table:
    return store.load(given, columns) if isinstance(given, Chunk) else given


def _whole(stage: Stage, chunk: Chunk, rows: pa.Table, result: Made) -> pa.Table:
    """The stage's table with its row numbers, after checking that the result is what the stage declares."""
    expected, made = pa.schema(list({**stage.adds, **VERDICT}.items())), result.table
    if (result.pictures is not None) != bool(stage.adds_pictures):
        said = f"'{stage.adds_pictures}'" if stage.adds_pictures else "none"
        raise StageError(f"stage {stage.name} made {'no ' if result.pictures is None else ''}pictures, declared {said}")
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
    """Checks a chain of stages before anything runs: each reads only what an earlier one added, and none adds a column twice. Pictures
    count as columns.

    Args:
        stages: in the order in which they run.
        first: columns that chunks begin with.
        given: columns of the chunks that a stage is given, by the stage's name.

    Raises:
        StageError: naming the stage and the column.
    """
    known: dict[str, Any] = dict(first)
    for stage in stages:
        if stage.reads_pictures and PICTURE_NAMES[stage.reads_pictures] not in stage.reads:
            names = PICTURE_NAMES[stage.reads_pictures]
            raise StageError(f"stage {stage.name} reads pictures '{stage.reads_pictures}', and not column '{names}', which names them")
        read = (*stage.reads, *filter(None, [stage.reads_pictures]))
        for name, there in [*((n, known) for n in read), *((n, given.get(stage.name, {})) for n in stage.reads_given)]:
            if name not in there:
                raise StageError(f"stage {stage.name} reads column '{name}', which no stage before it adds; there are {sorted(there)}")
        added: dict[str, Any] = {**stage.adds, **dict.fromkeys(filter(None, [stage.adds_pictures]))}
        for name in added:
            if name in known:
                raise StageError(f"stage {stage.name} adds column '{name}', which is there already")
        known |= added
