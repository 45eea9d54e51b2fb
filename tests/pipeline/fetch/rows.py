"""Rows of an image list, as the fetch is given them, and what comes of them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from pipeline.fetch import FetchSettings, Row, Shelf, fetch_chunk


def rows(*urls: str | None, images: list[bytes | None] | None = None, columns: list[str | None] | None = None) -> list[Row]:
    """Rows with these URLs, and maybe with the bytes of their pictures and their other columns."""
    none = [None] * len(urls)
    return [Row(*row) for row in zip(urls, images or none, columns or none, strict=True)]


@dataclass(frozen=True)
class Fetched:
    """What came of rows: the ledger, and pictures by key."""

    ledger: pa.Table
    pictures: dict[str, bytes]


def fetched(asked: Sequence[Row], settings: FetchSettings) -> Fetched:
    """Fetches rows, with their pictures in memory."""
    with closing(Shelf()) as shelf:
        ledger = fetch_chunk(asked, settings, shelf)
        return Fetched(ledger, dict(shelf.pictures))
