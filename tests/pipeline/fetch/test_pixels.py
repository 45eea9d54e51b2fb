"""The fast decoders give what Pillow gives, to the bit, and leave to it whatever is odd."""

import io
import random
import struct
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from pipeline.fetch.pixels import loaded

NOISE = np.random.default_rng(5)


def body(mode: str, kind: str, size: tuple[int, int] = (301, 203), **options: object) -> bytes:
    channels = {"L": 1, "LA": 2, "P": 1, "RGB": 3, "RGBA": 4}[mode]
    coarse = NOISE.integers(0, 256, (9, 9, channels), np.uint8).squeeze()
    sink = io.BytesIO()
    Image.fromarray(coarse, mode).resize(size, Image.Resampling.NEAREST if mode == "P" else Image.Resampling.BICUBIC).save(
        sink, kind, **options
    )
    return sink.getvalue()


def both(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The pixels by `loaded` and by Pillow; what the first has besides RGB is left out where there is no transparency."""
    mine, theirs = loaded(Image.open(io.BytesIO(data)), data), Image.open(io.BytesIO(data))
    theirs.load()
    assert mine.info.keys() >= {"exif", "icc_profile"} & theirs.info.keys()
    mine = mine.convert("RGB") if mine.mode == "RGBX" else mine
    assert (mine.mode, mine.size) == (theirs.mode, theirs.size)
    return np.asarray(mine), np.asarray(theirs)


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The decoders that were used besides Pillow's, as they are used."""
    used: list[str] = []

    def watch(name: str, decoder: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        return lambda *data, **options: used.append(name) or decoder(*data, **options)

    for name in ("spng_decode", "webp_decode"):
        monkeypatch.setattr(imagecodecs, name, watch(name, getattr(imagecodecs, name)))
    return used


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(301, 203), (1, 1), (64, 3000)])
def test_png(mode: str, size: tuple[int, int], direct: list[str]) -> None:
    mine, theirs = both(body(mode, "PNG", size))
    assert (mine == theirs).all()
    assert direct == ["spng_decode"]


@pytest.mark.parametrize("options", [{"quality": 80}, {"quality": 20}, {"lossless": True}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp(mode: str, options: dict[str, object], direct: list[str]) -> None:
    mine, theirs = both(body(mode, "WEBP", **options))
    if mode == "RGBA":  # what cannot be seen may have any colour
        mine, theirs = mine * (mine[..., 3:] > 0), theirs * (theirs[..., 3:] > 0)
    assert (mine == theirs).all()
    assert direct == ["webp_decode"]


def test_what_is_odd_is_left_to_pillow(direct: list[str]) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_itxt("XML:com.adobe.xmp", "<x/>")
    exif = Image.Exif()
    exif[0x0112] = 6
    for data in (body("P", "PNG"), body("LA", "PNG"), body("RGB", "PNG", pnginfo=words), body("RGB", "PNG", exif=exif), body("RGB", "GIF")):
        mine, theirs = both(data)
        assert (mine == theirs).all()
    assert direct == []


def test_what_is_large_is_left_to_pillow(direct: list[str]) -> None:
    data = body("L", "PNG", (4097, 4096))
    mine, theirs = both(data)
    assert (mine == theirs).all()
    assert direct == []


def test_a_damaged_png_is_what_pillow_makes_of_it() -> None:
    whole, chance, errors = body("RGB", "PNG"), random.Random(2), 0
    flipped = (whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in (chance.randrange(41, len(whole)) for _ in range(40)))
    for data in (whole[: len(whole) // 2], whole[:-20], whole[:-12], whole[:40], *flipped):
        try:
            Image.open(io.BytesIO(data)).load()
        except (OSError, SyntaxError) as error:
            errors += 1
            with pytest.raises(type(error)):
                loaded(Image.open(io.BytesIO(data)), data)
        else:
            mine, theirs = both(data)
            assert (mine == theirs).all()
    assert errors > 20


def test_a_png_that_unpacks_to_more_than_its_size_is_cut_off_by_pillow() -> None:
    rows = zlib.compress(bytes(50_000_000))
    head = struct.pack(">II5B", 64, 64, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    )
    mine, theirs = both(data)
    assert (mine == theirs).all()
