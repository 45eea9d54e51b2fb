"""One shard as one epoch sees it: each picture with the annotation that it got."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from shards.jpeg import decode
from shards.tar import TarError


class Draw(NamedTuple):
    """A picture and one text about it."""

    key: str
    image: Any
    """The stored JPEG, bytes; or its pixels, RGB uint8 [height, width, 3]."""
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
        file: the open tar; closed by `close`.
        keys: of the samples.
        starts: first bytes of the pictures, [samples].
        sizes: bytes of the pictures, [samples].
        texts: fields `shards.sidecar.TEXTS` of the samples' annotations.
        decoded: give pixels.
    """

    def __init__(
        self, file: BinaryIO, keys: list[str], starts: np.ndarray, sizes: np.ndarray, texts: list[list[Any]], decoded: bool
    ) -> None:
        self._file, self._decoded = file, decoded
        self._starts, self._sizes = starts.tolist(), sizes.tolist()
        self._rows = list(zip(keys, *texts, strict=True))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Draw:
        """A sample.

        Raises:
            PictureError: the picture cannot be decoded.
            TarError: the tar has become shorter.
            OSError: it cannot be read.
        """
        size, start = self._sizes[number], self._starts[number]
        image: Any = os.pread(self._file.fileno(), size, start)
        if len(image) < size:
            raise TarError(f"ends at byte {start + len(image)} within a picture")
        if self._decoded:
            image = decode(image)
        key, *fields = self._rows[number]
        return Draw(key, image, *fields)

    def key(self, number: int) -> str:
        """The key of a sample."""
        return self._rows[number][0]

    def close(self) -> None:
        """Closes the tar."""
        self._file.close()
