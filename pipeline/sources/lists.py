"""Lists of image URLs: parquet, csv, tsv, jsonl and plain text, each read as a stream that may begin anywhere."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import chain, islice, zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sources.cells import TabSeparated, unbroken
from pipeline.sources.columns import Columns, ImageColumns, Row, choose, found, parsed, refused, shown, source_row, tell
from pipeline.sources.files import SourceError, open_bytes
from pipeline.sources.lines import Lines, is_utf8

csv.field_size_limit(2**24)  # bytes that a quote which is not closed swallows, at most
_BATCH = 1024
"""Rows that are read together, at most."""
_BYTES = 2**24
"""Bytes of rows that are read together, at most, unless one is larger."""
_BUFFER = 2**20
"""Bytes of a column that are held at a time, however large its row group is."""

_BROKEN = "\0broken"
"""First cell of a record of a csv that cannot be read; what is wrong is the second."""
_URL = re.compile(r"\s*https?://\S+\s*$", re.IGNORECASE)
_FILLED = re.compile(r'[^\s"]')
_NOT_UTF8 = refused("not_utf8", "the row is not UTF-8")

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
    return pq.ParquetFile(open_bytes(path), buffer_size=_BUFFER, pre_buffer=False)


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
    for number in range(group, file.num_row_groups):
        for batch in file.iter_batches(rows_at_once(file, number), row_groups=[number]):
            rest = batch.slice(first)
            first -= batch.num_rows - rest.num_rows
            yield from (source_row(row, chosen) for row in rest.to_pylist())


def rows_at_once(file: pq.ParquetFile, group: int) -> int:
    """How many rows of a group are read together: as many as are some megabytes, as the file tells."""
    described = file.metadata.row_group(group)
    bytes_of_a_row = described.total_byte_size // max(1, described.num_rows) + 1
    return max(1, min(_BATCH, _BYTES // bytes_of_a_row))


def text_column(kind: pa.DataType) -> str:
    """What a column of a parquet file holds, in words; empty for texts, numbers and bytes that may be texts."""
    if pa.types.is_dictionary(kind):
        return text_column(kind.value_type)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null, pa.types.is_integer)
    bytes_or_numbers = (pa.types.is_floating, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    if any(asked(kind) for asked in (*texts, *bytes_or_numbers)):
        return ""
    return f"values of type {' '.join(str(kind).split())[:60]}"


def check_texts(path: str, file: pq.ParquetFile, names: Iterable[str], mend: str) -> None:
    """Looks at the first values of columns of bytes that are to be read as texts, for parquet need not say that bytes are text.

    Raises:
        SourceError: most of them are not UTF-8; ``mend`` says what to do.
    """
    held = [name for name in names if _holds_bytes(file.schema_arrow.field(name).type)]
    if not held or not file.metadata.num_rows:
        return
    batch = next(file.iter_batches(rows_at_once(file, 0), row_groups=[0], columns=held), None)
    if batch is None:
        return
    for name in held:
        values = [value for value in batch.column(name).to_pylist() if value]
        if 2 * sum(_is_text(value) for value in values) < len(values):
            raise SourceError(f"{path}: column '{name}' holds bytes that are no text; {mend}")


def open_csv(path: str, columns: ImageColumns) -> Records:
    """A file with commas and quotes (RFC 4180), the first line of which names the columns."""
    lines, shape = Lines(path, returns=True), Shape()
    return _open_cells(path, lines, _csv_records(path, lines, shape), lambda cells: cells, columns, shape)


@dataclass
class Shape:
    """Of the records of a csv, once they are known: how many cells they have, and which of these is the URL."""

    cells: int = 0
    url: int = -1

    def fits(self, line: str) -> bool:
        """Whether a line could be a record by itself: it has as many cells, and a URL where it should be."""
        cells = next(csv.reader([line.replace('"', "")]), [])
        return len(cells) == self.cells > 1 and bool(_URL.match(cells[self.url]))


def _csv_records(path: str, lines: Lines, shape: Shape) -> Iterator[list[str]]:
    """The records that are not blank.

    Raises:
        SourceError: a quoted cell swallows lines that are records themselves, as it does where its quote is not closed.
    """
    reader = csv.reader(lines, strict=True)
    while True:
        begun, read = lines.number + 1, reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num - read <= 1 and "unexpected end" not in str(error):
                yield [_BROKEN, str(error)]
                continue
            raise SourceError(_unclosed(path, begun)) from None
        if reader.line_num - read > 1 and any(map(shape.fits, "\n".join(cells).splitlines())):
            raise SourceError(_unclosed(path, begun))
        if any(cell.strip() for cell in cells):
            yield cells
        else:
            lines.blank += 1


def _unclosed(path: str, number: int) -> str:
    where = f"line {number}" if number > 1 else "a line"
    return f'{path}: {where} begins a quoted cell that takes in the lines after it; close its quote, or write a quote in a cell as ""'


def open_tsv(path: str, columns: ImageColumns) -> Records:
    """A file with tabs, the first line of which names the columns. For quotes see `pipeline.sources.cells`."""
    with closing(Lines(path)) as beginning:
        cells = TabSeparated(beginning)
    lines = Lines(path)
    return _open_cells(path, lines, _tsv_records(lines), cells.split, columns, Shape())


def _tsv_records(lines: Lines) -> Iterator[str]:
    """The lines with something in their cells."""
    for line in unbroken(lines):
        if _FILLED.search(line):
            yield line
        else:
            lines.blank += 1


def open_jsonl(path: str, columns: ImageColumns) -> Records:
    """A file with a JSON object a line. A line that is none becomes a reject.

    Lines need not have the same names: columns are found for each set of them; those that are named must be in one of the first lines.
    """
    if columns.image:
        raise SourceError(f"{path}: JSON holds no bytes of pictures; leave out image={columns.image}")
    names: dict[str, None] = {}
    with closing(Lines(path)) as beginning:
        written = ((number, line) for number, line in enumerate(beginning, 1) if line.strip())
        for number, line in islice(written, _LOOKED_AT):
            made = parsed(line)
            if not names and not isinstance(made, dict):
                raise SourceError(f'{path}: line {number} is no JSON object; write one a line, as {{"url": ..., "alt": ...}}')
            names |= dict.fromkeys(made if isinstance(made, dict) else ())
    if names:
        choose(path, Columns(tuple(names)), columns)
    chosen = lru_cache(maxsize=1024)(lambda *names: found(names, columns))

    def row(line: str) -> Row:
        if not is_utf8(line):
            return {"url": line.strip()[:200]} | _NOT_UTF8
        try:
            made = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            what = str(error) if isinstance(error, NameTwice) else "the line is no JSON"
            return {"url": line.strip()[:200]} | refused("bad_row", what)
        if not isinstance(made, dict):
            return {"url": line.strip()[:200]} | refused("bad_row", "the line is JSON and no object")
        return source_row(made, chosen(*(name for name, value in made.items() if value is not None)))

    lines = Lines(path)
    return Records(lines, lines.filled(), row, tuple(names))


class NameTwice(ValueError):
    """A JSON object in which a name stands twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise NameTwice(f"the object has '{shown([twice])}' twice")
    return made


