"""Lists of image URLs: parquet, csv, tsv, jsonl and plain text, each read as a stream that may begin anywhere."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sources.columns import ImageColumns, Row, choose, found, parsed, source_row
from pipeline.sources.files import SourceError, open_bytes
from pipeline.sources.lines import Lines

csv.field_size_limit(2**30)
_BATCH = 1024
_BUFFER = 2**20
"""Bytes of a column that are held at a time, however large its row group is."""

_LOOKED_AT = 100
"""Lines of a file in which each may have other columns that are looked at before any is read."""


@dataclass(frozen=True)
class Records:
    """What stands for the rows of a file, cheap to go through, how a row is made of it, and the lines that it is read from.

    ``names`` are those of its columns, of which a file of JSON may have more; ``before`` are records that have been read already, to
    find the columns.
    """

    lines: Lines
    records: Iterator[Any]
    row: Callable[[Any], Row]
    names: tuple[str, ...]
    before: tuple[Any, ...] = ()

    def count(self, most: int, marked: range) -> tuple[int, tuple[int, ...]]:
        """How many rows there are, up to ``most``, and at which byte each of the ``marked`` ones begins; of no use in a compressed file."""
        whole = islice(chain(self.before, self.records), most)
        if not self.lines.seekable:
            return sum(1 for _ in whole), ()
        rows, marks, following = 0, list[int](), marked.start
        place = 0  # of the first row, before which there may be a line of names, it is the beginning of the file
        for _ in whole:
            if rows == following:
                marks.append(place)
                following += marked.step
            rows, place = rows + 1, self.lines.position
        return rows, tuple(marks)

    def rows(self, first: int, start: int) -> Iterator[Row]:
        """Rows from the ``first`` on; or from one on that begins at the byte ``start``, so that nothing before it is read."""
        if start:
            self.lines.seek(start)
            return map(self.row, self.records)
        return map(self.row, islice(chain(self.before, self.records), first, None))


def open_parquet(path: str) -> pq.ParquetFile:
    """A parquet file that is read piece by piece.

    Raises:
        SourceError: it cannot be opened.
    """
    return pq.ParquetFile(open_bytes(path, decompress=False), buffer_size=_BUFFER, pre_buffer=False)


def count_parquet(path: str, columns: ImageColumns) -> int:
    """Rows of a parquet file, as its footer says; also sees to it that the columns are there."""
    file = open_parquet(path)
    _chosen(path, file, columns)
    return file.metadata.num_rows


def parquet_names(path: str) -> tuple[str, ...]:
    """Names of the columns of a parquet file."""
    return tuple(open_parquet(path).schema_arrow.names)


def read_parquet(path: str, columns: ImageColumns, first: int = 0) -> Iterator[Row]:
    """Rows of a parquet file from the ``first`` on, also of one that holds the pictures (bytes, or a struct with bytes)."""
    file = open_parquet(path)
    chosen = _chosen(path, file, columns)
    group = 0
    while group < file.num_row_groups and first >= file.metadata.row_group(group).num_rows:
        first -= file.metadata.row_group(group).num_rows
        group += 1
    for batch in file.iter_batches(64 if "image" in chosen else _BATCH, row_groups=list(range(group, file.num_row_groups))):
        rest = batch.slice(first)
        first -= batch.num_rows - rest.num_rows
        yield from (source_row(row, chosen) for row in rest.to_pylist())


def open_csv(path: str, columns: ImageColumns) -> Records:
    """A file with commas and quotes, the first line of which names the columns."""
    lines = Lines(path, returns=True)
    return _open_cells(path, lines, (cells for cells in csv.reader(lines) if cells and cells != [""]), lambda cells: cells, columns)


def open_tsv(path: str, columns: ImageColumns) -> Records:
    """A file with tabs. Quotes are taken for quotes only around a whole cell: alt texts have many that do not close."""
    lines = Lines(path)
    whole = (line for line in (line.rstrip("\r\n") for line in lines) if line not in ("", '""'))
    return _open_cells(path, lines, whole, lambda line: [_unquoted(cell) for cell in line.split("\t")], columns)


def open_jsonl(path: str, columns: ImageColumns) -> Records:
    """A file with a JSON object a line. A line that is none becomes a row whose URL is what stands there.

    Lines need not have the same names: columns are found for each set of them; those that are named must be in one of the first lines.
    """
    names: dict[str, None] = {}
    with closing(Lines(path)) as beginning:
        written = ((number, line) for number, line in enumerate(beginning, 1) if line.strip())
        for number, line in islice(written, _LOOKED_AT):
            made = parsed(line)
            if not names and not isinstance(made, dict):
                raise SourceError(f'{path}: line {number} is no JSON object; write one a line, as {{"url": ..., "alt": ...}}')
            names |= dict.fromkeys(made if isinstance(made, dict) else ())
    if names:
        choose(path, names, columns)
    chosen = lru_cache(maxsize=1024)(lambda *names: found(names, columns))

    def row(line: str) -> Row:
        made = parsed(line)
        return source_row(made, chosen(*made)) if isinstance(made, dict) else {"url": line.strip()[:200]}

    lines = Lines(path)
    return Records(lines, filter(str.strip, lines), row, tuple(names))


def open_txt(path: str, columns: ImageColumns) -> Records:
    """A URL a line; empty lines do not count."""
    lines = Lines(path)
    return Records(lines, filter(str.strip, lines), lambda line: {"url": line.strip()}, ())


def _open_cells(path: str, lines: Lines, records: Iterator[Any], split: Callable[[Any], list[str]], columns: ImageColumns) -> Records:
    head = next(records, None)
    if head is None:
        return Records(lines, iter(()), dict, ())
    first, before = split(head), tuple[Any, ...]()
    if any(cell.strip().lower().startswith(("http://", "https://")) for cell in first):
        # No line of names, as in the lists of Conceptual Captions: columns are numbered, and told by what is in them.
        names, before = [str(number) for number in range(len(first))], (head,)
        if not columns.url:
            url = next(name for name, cell in zip(names, first, strict=True) if cell.strip().lower().startswith("http"))
            others = [name for name in names if name != url]
            columns = ImageColumns(url, columns.alt or (others[0] if len(others) == 1 else ""), columns.key)
    else:
        names = [name.strip() for name in first]
    chosen = choose(path, names, columns)

    def row(record: Any) -> Row:
        cells = islice(chain(split(record), [""] * len(names)), len(names))
        return source_row({name: cell or None for name, cell in zip(names, cells, strict=True)}, chosen)

    return Records(lines, records, row, tuple(names), before)


def _chosen(path: str, file: pq.ParquetFile, columns: ImageColumns) -> dict[str, str]:
    schema = file.schema_arrow
    return choose(path, schema.names, columns, [field.name for field in schema if _holds_bytes(field.type)])


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" and _holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
