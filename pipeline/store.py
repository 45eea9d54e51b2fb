"""Atomic, content-addressed checkpoints: what has been computed is not computed again.

A part of a chunk is one Parquet file, ``STAGE/CONFIG/CHUNK-INPUT.parquet``: CONFIG hashes the stage's own settings, its code
version and its model's files; INPUT hashes the columns that the stage read. Pictures go one by one into a tar beside it, and are
read from there one by one. A file is written under a temporary name and renamed, so that what has its name is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.chunks import Chunk, Part, fingerprint
from pipeline.pictures import Pictures, Span
from pipeline.tables import IMAGE, JPEG, PICTURE_NAMES, VERDICT
from shards import storage, tar
from shards.sample import ending

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

    def list(self, chunk_id: str, table: pa.Table, pictures: Mapping[str, bytes] | None = None) -> Chunk:
        """The chunk of this id that begins with the rows of an input, which are put in the store unless they are there.

        Args:
            table: the rows, with the verdict of who read them; rows that are rejected are in the chunk and go no further. Without one, all
                are good.
            pictures: those that the rows name by ``image``.
        """
        for name, kind in VERDICT.items():
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows, kind))
        digests = column_digests(table)
        path = f"list/{chunk_id}-{fingerprint(digests, _digest(table['reject']))[:12]}.parquet"
        part = self.find(path)
        if part is None:
            whole = table.add_column(0, "row", pa.array(range(table.num_rows), pa.int32()))
            if pictures:
                self._write_pictures(path, table[PICTURE_NAMES[IMAGE]], pictures)
            part = self._write(Chunk(chunk_id), "list", path, whole, digests, 0.0)
        return Chunk(chunk_id, (part,))

    def write(
        self, chunk: Chunk, stage: str, path: str, table: pa.Table, seconds: float = 0.0, pictures: Mapping[str, bytes] | None = None
    ) -> Part:
        """Writes what a stage made of a chunk.

        Args:
            chunk: the chunk as the stage got it.
            stage: the stage's name.
            path: where to, see the module; decided by the caller, so that equal work has equal names.
            table: ``row``, ``reject``, ``detail`` and what the stage adds; one row for each that was left of the chunk.
            seconds: how long it took.
            pictures: those that the rows name by ``key``; they are told apart by ``jpg_sha256``. Each is asked for once, and one is in
                memory at a time.
        """
        digests = column_digests(table)
        if pictures is not None:
            self._write_pictures(path, table[PICTURE_NAMES[JPEG]], pictures)
            digests += ((JPEG, _digest(table["jpg_sha256"])),)
        return self._write(chunk, stage, path, table, digests, seconds)

    def _write(self, chunk: Chunk, stage: str, path: str, table: pa.Table, digests: tuple[tuple[str, str], ...], seconds: float) -> Part:
        lost = table["row"].filter(pc.is_valid(table["reject"])).to_pylist()
        alive = chunk.latest.alive if chunk.parts else fingerprint(table.num_rows)
        if lost:
            alive = fingerprint(alive, lost)
        part = Part(stage, path, table.num_rows, len(lost), alive, digests, round(seconds, 3))
        sink = io.BytesIO()
        metadata = {**(table.schema.metadata or {}), _FOOTER: _encode(part)}
        pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", compression_level=1)
        self.write_bytes(path, sink.getvalue())
        return part

    def _write_pictures(self, path: str, names: pa.ChunkedArray, pictures: Mapping[str, bytes]) -> None:
        """Writes the tar beside a part: each picture that is named, once, in the order of the rows."""
        with storage.replacing(f"{self.root}/{_tar_path(path)}") as sink:
            for name in dict.fromkeys(names.drop_null().to_pylist()):
                picture = pictures[name]
                sink.write(tar.entry(f"{name}.{ending(picture)}", picture))
            sink.write(tar.END)

    def read(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of a part, all by default."""
        filesystem, root = self._place
        with filesystem.open(f"{root}/{part.path}", "rb") as file:
            # One thread: parts are small, and other chunks keep the other cores at work.
            table = pq.ParquetFile(file).read(columns=None if columns is None else [*columns], use_threads=False)
        table = table.replace_schema_metadata(None)
        return table if columns is None else table.select(columns)

    @contextlib.contextmanager
    def pictures(self, part: Part) -> Iterator[Pictures]:
        """The pictures beside a part, by name. Each is read when it is asked for, as long as the block lasts."""
        with storage.open_file(f"{self.root}/{_tar_path(part.path)}") as file:
            with tarfile.open(fileobj=file, mode="r:") as members:
                spans = {member.name.rsplit(".", 1)[0]: Span(member.offset_data, member.size) for member in members}

            def read(span: Span) -> bytes:
                file.seek(span.start)
                return file.read(span.size)

            yield Pictures(spans, read)

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
    """A hash of the contents of each column but ``row`` and the verdict."""
    return tuple((name, _digest(table[name])) for name in table.column_names if name not in ("row", "reject", "detail"))


def _digest(column: pa.ChunkedArray) -> str:
    """Of the values alone, in however many pieces they are."""
    try:
        arrays = [column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()]
    except pa.ArrowInvalid:  # more bytes than the offsets of one array reach
        arrays = [column.slice(row, 1).combine_chunks() for row in range(len(column))]
    sink = _Hashing()
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), pa.schema([("column", column.type)])) as stream:
        for array in arrays:
            stream.write_batch(pa.record_batch([array], ["column"]))
    return sink.hash.hexdigest()[:16]


class _Hashing(io.RawIOBase):
    """What is written here is hashed and not kept."""

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
