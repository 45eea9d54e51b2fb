"""Lists of image URLs: parquet, csv, tsv, jsonl and plain text, each read as a stream."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, islice

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sources.columns import ImageColumns, Row, choose, source_row
from pipeline.sources.files import SourceError, open_bytes, open_text

csv.field_size_limit(2**30)
_BATCH = 1024
_BUFFER = 2**20
"""Bytes of a column that are held at a time, however large its row group is."""


def open_parquet(path: str) -> pq.ParquetFile:
    """A parquet file that is read piece by piece.

    Raises:
        SourceError: it cannot be opened.
    """
    return pq.ParquetFile(open_bytes(path, decompress=False), buffer_size=_BUFFER, pre_buffer=False)


def read_parquet(path: str, columns: ImageColumns) -> Iterator[Row]:
    """Rows of a parquet file, also of one that holds the pictures (bytes, or a struct with bytes)."""
    file = open_parquet(path)
    schema = file.schema_arrow
    chosen = choose(path, schema.names, columns, [field.name for field in schema if _holds_bytes(field.type)])
    for batch in file.iter_batches(batch_size=64 if "image" in chosen else _BATCH):
        yield from (source_row(row, chosen) for row in batch.to_pylist())


def read_csv(path: str, columns: ImageColumns) -> Iterator[Row]:
    """Rows of a file with commas and quotes, the first line of which names the columns."""
    with open_text(path, newline="") as file:
        yield from _read_cells(path, csv.reader(file), columns)


def read_tsv(path: str, columns: ImageColumns) -> Iterator[Row]:
    """Rows of a file with tabs. Quotes are taken for quotes only around a whole cell: alt texts have many that do not close."""
    with open_text(path, newline="\n") as file:
        yield from _read_cells(path, ([_unquoted(cell) for cell in line.rstrip("\r\n").split("\t")] for line in file), columns)


def read_jsonl(path: str, columns: ImageColumns) -> Iterator[Row]:
    """Rows of a file with a JSON object a line. A line that is none becomes a row whose URL is what stands there."""
    chosen: dict[str, str] | None = None
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if chosen is None:
                if not isinstance(row, dict):
                    raise SourceError(f'{path}: line {number} is no JSON object; write one a line, as {{"url": ..., "alt": ...}}')
                chosen = choose(path, row, columns)
            yield source_row(row, chosen) if isinstance(row, dict) else {"url": line.strip()[:200]}


def read_txt(path: str, columns: ImageColumns) -> Iterator[Row]:
    """A URL a line; empty lines do not count."""
    with open_text(path) as file:
        yield from ({"url": url} for line in file if (url := line.strip()))


def _read_cells(path: str, lines: Iterator[list[str]], columns: ImageColumns) -> Iterator[Row]:
    first = next(lines, None)
    if first is None:
        return
    if any(cell.strip().lower().startswith(("http://", "https://")) for cell in first):
        # No line of names, as in the lists of Conceptual Captions: columns are numbered, and told by what is in them.
        names, lines = [str(number) for number in range(len(first))], chain([first], lines)
        if not columns.url:
            url = next(name for name, cell in zip(names, first, strict=True) if cell.strip().lower().startswith("http"))
            others = [name for name in names if name != url]
            columns = ImageColumns(url, columns.alt or (others[0] if len(others) == 1 else ""), columns.key)
    else:
        names = [name.strip() for name in first]
    chosen = choose(path, names, columns)
    for cells in lines:
        if cells and cells != [""]:
            yield source_row(
                {name: cell or None for name, cell in zip(names, islice(chain(cells, [""] * len(names)), len(names)), strict=True)}, chosen
            )


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" and _holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
