"""Fetches the pictures of an image list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.fetch import FetchedChunk, FetchSettings, fetching, shared_seconds
from pipeline.stages.base import Stage, run_only
from pipeline.tables import LEDGER, SOURCE, VERDICT, table


@dataclass(frozen=True)
class Fetch(Stage):
    """Fetches each row's picture, decodes it and makes it the size that is stored.

    Reads a row of the image list; adds what is known of the request and of the picture, and the stored bytes as ``jpeg``.
    What did not come, may not be used or is no picture becomes a reject with the fetcher's reason. With ``retry_failed``,
    rows that failed in a way that can pass are asked for again and all others stay as they are.
    """

    settings: FetchSettings
    retry_failed: bool = run_only(False)

    name, version, reads = "fetch", 2, tuple(SOURCE)
    adds = {**LEDGER, "jpeg": pa.binary()}

    @property
    def repairs(self) -> bool:
        return self.retry_failed

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        with self.running(chunk, given) as made:
            return made

    @contextmanager
    def running(self, chunk: pa.Table, given: Iterator[pa.Table]) -> Iterator[pa.Table]:
        with fetching(chunk, self.settings) as fetched:
            yield self._table(fetched)

    def _table(self, fetched: FetchedChunk) -> pa.Table:
        columns = {name: fetched.ledger[name] for name in LEDGER if name in fetched.ledger.column_names}
        columns |= {"reject": fetched.ledger["reason"], "detail": fetched.ledger["detail"]}
        columns["jpeg"] = fetched.images
        return table(columns, {**self.adds, **VERDICT})

    def clock(self) -> float:
        return shared_seconds()

    def repair(self, chunk: pa.Table, before: pa.Table) -> pa.Table | None:
        failed = pc.fill_null(before["transient"], False)
        again = chunk.filter(failed)
        if again.num_rows == 0:
            return None
        order = pa.concat_arrays([pc.indices_nonzero(pc.invert(failed)), pc.indices_nonzero(failed)])
        both = pa.concat_tables([before.filter(pc.invert(failed)), self.run(again, iter(()))])
        return both.take(pc.array_sort_indices(order)).combine_chunks()
