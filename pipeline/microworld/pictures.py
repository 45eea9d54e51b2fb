"""The picture files of the microworld's web, as bytes."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.world import Page, share

EXIF_ORIENTATION = 0x0112
_TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""EXIF orientation to the turn, counterclockwise, that it undoes (Exif 2.32, 4.6.4)."""


def picture(wanted: Page, seed: int = 0) -> bytes:
    """The file of a page's picture, 256 pixels square: a JPEG, or what is amiss with it by the page's fault.

    A duplicate is the file of its source, byte for byte; a re-encode is that file decoded and saved again at lower quality.
    """
    quality = 88 + int(share(seed, wanted.source, "quality") * 5)
    image = render_scene(sample_scene(wanted.scene))
    match wanted.fault:
        case "mislabelled":
            # Little compression, as the pipeline waits for it.
            return _saved(image, "PNG", compress_level=1) if share(seed, wanted.index, "format") < 0.5 else _saved(image, "WEBP", method=0)
        case "sideways":
            orientation, turn = list(_TURNS.items())[int(share(seed, wanted.index, "turn") * len(_TURNS))]
            exif = Image.Exif()
            exif[EXIF_ORIENTATION] = orientation
            return _saved(image.transpose(turn), "JPEG", quality=quality, exif=exif)
        case "reencoded":
            there = Image.open(io.BytesIO(_saved(image, "JPEG", quality=quality)))
            return _saved(there, "JPEG", quality=60 + int(share(seed, wanted.index, "requality") * 20))
        case "placeholder":
            return placeholder()
        case "truncated":
            whole = _saved(image, "JPEG", quality=quality)
            return whole[: int(len(whole) * (0.2 + 0.6 * share(seed, wanted.index, "length")))]
    return _saved(image, "JPEG", quality=quality)


@cache
def placeholder() -> bytes:
    """The picture that hosts give instead of one that they have lost."""
    image = Image.new("RGB", (256, 256), "#e6e6e6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((78, 78, 178, 158), outline="#9a9a9a", width=5)
    draw.polygon([(88, 148), (118, 108), (140, 136), (152, 122), (168, 148)], fill="#bdbdbd")
    draw.ellipse((144, 90, 160, 106), fill="#bdbdbd")
    draw.text((84, 176), "image not available", fill="#7a7a7a")
    return _saved(image, "JPEG", quality=90)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()
