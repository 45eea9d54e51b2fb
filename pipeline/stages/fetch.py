"""Fetches the pictures of an image list."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.fetch import FetchedChunk, FetchSettings, fetch_chunk, fetching, shared_seconds
from pipeline.fetch.session import cores, joined
from pipeline.sources.places import read_places
from pipeline.stages.base import Stage, run_only
from pipeline.tables import LEDGER, SOURCE, VERDICT, table

BYTES_AT_ONCE = 8 * 2**20 * cores()
"""Bytes of pictures on the disk that a chunk has in memory at once: enough for all cores to be at work on it."""


@dataclass(frozen=True)
class Fetch(Stage):
    """Fetches each row's picture, decodes it and makes it the size that is stored.

    Reads a row of the image list; adds what is known of the request and of the picture, and the stored bytes as ``jpeg``.
    What did not come, may not be used or is no picture becomes a reject with the fetcher's reason. With ``retry_failed``,
    rows that failed in a way that can pass are asked for again and all others stay as they are. Pictures on the disk are read
    when it is their turn, a few at once.
    """

    settings: FetchSettings
    retry_failed: bool = run_only(False)

    name, version, reads = "fetch", 3, tuple(SOURCE)
    adds = {**LEDGER, "jpeg": pa.binary()}

    @property
    def repairs(self) -> str:
        return "transient" if self.retry_failed else ""

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        with self.running(chunk, given) as made:
            return made

    @contextmanager
    def running(self, chunk: pa.Table, given: Iterator[pa.Table]) -> Iterator[pa.Table]:
        sizes = pc.coalesce(pc.struct_field(chunk["place"], "size"), pc.binary_length(chunk["image"]).cast(pa.int64()), 0).to_numpy()
        large = sizes > self.settings.max_bytes
        if not large.any() and chunk["place"].null_count == len(chunk):
            with fetching(chunk, self.settings) as fetched:
                yield self._table(fetched)
        else:
            with joined(self.settings), _turns:
                yield self._in_runs(chunk, sizes, large)

    def _in_runs(self, chunk: pa.Table, sizes: np.ndarray, large: np.ndarray) -> pa.Table:
        """The same piece by piece, as much at once as may be in memory; what is too large is not read at all."""
        rows, refused = np.flatnonzero(~large), np.flatnonzero(large)
        runs = (np.cumsum(sizes[rows]) - 1) // BYTES_AT_ONCE
        made = [
            self._table(fetch_chunk(_read(chunk.take(run)), self.settings)) for run in np.split(rows, np.flatnonzero(np.diff(runs)) + 1)
        ]
        made.append(self._too_large(sizes[refused]))
        return pa.concat_tables(made).take(np.argsort(np.concatenate([rows, refused]))).combine_chunks()

    def _too_large(self, sizes: np.ndarray) -> pa.Table:
        details = [f"{size} bytes, at most {self.settings.max_bytes}" for size in sizes]
        zeros = np.zeros(len(sizes), np.int32)
        columns = {
            "attempts": zeros,
            "milliseconds": zeros,
            "transient": zeros > 0,
            "reject": ["too_large"] * len(sizes),
            "detail": details,
        }
        return table(columns, {**self.adds, **VERDICT})

    def _table(self, fetched: FetchedChunk) -> pa.Table:
        columns = {name: fetched.ledger[name] for name in LEDGER if name in fetched.ledger.column_names}
        columns |= {"reject": fetched.ledger["reason"], "detail": fetched.ledger["detail"]}
        columns["jpeg"] = fetched.images
        return table(columns, {**self.adds, **VERDICT})

    def clock(self) -> float:
        return shared_seconds()


def _read(chunk: pa.Table) -> pa.Table:
    """The rows with the bytes of their pictures in place of where these are."""
    places = chunk["place"].to_pylist()
    there = read_places([place for place in places if place is not None])
    images = [image.as_py() if place is None else next(there) for place, image in zip(places, chunk["image"], strict=True)]
    return chunk.set_column(chunk.schema.get_field_index("image"), "image", pa.array(images, pa.binary()))


_turns = threading.Semaphore(2)
"""Chunks of pictures on the disk that a process works on at once: while one is stored, or waits for its last picture, there is another."""