def open_txt(path: str, columns: ImageColumns) -> Records:
    """A URL a line; empty lines do not count. With a tab in its first line it is read as a file with tabs."""
    with closing(Lines(path)) as beginning:
        first = next(filter(str.strip, beginning), "")
    if "\t" in first.rstrip("\r\n"):
        return open_tsv(path, columns)
    _check_one_url(path, first)
    if named := next((role.name for role in fields(columns) if getattr(columns, role.name)), ""):
        raise SourceError(f"{path}: is a list of URLs without columns; leave out --image-columns {named}=..., or write a csv, tsv or jsonl")

    def row(line: str) -> Row:
        made = source_row({"url": line}, {"url": "url"})
        if not is_utf8(line):
            return made | _NOT_UTF8
        return made | refused("bad_row", "the line has a tab, the first one has none") if "\t" in line.strip() else made

    lines = Lines(path)
    return Records(lines, lines.filled(), row, ())


def _open_cells(
    path: str, lines: Lines, records: Iterator[Any], split: Callable[[Any], list[str]], columns: ImageColumns, shape: Shape
) -> Records:
    if columns.image:
        raise SourceError(f"{path}: a text file holds no bytes of pictures; leave out image={columns.image}")
    head = next(records, None)
    if head is None:
        return Records(lines, iter(()), dict, ())
    first, before = split(head), tuple[Any, ...]()
    if first[0] == _BROKEN:
        raise SourceError(f"{path}: line 1: {first[1]}; it should name the columns, as url,alt")
    if any(cell.strip().lower().startswith(("http://", "https://")) for cell in first):
        # No line of names, as in the lists of Conceptual Captions: columns are numbered, and told by what is in them.
        names, before = [str(number) for number in range(len(first))], (head,)
        if not columns.url:
            url = next(name for name, cell in zip(names, first, strict=True) if cell.strip().lower().startswith("http"))
            others = [name for name in names if name != url]
            columns = replace(columns, url=url, alt=columns.alt or (others[0] if len(others) == 1 else ""))
            if len(others) > 1 and not columns.alt:
                named = "name it by --image-columns alt=1"
                tell(f"{path}: has no line of names, so that none of the columns {shown(others)} is the alt text; {named}")
            _check_one_url(path, first[names.index(url)])
    else:
        # pandas writes its index under no name.
        names = [name.strip() or f"column {number}" for number, name in enumerate(first, 1)]
    chosen = choose(path, Columns(tuple(names)), columns)
    shape.cells, shape.url = len(names), names.index(chosen["url"])

    def row(record: Any) -> Row:
        cells = split(record)
        if cells[0] == _BROKEN:
            return refused("bad_row", f"not read as csv: {cells[1]}")
        made = source_row({name: cell or None for name, cell in zip_longest(names, cells[: len(names)])}, chosen)
        if not all(map(is_utf8, cells)):
            return made | _NOT_UTF8
        if any(cells[len(names) :]):
            return made | refused("bad_row", f"{len(cells)} cells, and names of {len(names)} columns")
        return made

    return Records(lines, records, row, tuple(names), before)


def _check_one_url(path: str, cell: str) -> None:
    """Sees to it that the first URL of a list without names is no URL and a caption behind it.

    Raises:
        SourceError: it is.
    """
    parts = re.split(r"[\s,;|]+", cell.strip(), maxsplit=1)
    if len(parts) > 1 and not re.search(r"\.\w{2,4}$", cell.strip()) and re.search(r"[\s;|]", cell.strip()):
        raise SourceError(
            f"{path}: line 1 has more than a URL ({shown([parts[1]])}); part the columns by commas in a csv, by tabs in a tsv"
        )


def _chosen(path: str, file: pq.ParquetFile, columns: ImageColumns) -> dict[str, str]:
    schema = file.schema_arrow
    pictures = tuple(field.name for field in schema if _holds_bytes(field.type))
    others = {field.name: words for field in schema if (words := text_column(field.type))}
    chosen = choose(path, Columns(tuple(schema.names), pictures, others), columns)
    texts = {role: name for role, name in chosen.items() if role != "image"}
    for name in texts.values():
        check_texts(path, file, [name], f"if they are pictures, name it by --image-columns image={name}")
    return chosen


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" and _holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)


def _is_text(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
