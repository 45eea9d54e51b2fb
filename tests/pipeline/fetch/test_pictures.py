import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from pipeline.fetch.decode import Picture, decode
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings
from tests.pipeline.fetch.web import picture

AS_IS = FetchSettings(resize="no")


def pixels(made: Picture) -> np.ndarray:
    image = Image.open(io.BytesIO(made.jpg))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (made.width, made.height))
    return np.asarray(image).astype(int)


def reason(body: bytes, settings: FetchSettings = AS_IS) -> str:
    with pytest.raises(Failure) as caught:
        decode(body, settings)
    return caught.value.reason


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def flat(mode: str, colour: object, size: tuple[int, int] = (40, 40)) -> Image.Image:
    return Image.new(mode, size, colour)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_each_format_is_told_by_its_content(kind):
    made = decode(picture(kind), AS_IS)
    assert (made.width, made.height) == (64, 48)
    expected = np.asarray(Image.open(io.BytesIO(picture(kind))).convert("RGB")).astype(int)
    assert np.abs(pixels(made) - expected).mean() < 3


def test_a_plain_jpeg_keeps_its_bytes():
    for options in ({}, {"progressive": True}, {"quality": 30, "subsampling": 2}):
        body = picture(**options)
        assert decode(body, AS_IS).jpg == body
        assert decode(body, FetchSettings(size=48)).jpg == body
        assert decode(body, FetchSettings(size=47)).jpg != body


def test_of_a_jpeg_only_the_pixels_are_kept():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    body = picture(exif=exif, comment=b"secret", icc_profile=profile) + b"and a film behind it"
    made = decode(body, AS_IS)
    assert made.jpg == picture()
    assert np.array_equal(pixels(made), np.asarray(Image.open(io.BytesIO(body))))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_stored_upright(orientation, kind):
    upright = Image.open(io.BytesIO(picture("PNG")))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }.get(orientation)  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = decode(saved(upright if turn is None else upright.transpose(turn), kind, exif=exif, quality=95), AS_IS)
    assert (made.width, made.height) == (64, 48)
    assert np.abs(pixels(made) - np.asarray(upright).astype(int)).mean() < 4
    assert Image.open(io.BytesIO(made.jpg)).getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize(
    ("image", "kind", "colour"),
    [
        (flat("L", 100), "JPEG", (100, 100, 100)),
        (flat("1", 1), "PNG", (255, 255, 255)),
        (flat("P", 0).convert("P"), "GIF", (0, 0, 0)),
        (flat("RGBA", (200, 0, 0, 0)), "PNG", (255, 255, 255)),
        (flat("RGBA", (200, 0, 0, 128)), "PNG", (227, 127, 127)),
        (flat("RGBA", (200, 0, 0, 128)), "WEBP", (227, 127, 127)),
        (flat("LA", (0, 0)), "PNG", (255, 255, 255)),
        (flat("I;16", 32896), "PNG", (128, 128, 128)),
        (flat("I;16", 65535), "TIFF", (255, 255, 255)),
        (flat("CMYK", (0, 0, 0, 255)), "JPEG", (0, 0, 0)),
        (flat("CMYK", (0, 255, 255, 0)), "TIFF", (255, 0, 0)),
    ],
)
def test_every_kind_of_pixels_becomes_rgb(image, kind, colour):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.abs(pixels(decode(saved(image, kind, **options), AS_IS)) - colour).max() <= 3


def test_a_transparent_colour_of_a_palette_is_white():
    body = saved(flat("P", 0), "GIF", transparency=0)
    assert pixels(decode(body, AS_IS)).min() >= 253


def test_colours_are_brought_to_srgb():
    # A profile with red and green exchanged shows at once whether it is heeded.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags = {srgb[128 + 4 + 12 * i : 132 + 4 + 12 * i]: 136 + 12 * i for i in range(struct.unpack(">I", srgb[128:132])[0])}
    swapped = bytearray(srgb)
    r, g = tags[b"rXYZ"], tags[b"gXYZ"]
    swapped[r : r + 8], swapped[g : g + 8] = srgb[g : g + 8], srgb[r : r + 8]
    foreign = bytes(swapped).replace(b"s\0R\0G\0B", b"o\0d\0d\0!").replace(b"sRGB", b"odd!")
    image = flat("RGB", (200, 30, 30))
    for kind in ("JPEG", "PNG"):
        red, green, blue = pixels(decode(saved(image, kind, icc_profile=foreign), AS_IS)).mean((0, 1))
        assert (green > 180, red < 60, blue < 60) == (True, True, True)
    kept = saved(image, "JPEG", icc_profile=b"broken")
    assert abs(pixels(decode(kept, AS_IS)).mean((0, 1))[0] - 200) < 4


