"""Reads the body of an answer within its limit, and undoes a compression that was not asked for."""

from __future__ import annotations

import asyncio
import zlib

import aiohttp

from pipeline.fetch.reasons import Failure

_INFLATED, _REFUSED = ("gzip", "x-gzip", "deflate"), ("br", "zstd", "compress", "x-compress")
_MEMBERS = 1000
"""Parts of a gzip body, at most: each takes time, however small it is."""
_PIECE = 64 * 1024


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body; never holds more than the limit, twice where it is compressed, and a buffer.

    Encodings that there are none of (``utf-8``, ``none``, ``aws-chunked``) are taken for none: what came says what it is.

    Raises:
        Failure: ``too_large``, ``bad_response``, or ``connection_lost`` where it breaks off.
    """
    named = ",".join(response.headers.getall("Content-Encoding", ())).lower().split(",")
    encodings = [name.strip() for name in named if name.strip() in (*_INFLATED, *_REFUSED)]
    for name in encodings:
        if name in _REFUSED:
            raise Failure("bad_response", f"Content-Encoding {name}, which was not asked for", response.status)
    if len(encodings) > 2:
        raise Failure("bad_response", f"{len(encodings)} encodings, one over another", response.status)
    pieces, length = list[bytes](), 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            raise _too_large(limit, response.status)
    body = b"".join(pieces)
    for name in reversed(encodings):
        body = await asyncio.to_thread(_inflated, body, name, limit, response.status) if body else body
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
                raise _too_large(limit, status)
            left = inflate.unused_data
    if not inflate.eof:
        raise Failure("connection_lost", "the body broke off", status)
    return b"".join(pieces)


def _too_large(limit: int, status: int) -> Failure:
    return Failure("too_large", f"more than {limit} bytes", status)
