"""TIFF files of every depth, kind of number and order of bytes show what they hold."""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.fetch.decode import decode
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings
from tests.pipeline.fetch.test_decode import pixels, saved

PLAIN = FetchSettings(resize="no", format="png")
SIDE = 40
RAMP = np.tile(np.linspace(0, 1, SIDE), (SIDE, 1))
COLOURS = np.stack([RAMP, RAMP[:, ::-1], RAMP / 2], -1)
MAX, PLANAR, PALETTE, EXTRA, FORMAT, SMIN, SMAX = 281, 284, 320, 338, 339, 340, 341
CODES = {1: "B", 3: "H", 4: "I", 11: "f"}


def tiff(
    data: bytes, bits: int, channels: int = 1, photometric: int = 1, order: str = "<", **more: tuple[int, int, Sequence[Any]]
) -> bytes:
    """An uncompressed TIFF of one strip (TIFF 6.0, section 2); ``more`` are tags: number, type and values."""
    entries = [
        (256, 3, [SIDE]), (257, 3, [SIDE]), (258, 3, [bits] * channels), (259, 3, [1]), (262, 3, [photometric]), (273, 4, [0]),
        (277, 3, [channels]), (278, 3, [SIDE]), (279, 4, [len(data)]), *more.values(),
    ]  # fmt: skip
    entries.sort(key=lambda entry: entry[0])
    at = 8 + 2 + 12 * len(entries) + 4
    values = [struct.pack(f"{order}{len(held)}{CODES[kind]}", *held) for _, kind, held in entries]
    start = at + sum(len(value) for value in values if len(value) > 4)
    table, beyond = b"", b""
    for (number, kind, held), value in zip(entries, values, strict=True):
        if number == 273:
            value = struct.pack(order + "I", start)
        if len(value) > 4:
            value, beyond = struct.pack(order + "I", at + len(beyond)), beyond + value
        table += struct.pack(order + "HHI", number, kind, len(held)) + value.ljust(4, b"\0")
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "IH", 8, len(entries)) + table + bytes(4) + beyond + data


def packed(levels: np.ndarray, bits: int) -> bytes:
    """Numbers of so many bits, one after the other, each row filled up to a byte."""
    rows = ("".join(f"{int(level):0{bits}b}" for level in row) for row in np.rint(levels * (2**bits - 1)).reshape(SIDE, -1))
    return b"".join(int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8)) for row in rows)


def levels(body: bytes) -> np.ndarray:
    return pixels(decode(body, PLAIN), "PNG")


def refused(body: bytes) -> tuple[str, str]:
    with pytest.raises(Failure) as caught:
        decode(body, PLAIN)
    return caught.value.reason, caught.value.detail


def assert_shows(body: bytes, wanted: np.ndarray) -> None:
    wanted = wanted if wanted.ndim == 3 else wanted[:, :, None]
    assert np.abs(levels(body) - 255 * wanted).max() <= 1.51  # half a step of 7 bits, and half a level


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("shape", "photometric"), [(RAMP, 0), (RAMP, 1), (COLOURS, 2)])
@pytest.mark.parametrize(
    ("kind", "bits", "white", "format"),
    [
        ("u2", 16, 2**16 - 1, 1),
        ("u2", 16, 2**12 - 1, 1),
        ("u2", 16, 2**10 - 1, 1),
        ("u2", 16, 2**8 - 1, 1),
        ("i2", 16, 2**15 - 1, 2),
        ("u4", 32, 2**32 - 1, 1),
        ("u4", 32, 2**16 - 1, 1),
        ("i4", 32, 2**31 - 1, 2),
        ("i1", 8, 2**7 - 1, 2),
        ("f2", 16, 1, 3),
        ("f4", 32, 1, 3),
        ("f4", 32, 255, 3),
        ("f8", 64, 65535, 3),
    ],
)
def test_numbers_of_every_kind_go_from_black_to_white(order, shape, photometric, kind, bits, white, format):
    numbers = shape * white if format == 3 else np.rint(shape * white)
    data = numbers.astype(order + kind).tobytes()
    body = tiff(data, bits, shape[0, 0].size, photometric, order, format=(FORMAT, 3, [format] * shape[0, 0].size))
    assert_shows(body, 1 - shape if photometric == 0 else shape)


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize(("shape", "photometric"), [(RAMP, 0), (RAMP, 1), (COLOURS, 2)])
def test_numbers_that_are_no_whole_bytes_have_the_white_of_their_bits(bits, shape, photometric):
    assert_shows(tiff(packed(shape, bits), bits, shape[0, 0].size, photometric), 1 - shape if photometric == 0 else shape)
    assert_shows(tiff(packed(shape / 64, bits), bits, shape[0, 0].size, photometric), 1 - shape / 64 if photometric == 0 else shape / 64)


@pytest.mark.parametrize(("bits", "kind"), [(8, "i1"), (16, "i2"), (32, "i4")])
def test_negative_numbers_are_dark(bits, kind):
    signed = (FORMAT, 3, [2])
    assert_shows(tiff((RAMP * (2**bits - 1) - 2 ** (bits - 1)).astype("<" + kind).tobytes(), bits, format=signed), RAMP)
    if bits > 8:
        assert_shows(tiff((RAMP * 4095 - 2048).astype("<" + kind).tobytes(), bits, format=signed), RAMP)


