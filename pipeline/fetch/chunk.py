"""Fetches a chunk: rows of an image list to a ledger and to pictures."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.fetch.client import Answer, Client
from pipeline.fetch.decode import decode
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


async def _fetch_all(listed: list[tuple[str | None, bytes | None]], settings: FetchSettings) -> list[tuple[dict[str, Any], bytes | None]]:
    async with Client(settings) as client:
        with ThreadPoolExecutor(settings.decode_threads, "decode") as threads:
            asked: dict[str, asyncio.Task[tuple[dict[str, Any], bytes | None]]] = {}

            async def one(url: str | None, image: bytes | None) -> tuple[dict[str, Any], bytes | None]:
                answer = Answer(body=image) if image is not None else await client.fetch(url or "")
                return await asyncio.get_running_loop().run_in_executor(threads, _entry, answer, settings)

            tasks = []
            for place, (url, image) in enumerate(listed):
                # A URL that stands twice in a chunk is asked for once.
                name = url if url and image is None else f"\0{place}"
                if name not in asked:
                    asked[name] = asyncio.create_task(one(url, image))
                tasks.append(asked[name])
            return [(dict(entry), jpg) for entry, jpg in await asyncio.gather(*tasks)]


def _entry(answer: Answer, settings: FetchSettings) -> tuple[dict[str, Any], bytes | None]:
    """The ledger's row for an answer, and the picture to store. The answer's body is let go."""
    entry: dict[str, Any] = {
        "final_url": answer.final_url, "status": answer.status, "attempts": answer.attempts, "milliseconds": answer.milliseconds,
        "content_type": answer.content_type, "transient": False,
    }  # fmt: skip
    try:
        if answer.failure:
            raise answer.failure
        assert answer.body is not None
        sha256 = hashlib.sha256(answer.body).hexdigest()
        entry |= {"bytes": len(answer.body), "sha256": sha256}
        picture = decode(answer.body, settings)
    except Failure as failure:
        return entry | {"reason": failure.reason, "detail": failure.detail, "transient": failure.transient}, None
    except Exception as error:
        # Whatever a picture does to the decoder, the others go on.
        return entry | {"reason": "internal_error", "detail": f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"}, None
    finally:
        answer.body = None
    stored = hashlib.sha256(picture.jpg).hexdigest()
    facts = {"width": picture.width, "height": picture.height, "phash": picture.phash, "jpg_sha256": stored}
    return entry | facts | {"key": sha256[:32]}, picture.jpg
