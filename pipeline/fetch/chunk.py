"""Fetches a chunk: from rows of an image list to a ledger and to pictures on a shelf."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from pipeline.fetch.client import Trace
from pipeline.fetch.decode import decode
from pipeline.fetch.reasons import Failure, storable
from pipeline.fetch.session import Session, joined
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.shelf import Shelf, ShelfError
from pipeline.fetch.urls import canonical_url
from pipeline.fetch.verify import check_hash, check_label, listed_hash
from pipeline.tables import LEDGER, table

LEDGER_ROW: dict[str, pa.DataType] = {**LEDGER, "reason": pa.string(), "detail": pa.string()}
"""Columns of what `fetch_chunk` makes, one row an input row; ``reason`` and ``detail`` are null where a picture came."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the image list, as far as it matters here: ``image`` are its bytes where they need not be fetched, else null."""

    url: str | None
    image: bytes | None = None
    columns: str | None = None


def fetch_chunk(rows: Sequence[Row], settings: FetchSettings, shelf: Shelf) -> pa.Table:
    """Fetches and decodes the pictures of a chunk; rows that carry their bytes are only decoded.

    A key is the first 32 hex digits of the sha256 of the bytes that came: a name that the same picture has in every list.

    Args:
        shelf: where each picture is put by its key as soon as it is decoded, so that memory holds none that waits.

    Returns:
        what came, in the order of the rows, with the columns `LEDGER_ROW`; ``key`` is null where no picture did.
    """
    with joined(settings) as session:
        made = session.run(_fetch_all(rows, session, shelf, settings))
    return table({name: [entry[number] for entry in made] for number, name in enumerate(LEDGER_ROW)}, LEDGER_ROW)


Entry = tuple[Any, ...]
"""A row of the ledger, a third of what a dict would take, for thousands wait."""


async def _fetch_all(rows: Sequence[Row], session: Session, shelf: Shelf, settings: FetchSettings) -> list[Entry]:
    asked: dict[tuple[str, str | None] | int, asyncio.Task[Entry]] = {}
    tasks = []
    async with session.beginning:
        for place, row in enumerate(rows):
            # A URL that stands twice in a chunk, in whatever spelling, is asked for once, as it stands first.
            other = row.columns if settings.verify_hash else None
            name = (_identity(row.url), other) if row.url and row.image is None else place
            if name not in asked:
                await session.begun.acquire()
                asked[name] = asyncio.create_task(_fetch(row, session, shelf, settings))
                asked[name].add_done_callback(lambda _: session.begun.release())
            tasks.append(asked[name])
    return await asyncio.gather(*tasks)


async def _fetch(row: Row, session: Session, shelf: Shelf, settings: FetchSettings) -> Entry:
    """One row. Whatever the web or a decoder does with it, the others go on."""
    trace, facts, listed = Trace(), dict[str, Any](), ""

    def look(body: bytes) -> None:
        # Filled here, so that what came is known also of what is no picture.
        facts["bytes"], facts["sha256"] = len(body), _sha256(body)
        if listed:
            check_hash(body, listed)
        picture = decode(body, settings)
        if settings.refuse_mislabelled:
            check_label(trace.content_type, picture.format)
        facts.update(width=picture.width, height=picture.height, phash=picture.phash, format=picture.format)
        facts.update(original_width=picture.came[0], original_height=picture.came[1])
        shelf.put(facts["sha256"][:32], picture.jpg)
        facts.update(key=facts["sha256"][:32], jpg_sha256=_sha256(picture.jpg), transient=False)

    read = partial(session.decode, look)
    try:
        listed = listed_hash(row.columns, settings.verify_hash) if settings.verify_hash else ""
        await (read(row.image) if row.image is not None else session.client.fetch(row.url, trace, read))
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
    return tuple(map(facts.get, LEDGER_ROW))


def _identity(url: str) -> str:
    try:
        return canonical_url(url)
    except Failure:
        return url


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
