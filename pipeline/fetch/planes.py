"""Lossy WebP made smaller before it gets its colours: brightness in full resolution, colour in half, as the file has them."""

from __future__ import annotations

import ctypes
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
_UNFILTERED = 3
"""How many times smaller a picture gets, at least, for the filter to be left out that hides the edges of the file's blocks: these are
of four pixels, of which one is left. It takes a seventh of the time, and takes detail away as well: the result is no further from the
original without it. Where libwebp scales by itself it leaves the filter out too, from 4/3 times smaller on."""


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
    library, pixels = _library(), _pixels(body)
    if library is None or pixels is None:
        return None
    width, height = came
    try:
        planes = [np.empty((-(-height // step), -(-width // step)), np.uint8) for step in _STEPS]
    except MemoryError:
        return None
    config = _Config()
    if not library.WebPInitDecoderConfigInternal(ctypes.byref(config), _VERSION):
        return None
    config.options.bypass_filtering = _UNFILTERED * wanted[0] <= width and _UNFILTERED * wanted[1] <= height
    config.output.colorspace, config.output.is_external_memory = _YUV, True
    for name, plane in zip("yuv", planes, strict=True):
        setattr(config.output, name, plane.ctypes.data)
        setattr(config.output, f"{name}_stride", plane.shape[1])
        setattr(config.output, f"{name}_size", plane.nbytes)
    if library.WebPDecode(pixels, len(pixels), ctypes.byref(config)) != 0:
        return None
    bands = [
        scaled(Image.frombuffer("L", plane.shape[::-1], plane, "raw", "L", 0, 1), wanted, (width / step, height / step))
        for plane, step in zip(planes, _STEPS, strict=True)
    ]
    return Image.merge("YCbCr", bands).point(_FULL_RANGE)


_YUV, _VERSION = 11, 0x0209
"""MODE_YUV and WEBP_DECODER_ABI_VERSION of webp/decode.h, whose structures these are; later versions only add to them."""


class _Features(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("width", "height", "has_alpha", "has_animation", "format")),
        ("pad", 5 * ctypes.c_uint32),
    ]


class _Buffer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("colorspace", "width", "height", "is_external_memory")),
        *((name, ctypes.c_void_p) for name in "yuva"),
        *((f"{name}_stride", ctypes.c_int) for name in "yuva"),
        *((f"{name}_size", ctypes.c_size_t) for name in "yuva"),
        ("pad", 4 * ctypes.c_uint32),
        ("private_memory", ctypes.c_void_p),
    ]


class _Options(ctypes.Structure):
    _fields_ = [("bypass_filtering", ctypes.c_int), ("others", 13 * ctypes.c_int), ("pad", 5 * ctypes.c_uint32)]


class _Config(ctypes.Structure):
    _fields_ = [("input", _Features), ("output", _Buffer), ("options", _Options)]


@cache
def _library() -> ctypes.CDLL | None:
    """The libwebp that Pillow has loaded; None where Pillow has it built in, as on Windows."""
    try:
        from PIL import _webp

        found = ctypes.CDLL(_webp.__file__)
        found.WebPDecode.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
        found.WebPInitDecoderConfigInternal.argtypes = (ctypes.c_void_p, ctypes.c_int)
    except (ImportError, OSError, AttributeError):
        return None
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
