import pytest

from pipeline.fetch.jpeg import outline
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
