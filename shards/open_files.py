"""Files that are read at any place, of which only so many are open at once.

A window of ten thousand samples can span hundreds of shards, and a process may have as few as a hundred files open.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import BinaryIO, Protocol


class PlacedFile(Protocol):
    """A file that is read at any place."""

    def read(self, size: int, start: int) -> bytes:
        """The ``size`` bytes from ``start`` on, fewer only at the file's end."""
        ...

    def close(self) -> None:
        """Closes it for good."""
        ...


class HeldFile:
    """A file that stays open until it is closed, as one that has no name any more must."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int, start: int) -> bytes:
        return os.pread(self._file.fileno(), size, start)

    def close(self) -> None:
        self._file.close()


class OpenFiles:
    """Opens files when they are read, and closes the one that was read longest ago where more than ``limit`` would be open."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: OrderedDict[ReopenedFile, BinaryIO] = OrderedDict()

    def handle(self, file: ReopenedFile) -> int:
        """The descriptor of a file, to be used at once."""
        if file in self._open:
            self._open.move_to_end(file)
        else:
            while len(self._open) >= self._limit:
                self._open.popitem(last=False)[1].close()
            self._open[file] = file.opener()
        return self._open[file].fileno()

    def close(self, file: ReopenedFile) -> None:
        """Closes a file if it is open."""
        if (opened := self._open.pop(file, None)) is not None:
            opened.close()


class ReopenedFile:
    """A file that is opened when it is read, and again where it was closed in favour of others.

    Args:
        opener: opens it, and raises where it is not the file that is meant.
        files: that it shares the limit with.
    """

    def __init__(self, opener: Callable[[], BinaryIO], files: OpenFiles) -> None:
        self.opener, self._files = opener, files

    def read(self, size: int, start: int) -> bytes:
        try:
            return os.pread(self._files.handle(self), size, start)
        except OSError:
            self.close()  # a handle that went stale, as those of network disks do, would fail in every new try
            raise

    def close(self) -> None:
        self._files.close(self)
