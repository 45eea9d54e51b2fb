"""Fetches a chunk: rows of an image list to a ledger and to pictures."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.fetch.client import Client, Trace
from pipeline.fetch.decode import Picture, decode
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings
from pipeline.tables import LEDGER, table

LEDGER_ROW: dict[str, pa.DataType] = {**LEDGER, "reason": pa.string(), "detail": pa.string()}
"""Columns of `FetchedChunk.ledger`, one row an input row; ``reason`` and ``detail`` are null where a picture came."""


@dataclass(frozen=True)
class FetchedChunk:
    """What came of a chunk: ``ledger`` with the columns `LEDGER_ROW`, in the order of the rows; JPEG bytes by key."""

    ledger: pa.Table
    images: Mapping[str, bytes]


def fetch_chunk(rows: pa.Table, settings: FetchSettings) -> FetchedChunk:
    """Fetches and decodes the pictures of a chunk; rows that carry their bytes are only decoded.

    A key is the first 32 hex digits of the sha256 of the bytes that came: a name that the same picture has in every list.

    Args:
        rows: with the columns ``url`` and ``image`` of `pipeline.tables.SOURCE`.
    """
    listed = list(zip(rows["url"].to_pylist(), rows["image"].to_pylist(), strict=True))
    made = asyncio.run(_fetch_all(listed, settings))
    images = {entry["key"]: jpg for entry, jpg in made if jpg is not None}
    ledger = table({name: [entry.get(name) for entry, _ in made] for name in LEDGER_ROW}, LEDGER_ROW)
    return FetchedChunk(ledger, images)


Entry = tuple[dict[str, Any], bytes | None]
"""A row of the ledger, and the picture to store."""


async def _fetch_all(listed: list[tuple[str | None, bytes | None]], settings: FetchSettings) -> list[Entry]:
    threads = ThreadPoolExecutor(settings.decode_threads, "decode")
    try:
        async with Client(settings) as client:
            asked: dict[str, asyncio.Task[Entry]] = {}
            tasks = []
            for place, (url, image) in enumerate(listed):
                # A URL that stands twice in a chunk is asked for once.
                name = url if url and image is None else f"\0{place}"
                if name not in asked:
                    asked[name] = asyncio.create_task(_fetch(url, image, client, threads, settings))
                tasks.append(asked[name])
            return [(dict(entry), jpg) for entry, jpg in await asyncio.gather(*tasks)]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


async def _fetch(url: str | None, image: bytes | None, client: Client, threads: ThreadPoolExecutor, settings: FetchSettings) -> Entry:
    """One row. Whatever the web or a decoder does with it, the others go on."""
    trace, facts = Trace(), dict[str, Any]()

    async def read(body: bytes) -> Picture:
        # Filled here, so that what came is known also of what is no picture.
        loop = asyncio.get_running_loop()
        facts["bytes"], facts["sha256"] = len(body), await loop.run_in_executor(threads, _sha256, body)
        return await loop.run_in_executor(threads, decode, body, settings)

    picture = None
    try:
        picture = await (read(image) if image is not None else client.fetch(url, trace, read))
        facts |= {"width": picture.width, "height": picture.height, "phash": picture.phash}
        facts |= {"key": facts["sha256"][:32], "jpg_sha256": _sha256(picture.jpg), "transient": False}
    except Failure as failure:
        facts |= {"reason": failure.reason, "detail": failure.detail, "transient": failure.transient}
    except Exception as error:
        facts |= {"reason": "internal_error", "detail": f"{type(error).__name__}: {' '.join(str(error).split())[:160]}", "transient": False}
    facts |= {"final_url": trace.final_url, "status": trace.status, "attempts": trace.attempts, "content_type": trace.content_type}
    return facts | {"milliseconds": round(1000 * trace.seconds)}, picture.jpg if picture else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
