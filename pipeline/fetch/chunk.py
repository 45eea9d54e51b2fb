"""Fetches a chunk: rows of an image list to a ledger and to pictures."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from pipeline.fetch.client import Trace
from pipeline.fetch.decode import decode
from pipeline.fetch.reasons import Failure, storable
from pipeline.fetch.session import Session, cores, joined
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.shelf import Place, Shelf, ShelfError
from pipeline.fetch.urls import canonical_url
from pipeline.fetch.verify import check_hash, check_label, listed_hash
from pipeline.tables import LEDGER, table

LEDGER_ROW: dict[str, pa.DataType] = {**LEDGER, "reason": pa.string(), "detail": pa.string()}
"""Columns of `FetchedChunk.ledger`, one row an input row; ``reason`` and ``detail`` are null where a picture came."""

AT_ONCE = max(1, cores() // 2)
"""Chunks of a process whose pictures are in memory, to be put together and stored: less work than decoding them was."""


@dataclass(frozen=True)
class FetchedChunk:
    """What came of a chunk, in the order of its rows: ``ledger`` with the columns `LEDGER_ROW`; stored bytes, null where none came."""

    ledger: pa.Table
    images: pa.ChunkedArray


def fetch_chunk(rows: pa.Table, settings: FetchSettings) -> FetchedChunk:
    """Fetches and decodes the pictures of a chunk; rows that carry their bytes are only decoded.

    A key is the first 32 hex digits of the sha256 of the bytes that came: a name that the same picture has in every list.

    Args:
        rows: with the columns ``url``, ``image`` and ``columns`` of `pipeline.tables.SOURCE`.
    """
    with fetching(rows, settings) as fetched:
        return fetched


@contextmanager
def fetching(rows: pa.Table, settings: FetchSettings) -> Iterator[FetchedChunk]:
    """As `fetch_chunk`, for chunks of several threads: to the end of its block a chunk has one of the `AT_ONCE` turns.

    Pictures wait on the disk for the last of their chunk and for its turn, so that memory holds those of few chunks.
    """
    names = ("url", "image", "columns")
    listed = [Listed(*row) for row in zip(*(rows[name].to_pylist() for name in names), strict=True)]
    with closing(Shelf()) as shelf, joined(settings) as session:
        made = session.run(_fetch_all(listed, session, shelf, settings))
        with _turns:
            ledger = table({name: [entry[number] for entry, _ in made] for number, name in enumerate(LEDGER_ROW)}, LEDGER_ROW)
            yield FetchedChunk(ledger, shelf.column([place for _, place in made]))


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the image list, as far as it matters here."""

    url: str | None
    image: bytes | None
    columns: str | None


Entry = tuple[tuple[Any, ...], Place | None]
"""A row of the ledger, a third of what a dict would take, for thousands wait; and where the picture to store is."""


async def _fetch_all(listed: list[Listed], session: Session, shelf: Shelf, settings: FetchSettings) -> list[Entry]:
    asked: dict[tuple[str, str | None] | int, asyncio.Task[Entry]] = {}
    tasks = []
    async with session.beginning:
        for place, row in enumerate(listed):
            # A URL that stands twice in a chunk, in whatever spelling, is asked for once, as it stands first.
            other = row.columns if settings.verify_hash else None
            name = (_identity(row.url), other) if row.url and row.image is None else place
            if name not in asked:
                await session.begun.acquire()
                asked[name] = asyncio.create_task(_fetch(row, session, shelf, settings))
                asked[name].add_done_callback(lambda _: session.begun.release())
            tasks.append(asked[name])
    return await asyncio.gather(*tasks)


async def _fetch(row: Listed, session: Session, shelf: Shelf, settings: FetchSettings) -> Entry:
    """One row. Whatever the web or a decoder does with it, the others go on."""
    trace, facts, listed = Trace(), dict[str, Any](), ""

    def look(body: bytes) -> Place:
        # Filled here, so that what came is known also of what is no picture.
        facts["bytes"], facts["sha256"] = len(body), _sha256(body)
        if listed:
            check_hash(body, listed)
        picture = decode(body, settings)
        if settings.refuse_mislabelled:
            check_label(trace.content_type, picture.format)
        facts.update(width=picture.width, height=picture.height, phash=picture.phash, format=picture.format)
        facts.update(original_width=picture.came[0], original_height=picture.came[1])
        facts.update(key=facts["sha256"][:32], jpg_sha256=_sha256(picture.jpg), transient=False)
        return shelf.put(picture.jpg)

    read = partial(session.decode, look)
    place = None
    try:
        listed = listed_hash(row.columns, settings.verify_hash) if settings.verify_hash else ""
        place = await (read(row.image) if row.image is not None else session.client.fetch(row.url, trace, read))
    except ShelfError:
        raise
    except Failure as failure:
        facts |= {"reason": failure.reason, "detail": failure.detail, "transient": failure.transient}
    except Exception as error:
        detail = storable(f"{type(error).__name__}: {' '.join(str(error).split())[:160]}")
        facts |= {"reason": "internal_error", "detail": detail, "transient": False}
    facts |= {"final_url": trace.final_url, "status": trace.status, "attempts": trace.attempts, "content_type": trace.content_type}
    facts |= {**trace.headers, "asked_at": None if trace.asked_at is None else round(1000 * trace.asked_at)}
    facts["milliseconds"] = round(1000 * trace.seconds)
    return tuple(map(facts.get, LEDGER_ROW)), place


def _identity(url: str) -> str:
    try:
        return canonical_url(url)
    except Failure:
        return url


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_turns = threading.Semaphore(AT_ONCE)
