"""Pictures of many kinds end upright, in sRGB, of the size that is asked for; what is none is told apart."""

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.fetch.decode import decode
from pipeline.fetch.reasons import Failure
from pipeline.fetch.resize import resized
from pipeline.fetch.settings import FetchSettings

SETTINGS = FetchSettings()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def gradient(width: int = 80, height: int = 60) -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, np.full_like(down, 90)], 2).astype(np.uint8))


def shown(jpg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpg)).convert("RGB")).astype(int)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_formats(kind: str) -> None:
    picture = decode(encoded(gradient(), kind), SETTINGS)
    assert (picture.width, picture.height) == (80, 60)
    assert np.abs(shown(picture.jpg) - np.asarray(gradient())).mean() < 12


def test_a_plain_jpeg_keeps_its_bytes() -> None:
    body = encoded(gradient(), "JPEG", quality=80)
    assert decode(body, SETTINGS).jpg == body


def test_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(encoded(gradient().transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif), SETTINGS)
    assert (picture.width, picture.height) == (80, 60)
    assert np.abs(shown(picture.jpg) - np.asarray(gradient())).mean() < 6


def test_alpha_lies_over_white_and_sixteen_bits_are_scaled() -> None:
    clear = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    assert shown(decode(encoded(clear, "PNG"), SETTINGS).jpg).min() >= 250
    deep = Image.fromarray(np.full((40, 40), 32896, np.uint16))
    assert abs(shown(decode(encoded(deep, "PNG"), SETTINGS).jpg).mean() - 128) < 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"\0\1\2\3 nothing", "not_an_image"),
        (encoded(gradient(400, 300), "JPEG")[:3000], "truncated"),
        (encoded(gradient(16, 16), "PNG"), "too_small"),
        (encoded(gradient(900, 40), "PNG"), "aspect"),
        (encoded(Image.new("1", (9000, 9000)), "PNG"), "bomb"),
    ],
)
def test_what_is_no_good(body: bytes, reason: str) -> None:
    with pytest.raises(Failure) as failure:
        decode(body, SETTINGS)
    assert failure.value.reason == reason


@pytest.mark.parametrize(
    ("mode", "size"),
    [("no", (80, 60)), ("keep_ratio", (53, 40)), ("keep_ratio_largest", (40, 30)), ("center_crop", (40, 40)), ("border", (40, 40))],
)
def test_resize_modes(mode: str, size: tuple[int, int]) -> None:
    assert resized(gradient(), mode, 40).size == size
    assert max(resized(gradient(), mode, 500).size) == 80  # never enlarged, nor cut
