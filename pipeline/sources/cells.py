"""Cells of tab-separated lines, the quotes around them included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest

from pipeline.sources.files import SourceError
from pipeline.sources.lines import Lines

_LOOKED_AT = 100
"""Lines by which it is told whether a file has quotes around every cell."""
_ALONE = re.compile('(?<!")(?:"")*"(?!")')
"""A quote that is not doubled."""


class TabSeparated:
    """Splits lines of tab-separated values.

    Most files with tabs know no quotes, and their texts have many that do not close. Those that a spreadsheet or pandas wrote have them
    around cells, with quotes within doubled. So quotes around a cell are taken off where those within are doubled; a cell without any
    within has quotes that mean something, unless all cells of its column in the first lines are in quotes.

    Args:
        first: lines of the beginning of the file.
    """

    def __init__(self, first: Iterable[str]) -> None:
        lines = [line.rstrip("\r\n").split("\t") for line in islice(first, _LOOKED_AT)]
        lines = lines[1:] or lines  # the first may name the columns
        columns = ([cell for cell in column if cell] for column in zip_longest(*lines))
        self._quoted = [bool(cells) and all(_quoted(cell) and not _ALONE.search(cell[1:-1]) for cell in cells) for cells in columns]

    def split(self, line: str) -> list[str]:
        """The cells of a line."""
        cells = line.rstrip("\r\n").split("\t")
        return [self._unquoted(cell, number) if _quoted(cell) else cell for number, cell in enumerate(cells)]

    def _unquoted(self, cell: str, column: int) -> str:
        inner = cell[1:-1]
        if '"' in inner:
            return cell if _ALONE.search(inner) else inner.replace('""', '"')
        return inner if column < len(self._quoted) and self._quoted[column] else cell


def unbroken(lines: Lines) -> Iterator[str]:
    """Lines of tab-separated values, as they are.

    Raises:
        SourceError: a quoted cell goes over several lines, as pandas writes a text that has some: each of its lines would be a row.
    """
    open_cells, width = 0, 0
    for line in lines:
        cells = line.rstrip("\r\n").split("\t")
        width = width or len(cells)
        closes = cells[0].endswith('"') and _odd(cells[0]) and not cells[0].startswith('"')
        if open_cells and closes and (open_cells, len(cells)) != (width, width):
            where = f"{lines.path}: line {lines.number - 1}" if lines.number > 1 else lines.path
            raise SourceError(
                f"{where} begins a quoted cell that goes over several lines; write the file as csv, or its cells without line ends"
            )
        opens = cells[-1].startswith('"') and _odd(cells[-1])
        open_cells = len(cells) if opens else 0
        yield line


def _odd(cell: str) -> bool:
    return cell.count('"') % 2 == 1


def _quoted(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'
