"""Damaged pictures: decoded to what is stated, or refused with a reason."""

import io
import re

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st
from PIL import Image

from pipeline.fetch.decode import FORMATS, decode
from pipeline.fetch.reasons import REASONS, Failure
from pipeline.fetch.settings import FORMATS as STORED
from pipeline.fetch.settings import RESIZE_MODES, SUBSAMPLINGS, FetchSettings
from tests.fuzz.laws import examples, is_one_line, within
from tests.fuzz.pictures import damaged, samples

WAYS = st.builds(
    FetchSettings,
    resize=st.sampled_from(RESIZE_MODES),
    size=st.sampled_from((1, 16, 33, 256)),
    enlarge=st.booleans(),
    format=st.sampled_from(STORED),
    subsampling=st.sampled_from(SUBSAMPLINGS),
    min_size=st.sampled_from((0, 1, 32)),
    max_aspect=st.sampled_from((1.0, 10.0, 1000.0)),
    max_pixels=st.just(2_000_000),
)


def check(body: bytes, ways: FetchSettings) -> bool:
    """Whether a picture came, which then is what is stated of it."""
    try:
        with within(10, 400):
            made = decode(body, ways)
    except Failure as failure:
        assert failure.reason in REASONS
        assert is_one_line(failure.detail), failure.detail
        return False
    stored = Image.open(io.BytesIO(made.jpg))
    stored.load()
    assert (stored.format, stored.mode, stored.size) == (ways.format.upper(), "RGB", (made.width, made.height))
    assert not {"exif", "icc_profile", "comment", "xmp"} & stored.info.keys()
    assert re.fullmatch("[0-9a-f]{16}", made.phash)
    assert made.format in FORMATS
    assert 0 < made.came[0] * made.came[1] <= ways.max_pixels
    assert ways.min_size <= min(made.came)
    return True


@examples(1200)
@given(damaged(), WAYS)
def test_damaged_pictures(body: bytes, ways: FetchSettings) -> None:
    note(f"{len(body)} bytes: {body!r}")
    check(body, ways)


@examples(150)
@given(st.sampled_from(samples()), WAYS)
def test_sound_pictures(body: bytes, ways: FetchSettings) -> None:
    image = Image.open(io.BytesIO(body))
    animated = image.format in ("PNG", "WEBP", "AVIF") and getattr(image, "is_animated", False)
    fits = max(image.size) <= ways.max_aspect * min(image.size)
    assert check(body, ways) == (fits and not animated), np.asarray(image).shape


@examples(150)
@given(st.binary(max_size=300), WAYS)
def test_what_is_no_picture(body: bytes, ways: FetchSettings) -> None:
    check(body, ways)
