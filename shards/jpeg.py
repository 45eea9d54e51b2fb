"""Decodes the stored pictures, by libjpeg-turbo without a detour."""

from __future__ import annotations

import importlib.util

import numpy as np


class PictureError(ValueError):
    """Bytes that are no picture."""


def check_decoder() -> None:
    """Raises ImportError, with what to install, where pictures could not be decoded."""
    if importlib.util.find_spec("simplejpeg") is None:
        raise ImportError("decoding pictures needs simplejpeg; pip install simplejpeg, or take them as bytes with decode=False")


def decode(jpg: bytes) -> np.ndarray:
    """The pixels of a JPEG, RGB uint8 [height, width, 3].

    Raises:
        PictureError: it is none, or it is cut off.
    """
    import simplejpeg

    try:
        return simplejpeg.decode_jpeg(jpg, "RGB")
    except ValueError as error:
        raise PictureError(f"is not a JPEG that can be decoded: {error}") from None
