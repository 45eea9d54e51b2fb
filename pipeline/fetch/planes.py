"""Lossy WebP made smaller before it gets its colours: brightness in full resolution, colour in half, as the file has them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from pipeline.fetch.resize import scaled

_STEPS = (1, 2, 2)
"""Pixels of a picture to one of a plane, in each direction: of brightness, blue and red."""
_FULL_RANGE = [
    *(min(max(round((value - 16) * 255 / 219), 0), 255) for value in range(256)),
    *2 * [min(max(round((value - 128) * 255 / 224 + 128), 0), 255) for value in range(256)],
]
"""From the levels of video, which WebP has (ITU-R BT.601: 16 to 235, and 16 to 240 for colour), to those of JPEG."""
_BEFORE_PIXELS = 16
"""Chunks that are looked at. Before its pixels, a sound file has a header and perhaps a colour profile."""
_BODY, _PLANE = (ctypes.c_char_p, ctypes.c_size_t), (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def plain_size(body: bytes) -> tuple[int, int] | None:
    """Width and height of a lossy WebP that has nothing but opaque pixels (RFC 9649, 2.5; RFC 6386, 9.1); None of anything else."""
    if not body.startswith(b"RIFF") or body[8:16] != b"WEBPVP8 " or body[23:26] != b"\x9d\x01\x2a":
        return None
    whole, pixels = (int.from_bytes(body[at : at + 4], "little") for at in (4, 16))
    if whole != 12 + pixels + pixels % 2 or len(body) < 8 + whole:
        return None
    width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return (width, height) if width and height else None


def shrunk(body: bytes, came: tuple[int, int], wanted: tuple[int, int]) -> Image.Image | None:
    """A lossy WebP, its alpha left out, in another size, in mode YCbCr; None of anything else, of what is not sound, and without libwebp.

    Three numbers a pixel in RGB are one and a half here, so that less is made and less is averaged. libwebp's own scaling to RGB
    is no faster, and its scaling of planes would leave colour at half of the size that is wanted.

    Args:
        body: the file.
        came: its width and height.
        wanted: width and height.
    """
    decode, pixels = _decoder(), _pixels(body)
    if decode is None or pixels is None:
        return None
    width, height = came
    try:
        planes = [np.empty((-(-height // step), -(-width // step)), np.uint8) for step in _STEPS]
    except MemoryError:
        return None
    if not decode(pixels, len(pixels), *(part for plane in planes for part in (plane.ctypes.data, plane.nbytes, plane.shape[1]))):
        return None
    bands = [
        scaled(Image.frombuffer("L", plane.shape[::-1], plane, "raw", "L", 0, 1), wanted, (width / step, height / step))
        for plane, step in zip(planes, _STEPS, strict=True)
    ]
    return Image.merge("YCbCr", bands).point(_FULL_RANGE)


@cache
def _decoder() -> Callable[..., int | None] | None:
    """WebPDecodeYUVInto (webp/decode.h) of the libwebp that Pillow has loaded; None where Pillow has it built in, as on Windows."""
    try:
        from PIL import _webp

        found = ctypes.CDLL(_webp.__file__).WebPDecodeYUVInto
    except (ImportError, OSError, AttributeError):
        return None
    found.argtypes, found.restype = (*_BODY, *3 * _PLANE), ctypes.c_void_p
    return found


def _pixels(body: bytes) -> bytes | None:
    """The VP8 chunk of a WebP file (RFC 9649, 2.3 to 2.7), without what follows it, which libwebp would read where pixels are missing."""
    at = 12
    for _ in range(_BEFORE_PIXELS):
        kind, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        if kind in (b"VP8 ", b"VP8L"):
            return body[at : at + 8 + size] if kind == b"VP8 " else None
        at += 8 + size + size % 2
    return None
