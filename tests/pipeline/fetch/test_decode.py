"""Pictures of many kinds end upright, in sRGB, of the size that is asked for; what is none is told apart."""

import io
import random
import resource
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageCms, PngImagePlugin

from pipeline.fetch.decode import Picture, decode
from pipeline.fetch.reasons import REASONS, Failure
from pipeline.fetch.resize import scaled
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
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
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


def tag(kind: int, count: int, value: bytes) -> bytes:
    """Exif of nothing but an orientation, of any type of TIFF 6.0: 2 is text, 5 two numbers, 7 unknown."""
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI", 0x0112, kind, count) + value.ljust(4, b"\0") + bytes(4)


@pytest.mark.parametrize(
    "exif", [b"no TIFF at all", b"II*\0\xff\xff\xff\xff", b"MM", tag(2, 2, b"6"), tag(7, 4, b"\1\2\3\4"), tag(5, 1, b"\xff\xff")]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_loses_no_picture(kind: str, exif: bytes) -> None:
    image = Image.open(io.BytesIO(picture("PNG")))
    made = decode(saved(image, kind, exif=b"Exif\0\0" + exif), AS_IS)
    assert (made.width, made.height) == (64, 48)
    assert np.abs(pixels(made) - np.asarray(image).astype(int)).mean() < 4


def test_an_orientation_that_there_is_not_turns_nothing() -> None:
    body = picture(exif=b"Exif\0\0" + tag(3, 1, struct.pack("<H", 9)))
    assert decode(body, AS_IS).jpg == picture()


def test_of_a_camera_s_several_pictures_the_first_counts() -> None:
    frames = [flat("RGB", "red"), flat("RGB", "blue")]
    body = saved(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(body)).format == "MPO"
    made = decode(body, AS_IS)
    assert (made.format, made.came) == ("JPEG", (40, 40))
    assert tuple(pixels(made)[20, 20]) == pytest.approx((254, 0, 0), abs=2)


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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO"])
def test_of_a_damaged_file_a_picture_or_a_failure_comes_and_nothing_else(kind: str) -> None:
    chance, failed = random.Random(7), 0
    more = {"save_all": True, "append_images": [photo(60, 40)]} if kind == "MPO" else {}
    bodies = [saved(photo(60, 40), kind, **more), saved(photo(60, 40).convert("L"), kind, exif=tag(3, 1, b"\6"))]
    for number in range(120):
        body = bytearray(bodies[number % 2])
        for _ in range(chance.choice((1, 3, 20))):
            # Half of the damage is in the headers, which are the smaller part.
            body[chance.randrange(min(len(body), chance.choice((400, len(body)))))] = chance.randrange(256)
        try:
            decode(bytes(body), FetchSettings(size=33))
        except Failure as failure:
            assert failure.reason in REASONS
            failed += 1
    assert failed > 5


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


def png(width: int, height: int, depth: int, kind: int, samples: bytes, **more: bytes) -> bytes:
    """A PNG of these samples, row by row without filters, with more chunks before them: kinds and depths that Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = max(1, len(samples) // height)
    lines = b"".join(b"\0" + samples[start : start + row] for start in range(0, len(samples), row))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    head += b"".join(chunk(name.encode(), data) for name, data in more.items())
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


def scene(width: int, height: int) -> Image.Image:
    """The same noise as brightness, with colours that change more slowly, as those of photographs do."""
    random = np.random.default_rng(3)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]) + 1 / width
    bands = []
    for steepness, strength in ((1, 45), (1.6, 20), (1.6, 20)):
        wave = np.fft.irfft2(np.fft.rfft2(random.standard_normal((height, width))) / frequency**steepness, (height, width))
        bands.append(Image.fromarray((128 + strength * wave / wave.std()).clip(0, 255).astype(np.uint8)))
    made = Image.merge("YCbCr", bands).convert("RGB")
    made.paste((250, 240, 20), (width // 4, height // 3, width // 3, height // 2))
    return made


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio, dB."""
    return float(10 * np.log10(255**2 / max(((one.astype(int) - other) ** 2).mean(), 1e-9)))


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("draw", [scene, photo])
def test_scaled_decoding_loses_nothing_that_can_be_seen(draw: Callable[[int, int], Image.Image], subsampling: int) -> None:
    """At a half, a quarter and an eighth, and just beside them, where as little as can be or as much as can be is left to the filter."""
    image = draw(1152, 896)
    body = saved(image, "JPEG", quality=92, subsampling=subsampling)
    whole = Image.open(io.BytesIO(body)).convert("RGB")
    for size in (447, 448, 449, 223, 224, 225, 111, 112, 113):
        made = pixels(decode(body, FetchSettings(size=size, format="png")), "PNG")
        wanted = (made.shape[1], made.shape[0])
        original = np.asarray(image.resize(wanted, Image.Resampling.LANCZOS)).astype(int)
        same, best = (
            np.asarray(picture) for picture in (scaled(whole, wanted, whole.size), whole.resize(wanted, Image.Resampling.LANCZOS))
        )
        assert likeness(made, original) > likeness(same, original) - 0.7
        # Colours in the finest detail are no measure: at a half size scaled decoding keeps more of them than a full decode.
        if draw is scene:
            assert max(likeness(made, same), likeness(made, best)) > 38


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


@pytest.mark.parametrize("mode", ["no", "keep_ratio", "keep_ratio_largest", "center_crop", "border"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_plain_jpeg_becomes_what_pillow_opens(mode: str, subsampling: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for came in ((403, 301), (224, 896), (1152, 896)):
        body = saved(photo(*came), "JPEG", quality=85, subsampling=subsampling)
        for size in (31, 56, 112, 223, 224, 301):
            settings = FetchSettings(resize=mode, size=size, format="png")
            made = decode(body, settings)
            with monkeypatch.context() as patch:
                patch.setattr("pipeline.fetch.decode._plain_jpeg", lambda body, settings: None)
                assert decode(body, settings) == made


def test_of_a_damaged_plain_jpeg_comes_what_pillow_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    body, chance, refused = saved(photo(161, 121), "JPEG", quality=60), random.Random(4), 0
    for _ in range(300):
        at = chance.randrange(len(body))
        damaged = body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
        found: list[object] = []
        for opened in (False, True):
            with monkeypatch.context() as patch:
                if opened:
                    patch.setattr("pipeline.fetch.decode._plain_jpeg", lambda body, settings: None)
                try:
                    found.append(decode(damaged, FetchSettings(size=60, format="png")))
                except Failure as failure:
                    found.append((failure.reason, failure.detail))
        assert found[0] == found[1]
        refused += isinstance(found[0], tuple)
    assert 5 < refused < 295


def test_scaled_decoding_is_used(monkeypatch) -> None:
    decoded, decode_jpeg = [], simplejpeg.decode_jpeg

    def seen(*given, **settings) -> np.ndarray:
        made = decode_jpeg(*given, **settings)
        decoded.append(made.shape[1::-1])
        return made

    monkeypatch.setattr("simplejpeg.decode_jpeg", seen)
    for came, size, at, stored in (
        ((1200, 900), 112, (150, 113), (149, 112)),
        ((1152, 896), 224, (288, 224), (288, 224)),
        ((1152, 896), 225, (576, 448), (289, 225)),
    ):
        made = decode(saved(photo(*came), "JPEG", quality=92), FetchSettings(size=size))
        assert (decoded.pop(), made.came, (made.width, made.height)) == (at, came, stored)


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


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])  # from pixels, and from planes
@pytest.mark.parametrize("came", [(300, 200), (301, 203)])
def test_colours_have_the_resolution_that_is_asked_for(kind: str, came: tuple[int, int]) -> None:
    body, whole = saved(photo(*came), kind, quality=95), None
    for subsampling, sampling, near in ((444, (1, 1), 39), (420, (2, 2), 34)):
        made = decode(body, FetchSettings(size=101, subsampling=subsampling))
        image = Image.open(io.BytesIO(made.jpg))
        assert [layer[1:3] for layer in image.layer] == [sampling, (1, 1), (1, 1)]  # type: ignore[attr-defined]
        assert image.size == (made.width, made.height)
        grey = np.asarray(image.convert("L"))
        whole = grey if whole is None else whole
        assert likeness(grey, whole) > near


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


def test_of_a_tiff_the_first_page_counts() -> None:
    pages = [flat("RGB", "red"), flat("RGB", "blue")]
    made = decode(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), FetchSettings(format="png", resize="no"))
    assert tuple(pixels(made, "PNG")[0, 0]) == (255, 0, 0)


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
