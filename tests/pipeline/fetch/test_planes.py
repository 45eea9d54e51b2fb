"""Lossy WebP that is made smaller plane by plane is as near to the original as what is decoded in whole, and as much is refused."""

import io
import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image, ImageCms, _webp

from pipeline.fetch import planes
from pipeline.fetch.decode import decode
from pipeline.fetch.planes import plain_size, shrunk
from pipeline.fetch.reasons import Failure
from pipeline.fetch.resize import scaled
from pipeline.fetch.settings import FetchSettings
from tests.pipeline.fetch.test_colours import swapped
from tests.pipeline.fetch.test_decode import likeness, photo, saved

LANCZOS = Image.Resampling.LANCZOS
TURNED = Image.Exif()
TURNED[0x0112] = 6
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def calm(width: int, height: int) -> Image.Image:
    """A picture whose colours change slowly, as in most."""
    return photo(width // 8, height // 8).resize((width, height), Image.Resampling.BICUBIC)


def rgb(image: Image.Image) -> np.ndarray:
    """A picture in mode YCbCr as JPEG means it (JFIF 1.02), with sound rounding, as decoders of JPEG do it and Pillow does not."""
    assert image.mode == "YCbCr"
    y, blue, red = np.moveaxis(np.asarray(image).astype(float), 2, 0)
    blue, red = blue - 128, red - 128
    made = np.stack([y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue], 2)
    return np.rint(made.clip(0, 255)).astype(int)


def small(body: bytes, came: tuple[int, int], wanted: tuple[int, int]) -> np.ndarray:
    made = shrunk(body, came, wanted)
    assert made is not None
    assert made.size == wanted
    return rgb(made)


@pytest.mark.parametrize("came", [(1200, 900), (1201, 899)])
@pytest.mark.parametrize("quality", [75, 92])
def test_nothing_is_lost_by_the_planes(came: tuple[int, int], quality: int) -> None:
    """The noise has all of its colours in the finest detail, which the file has not: the hardest case."""
    image = photo(*came)
    body = saved(image, "WEBP", quality=quality)
    whole = Image.open(io.BytesIO(body)).convert("RGB")
    for wanted, near in (((75, 56), 45), ((149, 112), 43), ((299, 224), 38), ((667, 500), 32)):
        made, decoded = small(body, came, wanted), np.asarray(scaled(whole, wanted, came)).astype(int)
        original = np.asarray(image.resize(wanted, LANCZOS)).astype(int)
        assert likeness(made, decoded) > near
        assert likeness(made, original) > likeness(decoded, original) - 0.6
        assert np.abs((made - decoded).mean((0, 1))).max() < 0.3
        assert likeness(made, np.asarray(whole.resize(wanted, LANCZOS))) > 32  # as is asked of JPEG that is decoded scaled


@pytest.mark.parametrize("draw", [photo, calm])
@pytest.mark.parametrize("quality", [40, 75])
def test_from_a_third_on_the_filter_between_blocks_is_left_out_and_nothing_lost(
    draw: Callable[[int, int], Image.Image], quality: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = (1152, 896)
    image = draw(*came)
    body = saved(image, "WEBP", quality=quality)
    for wanted, left_out in (((461, 358), False), ((385, 298), False), ((384, 298), True), ((288, 224), True), ((150, 117), True)):
        made = small(body, came, wanted)
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.fetch.planes._UNFILTERED", 1000)
            filtered = small(body, came, wanted)
        original = np.asarray(image.resize(wanted, LANCZOS)).astype(int)
        assert (made != filtered).any() == left_out
        assert likeness(made, original) > likeness(filtered, original) - 0.2


@pytest.mark.parametrize(
    "colour", [(255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (200, 30, 90)]
)
def test_colours_are_those_of_a_whole_decode(colour: tuple[int, int, int]) -> None:
    body = saved(Image.new("RGB", (401, 301), colour), "WEBP", quality=95)
    whole = np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)
    assert np.abs(small(body, (401, 301), (133, 100)).mean((0, 1)) - whole.mean((0, 1))).max() < 1.5


def test_edges_stay_where_they_are() -> None:
    for came in ((403, 301), (401, 303), (400, 300)):
        image = Image.new("RGB", came, "red")
        image.paste("blue", (came[0] // 2, 0, *came))
        made = small(saved(image, "WEBP", quality=95), came, (101, 75))
        whole = np.asarray(scaled(image, (101, 75), came)).astype(int)
        assert np.abs(made - whole).mean() < 2
        assert abs((made[..., 0] > 127).mean() - (whole[..., 0] > 127).mean()) < 0.01


def test_what_is_plain_says_its_size() -> None:
    image = photo(161, 121)
    body = saved(image, "WEBP", quality=70)
    assert plain_size(body) == plain_size(body + b"and more") == (161, 121)
    assert plain_size(body[:-1]) is plain_size(body[:28]) is plain_size(b"") is None
    assert plain_size(body[:26] + bytes(4) + body[30:]) is None
    assert plain_size(body[:16] + bytes([body[16] ^ 2]) + body[17:]) is None
    for other in (
        saved(image, "WEBP", exif=TURNED),
        saved(image, "WEBP", icc_profile=SRGB),
        saved(image, "WEBP", lossless=True),
        saved(image, "WEBP", save_all=True, append_images=[photo(161, 122).crop((0, 0, 161, 121))]),
        saved(image, "PNG"),
        saved(image, "JPEG"),
    ):
        assert plain_size(other) is None


def test_what_is_not_lossy_webp_is_none() -> None:
    image = photo(161, 121)
    frames = {"save_all": True, "append_images": [image.transpose(Image.Transpose.ROTATE_180)]}
    bodies = [saved(image, "PNG"), saved(image, "WEBP", lossless=True), saved(image, "WEBP", **frames), b"", b"RIFF", b"x" * 1000]
    assert [shrunk(body, (161, 121), (80, 60)) for body in bodies] == [None] * 6


@pytest.mark.filterwarnings("ignore:Truncated File Read")  # Pillow's, of damaged Exif
@pytest.mark.parametrize("options", [{}, {"exif": TURNED}, {"xmp": b"<x/>" * 500}])
def test_a_damaged_picture_is_refused_if_a_whole_decode_refuses_it(options: dict[str, object]) -> None:
    body, chance, refused = saved(photo(161, 121), "WEBP", quality=60, **options), random.Random(4), 0
    damaged = [body[: len(body) * part // 40] for part in range(1, 40)]
    for _ in range(120):
        at = chance.randrange(len(body))
        damaged.append(body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :])
    for data in damaged:
        reasons = []
        for format in ("jpeg", "png"):  # PNG is made of a whole decode
            try:
                reasons.append(decode(data, FetchSettings(size=60, format=format)).came)
            except Failure as failure:
                reasons.append(failure.reason)
        assert reasons[0] == reasons[1]
        refused += isinstance(reasons[0], str)
    assert refused > 42


@pytest.mark.parametrize("mode", ["keep_ratio", "keep_ratio_largest", "center_crop", "border"])
@pytest.mark.parametrize("options", [{}, {"exif": TURNED}, {"icc_profile": SRGB}])
def test_what_is_stored_is_what_a_whole_decode_gives(mode: str, options: dict[str, object], used: list[bool]) -> None:
    body = saved(calm(403, 301), "WEBP", quality=90, **options)
    made, whole = (decode(body, FetchSettings(resize=mode, size=96, format=format, quality=95)) for format in ("jpeg", "png"))
    assert used == [True]
    assert (made.width, made.height, made.came, made.format) == (whole.width, whole.height, (403, 301), "WEBP")
    assert (int(made.phash, 16) ^ int(whole.phash, 16)).bit_count() <= 3
    one, other = (np.asarray(Image.open(io.BytesIO(picture.jpg))).astype(int) for picture in (made, whole))
    assert one.shape == other.shape
    assert likeness(one, other) > 36
    assert np.abs((one - other).mean((0, 1))).max() < 0.4
    if mode == "border":
        top, side = ((one[:8], one[:, 40:50]), (one[:, :8], one[40:50]))[bool(options.get("exif"))]
        assert (top.min() >= 253, side.min() < 200) == (True, True)


def test_what_needs_all_of_its_pixels_is_decoded_in_whole(used: list[bool]) -> None:
    clear = photo(200, 150).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((200, 150)))
    image = photo(200, 150)
    ways = FetchSettings(size=96)
    for body in (saved(clear, "WEBP"), saved(image, "WEBP", icc_profile=swapped()), saved(image, "WEBP", lossless=True)):
        assert decode(body, ways).width == 128
    body = saved(image, "WEBP")
    for settings in (FetchSettings(size=150), FetchSettings(size=300, enlarge=True), FetchSettings(resize="no")):
        decode(body, settings)
    assert True not in used


def test_limits_hold_before_anything_is_decoded(used: list[bool]) -> None:
    body = saved(photo(400, 100), "WEBP")
    found = []
    for settings in (FetchSettings(max_pixels=39_999), FetchSettings(min_size=101), FetchSettings(max_aspect=3.9)):
        with pytest.raises(Failure) as caught:
            decode(body, settings)
        found.append(caught.value.reason)
    assert (found, used) == (["bomb", "too_small", "aspect"], [])


def test_without_the_library_pillow_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    body, ways = saved(calm(400, 300), "WEBP", quality=90), FetchSettings(size=96)
    near = decode(body, ways)
    monkeypatch.setattr(_webp, "__file__", planes.__file__)
    planes._library.cache_clear()
    try:
        assert shrunk(body, (400, 300), (128, 96)) is None
        far = decode(body, ways)
    finally:
        planes._library.cache_clear()
    assert (far.width, far.height, far.came) == (near.width, near.height, near.came)
    one, other = (np.asarray(Image.open(io.BytesIO(picture.jpg))) for picture in (near, far))
    assert likeness(one, other) > 36


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """For each time that planes were asked for, whether there were any."""
    found: list[bool] = []

    def watched(*asked: object) -> Image.Image | None:
        made = shrunk(*asked)
        found.append(made is not None)
        return made

    monkeypatch.setattr("pipeline.fetch.decode.shrunk", watched)
    return found
