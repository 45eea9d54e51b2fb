"""The one reader of text files: lines that know where they stand, in UTF-8 or UTF-16, compressed or not."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from pipeline.sources.files import SourceError, Unpacked, open_unpacked, reading

_MARK = codecs.BOM_UTF8
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_ESCAPED = re.compile("[\udc80-\udcff]")
_LOOKED_AT = 50_000
"""Lines by which the encoding of a file is judged."""
_LONGEST = 2**26
"""Bytes of a line, at most: what is longer is no text of lines."""


class Lines:
    """The lines of a file with their ends, decompressed by its contents.

    Only ``\\n`` ends a line (and with it ``\\r\\n``); where ``returns`` says so, a ``\\r`` does too. A byte order mark at the beginning is
    no part of the first line, and says that a file is UTF-16. A byte that is not UTF-8 becomes half a surrogate, as Python's
    ``surrogateescape`` has it; `is_utf8` tells.

    ``position`` is the number of bytes before the next line, ``number`` that of the last line, from 1 on; 0 after a `seek`, when it is
    not known. ``seekable`` tells whether reading can go on from a position. ``blank`` counts the lines that `filled` left out.

    Raises:
        SourceError: the file cannot be opened or read, or has a line without end.
    """

    def __init__(self, path: str, *, returns: bool = False) -> None:
        self.path, self._returns = path, returns
        self._file = open_unpacked(path)
        self._rest = list[bytes]()
        with reading(path):
            wide = _WIDE.get(self._file.peek(2)[:2])
            self.seekable = not self._file.packed and wide is None and self._file.seekable()
        self._wide = _decoded(self._file, wide) if wide else None
        self.position = 0
        self.number = 0
        self.blank = 0
        self._counted = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._rest.pop() if self._rest else self._next()
        if self._returns and line.count(b"\r") > line.endswith(b"\r\n"):
            line, *rest = line.splitlines(keepends=True)
            self._rest += reversed(rest)
        first = self.position == 0
        self.position += len(line)
        self.number += self._counted
        return (line.removeprefix(_MARK) if first else line).decode("utf-8", "surrogateescape")

    def _next(self) -> bytes:
        with reading(self.path):
            line = next(self._wide) if self._wide else self._file.readline(_LONGEST)
        if not line:
            raise StopIteration
        if len(line) >= _LONGEST and not line.endswith(b"\n"):
            raise SourceError(f"{self.path}: line {self.number + 1} has more than {_LONGEST:,} bytes; lines must end in a newline")
        return line

    def filled(self) -> Iterator[str]:
        """The lines with something on them."""
        for line in self:
            if line.strip():
                yield line
            else:
                self.blank += 1

    def seek(self, position: int) -> None:
        """Goes to where a line begins."""
        self._file.seek(position)
        self._rest.clear()
        self.position = position
        self.number = 0
        self._counted = False

    def close(self) -> None:
        self._file.close()


def _decoded(file: Unpacked, encoding: str) -> Iterator[bytes]:
    """The lines of a file in UTF-16, in UTF-8."""
    for line in io.TextIOWrapper(file, encoding, "surrogatepass", newline="\n"):
        yield line.removeprefix("\ufeff").encode("utf-8", "surrogatepass")


def is_utf8(text: str) -> bool:
    """Whether what `Lines` made a text of was UTF-8."""
    return text.isascii() or not _ESCAPED.search(text)


def check_encoding(path: str, *, returns: bool = False) -> None:
    """Looks at the first lines of a file.

    Raises:
        SourceError: most of those that are not ASCII are not UTF-8, so that the file is in another encoding; or its lines end in ``\\r``
            alone, and it is of no kind in which they may (``returns``).
    """
    with closing(Lines(path)) as lines:
        first = next(lines, "")
        if not returns and "\r" in first.rstrip("\r\n") and next(lines, None) is None:
            raise SourceError(f"{path}: its lines end in carriage returns alone; convert the file, as by tr '\\r' '\\n'")
    with closing(Lines(path)) as lines:
        looked_at = [(lines.number, is_utf8(line)) for line in islice(lines, _LOOKED_AT) if not line.isascii()]
    wrong = [number for number, good in looked_at if not good]
    if 2 * len(wrong) > len(looked_at):
        raise SourceError(_not_utf8(path, wrong[0]))


def read_lines(path: str) -> list[str]:
    """All lines of a file without their ends, where each must be UTF-8.

    Raises:
        SourceError: it cannot be read, or a line is not UTF-8.
    """
    made = []
    with closing(Lines(path)) as lines:
        for line in lines:
            if not is_utf8(line):
                raise SourceError(_not_utf8(path, lines.number))
            made.append(line.removesuffix("\n").removesuffix("\r"))
    return made


def _not_utf8(path: str, number: int) -> str:
    name = Path(path).name
    return f"{path}: line {number} is not UTF-8; convert the file, as by iconv -f WINDOWS-1252 -t UTF-8 {name}"


def read_text(data: bytes) -> str:
    """A small text that stands in a file of its own, such as the caption beside a picture.

    Raises:
        UnicodeDecodeError: it is not UTF-8, nor UTF-16 with a byte order mark.
    """
    wide = _WIDE.get(data[:2])
    return data[2:].decode(wide) if wide else data.removeprefix(_MARK).decode("utf-8")
