"""Pixels by libjpeg-turbo, libdeflate, libspng and libwebp themselves: what Pillow gives, in less time."""

from __future__ import annotations

import struct
from contextlib import suppress

import imagecodecs
import numpy as np
import simplejpeg
from PIL import Image

_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_ABOUT_TURNING = (b"Raw profile type", b"XML:com.adobe.xmp")
"""How texts begin that may say how a PNG is to be turned, and may stand behind its pixels, where Pillow finds them when it loads."""
_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}
_END = b"\0\0\0\0IEND\xaeB`\x82"
_HEAD = 33
"""Bytes of a PNG's signature and header."""
_MOST = 16 * 2**20
"""Pixels of a PNG: it is in memory three times, where Pillow has it once."""
_STORED = 65535
"""Bytes that a block of stored data holds at most (RFC 1951, 3.2.4)."""


def loaded(image: Image.Image, body: bytes) -> Image.Image:
    """A picture that Pillow has opened, with its pixels and all that its header says (``info``).

    JPEG and opaque WebP come in mode RGBX, which is RGB that needs no copy. Where there is anything odd about a file, Pillow loads it,
    and says what is wrong with it.

    Args:
        body: the file.
    """
    made = None
    with suppress(RuntimeError, ValueError, TypeError, MemoryError):
        if image.format == "PNG" and _is_simple_png(image):
            made = Image.fromarray(imagecodecs.spng_decode(_unpacked(body, *image.size, _CHANNELS[image.mode])))
        elif image.format in ("JPEG", "MPO") and image.mode == "RGB":
            pixels = unpacked_jpeg(body, image.size)  # scaled, where the picture has been drafted
            made = None if pixels is None else of_pixels(pixels)
        elif image.format == "WEBP" and image.mode in ("RGB", "RGBA"):
            made = of_pixels(imagecodecs.webp_decode(body, hasalpha=True), "RGBX" if image.mode == "RGB" else "RGBA")
    if made is None or made.size != image.size or made.mode not in (image.mode, "RGBX"):
        image.load()
        return image
    made.info = image.info
    return made


def of_pixels(pixels: np.ndarray, mode: str = "RGBX") -> Image.Image:
    """The picture of uint8 [height, width, 4] in a mode of four channels; it shares the memory."""
    return Image.frombuffer(mode, pixels.shape[1::-1], pixels, "raw", mode, 0, 1)


def unpacked_jpeg(body: bytes, size: tuple[int, int]) -> np.ndarray | None:
    """A sound JPEG of three components as uint8 [height, width, 4], red, green, blue and nothing; None of one that is damaged.

    Args:
        body: the file.
        size: width and height: those of the file, or half, a quarter or an eighth of them, rounded up.
    """
    with suppress(RuntimeError, ValueError, TypeError, MemoryError):
        pixels = simplejpeg.decode_jpeg(body, "RGBX", min_height=size[1], min_width=size[0], min_factor=1)
        return pixels if pixels.shape[1::-1] == size else None
    return None


def _is_simple_png(image: Image.Image) -> bool:
    """Not too large, 8 bits a channel, in rows from top to bottom, without a colour that stands for transparency."""
    return (
        image.width * image.height <= _MOST
        and image.mode in _CHANNELS
        and getattr(image, "tile", [(None,) * 4])[0][3] == image.mode
        and not {"transparency", "interlace"} & image.info.keys()
    )


def _unpacked(body: bytes, width: int, height: int, channels: int) -> bytearray:
    """The same PNG with its pixels not packed, since libdeflate unpacks twice as fast as the zlib that decoders come with.

    Raises:
        RuntimeError: what is packed is not sound, or not of this size.
        ValueError: it says how it is to be turned.
    """
    at, packed, whole = 8, [], memoryview(body)
    while (kind := body[at + 4 : at + 8]) not in (b"IEND", b""):
        size = int.from_bytes(body[at : at + 4])
        if kind == b"IDAT":
            packed.append(whole[at + 8 : at + 8 + size])
        elif kind == b"eXIf" or (kind in _TEXTS and body.startswith(_ABOUT_TURNING, at + 8)):
            raise ValueError(f"{kind!r} may say how the picture is to be turned")
        at += 12 + size
    rows = imagecodecs.deflate_decode(b"".join(packed), out=(width * channels + 1) * height)
    blocks: list[bytes | memoryview] = [b"\x78\x01"]
    for first in range(0, len(rows), _STORED):
        block = memoryview(rows)[first : first + _STORED]
        blocks += struct.pack("<BHH", first + _STORED >= len(rows), len(block), len(block) ^ 0xFFFF), block
    blocks.append(struct.pack(">I", imagecodecs.deflate_adler32(rows)))
    size = sum(map(len, blocks))
    made = bytearray().join((whole[:_HEAD], struct.pack(">I", size), b"IDAT", *blocks, bytes(4), _END))
    end = _HEAD + 8 + size
    made[end : end + 4] = struct.pack(">I", imagecodecs.deflate_crc32(memoryview(made)[_HEAD + 4 : end]))  # type: ignore[arg-type]
    return made
