"""Whether what came is what was announced: the hash that the image list gives, the format that the server names."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from pipeline.fetch.reasons import Failure

_KINDS = {32: "md5", 64: "sha256", 128: "sha512"}
_LABELS = {
    "image/jpeg": "JPEG", "image/jpg": "JPEG", "image/pjpeg": "JPEG", "image/png": "PNG", "image/x-png": "PNG", "image/apng": "PNG",
    "image/webp": "WEBP", "image/gif": "GIF", "image/bmp": "BMP", "image/x-ms-bmp": "BMP", "image/tiff": "TIFF", "image/avif": "AVIF",
}  # fmt: skip
_HEX = re.compile(r"[0-9a-f]+")


def listed_hash(columns: str | None, name: str) -> str:
    """The hash that a row of the list has for its picture, hex digits in lower case.

    Args:
        columns: the row's other columns, a JSON object, see `pipeline.tables.SOURCE`.
        name: of the column with the hash.

    Raises:
        Failure: ``hash_missing`` where there is none, or none of a known kind.
    """
    value = str(_parsed(columns).get(name) or "").strip().lower()
    if not value:
        raise Failure("hash_missing", f"column {name} is empty")
    if len(value) not in _KINDS or not _HEX.fullmatch(value):
        raise Failure("hash_missing", f"column {name} is no md5, sha256 or sha512 in hex digits")
    return value


def _parsed(columns: str | None) -> dict[str, Any]:
    """The other columns of a row; none where they are no JSON object, or nested too deeply to be read."""
    try:
        found = json.loads(columns or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def check_hash(body: bytes, listed: str) -> None:
    """Makes sure that bytes have the hash that was listed for them.

    Raises:
        Failure: ``hash_mismatch``.
    """
    kind = _KINDS[len(listed)]
    # Not for security: lists name the hash that their maker chose.
    found = hashlib.new(kind, body, usedforsecurity=False).hexdigest()
    if found != listed:
        raise Failure("hash_mismatch", f"{kind} {found}, the list says {listed}")


def check_label(content_type: str | None, format: str) -> None:
    """Makes sure that a Content-Type which names a format of pictures names that of the bytes. Others are no claim: servers
    send text/html and application/octet-stream for what they know nothing of.

    Raises:
        Failure: ``mislabelled``.
    """
    named = _LABELS.get(content_type or "")
    if named and named != format:
        raise Failure("mislabelled", f"{format} labelled as {content_type}")
