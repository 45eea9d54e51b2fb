"""Keeps pictures that models are measured on out of what they are trained on, whatever name they come under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.stages.base import Stage, run_only
from pipeline.tables import VERDICT, rejected, table
from shards.storage import open_file

HASH_BITS = 64
_BLOCK = 4096
"""Test pictures whose hashes are compared with a chunk's at once."""
_TITLES = {"coco": "COCO", "flickr": "Flickr", "vg": "Visual Genome", "openimages": "Open Images"}


class BenchmarkPictures:
    """Pictures of benchmarks, asked by name, by file and by perceptual hash.

    Args:
        listed: rows of `pipeline.tables.BENCHMARK_PICTURE`; of several that fit, the first is told.
    """

    def __init__(self, listed: pa.Table) -> None:
        rows = listed.to_pylist()
        self._titles = [f"{row['benchmark']} {row['item']}" for row in rows]
        backwards = list(enumerate(rows))[::-1]
        self._by_name = {name: place for place, row in backwards for name in row["names"]}
        self._by_file = {row["sha256"]: place for place, row in backwards if row["sha256"]}
        hashed = [(place, row["phash"]) for place, row in enumerate(rows) if row["phash"]]
        self._places = [place for place, _ in hashed]
        self._hashes = _numbers([phash for _, phash in hashed])

    def find(self, names: Sequence[Sequence[str] | None], files: Sequence[str], hashes: Sequence[str], bits: int) -> list[str | None]:
        """For each picture, which test picture it is and how that shows; None where it is none.

        Args:
            names: by which other datasets know it, or None.
            files: sha256 of its file.
            hashes: perceptual hashes, hex; the same picture differs in at most ``bits`` bits.
        """
        near = self._near(hashes)
        found: list[str | None] = []
        for known, file, (distance, place) in zip(names, files, near, strict=True):
            if name := next((name for name in known or () if name in self._by_name), None):
                source, _, number = name.partition(":")
                found.append(f"{self._titles[self._by_name[name]]}: the same {_TITLES[source]} number {number}")
            elif file in self._by_file:
                found.append(f"{self._titles[self._by_file[file]]}: the same file")
            elif distance <= bits:
                found.append(f"{self._titles[place]}: perceptual hashes differ in {distance} of {HASH_BITS} bits, at most {bits}")
            else:
                found.append(None)
        return found

    def _near(self, hashes: Sequence[str]) -> list[tuple[int, int]]:
        """Distance and place of the nearest test picture, the first of several."""
        mine = _numbers(hashes)
        best, where = np.full(len(mine), HASH_BITS + 1, np.int64), np.full(len(mine), -1, np.int64)
        for start in range(0, len(self._hashes), _BLOCK):
            distances = np.bitwise_count(mine[:, None] ^ self._hashes[None, start : start + _BLOCK])
            nearest = distances.argmin(1)
            closer = distances[np.arange(len(mine)), nearest]
            better = closer < best
            best[better], where[better] = closer[better], start + nearest[better]
        places = [self._places[place] if place >= 0 else -1 for place in where.tolist()]
        return list(zip(best.tolist(), places, strict=True))


@dataclass(frozen=True)
class Decontaminate(Stage):
    """Rejects (test_picture) what is a picture of a benchmark, unless its own dataset has it in test, where nothing is trained on it.

    Reads ``names`` (by which other datasets know a picture), ``sha256`` (of the bytes that came), ``phash`` and ``source_split``;
    adds nothing. ``listed`` is the hash of the table of test pictures, ``place`` where it lies.
    """

    listed: str
    bits: int
    place: str = run_only("")

    name, reads = "decontaminate", ("names", "sha256", "phash", "source_split")

    def setup(self) -> None:
        _load(self.place)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        columns = chunk.to_pydict()
        found = _load(self.place).find(columns["names"], columns["sha256"], columns["phash"], self.bits)
        details = [None if split == "test" else hit for hit, split in zip(found, columns["source_split"], strict=True)]
        return table(rejected([hit and "test_picture" for hit in details], details), VERDICT)


@lru_cache(maxsize=2)
def _load(place: str) -> BenchmarkPictures:
    with open_file(place) as file:
        return BenchmarkPictures(pq.read_table(file))


def _numbers(hashes: Sequence[str]) -> np.ndarray:
    return np.array([int(value, 16) for value in hashes], np.uint64)
