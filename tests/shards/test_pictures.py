"""Pictures of any format that a member can have are decoded alike, and damage of any is one kind of error."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import shards
from shards import PictureError, decode_picture, open_dataset
from shards.sample import PICTURES
from tests.shards import conftest


def encoded(image: Image.Image, kind: str) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return sink.getvalue()


def scene() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))


@pytest.mark.parametrize("kind", PICTURES.values())
def test_formats(kind: str) -> None:
    data = encoded(scene(), kind)
    pixels = decode_picture(data)
    assert (pixels.shape, pixels.dtype, pixels.flags.writeable) == ((20, 30, 3), np.uint8, True)
    assert np.array_equal(pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_modes(mode: str) -> None:
    image = scene().convert(mode)
    assert np.array_equal(decode_picture(encoded(image, "PNG")), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", PICTURES.values())
def test_damage(kind: str) -> None:
    data = encoded(scene(), kind)
    damaged = [data[: len(data) // 2], data[:40], data[:4], b"", b"?" * 100]
    if kind == "PNG":
        damaged += [data[:20] + bytes([number]) * 20 + data[40:] for number in range(256)]
    for one in damaged:
        with pytest.raises(PictureError, match=r"is not a (JPEG|picture) that can be decoded: [^<]*$"):
            decode_picture(one)


def test_a_picture_too_large_to_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PictureError, match=r"is not a picture that can be decoded: .* decompression bomb"):
        decode_picture(encoded(scene(), "PNG"))


@pytest.mark.parametrize("kind", PICTURES.values())
def test_a_dataset_of_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    image = scene()
    monkeypatch.setattr(conftest, "picture", lambda number: encoded(image.rotate(number), kind))
    conftest.build(tmp_path)
    stored = {sample.key: sample.jpg or b"" for sample in open_dataset(str(tmp_path))}
    assert {draw.key: draw.image for draw in shards.loader(str(tmp_path))} == stored
    for draw in shards.loader(str(tmp_path), decode=True):
        assert np.array_equal(draw.image, decode_picture(stored[draw.key]))
