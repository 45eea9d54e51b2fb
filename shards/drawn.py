"""One shard as one epoch sees it: each picture with the annotation that it got."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from shards.open_files import PlacedFile
from shards.tar import TarError


class Draw(NamedTuple):
    """A picture and one text about it."""

    key: str
    image: Any
    """The stored picture, bytes; or what ``prepare`` of `shards.loader` made of it."""
    task: str
    lang: str
    style: str | None
    """Captions only."""
    source: str | None
    """Translations only: the English text."""
    text: str


class DrawnShard:
    """The samples of a shard by number, pictures read when asked for.

    Args:
        file: the tar; closed by `close`.
        keys: of the samples.
        starts: first bytes of the pictures, [samples].
        sizes: bytes of the pictures, [samples].
        texts: fields `shards.sidecar.TEXTS` of the samples' annotations.
    """

    def __init__(self, file: PlacedFile, keys: list[str], starts: np.ndarray, sizes: np.ndarray, texts: list[list[Any]]) -> None:
        self._file = file
        self._starts, self._sizes = starts.tolist(), sizes.tolist()
        self._rows = list(zip(keys, *texts, strict=True))

    def __len__(self) -> int:
        return len(self._rows)

    def picture(self, number: int) -> bytes:
        """The stored picture of a sample.

        Raises:
            TarError: the tar has become shorter.
            DamagedFile: it has become another.
            OSError: it cannot be read.
        """
        size, start = self._sizes[number], self._starts[number]
        data = self._file.read(size, start)
        if len(data) < size:
            raise TarError(f"ends before byte {start + size}, within a picture")
        return data

    def draw(self, number: int, image: Any) -> Draw:
        """A sample, with its picture or what was made of it."""
        key, *fields = self._rows[number]
        return Draw(key, image, *fields)

    def key(self, number: int) -> str:
        """The key of a sample."""
        return self._rows[number][0]

    def close(self) -> None:
        """Closes the tar."""
        self._file.close()
