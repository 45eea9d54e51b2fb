"""Lists of image URLs: parquet, csv, tsv, jsonl and plain text, each read as a stream that may begin anywhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sources.columns import ImageColumns, Row, choose, source_row
from pipeline.sources.files import SourceError, open_bytes, open_text

csv.field_size_limit(2**30)
_BATCH = 1024
_BUFFER = 2**20
"""Bytes of a column that are held at a time, however large its row group is."""

Records: TypeAlias = tuple[Iterator[Any], Callable[[Any], Row]]
"""What stands for the rows of a file, cheap to go through, and how a row is made of it."""


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

    def lines() -> Iterator[list[str]]:
        with open_text(path, newline="") as file:
            yield from (cells for cells in csv.reader(file) if cells and cells != [""])

    return _open_cells(path, lines(), lambda cells: cells, columns)


def open_tsv(path: str, columns: ImageColumns) -> Records:
    """A file with tabs. Quotes are taken for quotes only around a whole cell: alt texts have many that do not close."""

    def lines() -> Iterator[str]:
        with open_text(path, newline="\n") as file:
            yield from (line for whole in file if (line := whole.rstrip("\r\n")) not in ("", '""'))

    return _open_cells(path, lines(), lambda line: [_unquoted(cell) for cell in line.split("\t")], columns)


def open_jsonl(path: str, columns: ImageColumns) -> Records:
    """A file with a JSON object a line. A line that is none becomes a row whose URL is what stands there."""

    def lines() -> Iterator[tuple[int, str]]:
        with open_text(path) as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if not line.isspace())

    records = lines()
    first = next(records, None)
    if first is None:
        return iter(()), dict
    names = _json(first[1])
    if not isinstance(names, dict):
        raise SourceError(f'{path}: line {first[0]} is no JSON object; write one a line, as {{"url": ..., "alt": ...}}')
    chosen = choose(path, names, columns)

    def row(record: tuple[int, str]) -> Row:
        made = _json(record[1])
        return source_row(made, chosen) if isinstance(made, dict) else {"url": record[1].strip()[:200]}

    return chain([first], records), row


def open_txt(path: str, columns: ImageColumns) -> Records:
    """A URL a line; empty lines do not count."""

    def lines() -> Iterator[str]:
        with open_text(path) as file:
            yield from (line for line in file if not line.isspace())

    return lines(), lambda line: {"url": line.strip()}


def _open_cells(path: str, records: Iterator[Any], split: Callable[[Any], list[str]], columns: ImageColumns) -> Records:
    head = next(records, None)
    if head is None:
        return iter(()), dict
    first = split(head)
    if any(cell.strip().lower().startswith(("http://", "https://")) for cell in first):
        # No line of names, as in the lists of Conceptual Captions: columns are numbered, and told by what is in them.
        names, records = [str(number) for number in range(len(first))], chain([head], records)
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

    return records, row


def _chosen(path: str, file: pq.ParquetFile, columns: ImageColumns) -> dict[str, str]:
    schema = file.schema_arrow
    return choose(path, schema.names, columns, [field.name for field in schema if _holds_bytes(field.type)])


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" and _holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
