"""Pictures of many kinds end upright, in sRGB, of the size that is asked for; what is none is told apart."""

import io
import resource
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from pipeline.fetch.decode import Picture, decode
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings
from tests.pipeline.fetch.web import picture

AS_IS = FetchSettings(resize="no")


def pixels(made: Picture, format: str = "JPEG") -> np.ndarray:
    image = Image.open(io.BytesIO(made.jpg))
    assert (image.format, image.mode, image.size) == (format, "RGB", (made.width, made.height))
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


def cmyk_profile(colour: tuple[int, int, int]) -> bytes:
    """A profile (ICC.1, lut8Type) of a press whose full cyan has a CIELAB colour, encoded 0 to 255, and all else is white."""
    corners = [colour if corner == 8 else (255, 128, 128) for corner in range(16)]
    identity = struct.pack(">9i", *(65536 if n % 4 == 0 else 0 for n in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + 4 * bytes(range(256)) + bytes(sum(corners, ())) + 3 * bytes(range(256))
    text = b"desc" + bytes(4) + struct.pack(">I", 6) + b"press\0" + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags, at, body = b"", 132 + 12 * 3, b""
    for name, data in ((b"A2B0", table), (b"desc", text), (b"wtpt", white)):
        data += bytes(-len(data) % 4)
        tags += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), bytes(4), 0x02100000, b"prtr", b"CMYK", b"Lab ") + bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", 3) + tags + body


def test_the_colours_of_a_press_are_brought_to_srgb():
    body = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=95, icc_profile=cmyk_profile((128, 60, 190)))  # a green
    assert pixels(decode(body, AS_IS)).mean((0, 1)) == pytest.approx((0, 144, 0), abs=12)
    plain = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=95)
    assert pixels(decode(plain, AS_IS)).mean((0, 1)) == pytest.approx((0, 255, 255), abs=4)


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
    return png(width, height, 8, 2, b"x")


