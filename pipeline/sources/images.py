"""Image lists: parquet, csv, tsv, jsonl, txt; folders of pictures; WebDataset tars; what img2dataset wrote; mixes of published datasets."""

from __future__ import annotations

import hashlib
import math
import os
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.chunks import IMAGES
from pipeline.sources.columns import ImageColumns, Row
from pipeline.sources.files import SourceError, bare, fingerprint, fingerprint_pictures, matching, open_bytes, reading, storable
from pipeline.sources.left_out import LeftOut
from pipeline.sources.lines import check_encoding
from pipeline.sources.lists import Records, count_parquet, open_csv, open_jsonl, open_tsv, open_txt, parquet_names, read_parquet
from pipeline.sources.mix import count_mix, fingerprint_mix, places, read_mix
from pipeline.sources.pictures import ENDINGS, count_tar, pictures_in, read_picture, read_tar
from pipeline.sources.published.names import names_in
from pipeline.tables import SOURCE, VERDICT, table

_LISTS = {".csv": open_csv, ".tsv": open_tsv, ".jsonl": open_jsonl, ".ndjson": open_jsonl, ".txt": open_txt}
_KINDS = (".parquet", *_LISTS, ".tar")
_FEWEST, _MOST = 8, 64
"""Chunks of a block: few enough that blocks go round all workers, enough that the slow pages of one chunk are waited for with others."""


