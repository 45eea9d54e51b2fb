"""Where the pictures of a shard lie in its tar, from the headers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shards.open_files import PlacedFile
from shards.sample import PICTURES
from shards.tar import BLOCK, END, TarError, octal

SIZE_BEGIN, SIZE_END = 124, 136
"""Where in a header the octal size of its member is."""


def picture_positions(file: PlacedFile, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """First bytes and sizes of the pictures, int64 [samples]. Reads a block a member, not what the members hold.

    Args:
        file: a tar.
        keys: of its samples, in order.

    Raises:
        TarError: the members are not a picture and KEY.json of the keys, in order, and nothing else.
    """
    position = 0
    starts, sizes = [], []
    for key in keys:
        size = _size(file, position, key, tuple(PICTURES))
        starts.append(position + BLOCK)
        sizes.append(size)
        position += _padded(size)
        position += _padded(_size(file, position, key, ("json",)))
    end = file.read(len(END), position)
    if end != END:
        raise TarError(f"has more than its sidecar at byte {position}, or not the mark of its end")
    return np.array(starts, dtype=np.int64), np.array(sizes, dtype=np.int64)


def _size(file: PlacedFile, position: int, key: str, endings: Sequence[str]) -> int:
    """The size of the member whose header is at a place, and which must be a key's, with one of the endings."""
    # No checksum: a header of the right name is at the right place, and a wrong size would lead to none at the next.
    header = file.read(SIZE_END, position)
    name, _, ending = header[:100].rstrip(b"\0").decode("latin-1").partition(".")
    if name != key or ending not in endings:
        raise TarError(f"holds {_shown(header)} at byte {position}, the sidecar has {key}.{' or .'.join(endings)} there")
    try:
        return octal(header[SIZE_BEGIN:])
    except ValueError:
        raise TarError(f"has a damaged header at byte {position}") from None


def _padded(size: int) -> int:
    """Bytes of a member of a size, its header included."""
    return BLOCK + size + -size % BLOCK


def _shown(header: bytes) -> str:
    return ascii(header[:100].rstrip(b"\0").decode("latin-1")) if header else "nothing"
