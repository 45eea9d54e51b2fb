"""The five ways of img2dataset to make a picture of another size; a smaller picture is left alone."""

from __future__ import annotations

from PIL import Image

_FILTER = Image.Resampling.LANCZOS


def resized(image: Image.Image, mode: str, size: int) -> Image.Image:
    """An RGB picture resized.

    Args:
        mode: no; keep_ratio (shorter side becomes ``size``); keep_ratio_largest (longer side); center_crop (square from the
            middle); border (square with white bars).
        size: pixels.
    """
    width, height = image.size
    shorter, longer = min(image.size), max(image.size)
    if mode == "keep_ratio" and shorter > size:
        return image.resize((_scaled(width, size, shorter), _scaled(height, size, shorter)), _FILTER)
    if mode == "keep_ratio_largest" and longer > size:
        return image.resize((_scaled(width, size, longer), _scaled(height, size, longer)), _FILTER)
    if mode == "center_crop":
        if shorter > size:
            image = image.resize((_scaled(width, size, shorter), _scaled(height, size, shorter)), _FILTER)
        side = min(size, *image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.crop((left, top, left + side, top + side))
    if mode == "border":
        if longer > size:
            image = image.resize((_scaled(width, size, longer), _scaled(height, size, longer)), _FILTER)
        side = max(image.size)
        square = Image.new("RGB", (side, side), "white")
        square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
        return square
    return image


def _scaled(side: int, size: int, reference: int) -> int:
    return max(1, round(side * size / reference))