def test_of_a_gif_the_first_picture_counts_and_other_animations_are_refused():
    frames = [flat("RGB", "red"), flat("RGB", "blue")]
    made = decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), AS_IS)
    assert tuple(pixels(made)[20, 20]) == pytest.approx((254, 0, 0), abs=2)
    for kind in ("PNG", "WEBP", "AVIF"):
        assert reason(saved(frames[0], kind, save_all=True, append_images=frames[1:])) == "animated"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_picture_that_breaks_off_is_refused(kind, share):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8))
    body = saved(noise, kind)
    assert reason(body[: int(share * len(body))]) in ("truncated", "corrupt", "not_an_image", "animated")


def test_a_jpeg_that_breaks_off_says_so():
    body = picture(size=(256, 256))
    assert [reason(body[:n]) for n in (len(body) // 2, len(body) - 60, 3)] == ["truncated", "truncated", "truncated"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"\xef\xbb\xbf \n<HTML><body>", "html"),
        (b'<?xml version="1.0"?><html xmlns="x">', "html"),
        (b'<?xml version="1.0"?><svg xmlns="x">', "not_an_image"),
        (b"<svg>", "not_an_image"),
        (b"GIF89a", "truncated"),
        (b"RIFF\x10\0\0\0WAVEfmt " + b"x" * 100, "not_an_image"),
        (b"%PDF-1.7" + b"x" * 100, "not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not_an_image"),
        (bytes(1000), "not_an_image"),
        (b'{"error": "not found"}', "not_an_image"),
    ],
)
def test_what_is_no_picture(body, expected):
    assert reason(body) == expected


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"x") + b"x" * 50


def test_a_bomb_is_refused_by_its_header():
    assert reason(png_header(8001, 8000)) == "bomb"
    assert reason(png_header(30000, 30000)) == "bomb"
    assert reason(picture(size=(100, 100)), FetchSettings(max_pixels=9999)) == "bomb"
    assert decode(picture(size=(100, 100)), FetchSettings(max_pixels=10000)).width == 100


def test_a_jpeg_of_endless_scans_is_refused():
    body = picture(progressive=True)
    scan = body.rindex(b"\xff\xda")
    assert reason(body[:scan] + 200 * body[scan:-2] + body[-2:]) == "bomb"


def test_limits_of_size_and_shape():
    ways = FetchSettings(resize="no", min_size=50, max_aspect=2)
    assert reason(picture(size=(200, 49)), ways) == "too_small"
    assert reason(picture(size=(101, 50)), ways) == "aspect"
    assert reason(picture(size=(50, 101)), ways) == "aspect"
    assert decode(picture(size=(100, 50)), ways).width == 100


def test_the_same_bytes_give_the_same_picture():
    ways = FetchSettings(size=40)
    for body in (picture(size=(300, 200)), picture("PNG"), picture("WEBP", size=(90, 90))):
        assert decode(body, ways) == decode(body, ways)


def test_the_perceptual_hash_outlives_another_size_and_quality():
    def photo(seed: int) -> Image.Image:
        coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
        return Image.fromarray(coarse).resize((240, 240), Image.Resampling.BICUBIC)

    hashes = [
        int(decode(saved(image, "JPEG", quality=quality), FetchSettings(size=size)).phash, 16)
        for image, quality, size in ((photo(1), 95, 240), (photo(1), 40, 240), (photo(1), 80, 64), (photo(2), 95, 240))
    ]
    assert [(hashes[0] ^ other).bit_count() < 6 for other in hashes] == [True, True, True, False]


def test_scaled_decoding_loses_nothing_that_can_be_seen():
    coarse = np.random.default_rng(3).integers(0, 255, (90, 120, 3), np.uint8)
    large = Image.fromarray(coarse).resize((1200, 900), Image.Resampling.BICUBIC)
    body = saved(large, "JPEG", quality=95)
    made = pixels(decode(body, FetchSettings(size=100, jpeg_quality=100)))
    whole = Image.open(io.BytesIO(body)).resize((133, 100), Image.Resampling.LANCZOS)
    error = ((made - np.asarray(whole).astype(int)) ** 2).mean()
    assert 10 * np.log10(255**2 / error) > 35
