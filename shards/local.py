"""A dataset's files as local ones: those of a folder as they are, those of any other fsspec URL copied first."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from shards.manifest import ShardInfo
from shards.storage import open_file, replacing

log = logging.getLogger(__name__)

BLOCK = 1 << 20


class DamagedFile(ValueError):
    """A file that is not what the manifest says."""


class LocalFiles:
    """Opens the files of shards.

    Args:
        out: the dataset, a folder or any fsspec URL.
        cache: a folder in which copies of remote files stay, named by their sha256; without it a copy lasts as long as it is open.
        hashes: compare local files with the manifest's sha256 when they are first opened. Copies always are.
    """

    def __init__(self, out: str, cache: str | None, hashes: bool) -> None:
        self._out, self._cache, self._hashes = out, cache, hashes
        filesystem, self._path = fsspec.url_to_fs(out)
        self._local = isinstance(filesystem, LocalFileSystem)
        self._hashed: set[str] = set()
        self._coming: dict[str, Future[BinaryIO]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def tar(self, shard: ShardInfo) -> BinaryIO:
        """A shard's tar, open for reading.

        Raises:
            OSError: it cannot be had.
            DamagedFile: it has not the size or the sha256 that the manifest says.
        """
        coming = self._coming.pop(shard.name, None)
        return coming.result() if coming else self._open(shard)

    def sidecar(self, shard: ShardInfo) -> BinaryIO:
        """A shard's Parquet file, open for reading; errors as in `tar`."""
        if self._local:
            return self._open_local(shard.parquet, shard.parquet_bytes, shard.parquet_sha256)
        return self._open_copy(shard.parquet, shard.parquet_bytes, shard.parquet_sha256)

    def expect(self, shards: Iterable[ShardInfo]) -> None:
        """Begins to copy tars that will be asked for soon, one after the other, in the background."""
        if self._local:
            return
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="shards")
        for shard in shards:
            if shard.name not in self._coming:
                self._coming[shard.name] = self._pool.submit(self._open, shard)

    def close(self) -> None:
        """Lets go of what was expected and did not get asked for."""
        for coming in self._coming.values():
            if not coming.cancel() and coming.exception() is None:
                coming.result().close()
        self._coming.clear()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _open(self, shard: ShardInfo) -> BinaryIO:
        opener = self._open_local if self._local else self._open_copy
        return opener(shard.tar, shard.bytes, shard.sha256)

    def _open_local(self, path: str, size: int, sha256: str) -> BinaryIO:
        file = open(f"{self._path}/{path}", "rb", buffering=0)  # noqa: SIM115 the caller closes it
        found = os.fstat(file.fileno()).st_size
        if found != size:
            file.close()
            raise DamagedFile(f"has {found} bytes, the manifest says {size}")
        if self._hashes and path not in self._hashed:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != sha256:
                file.close()
                raise DamagedFile(f"has sha256 {digest}, the manifest says {sha256}")
            file.seek(0)
            self._hashed.add(path)
        return file

    def _open_copy(self, path: str, size: int, sha256: str) -> BinaryIO:
        extension = path.rsplit(".", 1)[1]
        if self._cache is not None:
            kept = f"{self._cache}/{sha256}.{extension}"
            if not os.path.exists(kept):
                self._copy(path, kept, size, sha256)
            return open(kept, "rb", buffering=0)
        folder = tempfile.mkdtemp(prefix="shards-")
        try:
            passing = f"{folder}/{sha256}.{extension}"
            self._copy(path, passing, size, sha256)
            return open(passing, "rb", buffering=0)
        finally:  # an open file outlives its name, and leaves nothing behind however this process ends
            shutil.rmtree(folder)

    def _copy(self, path: str, target: str, size: int, sha256: str) -> None:
        url = f"{self._out}/{path}"
        with replacing(target) as sink, open_file(url) as file:
            while block := file.read(BLOCK):
                sink.write(block)
            if sink.bytes != size:
                raise DamagedFile(f"has {sink.bytes} bytes, the manifest says {size}")
            if sink.sha256 != sha256:
                raise DamagedFile(f"has sha256 {sink.sha256}, the manifest says {sha256}")
        log.debug("%s: copied to %s", url, target)
