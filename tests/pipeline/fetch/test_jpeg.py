import numpy as np
import pytest
from PIL import Image, ImageCms

from pipeline.fetch.jpeg import outline, plain_size
from tests.pipeline.fetch.test_decode import saved
from tests.pipeline.fetch.web import picture


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data


def told(body: bytes) -> tuple[int, bytes] | None:
    found = outline(body)
    return found and (found.scans, found.pixels)


def test_a_plain_file_is_its_own_outline():
    body = picture()
    assert told(body) == (1, body)


def test_scans_are_counted():
    found = outline(picture(progressive=True))
    assert found is not None
    assert 5 < found.scans < 15


def test_segments_that_say_nothing_about_pixels_are_left_out():
    body = picture()
    extra = segment(0xE1, b"Exif\0\0" + b"\xff\xd9 \xff\xda") + segment(0xED, b"Photoshop") + segment(0xFE, b"comment") + segment(0xEF, b"")
    colours = segment(0xEE, b"Adobe\0d\0\0\0\0\1")
    end = body.index(b"\xff\xdb")
    assert told(body[:end] + extra + colours + body[end:] + b"trailing \xff\xd9") == (1, body[:end] + colours + body[end:])


def test_fill_bytes_and_restarts():
    body = picture(restart_marker_blocks=1)
    assert b"\xff\xd0" in body
    assert told(body) == (1, body)
    at = body.index(b"\xff\xdb")
    assert told(body[:at] + b"\xff\xff" + body[at:]) == (1, body)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xd8", b"\x89PNG", picture()[:-2], picture()[:100], b"\xff\xd8" + bytes(100), b"\xff\xd8\xff\xe1\xff\xff"]
)
def test_what_has_no_outline(body):
    assert outline(body) is None


def test_an_odd_length_does_not_hang():
    assert outline(b"\xff\xd8" + b"\xff\xe0\0\0" * 100) is None


def test_what_is_plain_says_its_size() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (37, 50, 3), np.uint8))
    body = saved(image, "JPEG")
    for plain in (body, saved(image, "JPEG", comment="a word"), saved(image, "JPEG", restart_marker_blocks=1), body + b"and more"):
        assert plain_size(plain) == (50, 37)
    exif = Image.Exif()
    exif[0x0112] = 6
    frame, scan = body.index(b"\xff\xc0"), body.index(b"\xff\xda")
    for other in (
        saved(image, "JPEG", progressive=True),
        saved(image, "JPEG", exif=exif),
        saved(image, "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        saved(image.convert("L"), "JPEG"),
        saved(image.convert("CMYK"), "JPEG"),
        saved(image, "JPEG", keep_rgb=True),
        body[:2] + segment(0xEE, b"Adobe\0d\0\0\0\0\0") + body[2:],
        body[: frame + 1] + b"\xc3" + body[frame + 2 :],  # lossless
        body[: frame + 4] + b"\x0c" + body[frame + 5 :],  # of 12 bits
        body[: frame + 5] + bytes(4) + body[frame + 9 :],  # of no size
        body[:frame] + body[frame : frame + 19] + body[frame:],
        body[: scan + 4] + b"\1" + body[scan + 5 :],  # the first of several scans
        b"\0" + body[1:],
        saved(image, "PNG"),
    ):
        assert plain_size(other) is None
    assert {plain_size(body[:end]) for end in range(scan + 10)} == {None}
