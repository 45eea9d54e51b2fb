"""Files below a folder or any fsspec URL, written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

UNFINISHED = ".tmp"
"""How the names of files end that are still being written, or that a killed run left."""

_WEB = frozenset({"http", "https"})

_MENDS = {errno.ENOSPC: "free space there", errno.EDQUOT: "free space there", errno.EFBIG: "allow larger files (ulimit -f)"}

_WRITTEN, _READ = 1 << 18, 1 << 20
"""Bytes that a file gets at once, and that it gives at once; many may be written at a time."""


class Sink:
    """A file that is being written."""

    def __init__(self, url: str, file: BinaryIO) -> None:
        self._url, self._file = url, file

    def write(self, data: bytes) -> None:
        with _named(self._url):
            self._file.write(data)

    def sync(self) -> None:
        """Makes sure that what has been written has its room on the disk."""
        with _named(self._url):
            self._file.flush()
            os.fsync(self._file.fileno())


@contextmanager
def replacing(url: str) -> Iterator[Sink]:
    """A sink for the new contents of a file, which has them when the block ends, and is as it was when the block raises.

    Raises:
        OSError: the file cannot be written; the message is one line that names it.
    """
    with _named(url):
        filesystem, path = fsspec.url_to_fs(url)
        folder, name = path.rsplit("/", 1)
        local = isinstance(filesystem, LocalFileSystem)
        if local:
            os.makedirs(folder, exist_ok=True)
        unfinished = f"{folder if local else tempfile.gettempdir()}/.{name}.{uuid.uuid4().hex}{UNFINISHED}"
        file = open(unfinished, "wb", buffering=_WRITTEN)  # noqa: SIM115 closed below, where its own errors are told from the block's
    try:
        sink = Sink(url, file)
        yield sink
        sink.sync()
        with _named(url):
            file.close()
            if local:
                os.replace(unfinished, path)
                _sync(folder)
            else:
                filesystem.put_file(unfinished, path)
    finally:
        with suppress(OSError):
            file.close()
        with suppress(FileNotFoundError):
            os.remove(unfinished)


def write_bytes(url: str, data: bytes) -> None:
    """Writes a whole file or nothing; errors as in `replacing`."""
    with replacing(url) as sink:
        sink.write(data)


def read_bytes(url: str) -> bytes:
    """The contents of a file.

    Raises:
        FileNotFoundError: there is none.
    """
    filesystem, path = fsspec.url_to_fs(url)
    if isinstance(filesystem, LocalFileSystem):
        _check_regular(path)
    return filesystem.cat_file(path)


def open_file(url: str) -> Any:
    """A file opened for reading, buffered in large blocks and seekable."""
    filesystem, path = fsspec.url_to_fs(url)
    if not isinstance(filesystem, LocalFileSystem):
        return filesystem.open(path, "rb", block_size=1 << 23)
    _check_regular(path)
    return open(path, "rb", buffering=_READ)


def _check_regular(path: str) -> None:
    """Raises OSError where there is something else than a file: a pipe would keep its reader waiting for ever."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "is not a file", path)


def open_stream(url: str) -> Any:
    """A file opened for reading once from its beginning to its end, which web servers that know no ranges can serve too."""
    filesystem, path = fsspec.url_to_fs(url)
    if _is_web(filesystem):
        return io.BufferedReader(filesystem.open(path, "rb", block_size=0), _READ)
    return open_file(url)


def remove(url: str) -> None:
    """Removes a file."""
    filesystem, path = fsspec.url_to_fs(url)
    filesystem.rm_file(path)


def sizes(url: str) -> dict[str, int]:
    """The files of a folder, by name, with their bytes; none if there is no such folder."""
    filesystem, path = fsspec.url_to_fs(url)
    filesystem.invalidate_cache()
    try:
        found = filesystem.ls(path, detail=True)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    told = {name: entry["size"] for entry in found if entry["type"] == "file" and (name := entry["name"].rsplit("/", 1)[-1])}
    told |= _asked(filesystem, path, [name for name, size in told.items() if size is None])  # the list of links of a web server tells none
    if silent := [name for name, size in told.items() if size is None]:
        raise OSError(f"{url}/{silent[0]}: the server does not say how many bytes it has; copy the dataset to a disk first")
    return {name: int(size) for name, size in told.items()}


def sizes_of(url: str, names: Sequence[str]) -> dict[str, int | None]:
    """Those of the named files of a folder that are there, with their bytes; None where the storage does not tell them."""
    filesystem, path = fsspec.url_to_fs(url)
    if not _is_web(filesystem):
        there = sizes(url)
        return {name: there[name] for name in names if name in there}
    return _asked(filesystem, path, names)


def _is_web(filesystem: fsspec.AbstractFileSystem) -> bool:
    """Whether it is the web, which has files but, for all that one can know, no folders and no ranges."""
    return not _WEB.isdisjoint((filesystem.protocol,) if isinstance(filesystem.protocol, str) else filesystem.protocol)


def _asked(filesystem: fsspec.AbstractFileSystem, folder: str, names: Sequence[str]) -> dict[str, int | None]:
    """As `sizes_of`, by a question for each file."""

    def ask(name: str) -> tuple[str, int | None] | None:
        try:
            return name, filesystem.info(f"{folder.rstrip('/')}/{name}")["size"]
        except FileNotFoundError as error:
            # The web's filesystem says so of every failure; only these two mean it.
            return None if getattr(error.__cause__, "status", 404) in (404, 410) else (name, None)

    with ThreadPoolExecutor(16) as pool:
        return dict(filter(None, pool.map(ask, names)))


@contextmanager
def _named(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        mend = _MENDS.get(error.errno or 0, "make it writable")
        raise OSError(error.errno, f"{url}: cannot be written: {error.strerror or error}; {mend}, or choose another place") from error


def _sync(folder: str) -> None:
    """Makes a rename last through a power cut."""
    with suppress(OSError):  # some network filesystems cannot sync a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
