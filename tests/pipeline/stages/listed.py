"""Chunks of an image source in a store."""

from collections.abc import Iterator

from pipeline.chunks import Chunk
from pipeline.sources import ImageSource
from pipeline.store import Store


def listed(store: Store, source: ImageSource, size: int = 100) -> Iterator[Chunk]:
    """Puts the source's chunks into the store, with the pictures that it holds."""
    held = dict[str, bytes]()
    for name, rows in source.chunks(size, held.__setitem__):
        yield store.list(name, rows, held)
