"""A dataset's files as local ones: those of a folder as they are, those of any other fsspec URL copied first."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from shards.copies import Copies
from shards.manifest import ShardInfo
from shards.open_files import HeldFile, OpenFiles, PlacedFile, ReopenedFile
from shards.whole import open_whole

OPEN = 64
"""Tars that are open at once, passing copies aside."""


class LocalFiles:
    """Opens the files of shards.

    Args:
        out: the dataset, a folder or any fsspec URL.
        cache: a folder in which copies of remote files stay, named by their sha256; without it a copy lasts as long as it is open.
        hashes: compare files with the manifest's sha256 when they are first opened. Copies are compared when they are made.
    """

    def __init__(self, out: str, cache: str | None, hashes: bool) -> None:
        self._out, self._hashes = out, hashes
        filesystem, self._path = fsspec.url_to_fs(out)
        self._copies = None if isinstance(filesystem, LocalFileSystem) else Copies(out, cache, hashes)
        self._open = OpenFiles(OPEN)
        self._hashed: set[str] = set()
        self._coming: dict[str, Future[BinaryIO | None]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def tar(self, shard: ShardInfo) -> PlacedFile:
        """A shard's tar.

        Raises:
            OSError: it cannot be had. Reading it raises this too, for it may have been closed in between.
            DamagedFile: it has not the size or the sha256 that the manifest says.
        """
        coming = self._coming.pop(shard.name, None)
        file = coming.result() if coming else None
        if self._passes(shard):
            return HeldFile(file or self._open_tar(shard))
        return ReopenedFile(lambda: self._open_tar(shard), self._open)

    def sidecar(self, shard: ShardInfo) -> BinaryIO:
        """A shard's Parquet file, open for reading; errors as in `tar`."""
        return self._opened(shard.parquet, shard.parquet_bytes, shard.parquet_sha256)

    def expect(self, shards: Iterable[ShardInfo]) -> None:
        """Begins to copy tars that will be asked for soon, one after the other, in the background."""
        if self._copies is None:
            return
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="shards")
        for shard in shards:
            if shard.name not in self._coming:
                self._coming[shard.name] = self._pool.submit(self._copy, shard)

    def where(self, shard: ShardInfo) -> str:
        """The tar of a shard, for a message; with the copy that is read, where one stays."""
        kept = self._copies and self._copies.kept(shard.tar, shard.sha256)
        return f"{self._out}/{shard.tar}" + (f" (copied to {kept})" if kept else "")

    def mend(self, shard: ShardInfo) -> str:
        """What to do about a damaged tar, for a message."""
        copied = self._copies is not None and self._copies.kept(shard.tar, shard.sha256) is not None
        return ("remove the copy; if that is no help, " if copied else "") + "get the file again, or build the dataset again"

    def close(self) -> None:
        """Lets go of what was expected and did not get asked for."""
        for coming in self._coming.values():
            if not coming.cancel() and coming.exception() is None and (file := coming.result()) is not None:
                file.close()
        self._coming.clear()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _passes(self, shard: ShardInfo) -> bool:
        """Whether a tar is read from a copy that has no name any more, and so cannot be opened again."""
        return self._copies is not None and self._copies.kept(shard.tar, shard.sha256) is None

    def _copy(self, shard: ShardInfo) -> BinaryIO | None:
        file = self._open_tar(shard)
        if self._passes(shard):
            return file
        file.close()
        return None

    def _open_tar(self, shard: ShardInfo) -> BinaryIO:
        return self._opened(shard.tar, shard.bytes, shard.sha256)

    def _opened(self, path: str, size: int, sha256: str) -> BinaryIO:
        if self._copies is not None:
            return self._copies.open(path, size, sha256)
        file = open_whole(f"{self._path}/{path}", size, sha256 if self._hashes and path not in self._hashed else None)
        self._hashed.add(path)
        return file
