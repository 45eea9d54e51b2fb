"""What all sources share: errors, decompression, and a fingerprint of a file's contents."""

from __future__ import annotations

import hashlib
from typing import IO, cast

import fsspec

_WHOLE = 64 * 2**20
"""Files up to this many bytes are hashed whole; of larger ones size, beginning, middle and end."""
_PIECE = 4 * 2**20


class SourceError(ValueError):
    """An input that cannot be read; the message names the place and the mend."""


def open_bytes(path: str, *, decompress: bool = True) -> IO[bytes]:
    """A file of any fsspec URL, decompressed by its ending (.gz, .zst, .bz2, .xz).

    Raises:
        SourceError: it cannot be opened.
    """
    try:
        if decompress and path.endswith(".zst"):
            import pyarrow as pa

            raw = fsspec.open(path, "rb").open()
            return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))
        return cast(IO[bytes], fsspec.open(path, "rb", compression="infer" if decompress else None).open())
    except OSError as error:
        raise unreadable(path, error) from None
    except (ImportError, ValueError) as error:
        raise SourceError(f"{path}: {error}; name a file of this machine, or install what its protocol needs") from None


def unreadable(path: str, error: OSError) -> SourceError:
    """The error for a file that cannot be opened or read."""
    return SourceError(f"{path}: {error.strerror or error}; name a file that can be read")


def fingerprint(path: str) -> dict[str, object]:
    """Size and sha256 of a file's contents; of a large one ``sampled``, with the hash of pieces of it."""
    with open_bytes(path, decompress=False) as file:
        file.seek(0, 2)
        size = file.tell()
        digest = hashlib.sha256(str(size).encode())
        if size <= _WHOLE:
            file.seek(0)
            digest = hashlib.sha256()
            while block := file.read(2**20):
                digest.update(block)
            return {"path": path.rsplit("/", 1)[-1], "bytes": size, "sha256": digest.hexdigest()}
        for start in (0, size // 2, size - _PIECE):
            file.seek(start)
            digest.update(file.read(_PIECE))
        return {"path": path.rsplit("/", 1)[-1], "bytes": size, "sampled": digest.hexdigest()}
