"""Packs accepted samples into full shards of contiguous numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from pipeline.chunks import Chunk, fingerprint
from pipeline.config import SPLITS
from pipeline.pictures import Pictures
from pipeline.store import Store
from pipeline.tables import JPEG
from shards.manifest import ShardInfo
from shards.sample import Annotation, Sample
from shards.storage import sizes
from shards.writer import write_shard

READS = ("key", "url", "source_key", "alt", "sha256", "jpg_sha256", "width", "height", "split", "annotations")


@dataclass(frozen=True)
class Piece:
    """The ``start``-th to before the ``stop``-th accepted sample of a split in a chunk."""

    chunk: Chunk
    start: int
    stop: int


@dataclass(frozen=True)
class Shard:
    """A shard to be written."""

    split: str
    number: int
    pieces: tuple[Piece, ...]


def count_splits(store: Store, chunk: Chunk) -> tuple[Chunk, dict[str, int]]:
    """How many samples of each split a judged chunk holds."""
    counts = store.load(chunk, ("split",))["split"].value_counts().to_pylist()
    return chunk, {count["values"]: count["counts"] for count in counts}


def plan_shards(counted: Iterable[tuple[Chunk, dict[str, int]]], size: int) -> Iterator[Shard]:
    """Cuts the samples of each split, in the order of chunks and rows, into shards of ``size``; the last may be smaller."""
    ordered = sorted(counted, key=lambda pair: pair[0].id)
    for split in SPLITS:
        number, room, pieces = 0, size, list[Piece]()
        for chunk, counts in ordered:
            start, there = 0, counts.get(split, 0)
            while start < there:
                stop = min(there, start + room)
                pieces.append(Piece(chunk, start, stop))
                room -= stop - start
                start = stop
                if room == 0:
                    yield Shard(split, number, tuple(pieces))
                    number, room, pieces = number + 1, size, []
        if pieces:
            yield Shard(split, number, tuple(pieces))


@dataclass(frozen=True)
class Pack:
    """Writes shards below ``directory``; a shard that is there from the same samples is not written again."""

    directory: str
    size: int

    name = "pack"
    version = 1

    def write(self, store: Store, shard: Shard) -> ShardInfo:
        """Writes a shard, its sidecar, and last a note in the store that it is there."""
        contents = [(piece.chunk.digest(READS), piece.start, piece.stop) for piece in shard.pieces]
        settings = fingerprint(self.version, self.directory, self.size)[:12]
        note = f"pack/{settings}/{shard.split}-{shard.number:05d}-{fingerprint(contents)[:12]}.json"
        if store.exists(note):
            info = ShardInfo(**json.loads(store.read_bytes(note)))
            if _is_there(self.directory, info):
                return info
        with ExitStack() as stack:
            info = write_shard(self.directory, shard.split, shard.number, self._samples(store, shard, stack))
        store.write_bytes(note, json.dumps(asdict(info)).encode())
        return info

    def _samples(self, store: Store, shard: Shard, stack: ExitStack) -> Iterator[Sample]:
        rows: list[tuple[dict[str, Any], Pictures]] = []
        for piece in shard.pieces:
            table = store.load(piece.chunk, READS)
            mine = table.filter(pc.equal(table["split"], shard.split)).slice(piece.start, piece.stop - piece.start)
            pictures = stack.enter_context(store.pictures(piece.chunk.holders([JPEG])[JPEG]))
            rows += [(row, pictures) for row in mine.drop_columns("row").to_pylist()]
        for row, pictures in sorted(rows, key=lambda pair: pair[0]["key"]):
            annotations = tuple(Annotation(**annotation) for annotation in row.pop("annotations"))
            yield Sample(**row, annotations=annotations, jpg=pictures[row["key"]])


def _is_there(directory: str, info: ShardInfo) -> bool:
    there = sizes(directory)
    return there.get(f"{info.name}.tar") == info.bytes and there.get(f"{info.name}.parquet") == info.parquet_bytes
