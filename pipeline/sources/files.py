"""What all sources share: errors, decompression, and a fingerprint of a file's contents."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import io
import lzma
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import fsspec
import pyarrow as pa

_WHOLE = 64 * 2**20
"""Files up to this many bytes are hashed whole; of larger ones size, beginning, middle and end."""
_PIECE = 4 * 2**20
_BUFFER = 2**18
_HEAD = 64
"""Bytes of a file's beginning by which it is told what it is."""
_END = 4096
"""Bytes of a picture's beginning and of its end."""
_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")


_HALF = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """A text that can be stored as UTF-8, in which half of a character of UTF-16, or a byte that is no UTF-8, is U+FFFD."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


class SourceError(ValueError):
    """An input that cannot be read; the message names the place and the mend."""


def open_bytes(path: str) -> IO[bytes]:
    """A file of any fsspec URL, as it is.

    Raises:
        SourceError: it cannot be opened.
    """
    try:
        return cast(IO[bytes], fsspec.open(path, "rb").open())
    except OSError as error:
        raise unreadable(path, error) from None
    except (ImportError, ValueError) as error:
        raise SourceError(f"{path}: {error}; name a file of this machine, or install what its protocol needs") from None
    except Exception as error:
        if "://" not in path:
            raise
        raise _unreached(path, error) from None


def open_unpacked(path: str) -> Unpacked:
    """A file decompressed by what it holds (gzip, zstd, bzip2, xz), whatever its name.

    Raises:
        SourceError: it cannot be opened, its name ends like that of a compressed file and it is none, or it is another kind of archive.
    """
    raw = io.BufferedReader(cast(Any, open_bytes(path)), _BUFFER)
    try:
        with reading(path):
            head = raw.peek(_HEAD)[:_HEAD]
            for beginning, words in _NO_DATA.items():
                if head.lower().startswith(beginning):
                    raise SourceError(f"{path}: {words}")
            for beginning, unpack in _PACKED.items():
                if head.startswith(beginning):
                    return Unpacked(unpack(raw), raw)
            if head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5:  # a frame of zstd that is to be skipped, as pzstd begins with
                return Unpacked(_zstd(raw), raw)
            if path.lower().endswith(PACKED_ENDINGS) and head:
                ending = Path(path).suffix
                raise SourceError(f"{path}: is no {ending} file; get it again, or name it without {ending} if it is not compressed")
            return Unpacked(raw, None)
    except BaseException:
        raw.close()
        raise


class Unpacked(io.BufferedReader):
    """The contents of a file that may be compressed. ``packed`` says whether it is: then it can only be read from its beginning on."""

    def __init__(self, contents: Any, below: IO[bytes] | None) -> None:
        super().__init__(contents, _BUFFER)
        self._below, self.packed = below, below is not None

    def close(self) -> None:
        super().close()
        if self._below is not None:
            self._below.close()


def _zstd(raw: IO[bytes]) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")


PACKED_ENDINGS = (".gz", ".zst", ".bz2", ".xz")
_PACKED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\x28\xb5\x2f\xfd": _zstd,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""How each kind of compression begins, and what undoes it."""
_NO_DATA = {
    b"pk\x03\x04": "is a zip archive; unpack it and name the file in it",
    b"version https://git-lfs": "is a pointer of Git LFS and not the file; get it by git lfs pull",
    b"<!doctype html": "is a web page and not the file; get it again",
    b"<html": "is a web page and not the file; get it again",
}
"""How files begin, in lower case, that stand where data should be, and what is to be done."""


@contextlib.contextmanager
def reading(path: str, kind: str = "") -> Iterator[None]:
    """Tells what goes wrong with a file in one line.

    Args:
        kind: what the file should be, as .parquet.

    Raises:
        SourceError: the file cannot be read, is damaged, or is not of its kind.
    """
    try:
        yield
    except SourceError:
        raise
    except (pa.ArrowException, tarfile.TarError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError) as error:
        words = " ".join(str(error).split())[:160]
        raise SourceError(f"{path}: is no sound {f'{kind} ' if kind else ''}file ({words}); give it whole") from None
    except OSError as error:
        raise unreadable(path, error) from None


def bare(path: str) -> str:
    """A path without the ending of a compression."""
    return path[: -len(Path(path).suffix)] if path.lower().endswith(PACKED_ENDINGS) else path


def matching(spec: str) -> tuple[str, ...]:
    """The files that a path or a pattern (``*``, ``?``, ``[...]``) names, in order of their names; ``{0000..2175}`` stands for
    the numbers from one to the other, for places that cannot be listed, such as a web server.

    Raises:
        SourceError: there is none.
    """
    if "://" not in spec and os.path.exists(spec):
        return (spec,)
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
    with open_bytes(path) as file:
        file.seek(0, 2)
        size = file.tell()
        digest = hashlib.sha256(str(size).encode())
        if size <= _WHOLE:
            file.seek(0)
            digest = hashlib.sha256()
            while block := file.read(2**20):
                digest.update(block)
            return {"path": storable(path.rsplit("/", 1)[-1]), "bytes": size, "sha256": digest.hexdigest()}
        for start in (0, size // 2, size - _PIECE):
            file.seek(start)
            digest.update(file.read(_PIECE))
        return {"path": storable(path.rsplit("/", 1)[-1]), "bytes": size, "sampled": digest.hexdigest()}


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
