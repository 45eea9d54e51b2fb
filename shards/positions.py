"""Where the pictures of a shard lie in its tar, from the headers alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from shards.tar import BLOCK, END, TarError

SIZE_BEGIN, SIZE_END = 124, 136
"""Where in a header the octal size of its member is."""


def picture_positions(file: BinaryIO, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """First bytes and sizes of the pictures, int64 [samples]. Reads a block a member, not what the members hold.

    Args:
        file: an open tar.
        keys: of its samples, in order.

    Raises:
        TarError: the members are not KEY.jpg and KEY.json of the keys, in order, and nothing else.
    """
    handle, position = file.fileno(), 0
    starts, sizes = [], []
    for key in keys:
        for extension in ("jpg", "json"):
            # No checksum: a header of the right name is at the right place, and a wrong size would lead to none at the next.
            header = os.pread(handle, SIZE_END, position)
            if header[: len(key) + 6].rstrip(b"\0") != f"{key}.{extension}".encode():
                raise TarError(f"holds {_shown(header)} at byte {position}, the sidecar has {key}.{extension} there")
            try:
                size = int(header[SIZE_BEGIN:].rstrip(b"\0 "), 8)
            except ValueError:
                raise TarError(f"has a damaged header at byte {position}") from None
            if extension == "jpg":
                starts.append(position + BLOCK)
                sizes.append(size)
            position += BLOCK + size + -size % BLOCK
    end = os.pread(handle, len(END), position)
    if end != END:
        raise TarError(f"has more than its sidecar at byte {position}, or not the mark of its end")
    return np.array(starts, dtype=np.int64), np.array(sizes, dtype=np.int64)


def _shown(header: bytes) -> str:
    return ascii(header[:100].rstrip(b"\0").decode("latin-1")) if header else "nothing"
