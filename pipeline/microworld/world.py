"""Which picture each URL of the microworld's web should give, and what it gives instead: ground truth for list and server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.microworld.alt import alt_text
from pipeline.microworld.faults import WebFaults
from shards.storage import write_bytes

HOSTS = ("img1.microworld.test", "img2.microworld.test", "img3.microworld.test", "photos.microworld.test", "cdn.microworld.test")
"""Made-up hosts of the web, below a top-level domain that is reserved for tests (RFC 2606)."""
NOWHERE = "lost.microworld.invalid"
"""A host that no name server knows, and that none should be asked about (RFC 6761)."""

OUTCOMES = {
    "not_found": "not_found", "gone": "not_found", "server_error": "server_error", "unknown_host": "dns", "slow_drip": "deadline",
    "redirect_loop": "too_many_redirects", "private_redirect": "private_address", "html_as_jpeg": "html", "truncated": "truncated",
    "empty": "empty", "mislabelled": "mislabelled", "opted_out": "opted_out", "placeholder": "placeholder", "duplicate": "duplicate",
}  # fmt: skip
"""The reject that a fault should become, row for row told by `Page.expected`; faults that are not here should not stop a picture."""

TRUTH = pa.schema(
    [
        ("index", pa.int64()),
        ("url", pa.string()),
        ("scene", pa.int64()),
        ("source", pa.int64()),
        ("fault", pa.string()),
        ("expected", pa.string()),
        ("alt", pa.string()),
        ("alt_kind", pa.string()),
    ]
)
"""The fields of `Page`."""
_BLOCK, _SCENES = 10_000_000, 400_000_000


@dataclass(frozen=True)
class Page:
    """One row of the image list.

    ``source`` is the row whose picture it shows: itself, but for duplicates and re-encodes. A duplicate has the address of
    its source or, as often, another one. ``expected`` is "ok", or the reason for which the row should be rejected: of
    duplicates ``duplicate_url`` or ``duplicate``; of placeholders ``placeholder``, where the list is long enough to show them.
    """

    index: int
    url: str
    scene: int
    source: int
    fault: str | None
    expected: str
    alt: str | None
    alt_kind: str


def page(index: int, seed: int = 0) -> Page:
    """The page of a row, the same in a list of any length."""
    fault = _fault(index, seed)
    source = _earlier(index, seed) if fault in ("duplicate", "reencoded") else index
    expected = OUTCOMES.get(fault or "", "ok")
    address = index
    if fault == "duplicate" and share(seed, index, "same address") < 0.5:
        address, expected = source, "duplicate_url"
    host = NOWHERE if fault == "unknown_host" else HOSTS[int(share(seed, address, "host") * len(HOSTS))]
    scene = scene_of(source, seed)
    alt, kind = alt_text(index, scene)
    return Page(index, f"http://{host}/{seed}/{address:07d}.jpg", scene, source, fault, expected, alt, kind)


def pages(count: int, seed: int = 0) -> Iterator[Page]:
    """The first ``count`` rows."""
    return (page(index, seed) for index in range(count))


def scene_of(index: int, seed: int = 0) -> int:
    """The number of the scene that a row is about, below 400,000,000: teachers and most bitexts are about others.

    Ten million rows a seed are about scenes of their own; seeds that lie forty apart share theirs.
    """
    return (seed * _BLOCK + index) % _SCENES


def write_image_list(folder: Path, count: int, seed: int = 0) -> Path:
    """Writes the image list, a Parquet file with the columns ``url`` and ``alt``, and returns its path."""
    path, sink = folder / "images.parquet", pa.BufferOutputStream()
    pq.write_table(web_truth(count, seed).select(["url", "alt"]), sink)
    write_bytes(str(path), sink.getvalue().to_pybytes())
    return path


def web_truth(count: int, seed: int = 0) -> pa.Table:
    """What the rows of the list really are, with the columns of `TRUTH`. The pipeline never reads it."""
    return pa.Table.from_pylist([vars(row) for row in pages(count, seed)], schema=TRUTH)


def share(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:12], 16) / 16**12


@cache
def _bounds() -> tuple[tuple[float, str], ...]:
    low, bounds = 0.0, []
    for candidate in fields(WebFaults):
        if not candidate.name.startswith("alt_"):
            low += getattr(WebFaults, candidate.name)
            bounds.append((low, candidate.name))
    return tuple(bounds)


def _fault(index: int, seed: int) -> str | None:
    place = share(seed, index, "fault")
    fault = next((name for bound, name in _bounds() if place < bound), None)
    if fault in ("duplicate", "reencoded") and not any(_fault(earlier, seed) is None for earlier in range(min(index, 3))):
        return None  # nothing stands before it that it could repeat
    return fault


def _earlier(index: int, seed: int) -> int:
    """A row before this one whose picture comes as it is."""
    other = int(share(seed, index, "twin") * index)
    while _fault(other, seed) is not None:
        other = (other + 1) % index
    return other
