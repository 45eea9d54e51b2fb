"""What all sources share: errors, decompression, and a fingerprint of a file's contents."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, TextIO, cast

import fsspec

_WHOLE = 64 * 2**20
"""Files up to this many bytes are hashed whole; of larger ones size, beginning, middle and end."""
_PIECE = 4 * 2**20
_END = 4096
"""Bytes of a picture's beginning and of its end."""
_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")


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
    except Exception as error:
        if "://" not in path:
            raise
        raise _unreached(path, error) from None


def open_text(path: str, newline: str | None = "\n") -> TextIO:
    """The same as text. What is not UTF-8 becomes U+FFFD, a mark at the beginning is skipped; lines end as for `open`.

    Raises:
        SourceError: it cannot be opened.
    """
    return io.TextIOWrapper(cast(IO[bytes], io.BufferedReader(cast(Any, open_bytes(path)))), "utf-8-sig", "replace", newline)


def bare(path: str) -> str:
    """A path without the ending of a compression."""
    return path[: -len(Path(path).suffix)] if path.endswith((".gz", ".zst", ".bz2", ".xz")) else path


def matching(spec: str) -> tuple[str, ...]:
    """The files that a path or a pattern (``*``, ``?``, ``[...]``) names, in order of their names; ``{0000..2175}`` stands for
    the numbers from one to the other, for places that cannot be listed, such as a web server.

    Raises:
        SourceError: there is none.
    """
    if braces := _BRACES.search(spec):
        first, last = braces.groups()
        numbers = (f"{number:0{len(first)}d}" for number in range(int(first), int(last) + 1))
        return tuple(file for number in numbers for file in matching(f"{spec[: braces.start()]}{number}{spec[braces.end() :]}"))
    if not any(sign in spec for sign in "*?["):
        return (spec,)
    try:
        system, path = fsspec.core.url_to_fs(spec)
        files = tuple(sorted(system.unstrip_protocol(name) if "://" in spec else name for name in system.glob(path)))
    except (ImportError, ValueError, OSError) as error:
        raise SourceError(f"{spec}: {error}; name files that can be listed, or install what their protocol needs") from None
    except Exception as error:
        if "://" not in spec:
            raise
        raise _unreached(spec, error) from None
    if not files:
        raise SourceError(f"{spec}: no file has such a name; name one that is there")
    return files


def unreadable(path: str, error: OSError) -> SourceError:
    """The error for a file that cannot be opened or read."""
    words = str(error.strerror or error).rstrip(".")
    return SourceError(f"{path}: {words}; name a file that can be read")


def _unreached(path: str, error: Exception) -> SourceError:
    """The error for what a cloud's library says, which has errors of its own, as of missing credentials."""
    words = " ".join(str(error).split())[:200] or type(error).__name__
    return SourceError(f"{path}: cannot be reached: {words}; set up what its protocol needs, or name a file of this machine")


def fingerprint(path: str) -> dict[str, Any]:
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


def fingerprint_pictures(root: str, paths: Iterable[str | Path]) -> dict[str, Any]:
    """Of files below a folder: names, sizes and `ends`, for to read them whole would take as long as to use them.

    One that is not there or cannot be read has no ends.
    """
    digest, count, there, total = hashlib.sha256(), 0, 0, 0
    for path in paths:
        size, mark = -1, ""
        with contextlib.suppress(OSError), open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            mark = ends(file, 0, size)
            there, total = there + 1, total + size
        count += 1
        digest.update(os.fsencode(Path(os.path.relpath(path, root)).as_posix()) + f"\0{size}\0{mark}\0".encode())
    return {"pictures": count, "there": there, "bytes": total, "names_sizes_ends": digest.hexdigest()}


def ends(file: IO[bytes], start: int, size: int) -> str:
    """Hash of the first and the last 4 KiB of what stands in a file from ``start`` on.

    Other pixels of a compressed picture show at its end, and another orientation or profile at its beginning. What is not seen is a
    change in between that keeps the size and all that comes after it: of a text in a long header, of pixels that are not compressed.
    """
    digest = hashlib.sha256()
    for at in (start, max(start, start + size - _END)):
        file.seek(at)
        digest.update(file.read(_END)[:size])
    return digest.hexdigest()[:32]
