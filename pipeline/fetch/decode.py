"""From the bytes that came to the picture that is stored: upright, RGB in sRGB, of the size that is asked for."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import imagehash
import numpy as np
import simplejpeg
from PIL import Image, ImageChops, ImageFile, UnidentifiedImageError

from pipeline.fetch import jpeg, planes
from pipeline.fetch.colours import foreign_profile, over_white, rgb
from pipeline.fetch.jpeg import outline
from pipeline.fetch.pixels import loaded, of_pixels, unpacked_jpeg
from pipeline.fetch.planes import shrunk
from pipeline.fetch.reasons import Failure
from pipeline.fetch.resize import framed, resized, target
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.tiff import Samples, mend_palette, read_samples, shown

ImageFile.LOAD_TRUNCATED_IMAGES = False
# What Pillow has to say about odd files is said by the ledger. Not warnings.catch_warnings, which threads must not share.
warnings.filterwarnings("ignore", module=r"PIL\.")

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_SCANS = 100
"""Scans of a JPEG file. Each one costs a pass over all pixels, whatever its bytes; progressive files have about ten."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes pictures of an EXIF orientation upright."""
_WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<!--")
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored, in pixels ``width`` and ``height``, and what it was: one of `FORMATS`, and its size as it came.

    ``jpg`` holds the bytes, which are in another format than JPEG where the settings ask for it. ``phash`` is a perceptual hash
    (64-bit dHash, hex: exact on every machine).
    """

    jpg: bytes
    width: int
    height: int
    phash: str
    format: str
    came: tuple[int, int]


def decode(body: bytes, settings: FetchSettings) -> Picture:
    """Decodes, checks and resizes a picture; its format is told by content, never by name or header.

    A JPEG that is upright, RGB, in sRGB and of the right size is not encoded again as JPEG, which would only lose; it keeps
    its bytes but for segments that are not about pixels (see `pipeline.fetch.jpeg.outline`). Of a GIF the first picture counts,
    of TIFF the first page; other animations are refused.

    Raises:
        Failure: empty, html, not_an_image, truncated, corrupt, bomb, unsupported, animated, too_small or aspect.
    """
    if not body:
        raise Failure("empty", "no bytes")
    made = _plain_jpeg(body, settings) or _plain_webp(body, settings) or _any(body, settings)
    image = made.image.transpose(_TURNS[made.orientation]) if made.orientation in _TURNS else made.image
    shape = outline(body) if settings.format == "jpeg" and made.plain and image.size == made.came else None
    stored = shape.pixels if shape else _encoded(image, settings, made.pixels)
    return Picture(stored, *image.size, _dhash(image), made.format, made.came)


@dataclass(frozen=True)
class _Made:
    """A picture in its stored size, in mode RGB, RGBX or YCbCr, not yet turned as ``orientation`` says; what it was; whether it is
    a JPEG (``plain``) whose pixels need nothing else to be right; and its ``pixels`` where they are at hand, which saves a copy."""

    image: Image.Image
    format: str
    came: tuple[int, int]
    orientation: int = 1
    plain: bool = False
    pixels: np.ndarray | None = None


def _plain_jpeg(body: bytes, settings: FetchSettings) -> _Made | None:
    """A JPEG that nothing is odd about, without Pillow, which takes a tenth of the time to find that out; None of others."""
    came = jpeg.plain_size(body)
    if came is None:
        return None
    _check_size(*came, settings)
    scale = 1 if settings.resize == "no" else _scale(came, settings.size)
    pixels = unpacked_jpeg(body, (-(-came[0] // scale), -(-came[1] // scale)))
    if pixels is None:
        return None
    image, extent = of_pixels(pixels), (came[0] / scale, came[1] / scale)
    small = resized(image, settings.resize, settings.size, settings.enlarge, extent)
    return _Made(small, "JPEG", came, plain=True, pixels=pixels if small is image else None)


def _plain_webp(body: bytes, settings: FetchSettings) -> _Made | None:
    """As `_plain_jpeg`, of a lossy WebP."""
    came = planes.plain_size(body)
    if came is None:
        return None
    _check_size(*came, settings)
    image = _shrunk(body, came, settings)
    return _Made(image, "WEBP", came) if image else None


def _any(body: bytes, settings: FetchSettings) -> _Made:
    """A picture of any format, opened by Pillow."""
    shape = outline(body)
    scans = shape.scans if shape else body.count(b"\xff\xda") if body.startswith(b"\xff\xd8") else 0
    if scans > MAX_SCANS:
        raise Failure("bomb", f"JPEG of {scans} scans, at most {MAX_SCANS}")
    samples = read_samples(body)
    if samples and samples.deep:
        return _deep_tiff(body, samples, settings)
    try:
        image: Image.Image = Image.open(io.BytesIO(body), formats=FORMATS)
        came = image.size
        _check_size(*came, settings)
        if image.format in ("PNG", "WEBP", "AVIF") and getattr(image, "is_animated", False):
            raise Failure("animated", f"{image.format} of {getattr(image, 'n_frames', 2)} frames")
        plain = image.format == "JPEG" and image.mode == "RGB" and _orientation(image) == 1 and foreign_profile(image) is None
        format, extent = "JPEG" if image.format == "MPO" else str(image.format), None
        if format == "JPEG" and settings.resize != "no":
            drafted = image.draft(None, (settings.size, settings.size))  # scales as `_scale`
            extent = drafted[1][2:] if drafted else None
        opaque = image.format == "WEBP" and image.mode == "RGB" and foreign_profile(image) is None
        small = _shrunk(body, came, settings) if opaque else None
        image = image if small else loaded(image, body)
        image = _mended(image, format, body, samples)
        orientation, flat = _orientation(image), small or over_white(image)
    except Failure:
        raise
    except UnidentifiedImageError:
        raise (Failure("unsupported", str(samples)) if samples else _unknown(body[:512])) from None
    except Image.DecompressionBombError:
        raise Failure("bomb", "more pixels than Pillow decodes") from None
    except Exception as error:  # what a decoder meets in a damaged file comes out as anything
        raise _damaged(error) from None
    small = small or resized(flat, settings.resize, settings.size, settings.enlarge, extent)
    return _Made(small, format, came, orientation, plain)


def _mended(image: Image.Image, format: str, body: bytes, samples: Samples | None) -> Image.Image:
    """A loaded picture with what Pillow takes for something else than the file means."""
    if samples:
        mend_palette(image, samples)
    elif format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        return ImageChops.invert(image)  # only Adobe's inks are stored inverted, and Pillow takes all for such
    elif format == "PNG" and image.mode == "L" and isinstance(clear := image.info.get("transparency"), int) and body[24] in (2, 4):
        image.info["transparency"] = clear * 255 // (2 ** body[24] - 1)  # a number of so many bits, and pixels have been brought to 8
    elif format == "BMP" and image.mode == "RGBA" and image.getchannel("A").getbbox() is None:
        return image.convert("RGB")  # written by programs that fill nothing in there, and shown by all as if there were no alpha
    return image


def _deep_tiff(body: bytes, samples: Samples, settings: FetchSettings) -> _Made:
    _check_size(*samples.size, settings)
    try:
        flat = over_white(shown(body, samples))
    except Failure:
        raise
    except Exception as error:
        raise _damaged(error) from None
    return _Made(resized(flat, settings.resize, settings.size, settings.enlarge), "TIFF", samples.size, samples.orientation)


def _damaged(error: Exception) -> Failure:
    """What is wrong with a file, by what its decoder says."""
    if not isinstance(error, (OSError, SyntaxError, EOFError, RuntimeError)):
        return Failure("corrupt", type(error).__name__)
    words = " ".join(str(error).split())[:120] or "ends too early"
    cut = isinstance(error, EOFError) or any(sign in words.lower() for sign in ("truncated", "premature", "incomplete"))
    return Failure("truncated" if cut else "corrupt", words)


def _scale(came: tuple[int, int], size: int) -> int:
    """By what libjpeg divides while it decodes: the most that leaves both sides no shorter than what is asked for."""
    return next((scale for scale in (8, 4, 2) if min(came) // size >= scale), 1)


def _shrunk(body: bytes, came: tuple[int, int], settings: FetchSettings) -> Image.Image | None:
    """An opaque WebP in its stored size, in mode YCbCr, without a decode in whole; None where that cannot be done.

    Only for JPEG, which stores these colours: Pillow brings them to RGB half a level too dark.
    """
    wanted = target(came, settings.resize, settings.size) if settings.format == "jpeg" else None
    small = wanted and shrunk(body, came, wanted)
    return framed(small, settings.resize, settings.size) if small else None


def _encoded(image: Image.Image, settings: FetchSettings, pixels: np.ndarray | None) -> bytes:
    """The picture as a file that says nothing but its pixels."""
    try:
        if settings.format == "jpeg":
            return _as_jpeg(image, settings, pixels)
        image.info = {}  # Pillow would write comments, profiles and transparent colours of the original again
        sink = io.BytesIO()
        ways: dict[str, Any] = {"quality": settings.quality, "method": 4} if settings.format == "webp" else {}
        rgb(image).save(sink, settings.format.upper(), **ways)
        return sink.getvalue()
    except (OSError, ValueError):
        raise Failure("unsupported", f"{image.width} x {image.height} pixels do not fit a {settings.format} file") from None


def _as_jpeg(image: Image.Image, settings: FetchSettings, pixels: np.ndarray | None) -> bytes:
    """Encoded by libjpeg-turbo itself: Pillow, which uses it too, keeps all other threads waiting meanwhile."""
    if image.mode != "YCbCr":
        pixels = np.asarray(image) if pixels is None else pixels
        return simplejpeg.encode_jpeg(pixels, settings.quality, image.mode, str(settings.subsampling))
    brightness, *colours = image.split()
    if settings.subsampling == 420:
        colours = [plane.reduce(2) for plane in colours]
    return simplejpeg.encode_jpeg_yuv_planes(*map(np.asarray, (brightness, *colours)), settings.quality)


def _dhash(image: Image.Image) -> str:
    # Of a picture that is as small as will do: the hash looks at nine by eight pixels.
    found = imagehash.dhash(image.reduce(max(1, min(image.size) // 32)))
    return np.packbits(found.hash).tobytes().hex()


def _check_size(width: int, height: int, settings: FetchSettings) -> None:
    if width * height > settings.max_pixels:
        raise Failure("bomb", f"{width} x {height} pixels, at most {settings.max_pixels}")
    if min(width, height) < settings.min_size:
        raise Failure("too_small", f"{width} x {height} pixels, the shorter side at least {settings.min_size}")
    if max(width, height) > settings.max_aspect * min(width, height):
        raise Failure("aspect", f"{width} x {height} pixels, at most {settings.max_aspect:g} to 1")


def _unknown(start: bytes) -> Failure:
    """What bytes are that no decoder takes."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_WEB_PAGE) or (text.startswith(b"<?xml") and b"<html" in text):
        return Failure("html", "begins like a web page")
    if b"<svg" in text:
        return Failure("not_an_image", "SVG")
    if start.startswith(_BEGINNINGS) and not (start.startswith(b"RIFF") and start[8:12] not in (b"WEBP", b"")):
        return Failure("truncated" if len(start) < 64 else "corrupt", "begins like a picture, but has no sound header")
    return Failure("not_an_image", "no known format")


def _orientation(image: Image.Image) -> int:
    """How the picture is to be turned, 1 to 8; 1 also where what says it is damaged: that is no fault of the pixels."""
    try:
        found = image.getexif().get(0x0112)
    except Exception:  # Exif is a file in the file, whose reader raises what it likes
        return 1
    return found if isinstance(found, int) and found in _TURNS else 1
