"""From any kind of pixels to RGB in sRGB: transparency, depth, colour profiles and gamma."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from pipeline.fetch.reasons import Failure

_GREYS = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Modes of one channel of more than eight bits."""
_SPACES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}
"""Modes by the colours that an ICC profile is about (ICC.1, 7.2.6)."""
_SAME = 3
"""Levels by which a colour may change when it is brought to sRGB: profiles of sRGB itself differ by one or two, as their makers rounded."""
_COMMON = 2**16
"""Bytes of a profile, at most, that is remembered: most pictures have one of few, and those of sRGB are small."""
_GAMMA = 1 / 2.2
"""What PNG files (gAMA) say of themselves that are in sRGB or near it."""


def over_white(image: Image.Image) -> Image.Image:
    """A picture with alpha over white, 16 bits scaled to 8, colours in sRGB; in mode RGB or RGBX.

    Raises:
        Failure: ``unsupported``, a kind of pixels that cannot be shown.
    """
    profile, gamma, clear = foreign_profile(image), _foreign_gamma(image), image.info.get("transparency")
    if image.mode in _GREYS:
        deep = np.clip(np.asarray(image), 0, 65535).astype(np.uint32)
        if isinstance(clear, int):
            deep[deep == clear] = 65535
        deep += 128
        deep //= 257
        image = Image.fromarray(deep.astype(np.uint8))
    elif image.has_transparency_data:
        if isinstance(clear, tuple) and max(clear) > 255:
            image.info["transparency"] = tuple(level >> 8 for level in clear)  # of a PNG of 16 bits, whose pixels Pillow cut to 8
        image = _flat(image if image.mode == "RGBA" else image.convert("RGBA"))
    elif image.mode not in ("RGB", "RGBX", "L", "P", "1", "CMYK", "YCbCr", "LAB", "HSV"):
        raise Failure("unsupported", f"mode {image.mode}")
    elif image.mode not in ("RGB", "RGBX", "L", "CMYK"):
        image = image.convert("RGB")
    if profile is not None:
        image = _in_srgb(image, profile)
    elif gamma is not None:
        image = rgb(image).point(3 * _to_srgb(gamma))
    return image if image.mode == "RGBX" else rgb(image)


def _flat(image: Image.Image) -> Image.Image:
    """An RGBA picture over white, in nine bytes a pixel with its own four: these are the largest that there are."""
    made = Image.new("RGB", image.size, "white")
    made.paste(image, mask=image.getchannel("A"))
    return made


def rgb(image: Image.Image) -> Image.Image:
    """A picture in mode RGB; the same where it is."""
    return image if image.mode == "RGB" else image.convert("RGB")


def foreign_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The colour profile of a picture that is not in sRGB; none also where it is broken: that says nothing about colours."""
    data = image.info.get("icc_profile")
    if not data or _is_srgb(data):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    # Grey pixels may have a profile of RGB, in which they are greys, and the other way round; inks have nothing in common with either.
    space = profile.profile.xcolor_space
    return profile if space in _SPACES and (space == "CMYK") == (image.mode == "CMYK") else None


def _is_srgb(data: bytes) -> bool:
    """Whether a profile leaves colours as they are. Told by what it does: there are linear ones that are named after sRGB."""
    return _leaves_colours_known(data) if len(data) <= _COMMON else _leaves_colours(data)


def _leaves_colours(data: bytes) -> bool:
    levels = np.array([0, 32, 64, 96, 128, 160, 192, 224, 255], np.uint8)
    colours = Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), -1).reshape(27, 27, 3))
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if profile.profile.xcolor_space == "GRAY":
            colours = Image.fromarray(levels[None])
        made = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return made is not None and int(np.abs(np.asarray(made, np.int16) - np.asarray(rgb(colours), np.int16)).max()) <= _SAME


def _in_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    wanted = _SPACES[profile.profile.xcolor_space]
    image = image if image.mode == wanted else image.convert(wanted)
    try:
        made = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that cannot be used in this direction
    return made or image


def _foreign_gamma(image: Image.Image) -> float | None:
    """What a PNG says of its colours (gAMA), where that is another curve than that of sRGB and nothing in the file says more."""
    gamma = image.info.get("gamma")
    if not gamma or {"srgb", "icc_profile"} & image.info.keys():
        return None
    return gamma if abs(gamma / _GAMMA - 1) > 0.05 else None  # as libpng, which takes less for rounding


@lru_cache(maxsize=16)
def _to_srgb(gamma: float) -> list[int]:
    """From the levels of a file of this gamma (light to the power of it; PNG, 11.3.2.2) to those of sRGB (IEC 61966-2-1)."""
    light = (np.arange(256) / 255) ** (1 / gamma)
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return [int(level) for level in np.rint(255 * levels)]


_leaves_colours_known = lru_cache(maxsize=64)(_leaves_colours)
