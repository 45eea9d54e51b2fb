"""Undoes a compression of a body that was not asked for, within its limit."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence

from pipeline.fetch.reasons import Failure

_INFLATED, _REFUSED = ("gzip", "x-gzip", "deflate"), ("br", "zstd", "compress", "x-compress")
_MEMBERS = 1000
"""Parts of a gzip body, at most: each takes time, however small it is."""
_PIECE = 64 * 1024


def packings(encodings: Sequence[str], status: int) -> list[str]:
    """How a server has packed a body, the last way last.

    Encodings that there are none of (``utf-8``, ``none``, ``aws-chunked``) are taken for none: what came says what it is.

    Args:
        encodings: values of Content-Encoding.
        status: of the answer.

    Raises:
        Failure: ``bad_response``.
    """
    named = [name.strip() for name in ",".join(encodings).lower().split(",")]
    ways = [name for name in named if name in (*_INFLATED, *_REFUSED)]
    for name in ways:
        if name in _REFUSED:
            raise Failure("bad_response", f"Content-Encoding {name}, which was not asked for", status)
    if len(ways) > 2:
        raise Failure("bad_response", f"{len(ways)} encodings, one over another", status)
    return ways


async def unpacked(body: bytes, ways: Sequence[str], limit: int, status: int) -> bytes:
    """The body as it was before; never holds more than twice the limit and a buffer.

    Args:
        ways: see `packings`.

    Raises:
        Failure: ``too_large``, ``bad_response``, or ``connection_lost`` where it breaks off.
    """
    for name in reversed(ways):
        body = await asyncio.to_thread(_inflated, body, name, limit, status) if body else body
    return body


def _inflated(body: bytes, encoding: str, limit: int, status: int) -> bytes:
    try:
        return _joined_members(body, 47, limit, status)  # 47: gzip or zlib, by what the bytes are
    except zlib.error:
        pass
    try:
        if encoding == "deflate":
            return _joined_members(body, -15, limit, status)  # without zlib's head, as some servers have always sent it
    except zlib.error:
        pass
    raise Failure("bad_response", f"is not {encoding}", status)


def _joined_members(body: bytes, window: int, limit: int, status: int) -> bytes:
    """What one compressed stream holds, or several of gzip one after another (RFC 1952, 2.2); what else follows is not looked at."""
    inflate, pieces, length, members = zlib.decompressobj(window), list[bytes](), 0, 1
    for start in range(0, len(body), _PIECE):
        left = body[start : start + _PIECE]
        while left:
            if inflate.eof:
                if window < 0 or not b"\x1f\x8b".startswith(left[:2]):
                    return b"".join(pieces)
                members += 1
                if members > _MEMBERS:
                    raise Failure("bad_response", f"gzip in more than {_MEMBERS} parts", status)
                inflate = zlib.decompressobj(window)
            pieces.append(inflate.decompress(left, limit + 1 - length))
            length += len(pieces[-1])
            if length > limit:
                raise Failure("too_large", f"more than {limit} bytes", status)
            left = inflate.unused_data
    if not inflate.eof:
        raise Failure("connection_lost", "the body broke off", status)
    return b"".join(pieces)
