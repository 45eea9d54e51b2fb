"""Atomic, content-addressed checkpoints: what has been computed is not computed again.

A part of a chunk is one Parquet file, ``STAGE/CONFIG/CHUNK-INPUT.parquet``: CONFIG hashes the stage's own settings, its code
version and its model's files; INPUT hashes the columns that the stage read. Its ``jpeg`` column goes to a tar beside it. A
file is written under a temporary name and renamed, so that what has its name is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.chunks import Chunk, Part, fingerprint
from pipeline.tables import VERDICT
from shards import storage, tar
from shards.sample import ending

PIXELS = "jpeg"
_FOOTER = b"chunk_part"


class Store:
    """Files below one folder or fsspec URL."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")

    @cached_property
    def _place(self) -> tuple[Any, str]:
        filesystem, path = fsspec.url_to_fs(self.root)
        return filesystem, path.rstrip("/")

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        return Store, (self.root,)

    def exists(self, path: str) -> bool:
        """Whether a file of this path, relative to the root, is there."""
        filesystem, root = self._place
        return filesystem.exists(f"{root}/{path}")

    def is_file(self, path: str) -> bool:
        """Whether what is at this path, relative to the root, is a file and not a folder."""
        filesystem, root = self._place
        return filesystem.isfile(f"{root}/{path}".rstrip("/"))

    def read_bytes(self, path: str) -> bytes:
        """The contents of a file.

        Raises:
            FileNotFoundError: there is none.
        """
        return storage.read_bytes(f"{self.root}/{path}")

    def write_bytes(self, path: str, data: bytes) -> None:
        """Writes a whole file or nothing: after a crash at any moment it is absent, as it was, or complete."""
        storage.write_bytes(f"{self.root}/{path}", data)

    def remove(self, path: str) -> None:
        """Removes a file if it is there."""
        filesystem, root = self._place
        if filesystem.exists(f"{root}/{path}"):
            filesystem.rm_file(f"{root}/{path}")

    def sweep(self) -> None:
        """Removes what a killed run left unfinished. Only while no other run writes here."""
        filesystem, root = self._place
        for path in filesystem.glob(f"{root}/**/*{storage.UNFINISHED}"):
            filesystem.rm_file(path)

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, none if there is no such folder."""
        filesystem, root = self._place
        filesystem.invalidate_cache()
        try:
            return sorted(path.rsplit("/", 1)[-1] for path in filesystem.ls(f"{root}/{folder}", detail=False))
        except FileNotFoundError:
            return []

    def find(self, path: str) -> Part | None:
        """The part of this path if it is there. Only the file's footer is read."""
        filesystem, root = self._place
        try:
            with filesystem.open(f"{root}/{path}", "rb") as file:
                return _decode(path, pq.ParquetFile(file).schema_arrow.metadata[_FOOTER])
        except FileNotFoundError:
            return None

    def list(self, chunk_id: str, table: pa.Table) -> Chunk:
        """The chunk of this id that begins with the rows of an input, which are put in the store unless they are there.

        Args:
            table: the rows, with the verdict of who read them; rows that are rejected are in the chunk and go no further. Without one, all
                are good.
        """
        for name, kind in VERDICT.items():
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows, kind))
        digests = column_digests(table)
        path = f"list/{chunk_id}-{fingerprint(digests, _digest(table['reject']))[:12]}.parquet"
        part = self.find(path)
        if part is None:
            whole = table.add_column(0, "row", pa.array(range(table.num_rows), pa.int32()))
            part = self._write(Chunk(chunk_id), "list", path, whole, digests, 0.0)
        return Chunk(chunk_id, (part,))

    def write(self, chunk: Chunk, stage: str, path: str, table: pa.Table, seconds: float = 0.0) -> Part:
        """Writes what a stage made of a chunk.

        Args:
            chunk: the chunk as the stage got it.
            stage: the stage's name.
            path: where to, see the module; decided by the caller, so that equal work has equal names.
            table: ``row``, ``reject``, ``detail`` and what the stage adds; one row for each that was left of the chunk. With ``jpeg``
                come its ``key`` and ``jpg_sha256``.
            seconds: how long it took.
        """
        return self._write(chunk, stage, path, table, column_digests(table), seconds)

    def _write(self, chunk: Chunk, stage: str, path: str, table: pa.Table, digests: tuple[tuple[str, str], ...], seconds: float) -> Part:
        lost = table["row"].filter(pc.is_valid(table["reject"])).to_pylist()
        alive = chunk.latest.alive if chunk.parts else fingerprint(table.num_rows)
        if lost:
            alive = fingerprint(alive, lost)
        part = Part(stage, path, table.num_rows, len(lost), alive, digests, round(seconds, 3))
        if PIXELS in table.column_names:
            with storage.replacing(f"{self.root}/{_tar_path(path)}") as pictures:
                _write_tar(table, pictures)
            table = table.drop_columns([PIXELS])
        sink = io.BytesIO()
        metadata = {**(table.schema.metadata or {}), _FOOTER: _encode(part)}
        pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", compression_level=1)
        self.write_bytes(path, sink.getvalue())
        return part

    def read(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of a part, all but the pixels by default."""
        filesystem, root = self._place
        wanted = None if columns is None else [name for name in columns if name != PIXELS]
        pixels = columns is not None and PIXELS in columns
        if pixels and wanted is not None and "key" not in wanted:
            wanted = [*wanted, "key"]
        with filesystem.open(f"{root}/{part.path}", "rb") as file:
            # One thread: parts are small, and other chunks keep the other cores at work.
            table = pq.ParquetFile(file).read(columns=wanted, use_threads=False)
        table = table.replace_schema_metadata(None)
        if pixels:
            with self.pixels(part) as picture:
                images = [key and picture(key) for key in table["key"].to_pylist()]
            table = table.append_column(PIXELS, pa.array(images, pa.binary()))
        return table if columns is None else table.select(columns)

    @contextlib.contextmanager
    def pixels(self, part: Part) -> Iterator[Callable[[str], bytes | None]]:
        """A function from key to picture, None where there is none; reads only those that are asked for."""
        filesystem, root = self._place
        with filesystem.open(f"{root}/{_tar_path(part.path)}", "rb") as file, tarfile.open(fileobj=file, mode="r:") as pictures:
            members = {member.name.rsplit(".", 1)[0]: member for member in pictures}
            yield lambda key: pictures.extractfile(members[key]).read() if key in members else None  # type: ignore[union-attr]

    def load(self, chunk: Chunk, columns: Iterable[str]) -> pa.Table:
        """``row`` and the given columns of the rows that no stage has rejected, in order."""
        latest = self.read(chunk.latest, ["row", "reject"])
        rows = latest["row"].filter(pc.is_null(latest["reject"])).combine_chunks()
        wanted: dict[Part, list[str]] = {}
        for name, part in chunk.holders(columns).items():
            wanted.setdefault(part, []).append(name)
        loaded = {"row": rows}
        for part, names in wanted.items():
            table = self.read(part, ["row", *names])
            if part.rows != len(rows):
                table = table.filter(pc.is_in(table["row"], value_set=rows))
            loaded |= {name: table[name] for name in names}
        return pa.table({name: loaded[name] for name in ("row", *columns)})


def column_digests(table: pa.Table) -> tuple[tuple[str, str], ...]:
    """A hash of the contents of each column but ``row`` and the verdict; pictures are told apart by their own hashes, ``jpg_sha256``."""
    names = [name for name in table.column_names if name not in ("row", "reject", "detail")]
    return tuple((name, _digest(table["jpg_sha256" if name == PIXELS else name])) for name in names)


def _digest(column: pa.ChunkedArray) -> str:
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    batch, sink = pa.record_batch([whole], ["column"]), _Hashing()
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), batch.schema) as stream:
        stream.write_batch(batch)
    return sink.hash.hexdigest()[:16]


class _Hashing(io.RawIOBase):
    """What is written here is hashed and not kept: a list's column of pictures in one more piece would be much memory."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return len(data)


def _encode(part: Part) -> bytes:
    return json.dumps([part.stage, part.rows, part.rejected, part.alive, part.digests, part.seconds]).encode()


def _decode(path: str, footer: bytes) -> Part:
    stage, rows, rejected, alive, digests, seconds = json.loads(footer)
    return Part(stage, path, rows, rejected, alive, tuple((name, digest) for name, digest in digests), seconds)


def _tar_path(path: str) -> str:
    return path.removesuffix(".parquet") + ".tar"


def _write_tar(table: pa.Table, sink: storage.Sink) -> None:
    """Writes pictures one by one, since all of a chunk would be much memory in one piece."""
    written = set[str]()
    for name, image in zip(table["key"].to_pylist(), table[PIXELS], strict=True):
        if image.is_valid and name not in written:
            written.add(name)
            picture = image.as_py()
            sink.write(tar.entry(f"{name}.{ending(picture)}", picture))
    sink.write(tar.END)
