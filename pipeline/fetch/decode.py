"""From the bytes that came to the picture that is stored: upright, RGB in sRGB, of the size that is asked for."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from pipeline.fetch.reasons import Failure
from pipeline.fetch.resize import resized
from pipeline.fetch.settings import FetchSettings

ImageFile.LOAD_TRUNCATED_IMAGES = False
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg", b"<body")


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored: JPEG bytes, and its perceptual hash (64-bit pHash, hex)."""

    jpg: bytes
    width: int
    height: int
    phash: str


def decode(body: bytes, settings: FetchSettings) -> Picture:
    """Decodes, checks and resizes a picture.

    A JPEG that is upright, RGB, in sRGB and of the right size keeps its bytes: encoding it again would only lose.

    Raises:
        Failure: html, not_an_image, truncated, corrupt, bomb, unsupported, too_small or aspect.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(body), formats=FORMATS)
            came = image.size
            _check_size(*came, settings)
            plain = (
                image.format in ("JPEG", "MPO") and image.mode == "RGB" and not image.info.get("icc_profile") and _orientation(image) == 1
            )
            if image.format == "JPEG" and settings.resize != "no":
                # libjpeg scales by eighths while it decodes; twice the wanted size loses nothing that can be seen.
                image.draft(None, (2 * settings.size, 2 * settings.size))
            image.load()
            upright = _upright_rgb(image)
    except Failure:
        raise
    except UnidentifiedImageError:
        start = body[:512].lstrip().lower()
        if start.startswith(_WEB_PAGE):
            raise Failure("html", "begins like a web page") from None
        raise Failure("not_an_image", "no known format") from None
    except Image.DecompressionBombError:
        raise Failure("bomb", "more pixels than Pillow decodes") from None
    except (OSError, SyntaxError, EOFError) as error:
        cut = "truncated" in str(error).lower() or "premature" in str(error).lower() or isinstance(error, EOFError)
        raise Failure("truncated" if cut else "corrupt", " ".join(str(error).split())[:120] or "ends too early") from None
    except (ValueError, TypeError, IndexError, ZeroDivisionError, MemoryError, ImageCms.PyCMSError) as error:
        raise Failure("corrupt", type(error).__name__) from None
    small = resized(upright, settings.resize, settings.size)
    phash = str(imagehash.phash(small))
    if plain and small.size == came:
        return Picture(body, *small.size, phash)
    sink = io.BytesIO()
    small.save(sink, "JPEG", quality=settings.jpeg_quality, subsampling=0 if settings.jpeg_quality >= 90 else 2)
    return Picture(sink.getvalue(), *small.size, phash)


def _check_size(width: int, height: int, settings: FetchSettings) -> None:
    if width * height > settings.max_pixels:
        raise Failure("bomb", f"{width} x {height} pixels, at most {settings.max_pixels}")
    if min(width, height) < settings.min_size:
        raise Failure("too_small", f"{width} x {height} pixels, the shorter side at least {settings.min_size}")
    if max(width, height) > settings.max_aspect * min(width, height):
        raise Failure("aspect", f"{width} x {height} pixels, at most {settings.max_aspect:g} to 1")


def _orientation(image: Image.Image) -> int:
    return int(image.getexif().get(0x0112, 1) or 1)


def _upright_rgb(image: Image.Image) -> Image.Image:
    """EXIF orientation applied, colours in sRGB, 16 bits scaled to 8, alpha over white."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I;16", "I;16L", "I;16B", "I"):
        deep = np.asarray(image).astype(np.float64)
        image = Image.fromarray(np.clip(deep / 257, 0, 255).round().astype(np.uint8))
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _in_srgb(image, profile)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    if image.mode not in ("RGB", "L", "P", "1", "CMYK", "YCbCr", "LAB", "HSV"):
        raise Failure("unsupported", f"mode {image.mode}")
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        made = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile says nothing about the colours
    return made or image