def test_what_a_file_says_of_its_white_counts():
    half = (RAMP * 2047).astype("<u2").tobytes()
    assert_shows(tiff(half, 16, said=(MAX, 3, [4095])), RAMP * 2047 / 4095)
    assert_shows(tiff(half, 16, said=(SMAX, 3, [16383])), RAMP * 2047 / 16383)
    assert_shows(tiff(half, 16, said=(MAX, 3, [65535])), RAMP * 2047 / 65535)
    assert_shows(tiff((COLOURS * 2047).astype("<u2").tobytes(), 16, 3, 2, said=(MAX, 3, [4095] * 3)), COLOURS * 2047 / 4095)
    # Statistics, and what cannot be: by the rule for files that say nothing, 2047 is of 12 bits.
    assert_shows(tiff(half, 16, said=(MAX, 3, [2047 + 953])), RAMP * 2047 / 4095)
    assert_shows(tiff(half, 16, said=(MAX, 3, [1023])), RAMP * 2047 / 4095)
    assert_shows(tiff((RAMP * 2047 * 16).astype("<u2").tobytes(), 16, said=(MAX, 3, [40000])), RAMP * 2047 * 16 / 65535)
    between = {"format": (FORMAT, 3, [3]), "low": (SMIN, 11, [-5.0]), "high": (SMAX, 11, [15.0])}
    assert_shows(tiff((RAMP * 20 - 5).astype("<f4").tobytes(), 32, **between), RAMP)


@pytest.mark.parametrize("numbers", [RAMP * 2, RAMP - 0.5, RAMP * 1e6, np.full_like(RAMP, np.inf), np.full_like(RAMP, np.nan)])
def test_floating_point_without_a_white_is_refused(numbers):
    reason, detail = refused(tiff(numbers.astype("<f4").tobytes(), 32, format=(FORMAT, 3, [3])))
    assert reason == "unsupported"
    assert detail.startswith("TIFF of 1 x 32 bits floating point, photometric 1")


def test_a_black_picture_stays_black_and_a_dark_one_of_full_depth_dark():
    assert levels(tiff(bytes(SIDE * SIDE * 2), 16)).max() == 0
    assert_shows(tiff((RAMP * 8191).astype("<u2").tobytes(), 16), RAMP * 8191 / 65535)


@pytest.mark.parametrize(("extra", "wanted"), [(0, RAMP * 0.5), (1, RAMP * 0.5 + 0.5), (2, RAMP * 0.25 + 0.5)])
@pytest.mark.parametrize("colours", [1, 3])
def test_alpha_beside_deep_colours_is_heeded(extra, wanted, colours):
    """Of what is half clear: no alpha at all, colours that are multiplied by it, and such that are not."""
    data = np.stack([RAMP * 0.5] * colours + [np.full_like(RAMP, 0.5)], -1)
    body = tiff((data * 65535).astype("<u2").tobytes(), 16, colours + 1, 1 if colours == 1 else 2, extra=(EXTRA, 3, [extra]))
    assert_shows(body, wanted)


def test_kinds_that_cannot_be_shown_are_told_and_are_no_damage():
    assert refused(tiff(bytes(SIDE * SIDE * 6), 16, 3, 8)) == ("unsupported", "TIFF of 3 x 16 bits, photometric 8")
    assert refused(tiff(packed(COLOURS, 4), 4, 3, 2)) == ("unsupported", "TIFF of 3 x 4 bits, photometric 2")
    reason, detail = refused(tiff((RAMP * 65535).astype("<u2").tobytes(), 16)[:-100])
    assert (reason, detail) == ("corrupt", "Read error on strip 0; got 3100 bytes, expected 3200")


@pytest.mark.parametrize("scale", [1, 257])
def test_a_palette_of_levels_of_8_bits_is_not_black(scale):
    """By the standard levels go up to 65535; libtiff and others too take those of a palette without any above 255 for bytes."""
    body = tiff((RAMP * 255).astype("u1").tobytes(), 8, photometric=3, palette=(PALETTE, 3, [scale * n for n in range(256)] * 3))
    assert_shows(body, np.floor(RAMP * 255) / 255)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_files_of_12_bits_are_as_others(compression):
    assert_shows(saved(Image.fromarray((RAMP * 4095).astype(np.uint16)), "TIFF", compression=compression), RAMP)


def test_a_deep_picture_is_upright_and_resized():
    exif = Image.Exif()
    exif[0x0112] = 6
    body = saved(Image.fromarray((RAMP * 4095).astype(np.uint16).repeat(2, 1)), "TIFF", exif=exif)
    made = decode(body, FetchSettings(size=32, format="png"))
    assert (made.width, made.height, made.came, made.format) == (32, 64, (80, 40), "TIFF")
    shown = pixels(made, "PNG")[:, 16, 0]
    assert np.abs(shown - np.linspace(0, 255, 64)).max() <= 4


@given(st.integers(1, 16), st.integers(0, 2**16 - 1), st.booleans())
def test_brighter_samples_are_never_darker(depth, seed, inverted):
    """Of numbers of any depth, for one file: the order of its samples is that of its levels."""
    numbers = np.random.default_rng(seed).integers(0, 2**depth, (SIDE, SIDE)).astype("<u2")
    shown = levels(tiff(numbers.tobytes(), 16, photometric=0 if inverted else 1))[:, :, 0].ravel()
    ordered = shown[np.argsort(numbers.ravel(), kind="stable")]
    assert (np.diff(-ordered if inverted else ordered) >= 0).all()
