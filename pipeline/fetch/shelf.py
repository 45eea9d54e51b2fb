"""Where the pictures of a chunk wait for its last one: on the disk, so that chunks that wait hold no memory."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass


class ShelfError(Exception):
    """Pictures cannot be put down: the disk is full or broken, which is no matter of one picture."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture stands."""

    start: int
    size: int


class Shelf:
    """A file without a name, in the folder for temporary files; gone when it is closed, and with the process. For any thread."""

    def __init__(self) -> None:
        self._lock, self._end = threading.Lock(), 0
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 closed with the shelf
        except OSError as error:
            raise _told(error) from None

    def put(self, picture: bytes) -> Place:
        """Puts a picture down.

        Raises:
            ShelfError: there is no room for it.
        """
        with self._lock:
            place = Place(self._end, len(picture))
            self._end += len(picture)
        left = memoryview(picture)
        try:
            while left:
                left = left[os.pwrite(self._file.fileno(), left, place.start + place.size - len(left)) :]
        except OSError as error:
            raise _told(error) from None
        return place

    def get(self, place: Place) -> bytes:
        """The picture that stands there."""
        return os.pread(self._file.fileno(), place.size, place.start)

    def close(self) -> None:
        self._file.close()


def _told(error: OSError) -> ShelfError:
    return ShelfError(
        f"{tempfile.gettempdir()}: pictures cannot be put there: {error.strerror}; make room, or name another place by TMPDIR"
    )