@dataclass(frozen=True)
class ImageSource:
    """Rows of `pipeline.tables.SOURCE`, streamed, with the verdict on those that cannot be used.

    ``kind`` is the ending of its files, ``folder``, or ``mix``.

    Of a picture in a compressed tar at most ``most`` bytes are read.
    """

    spec: str
    kind: str
    files: tuple[str, ...]
    columns: ImageColumns
    most: int = sys.maxsize

    def fingerprint(self) -> dict[str, Any]:
        """What the source holds, by content: the same files elsewhere have the same fingerprint."""
        if self.kind == "mix":
            return {"kind": self.kind, "datasets": [fingerprint_mix(file) for file in self.files]}
        if self.kind != "folder":
            return {"kind": self.kind, "files": [fingerprint(file) for file in self.files]}
        return {"kind": self.kind, **fingerprint_pictures(self.spec, self.files)}

    def count(self) -> int | None:
        """Number of rows where it can be told without reading them."""
        return sum(rows for rows, _ in self._counts(0, 1, LeftOut())) if self.kind in (".parquet", "folder", "mix") else None

    def blocks(self, size: int, limit: int = 0, left_out: LeftOut | None = None) -> tuple[Block, ...]:
        """The source cut into blocks of chunks of ``size`` rows, none of which is read: it is only counted what there is.

        Counting takes no time for folders and parquet files, and a pass over lists of other kinds and over tars.

        Args:
            limit: only so many rows, from the first on; 0 is all.
            left_out: gets what is met on the way and is no row.

        Raises:
            SourceError: a file that cannot be read, a column that is not there, or no rows at all.
        """
        counts, marks = list[int](), dict[int, int]()
        for count, begun in self._counts(limit, size, left_out or LeftOut()):
            counts.append(count)
            marks |= begun
        rows = min(sum(counts), limit) if limit else sum(counts)
        if not rows:
            raise SourceError(f"{self.spec}: holds no rows; give a list with at least one picture")
        chunks = math.ceil(rows / size)
        step = size * max(_FEWEST, min(_MOST, chunks // 8))
        digits = max(5, len(str(chunks - 1)))
        ends = list(accumulate(counts))
        made = []
        for first in range(0, rows, step):
            last = min(first + step, rows)
            begin, end = bisect_right(ends, first), bisect_left(ends, last) + 1
            source = replace(self, spec=_anywhere(self.spec), files=tuple(map(_anywhere, self.files[begin:end])))
            skip = first - (ends[begin] - counts[begin])
            made.append(Block(source, first, last - first, skip, marks.get(first, 0), size, digits))
        return tuple(made)

    def chunks(self, size: int, put: Callable[[str, bytes], None] | None = None) -> Iterator[tuple[str, pa.Table]]:
        """All chunks of ``size`` rows with their ids; see `Block.chunks`, raises as `blocks`."""
        for block in self.blocks(size):
            yield from block.chunks(put)

    def rows(self, first: int = 0, start: int = 0) -> Iterator[Row]:
        """Rows from the ``first`` on, which in the first file begins at the byte ``start``, where that is known.

        Raises:
            SourceError: a file that cannot be read, or a column that is not there.
        """
        for file in self.files:
            with reading(file, self.kind):
                if self.kind == "folder":
                    if not first:
                        yield read_picture(file, self.spec)
                elif self.kind == "mix":
                    yield from read_mix(file, first)
                elif self.kind == ".tar":
                    yield from read_tar(file, first, self.most)
                elif self.kind == ".parquet":
                    yield from read_parquet(file, self.columns, first)
                else:
                    with self._records(file) as records:
                        yield from records.rows(first, start)
            first = start = 0

    def names(self) -> tuple[str, ...] | None:
        """Names of its columns, as its first file has them; None where there is nothing but pictures.

        Raises:
            SourceError: a file that cannot be read, or a column that is not there.
        """
        if self.kind in ("folder", "mix", ".tar"):
            return None
        with reading(self.files[0], self.kind):
            if self.kind == ".parquet":
                return parquet_names(self.files[0])
            with self._records(self.files[0]) as records:
                return records.names

    @contextmanager
    def _records(self, file: str) -> Iterator[Records]:
        records = _LISTS[self.kind](file, self.columns)
        with closing(records.lines):
            yield records

    def _counts(self, limit: int, size: int, left_out: LeftOut) -> Iterator[tuple[int, dict[int, int]]]:
        """Rows of each file, up to the one with which the limit is reached; and where the first rows of chunks begin, by their numbers
        in the list, where a file can be read from there."""
        left, first = limit or sys.maxsize, 0
        for file in self.files:
            if left <= 0:
                return
            marked = range(-first % size, sys.maxsize, size)
            rows, marks = self._count(file, left, marked, left_out)
            yield rows, {first + row: mark for row, mark in zip(marked, marks, strict=False)}
            left, first = left - rows, first + rows

    def _count(self, file: str, most: int, marked: range, left_out: LeftOut) -> tuple[int, tuple[int, ...]]:
        with reading(file, self.kind):
            if self.kind == "folder":
                return 1, ()
            if self.kind == "mix":
                return count_mix(file), ()
            if self.kind == ".parquet":
                return count_parquet(file, self.columns), ()
            if self.kind == ".tar":
                return count_tar(file, left_out), ()
            check_encoding(file, returns=self.kind == ".csv")
            with self._records(file) as records:
                counted = records.count(most, marked)
                for _ in range(records.lines.blank):
                    left_out.add("blank lines")
                return counted


@dataclass(frozen=True)
class Block:
    """A run of neighbouring chunks of an image source that have not been read. Refers to their rows, and holds none.

    ``first`` is the number of its first row in the list, ``rows`` how many there are, ``skip`` where in the first of its
    source's files they begin, ``start`` at which byte of it, 0 where that is not known; chunks have ``size`` rows, and their ids have
    ``digits``.
    """

    source: ImageSource
    first: int
    rows: int
    skip: int
    start: int
    size: int
    digits: int

    @property
    def id(self) -> str:
        """The id of its first chunk."""
        return self.ids[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its chunks, which sort as their rows do."""
        numbers = range(self.first // self.size, math.ceil((self.first + self.rows) / self.size))
        return tuple(f"{IMAGES}{number:0{self.digits}d}" for number in numbers)

    def chunks(self, put: Callable[[str, bytes], None] | None = None) -> Iterator[tuple[str, pa.Table]]:
        """Reads the chunks with their ids, ``index`` counting through the whole list.

        Args:
            put: takes each picture that the list holds, by the name that stands in ``image``, as soon as it is read: a chunk of them is
                never in memory. All of a chunk are put before it comes.

        Raises:
            SourceError: a file that cannot be read any more, or holds fewer rows than there were.
        """
        read = islice(self.source.rows(self.skip, self.start), self.rows)
        rows, first = (_named(row, put) for row in read), self.first
        for chunk in self.ids:
            batch = list(islice(rows, self.size))
            if len(batch) < min(self.size, self.first + self.rows - first):
                raise SourceError(f"{self.source.files[-1]}: has become shorter; leave the image list as it is while a run goes on")
            yield chunk, _table(first, batch)
            first += len(batch)


def _named(row: Row, put: Callable[[str, bytes], None] | None) -> Row:
    """The row with the name of its picture in place of the bytes."""
    picture = row.get("image")
    if picture is None:
        return row
    name = hashlib.sha256(picture).hexdigest()
    if put:
        put(name, picture)
    return row | {"image": name}


def _table(first: int, rows: list[Row]) -> pa.Table:
    columns: dict[str, Any] = {name: [_sound(row.get(name)) for row in rows] for name in (*SOURCE, *VERDICT) if name != "index"}
    columns["names"] = [_sound(row.get("names")) or names_in(url) or None for row, url in zip(rows, columns["url"], strict=True)]
    return table({"index": range(first, first + len(rows)), **columns}, {**SOURCE, **VERDICT})


def _sound(value: Any) -> Any:
    """A value whose texts can be stored as UTF-8, which all that comes after expects."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _sound(part) for name, part in value.items()}
    return [_sound(part) for part in value] if isinstance(value, list) else value


def _anywhere(path: str) -> str:
    """A path that a worker in another folder finds as well."""
    return path if "://" in path else os.path.abspath(path)


def open_images(spec: str, columns: ImageColumns | None = None, most: int = sys.maxsize, left_out: LeftOut | None = None) -> ImageSource:
    """The source that a spec names: a list, a tar, a folder of pictures, tars or parquet files, a pattern such as
    ``s3://bucket/cc12m-*.tar``, or ``mix:NAME=DIR,...``.

    Args:
        most: see `ImageSource`.
        left_out: gets the files of a folder that are not read.

    Raises:
        SourceError: there is no such file, or of no known kind, or an empty folder.
    """
    source = replace(_open(spec, columns or ImageColumns(), left_out or LeftOut()), most=most)
    if columns is not None and source.kind in ("folder", "mix", ".tar"):
        raise SourceError(f"{spec}: has pictures and no columns; leave out --image-columns, or give a list")
    return source


def _open(spec: str, columns: ImageColumns, left_out: LeftOut) -> ImageSource:
    if mix := places(spec):
        return ImageSource(spec, "mix", mix, columns)
    if "://" not in spec and Path(spec).is_dir():
        return _open_folder(spec, columns, left_out)
    files = matching(spec)
    kinds = {next((ending for ending in _KINDS if bare(file).lower().endswith(ending)), None) for file in files}
    kind = kinds.pop()
    if kind is None:
        raise SourceError(f"{spec}: unknown kind of image list; give a folder or a file that ends in {', '.join(_KINDS)}")
    if kinds:
        raise SourceError(f"{spec}: files of several kinds; give those of one, as *{kind}")
    open_bytes(files[0]).close()
    return ImageSource(spec, kind, files, columns)


def _open_folder(spec: str, columns: ImageColumns, left_out: LeftOut) -> ImageSource:
    """Tars where there are any, else pictures, else parquet files: what img2dataset writes has parquet files beside the others."""
    folder, files = Path(spec), list[Path]()
    for where, folders, names in os.walk(spec):
        for name in folders:
            if (Path(where) / name).is_symlink():
                left_out.add("links to folders", str((Path(where) / name).relative_to(folder)))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.startswith("."):
                left_out.add("hidden files", name)
            elif (Path(where) / name).is_file():
                files.append(Path(where) / name)
            else:
                left_out.add("links to nothing and what is no file", str((Path(where) / name).relative_to(folder)))
    files.sort()
    if tars := _of_ending(files, ".tar"):
        _leave_out(folder, files, (".tar", ".parquet", ".json"), left_out)
        return ImageSource(spec, ".tar", tars, columns)
    if any(file.suffix.lower() in ENDINGS for file in files):
        # img2dataset writes NUMBER_stats.json and NUMBER.parquet beside its folders of pictures.
        shards = {file.name.removesuffix("_stats.json") for file in files if file.name.endswith("_stats.json")}
        written = {name for shard in shards for name in (f"{shard}_stats.json", f"{shard}.parquet")}
        beside = [file for file in files if file.name not in written]
        return ImageSource(spec, "folder", pictures_in(folder, beside, left_out), columns)
    if lists := _of_ending(files, ".parquet"):
        _leave_out(folder, files, (".parquet", ".json"), left_out)
        return ImageSource(spec, ".parquet", lists, columns)
    raise SourceError(f"{spec}: a folder without pictures (.jpg, .png, .webp ...), tars or parquet files; name another")


def _of_ending(files: Sequence[Path], ending: str) -> tuple[str, ...]:
    return tuple(str(file) for file in files if bare(str(file)).lower().endswith(ending))


def _leave_out(folder: Path, files: Sequence[Path], read: Sequence[str], left_out: LeftOut) -> None:
    """Counts the files that are neither read nor what img2dataset writes beside these."""
    for file in files:
        if not bare(str(file)).lower().endswith(tuple(read)):
            left_out.add(f"{file.suffix or 'other'} files", str(file.relative_to(folder)))
