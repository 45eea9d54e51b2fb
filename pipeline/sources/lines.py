"""Lines of a text file that know where they stand, so that what has been counted can be found again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, cast

from pipeline.sources.files import bare, open_bytes

_MARK = b"\xef\xbb\xbf"


class Lines:
    """The lines of a file with their ends, decompressed by its ending. What is not UTF-8 becomes U+FFFD, a mark at the beginning is
    skipped. Only a newline ends a line; within one, carriage returns do where ``returns`` says so.

    ``position`` is the number of bytes before the next line. Raises as `pipeline.sources.files.open_bytes`.
    """

    def __init__(self, path: str, *, returns: bool = False) -> None:
        self._file: IO[bytes] = cast(IO[bytes], io.BufferedReader(cast(Any, open_bytes(path)), 2**18))
        self._returns, self._rest = returns, list[bytes]()
        self.seekable = bare(path) == path and self._file.seekable()
        self.position = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._rest.pop() if self._rest else next(self._file)
        if self._returns and line.count(b"\r") > line.endswith(b"\r\n"):
            line, *rest = line.splitlines(keepends=True)
            self._rest += reversed(rest)
        first, self.position = self.position == 0, self.position + len(line)
        return (line.removeprefix(_MARK) if first else line).decode("utf-8", "replace")

    def seek(self, position: int) -> None:
        """Goes to where a line begins."""
        self._file.seek(position)
        self._rest.clear()
        self.position = position

    def close(self) -> None:
        self._file.close()
