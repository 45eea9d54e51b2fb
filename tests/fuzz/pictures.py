"""Small pictures of every format that is taken, made by Pillow, and what damage does to them."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Of lengths and sizes, near which decoders go wrong."""
_SIZE = (48, 40)
_MOST = 2**20
"""Bytes of a file, at most, after whatever has been doubled."""


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


@cache
def samples() -> tuple[bytes, ...]:
    """A file of each kind, at most a few kilobytes each."""
    grey = Image.linear_gradient("L").resize(_SIZE)
    rgb = Image.merge("RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), Image.new("L", _SIZE, 90)))
    rgba = rgb.copy()
    rgba.putalpha(grey)
    exif, gamma = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x0112], exif[0x010E] = 6, "upside down"
    gamma.add(b"gAMA", struct.pack(">I", 100_000))
    deep = grey.convert("I;16").point(lambda level: level * 200)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    frames = {"save_all": True, "append_images": [rgb.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]}
    return (
        *(_saved(rgb, "JPEG", **ways) for ways in ({}, {"progressive": True}, {"subsampling": 2, "optimize": True}, {"exif": exif})),
        *(_saved(rgb.convert(mode), "JPEG") for mode in ("L", "CMYK")),
        _saved(rgb, "JPEG", icc_profile=profile, comment=b"a comment", restart_marker_blocks=1),
        _saved(rgb, "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        *(_saved(rgb.convert(mode), "PNG") for mode in ("RGB", "L", "LA", "P", "1")),
        *(_saved(made, "PNG") for made in (rgba, deep)),
        _saved(rgb.convert("P"), "PNG", transparency=3),
        _saved(rgb, "PNG", transparency=(3, 2, 90), exif=exif),
        _saved(rgb, "PNG", pnginfo=gamma),
        _png(16, 2, False),
        _png(8, 6, True),
        _png(2, 0, True),
        _saved(rgb, "PNG", **frames),
        *(
            _saved(made, "WEBP", **ways)
            for made in (rgb, rgba)
            for ways in ({}, {"lossless": True}, {"exif": exif, "icc_profile": profile})
        ),
        _saved(rgb, "WEBP", **frames),
        *(_saved(rgb.convert(mode), "GIF") for mode in ("P", "L")),
        _saved(rgb, "GIF", transparency=3, **frames),
        *(_saved(rgb.convert(mode), "BMP") for mode in ("RGB", "L", "P", "1")),
        _saved(rgba, "BMP"),
        *(_saved(rgb, "TIFF", compression=way) for way in (None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg", "zstd")),
        *(_saved(grey.convert("1"), "TIFF", compression=way) for way in ("group3", "group4", "tiff_ccitt")),
        *(_saved(made, "TIFF") for made in (deep, rgba, rgb.convert("CMYK"), rgb.convert("LAB"), grey.convert("F"), grey.convert("I"))),
        _saved(rgb, "TIFF", **frames),
        *(_saved(made, "AVIF", speed=10) for made in (rgb, rgba)),
        _saved(rgb, "AVIF", speed=10, **frames),
    )


def _png(depth: int, kind: int, interlaced: bool) -> bytes:
    """A PNG that Pillow does not write: of this many bits a channel, of a colour type (PNG, 11.2.2), maybe in seven passes."""
    width, height, channels = *_SIZE, {0: 1, 2: 3, 6: 4}[kind]
    steps = (
        ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
        if interlaced
        else ((0, 0, 1, 1),)
    )
    rows = b""
    for left, top, across, down in steps:
        wide, high = -(-(width - left) // across), -(-(height - top) // down)
        rows += b"".join(b"\0" + bytes(row * 7 % 256 for _ in range(-(-wide * channels * depth // 8))) for row in range(high))
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return png([(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])


def png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of chunks, with sums that are right."""
    parts = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4])
        yield body[at + 4 : at + 8], body[at + 8 : at + 8 + size]
        at += 12 + size


def _pieces(body: bytes) -> list[bytes]:
    """A file as its head and its parts: chunks of PNG and RIFF, segments of JPEG, boxes of AVIF; other files in eights."""
    at, ends = 0, [0]
    if body.startswith(b"\x89PNG"):
        head, size_of = 8, lambda at: 12 + int.from_bytes(body[at : at + 4])
    elif body.startswith(b"RIFF"):
        head, size_of = 12, lambda at: 8 + (int.from_bytes(body[at + 4 : at + 8], "little") + 1 & ~1)
    elif body.startswith(b"\xff\xd8"):
        head, size_of = 2, lambda at: len(body) if body[at + 1 : at + 2] == b"\xda" else 2 + int.from_bytes(body[at + 2 : at + 4])
    elif body[4:8] == b"ftyp":
        head, size_of = 0, lambda at: max(8, int.from_bytes(body[at : at + 4]))
    else:
        head, size_of = 0, lambda at: max(1, len(body) // 8)
    at = head
    while at < len(body):
        ends.append(at)
        at += size_of(at)
    return [body[begin:end] for begin, end in zip(ends, [*ends[1:], len(body)], strict=True) if begin < end]


Damage = Callable[[bytes], bytes]


@st.composite
def _damage(draw: st.DrawFn) -> Damage:
    """One thing that happens to a file. Positions are in thousandths, or near the beginning, where the headers are."""
    place = draw(st.integers(0, 1000) | st.integers(-120, -1))

    def at(body: bytes) -> int:
        return min(len(body), -place - 1) if place < 0 else len(body) * place // 1000

    kind = draw(st.sampled_from(("flip", "bit", "cut", "drop", "splice", "number", "double", "swap", "sums", "fill")))
    length = draw(st.integers(1, 64))
    if kind == "flip":
        new = draw(st.binary(min_size=1, max_size=4))
        return lambda body: body[: at(body)] + new + body[at(body) + len(new) :]
    if kind == "bit":
        bit = draw(st.integers(0, 7))
        return lambda body: body[: at(body)] + bytes(byte ^ 1 << bit for byte in body[at(body) :][:1]) + body[at(body) + 1 :]
    if kind == "cut":
        return lambda body: body[: at(body)]
    if kind == "drop":
        return lambda body: body[: at(body)] + body[at(body) + length :]
    if kind == "fill":
        byte = draw(st.sampled_from((b"\0", b"\xff")))
        return lambda body: body[: at(body)] + byte * length + body[at(body) + length :]
    if kind == "splice":
        other, start = draw(st.sampled_from(samples())), draw(st.integers(0, 1000))
        return lambda body: body[: at(body)] + other[len(other) * start // 1000 :]
    if kind == "number":
        order, width = draw(st.sampled_from(("little", "big"))), draw(st.sampled_from((1, 2, 4)))
        number = (draw(st.sampled_from(_NUMBERS) | st.integers(0, 2**32 - 1)) % 256**width).to_bytes(width, order)
        return lambda body: body[: at(body)] + number + body[at(body) + width :]
    if kind == "sums":
        return lambda body: png(list(png_chunks(body))) if body.startswith(b"\x89PNG") else body
    one, other_one, times = draw(st.integers(0, 15)), draw(st.integers(0, 15)), draw(st.sampled_from((2, 3, 200)))

    def rearranged(body: bytes) -> bytes:
        pieces = _pieces(body)
        if not pieces:
            return body
        first, second = one % len(pieces), other_one % len(pieces)
        if kind == "double":
            pieces[first] *= times
        else:
            pieces[first], pieces[second] = pieces[second], pieces[first]
        return b"".join(pieces)

    return rearranged


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sample after up to four things that have happened to it; the sums of a PNG are right again in most cases."""
    body = draw(st.sampled_from(samples()))
    for damage in draw(st.lists(_damage(), max_size=4)):
        body = damage(body)[:_MOST]
    if body.startswith(b"\x89PNG") and draw(st.integers(0, 3)):
        body = png(list(png_chunks(body)))
    return body
