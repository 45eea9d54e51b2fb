"""Fetches the pictures of an image list."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.fetch import FetchSettings, Row, Shelf, fetch_chunk, shared_seconds
from pipeline.fetch.session import cores, joined
from pipeline.pictures import Pictures
from pipeline.sources.places import read_places
from pipeline.stages.base import Made, Stage, run_only
from pipeline.tables import IMAGE, JPEG, LEDGER, SOURCE, VERDICT, table

BYTES_AT_ONCE = 8 * 2**20 * cores()
"""Bytes of pictures on the disk that a chunk has in memory at once, unless one has more: enough for all cores to be at work on it."""


@dataclass(frozen=True)
class Fetch(Stage):
    """Fetches each row's picture, decodes it and makes it the size that is stored.

    Reads a row of the image list and the picture that the list holds, if it does; adds what is known of the request and of the
    picture, and the stored pictures. What did not come, may not be used or is no picture becomes a reject with the fetcher's reason.
    With ``retry_failed``, rows that failed in a way that can pass are asked for again and all others stay as they are. Pictures on
    the disk are read when it is their turn, a few at once; stored ones wait on a shelf, and memory holds none of them.
    """

    settings: FetchSettings
    retry_failed: bool = run_only(False)

    name, version, reads, reads_pictures = "fetch", 4, tuple(SOURCE), IMAGE
    adds, adds_pictures = dict(LEDGER), JPEG

    @property
    def repairs(self) -> str:
        return "transient" if self.retry_failed else ""

    @contextmanager
    def running(self, chunk: pa.Table, given: Iterator[pa.Table], pictures: Pictures) -> Iterator[Made]:
        on_disk = chunk["place"].null_count + chunk["image"].null_count < 2 * chunk.num_rows
        with closing(Shelf()) as shelf:
            if on_disk:
                with joined(self.settings), _turns:
                    yield Made(self._in_runs(chunk, pictures, shelf), shelf.pictures)
            else:
                yield Made(self._fetched(chunk, pictures, shelf), shelf.pictures)

    def _in_runs(self, chunk: pa.Table, pictures: Pictures, shelf: Shelf) -> pa.Table:
        """The ledger made piece by piece, as much at once as may be in memory; what is too large is not read at all."""
        listed = zip(chunk["place"].to_pylist(), chunk["image"].to_pylist(), strict=True)
        sizes = np.array([place["size"] if place else pictures.size(image) if image else 0 for place, image in listed], np.int64)
        large = sizes > self.settings.max_bytes
        rows, refused = np.flatnonzero(~large), np.flatnonzero(large)
        runs = (np.cumsum(sizes[rows]) - 1) // BYTES_AT_ONCE
        made = [self._fetched(chunk.take(run), pictures, shelf) for run in np.split(rows, np.flatnonzero(np.diff(runs)) + 1)]
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

    def _fetched(self, chunk: pa.Table, pictures: Pictures, shelf: Shelf) -> pa.Table:
        ledger = fetch_chunk(_read(chunk, pictures), self.settings, shelf)
        columns = {name: ledger[name] for name in LEDGER}
        return table(columns | {"reject": ledger["reason"], "detail": ledger["detail"]}, {**self.adds, **VERDICT})

    def clock(self) -> float:
        return shared_seconds()


def _read(chunk: pa.Table, pictures: Pictures) -> list[Row]:
    """The rows with the bytes of their pictures in place of where these are."""
    listed = [chunk[name].to_pylist() for name in ("url", "place", "image", "columns")]
    there = read_places([place for place in listed[1] if place is not None])
    return [
        Row(url, next(there) if place else None if image is None else pictures[image], columns)
        for url, place, image, columns in zip(*listed, strict=True)
    ]


_turns = threading.Semaphore(2)
"""Chunks of pictures on the disk that a process works on at once: while one is stored, or waits for its last picture, there is another."""
