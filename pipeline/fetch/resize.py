"""The five ways of img2dataset to give a picture its size."""

from __future__ import annotations

from PIL import Image

_FILTER, _GAP = Image.Resampling.LANCZOS, 1.0
"""Whole blocks of pixels are averaged as long as a picture is twice too large, and the filter does the rest: as near to what the
filter alone would make as img2dataset's averaging of areas is, in a fraction of the time."""


def resized(image: Image.Image, mode: str, size: int, enlarge: bool = False, extent: tuple[float, float] | None = None) -> Image.Image:
    """An RGB picture resized. One that is not larger than what is asked for stays as it is, without bars and uncut, as with
    img2dataset's ``resize_only_if_bigger``; but with ``enlarge`` it grows to the size.

    Args:
        mode: no; keep_ratio (shorter side becomes ``size``); keep_ratio_largest (longer side); center_crop (square from the
            middle); border (square with white bars).
        size: pixels.
        extent: width and height of what is to be seen, where the last column or row of the picture shows only a part of what
            others show, as after scaled decoding.
    """
    came = extent or image.size
    wanted = target(came, mode, size, enlarge)
    if wanted is None:
        return image
    return framed(image if _reference(came, mode) == size else scaled(image, wanted, came), mode, size)


def target(came: tuple[float, float], mode: str, size: int, enlarge: bool = False) -> tuple[int, int] | None:
    """Width and height of the whole of a picture, before it is cut or gets bars; None where it stays as it is.

    Args:
        came: its width and height; for the others see `resized`.
    """
    reference = _reference(came, mode)
    if mode == "no" or (reference <= size and not enlarge):
        return None
    width, height = (max(1, round(side * size / reference)) for side in came)
    return width, height


def scaled(image: Image.Image, wanted: tuple[int, int], extent: tuple[float, float]) -> Image.Image:
    """A picture in another size, of any mode.

    Args:
        wanted: width and height.
        extent: see `resized`.
    """
    return image.resize(wanted, _FILTER, (0, 0, *extent), _GAP)


def framed(image: Image.Image, mode: str, size: int) -> Image.Image:
    """A picture of its `target` size, cut or with bars as ``mode`` has it (see `resized`)."""
    if mode == "center_crop":
        left, top = (image.width - size) // 2, (image.height - size) // 2
        return image.crop((left, top, left + size, top + size))
    if mode == "border":
        square = Image.new("RGB", (size, size), "white").convert(image.mode)
        square.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
        return square
    return image


def _reference(came: tuple[float, float], mode: str) -> float:
    """The side that is to get the size."""
    return min(came) if mode in ("keep_ratio", "center_crop") else max(came)
