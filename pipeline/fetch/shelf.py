"""Where the pictures of a chunk wait for its last one: on the disk, so that chunks that wait hold no memory."""

from __future__ import annotations

import os
import tempfile
import threading

from pipeline.pictures import Pictures, Span


class ShelfError(Exception):
    """Pictures cannot be put down: the disk is full or broken, which is no matter of one picture."""


class Shelf:
    """A file without a name, in the folder for temporary files; gone when it is closed, and with the process. For any thread."""

    def __init__(self) -> None:
        self._lock, self._end, self._spans = threading.Lock(), 0, dict[str, Span]()
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 closed with the shelf
        except OSError as error:
            raise _told(error) from None

    @property
    def size(self) -> int:
        """Bytes of all that has been put down."""
        return self._end

    @property
    def pictures(self) -> Pictures:
        """What has been put down, also what still will be; to be read until the shelf is closed."""
        return Pictures(self._spans, self._read)

    def put(self, name: str, picture: bytes) -> None:
        """Puts a picture down, unless one of its name is there, which is taken for the same.

        Raises:
            ShelfError: there is no room for it.
        """
        with self._lock:
            if name in self._spans:
                return
            start = self._end
            self._end += len(picture)
        left = memoryview(picture)
        try:
            while left:
                left = left[os.pwrite(self._file.fileno(), left, start + len(picture) - len(left)) :]
        except OSError as error:
            raise _told(error) from None
        with self._lock:
            self._spans[name] = Span(start, len(picture))

    def close(self) -> None:
        self._file.close()

    def _read(self, span: Span) -> bytes:
        pieces, at = list[bytes](), span.start
        while at < span.start + span.size:
            piece = os.pread(self._file.fileno(), span.start + span.size - at, at)
            if not piece:
                raise ShelfError(f"{tempfile.gettempdir()}: a file there has become shorter; leave it as it is while a run goes on")
            pieces.append(piece)
            at += len(piece)
        return b"".join(pieces)


def _told(error: OSError) -> ShelfError:
    return ShelfError(
        f"{tempfile.gettempdir()}: pictures cannot be put there: {error.strerror}; make room, or name another place by TMPDIR"
    )