def png(width: int, height: int, depth: int, kind: int, samples: bytes) -> bytes:
    """A PNG of these samples, row by row without filters: kinds and depths that Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = max(1, len(samples) // height)
    lines = b"".join(b"\0" + samples[start : start + row] for start in range(0, len(samples), row))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


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
    def shapes(seed: int) -> Image.Image:
        coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
        return Image.fromarray(coarse).resize((240, 240), Image.Resampling.BICUBIC)

    hashes = [
        int(decode(saved(image, "JPEG", quality=quality), FetchSettings(size=size)).phash, 16)
        for image, quality, size in ((shapes(1), 95, 240), (shapes(1), 40, 240), (shapes(1), 80, 64), (shapes(2), 95, 240))
    ]
    assert [(hashes[0] ^ other).bit_count() < 6 for other in hashes] == [True, True, True, False]


def photo(width: int, height: int) -> Image.Image:
    """Noise with the spectrum of photographs (amplitude falls with frequency) and hard edges: what scaled decoding could lose."""
    random = np.random.default_rng(3)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]) + 1 / width
    waves = [np.fft.irfft2(np.fft.rfft2(random.standard_normal((height, width))) / frequency, (height, width)) for _ in range(3)]
    made = np.stack([128 + 45 * wave / wave.std() for wave in waves], 2)
    made[height // 3 : height // 2, width // 4 : width // 3] = (250, 240, 20)
    return Image.fromarray(made.clip(0, 255).astype(np.uint8))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio, dB."""
    return float(10 * np.log10(255**2 / max(((one.astype(int) - other) ** 2).mean(), 1e-9)))


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("size", [112, 224])
def test_scaled_decoding_loses_nothing_that_can_be_seen(subsampling: int, size: int) -> None:
    body = saved(photo(1200, 900), "JPEG", quality=92, subsampling=subsampling)
    whole, scaled = Image.open(io.BytesIO(body)), Image.open(io.BytesIO(body))
    scaled.draft(None, (2 * size, 2 * size))
    assert scaled.width < whole.width
    for wanted in ((4 * size // 3, size), (size, 3 * size // 4)):
        one, other = (np.asarray(image.resize(wanted, Image.Resampling.LANCZOS)) for image in (scaled, whole))
        assert likeness(one, other) > 40  # what has 40 dB and more cannot be told apart by eye


@pytest.mark.parametrize("mode", ["keep_ratio", "keep_ratio_largest", "center_crop", "border"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_what_is_stored_is_near_to_a_full_decode_and_the_best_filter(mode: str, subsampling: int) -> None:
    body = saved(photo(1200, 900), "JPEG", quality=92, subsampling=subsampling)
    made = pixels(decode(body, FetchSettings(resize=mode, size=112, format="png")), "PNG")
    width, height = {"keep_ratio": (149, 112), "center_crop": (149, 112)}.get(mode, (112, 84))
    best = Image.open(io.BytesIO(body)).resize((width, height), Image.Resampling.LANCZOS)
    if mode == "center_crop":
        best = best.crop((18, 0, 130, 112))
    made = made[14:98] if mode == "border" else made
    # Averaging over whole blocks, as img2dataset does, is 35 dB away from it on this noise.
    assert likeness(made, np.asarray(best)) > 32


def test_scaled_decoding_is_used(monkeypatch) -> None:
    decoded = []
    monkeypatch.setattr(
        "PIL.JpegImagePlugin.JpegImageFile.load", lambda image: decoded.append(image.size) or ImageFile.ImageFile.load(image)
    )
    made = decode(saved(photo(1200, 900), "JPEG", quality=92), FetchSettings(size=112))
    assert (decoded[0], made.came, (made.width, made.height)) == ((150, 113), (1200, 900), (149, 112))


@pytest.mark.parametrize(("format", "name"), [("jpeg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")])
def test_pictures_are_stored_as_is_asked_for(format: str, name: str) -> None:
    body = saved(photo(300, 200), "JPEG", quality=90)
    small = decode(body, FetchSettings(format=format, size=100, quality=90))
    assert (small.width, small.height, small.format, small.came) == (150, 100, "JPEG", (300, 200))
    error = np.abs(pixels(small, name) - pixels(decode(body, FetchSettings(format="png", size=100)), "PNG")).mean()
    assert error < {"png": 1e-9, "jpeg": 6, "webp": 16}[format]  # WebP halves the resolution of colours
    # What has the size already keeps its bytes as JPEG, and is encoded in another format.
    same = decode(body, FetchSettings(format=format, size=200))
    assert (same.jpg == body) == (format == "jpeg")
    assert (pixels(same, name) == np.asarray(Image.open(io.BytesIO(body)))).all() == (format != "webp")


def test_quality_is_heeded() -> None:
    body = saved(photo(300, 200), "PNG")
    for format in ("jpeg", "webp"):
        sizes = [len(decode(body, FetchSettings(format=format, quality=quality, size=100)).jpg) for quality in (40, 75, 95)]
        assert sizes == sorted(sizes)
        assert sizes[0] < sizes[2] / 2


@pytest.mark.parametrize("format", ["jpeg", "webp", "png"])
def test_what_is_encoded_again_says_nothing_but_its_pixels(format: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sources = [
        saved(photo(90, 80), "GIF", comment=b"secret"),
        saved(photo(90, 80), "PNG", exif=exif, icc_profile=srgb, dpi=(72, 72), pnginfo=_text("secret")),
        saved(photo(90, 80), "PNG", transparency=(1, 2, 3)),
        saved(photo(90, 80), "WEBP", exif=exif, icc_profile=srgb, xmp=b"<x:secret/>"),
        saved(photo(90, 80), "TIFF", exif=exif, icc_profile=srgb, description="secret"),
        saved(photo(90, 80), "JPEG", exif=exif, icc_profile=srgb, comment=b"secret"),
    ]
    for body in sources:
        stored = decode(body, FetchSettings(format=format, size=40)).jpg
        assert not {name for name in Image.open(io.BytesIO(stored)).info if not name.startswith("jfif")} - {"loop", "background"}
        assert not any(word in stored for word in (b"secret", b"where I live", b"ICC_PROFILE", b"iCCP", b"Exif"))


def _text(words: str) -> PngImagePlugin.PngInfo:
    made = PngImagePlugin.PngInfo()
    made.add_text("Comment", words)
    return made


def test_what_does_not_fit_a_format_is_refused() -> None:
    long = picture(size=(20_000, 40))
    ways = {"resize": "no", "max_aspect": 1000.0}
    assert reason(long, FetchSettings(format="webp", **ways)) == "unsupported"
    assert decode(long, FetchSettings(**ways)).width == 20_000


def test_small_pictures_grow_only_if_that_is_asked_for() -> None:
    body = picture(size=(64, 48))
    for mode, size in {"keep_ratio": (133, 100), "keep_ratio_largest": (100, 75), "center_crop": (100, 100), "border": (100, 100)}.items():
        kept = decode(body, FetchSettings(resize=mode, size=100))
        grown = decode(body, FetchSettings(resize=mode, size=100, enlarge=True))
        assert ((kept.width, kept.height), (grown.width, grown.height)) == ((64, 48), size)


def test_sixteen_bits_a_channel_are_scaled() -> None:
    grey = Image.fromarray(np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64))
    wanted = np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64) / 257
    for kind in ("PNG", "TIFF"):
        made = pixels(decode(saved(grey, kind), FetchSettings(resize="no", format="png")), "PNG")
        assert np.abs(made - wanted[:, :, None]).max() <= 0.5
    rgb = png(40, 40, 16, 2, bytes([0xFF, 0xFF, 0x80, 0x80, 0, 0]) * 1600)
    assert (pixels(decode(rgb, FetchSettings(resize="no", format="png")), "PNG") == (255, 128, 0)).all()
    clear = png(40, 40, 16, 6, bytes([0xFF, 0xFF, 0, 0, 0, 0, 0, 0]) * 1600)
    assert (pixels(decode(clear, FetchSettings(resize="no", format="png")), "PNG") == 255).all()


def test_of_a_tiff_the_first_page_counts() -> None:
    pages = [flat("RGB", "red"), flat("RGB", "blue")]
    made = decode(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), FetchSettings(format="png", resize="no"))
    assert tuple(pixels(made, "PNG")[0, 0]) == (255, 0, 0)


def test_floating_point_pixels_are_refused() -> None:
    assert reason(saved(Image.new("F", (40, 40), 0.5), "TIFF")) == "unsupported"


def test_a_bomb_is_refused_before_it_takes_memory() -> None:
    # Each would take 190 MB or more to decode, and is refused by its header.
    bodies = [saved(Image.new("1", (9000, 9000)), kind) for kind in ("PNG", "TIFF", "BMP", "GIF")]
    bodies += [saved(Image.new("L", (9000, 9000)), "JPEG"), png_header(60_000, 60_000)]
    tracemalloc.start()
    resource_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert [reason(body) for body in bodies] == ["bomb"] * 6
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resource_before < 60 * 2**10  # kB
