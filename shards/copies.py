"""Copies of a remote dataset's files on this machine: kept in a cache, or passing."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import fsspec

from shards.storage import UNFINISHED
from shards.whole import DamagedFile, check_whole, open_whole

log = logging.getLogger(__name__)


class Copies:
    """Copies the files of a dataset, each checked against the manifest's size and sha256.

    Args:
        out: the dataset, any fsspec URL.
        cache: a folder in which copies stay, named by their sha256, each fetched once by all processes of a machine; without it a
            copy lasts as long as it is open.
        hashes: compare the sha256 of a copy that was there before; its size is always compared.
    """

    def __init__(self, out: str, cache: str | None, hashes: bool) -> None:
        self._out, self._cache, self._hashes = out, cache, hashes
        self._hashed: set[str] = set()

    def kept(self, path: str, sha256: str) -> str | None:
        """Where the cache has a file, or will have it; none without a cache."""
        return None if self._cache is None else f"{self._cache}/{sha256}.{path.rsplit('.', 1)[1]}"

    def open(self, path: str, size: int, sha256: str) -> BinaryIO:
        """A copy, open for reading; fetched where there is none yet, or one that is not whole.

        Raises:
            OSError: it cannot be fetched.
            DamagedFile: what came has not the size or the sha256 that the manifest says.
        """
        kept = self.kept(path, sha256)
        if kept is None:
            return self._open_passing(path, size, sha256)
        with suppress(FileNotFoundError, DamagedFile):
            return self._open_kept(kept, size, sha256)
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        with _locked(f"{kept}.lock"):
            try:  # another process may have fetched it meanwhile
                return self._open_kept(kept, size, sha256)
            except FileNotFoundError:
                pass
            except DamagedFile as error:
                log.warning("%s: %s; it is fetched again", kept, error)
            self._fetch(path, kept, size, sha256)
            return open(kept, "rb", buffering=0)

    def _open_kept(self, kept: str, size: int, sha256: str) -> BinaryIO:
        file = open_whole(kept, size, sha256 if self._hashes and kept not in self._hashed else None)
        self._hashed.add(kept)
        return file

    def _open_passing(self, path: str, size: int, sha256: str) -> BinaryIO:
        folder = tempfile.mkdtemp(prefix="shards-")
        try:
            passing = f"{folder}/copy"
            self._fetch(path, passing, size, sha256)
            return open(passing, "rb", buffering=0)
        finally:  # an open file outlives its name, and leaves nothing behind however this process ends
            shutil.rmtree(folder)

    def _fetch(self, path: str, target: str, size: int, sha256: str) -> None:
        url = f"{self._out}/{path}"
        folder, name = target.rsplit("/", 1)
        unfinished = f"{folder}/.{name}.{uuid.uuid4().hex}{UNFINISHED}"
        try:
            _get(url, unfinished)
            with open(unfinished, "rb", buffering=0) as file:
                check_whole(file, size, sha256)
                os.fsync(file.fileno())
            os.replace(unfinished, target)
        finally:
            with suppress(FileNotFoundError):
                os.remove(unfinished)
        self._hashed.add(target)
        log.debug("%s: copied to %s", url, target)


def _get(url: str, target: str) -> None:
    filesystem, path = fsspec.url_to_fs(url)
    try:
        filesystem.get_file(path, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(error.errno, f"cannot be copied to {target}: {error.strerror}") from None
        raise
    except Exception as error:  # filesystems of fsspec raise errors of their own libraries
        raise OSError(errno.EIO, f"cannot be fetched: {type(error).__name__}: {error}") from error


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Keeps other processes of this machine out of the block; where there are no such locks, they do the same work twice."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    while True:
        file = open(path, "wb")  # noqa: SIM115 held open, for that is the lock
        with suppress(OSError):  # some network disks have no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if _is_still(path, file):  # else its holder has removed it while this process waited
            break
        file.close()
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.remove(path)
        file.close()


def _is_still(path: str, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
