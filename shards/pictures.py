"""Decodes the stored pictures: JPEG by libjpeg-turbo without a detour, whatever else by Pillow."""

from __future__ import annotations

import importlib.util
import io
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_JPEG = b"\xff\xd8"
"""What a JPEG begins with."""

STUMBLES = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, struct.error, zlib.error)
"""What Pillow raises of bytes that are damaged: its plugins let through whatever their parsers stumble over."""


class PictureError(ValueError):
    """Bytes that are no picture."""


def check_decoder() -> None:
    """Raises ImportError, with what to install, where pictures could not be decoded."""
    if importlib.util.find_spec("simplejpeg") is None:
        raise ImportError("decoding pictures needs simplejpeg; pip install simplejpeg, or take them as bytes with decode=False")


def decode_picture(data: bytes) -> np.ndarray:
    """The pixels of a picture's file, RGB uint8 [height, width, 3]; its format is told from the bytes.

    Raises:
        PictureError: it is no picture, or it is cut off.
    """
    if not data.startswith(_JPEG):
        return _decode_other(data)
    import simplejpeg

    try:
        return simplejpeg.decode_jpeg(data, "RGB")
    except ValueError as error:
        raise PictureError(f"is not a JPEG that can be decoded: {error}") from None


def _decode_other(data: bytes) -> np.ndarray:
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.array(image.convert("RGB"))
    except Image.UnidentifiedImageError:
        raise PictureError("is not a picture that can be decoded: of no format that is known") from None
    except (*STUMBLES, Image.DecompressionBombError) as error:
        raise PictureError(f"is not a picture that can be decoded: {error}") from None
