"""Which picture each URL of the microworld's web should give, and what it gives instead: ground truth for list and server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.microworld.alt import alt_text
from pipeline.microworld.faults import WebFaults

HOSTS = ("img1.microworld.test", "img2.microworld.test", "photos.microworld.test", "cdn.microworld.test")
"""Made-up hosts of the web, below a top-level domain that is reserved for tests (RFC 2606)."""
NOWHERE = "gone.microworld.invalid"
"""A host that no name server knows."""

OUTCOMES = {
    "not_found": "not_found", "gone": "not_found", "server_error": "server_error", "unknown_host": "dns", "slow_drip": "deadline",
    "redirect_loop": "too_many_redirects", "private_redirect": "private_address", "html_as_jpeg": "html", "truncated": "truncated",
    "empty": "empty", "opted_out": "opted_out", "placeholder": "duplicate_image", "duplicate": "duplicate_image",
}  # fmt: skip
"""The reject that a fault should become; faults that are not here should not stop a picture."""


@dataclass(frozen=True)
class Page:
    """One row of the image list. ``source`` is the row whose picture it shows: itself, but for duplicates and re-encodes."""

    index: int
    url: str
    scene: int
    source: int
    fault: str | None
    alt: str | None
    alt_kind: str


def page(index: int, seed: int = 0) -> Page:
    """The page of a row."""
    fault = _fault(index, seed)
    source = _earlier(index, seed) if fault in ("duplicate", "reencoded") else index
    host = NOWHERE if fault == "unknown_host" else HOSTS[int(_share(seed, index, "host") * len(HOSTS))]
    scene = scene_of(source, seed)
    alt, kind = alt_text(index, scene)
    return Page(index, f"http://{host}/{seed}/{index:07d}.jpg", scene, source, fault, alt, kind)


def scene_of(index: int, seed: int = 0) -> int:
    """The number of the scene that a row is about; all are below those that teachers are trained on."""
    return seed * 10_000_000 + index


def pages(count: int, seed: int = 0) -> Iterator[Page]:
    """The first ``count`` rows."""
    return (page(index, seed) for index in range(count))


def write_image_list(folder: Path, count: int, seed: int = 0) -> Path:
    """Writes the image list, a Parquet file with the columns ``url`` and ``alt``, and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(pages(count, seed))
    table = pa.table({"url": [row.url for row in rows], "alt": pa.array([row.alt for row in rows], pa.string())})
    path = folder / "images.parquet"
    pq.write_table(table, path)
    return path


def _fault(index: int, seed: int) -> str | None:
    place, low = _share(seed, index, "fault"), 0.0
    for candidate in fields(WebFaults):
        if candidate.name.startswith("alt_"):
            continue
        low += getattr(WebFaults, candidate.name)
        if place < low:
            # The first rows have no earlier picture to repeat.
            return None if candidate.name in ("duplicate", "reencoded") and index < 20 else candidate.name
    return None


def _earlier(index: int, seed: int) -> int:
    """A row before this one whose picture comes as it is."""
    other = int(_share(seed, index, "twin") * index)
    while _fault(other, seed) is not None:
        other = (other * 31 + 7) % index
    return other


def _share(*parts: object) -> float:
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:12], 16) / 16**12
