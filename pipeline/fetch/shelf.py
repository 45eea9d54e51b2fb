"""Where the pictures of a chunk wait for its last one: on the disk, so that chunks that wait hold no memory."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

_MOST = 2**31 - 1
"""Bytes of an array of `pyarrow.binary`."""


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

    def column(self, places: Sequence[Place | None]) -> pa.ChunkedArray:
        """The pictures that stand at some places as a binary column, null for None; in one piece of memory, which goes back whole."""
        arrays, run, size = [], list[Place | None](), 0
        for place in places:
            size += place.size if place else 0
            if size > _MOST:
                arrays.append(self._array(run))
                run, size = [], place.size if place else 0
            run.append(place)
        return pa.chunked_array([*arrays, self._array(run)], pa.binary())

    def _array(self, places: Sequence[Place | None]) -> pa.BinaryArray:
        ends = np.cumsum([0, *(place.size if place else 0 for place in places)], dtype=np.int32)
        data = pa.allocate_buffer(int(ends[-1]))
        for place, end in zip(places, ends[1:], strict=True):
            if place:
                os.preadv(self._file.fileno(), [memoryview(data)[end - place.size : end]], place.start)
        there = pa.array([place is not None for place in places], pa.bool_())
        return pa.BinaryArray.from_buffers(pa.binary(), len(places), [there.buffers()[1], pa.py_buffer(ends), data])

    def close(self) -> None:
        self._file.close()


def _told(error: OSError) -> ShelfError:
    return ShelfError(
        f"{tempfile.gettempdir()}: pictures cannot be put there: {error.strerror}; make room, or name another place by TMPDIR"
    )
