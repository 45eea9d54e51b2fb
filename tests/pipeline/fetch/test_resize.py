"""Sizes as img2dataset makes them, borders and crops as it does."""

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.fetch.resize import resized

WAYS = (
    ("keep_ratio", False), ("keep_ratio", True), ("keep_ratio_largest", False), ("keep_ratio_largest", True), ("center_crop", False),
    ("center_crop", True), ("border", False), ("border", True),
)  # fmt: skip
"""Resize mode, and whether smaller pictures grow: img2dataset's ``resize_only_if_bigger``, the other way round."""

SIZES = {
    (640, 480): ((341, 256), (341, 256), (256, 192), (256, 192), (256, 256), (256, 256), (256, 256), (256, 256)),
    (480, 640): ((256, 341), (256, 341), (192, 256), (192, 256), (256, 256), (256, 256), (256, 256), (256, 256)),
    (1000, 200): ((1000, 200), (1280, 256), (256, 51), (256, 51), (1000, 200), (256, 256), (256, 256), (256, 256)),
    (200, 1000): ((200, 1000), (256, 1280), (51, 256), (51, 256), (200, 1000), (256, 256), (256, 256), (256, 256)),
    (257, 20): ((257, 20), (3290, 256), (256, 20), (256, 20), (257, 20), (256, 256), (256, 256), (256, 256)),
    (20, 257): ((20, 257), (256, 3290), (20, 256), (20, 256), (20, 257), (256, 256), (256, 256), (256, 256)),
    (256, 256): ((256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256)),
    (255, 255): ((255, 255), (256, 256), (255, 255), (256, 256), (255, 255), (256, 256), (255, 255), (256, 256)),
    (257, 257): ((256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256), (256, 256)),
    (100, 80): ((100, 80), (320, 256), (100, 80), (256, 205), (100, 80), (256, 256), (100, 80), (256, 256)),
    (80, 100): ((80, 100), (256, 320), (80, 100), (205, 256), (80, 100), (256, 256), (80, 100), (256, 256)),
    (333, 777): ((256, 597), (256, 597), (110, 256), (110, 256), (256, 256), (256, 256), (256, 256), (256, 256)),
    (1023, 767): ((341, 256), (341, 256), (256, 192), (256, 192), (256, 256), (256, 256), (256, 256), (256, 256)),
    (3000, 301): ((2551, 256), (2551, 256), (256, 26), (256, 26), (256, 256), (256, 256), (256, 256), (256, 256)),
    (511, 255): ((511, 255), (513, 256), (256, 128), (256, 128), (511, 255), (256, 256), (256, 256), (256, 256)),
    (256, 100): ((256, 100), (655, 256), (256, 100), (256, 100), (256, 100), (256, 256), (256, 100), (256, 256)),
    (64, 1): ((64, 1), (16384, 256), (64, 1), (256, 4), (64, 1), (256, 256), (64, 1), (256, 256)),
    (1, 64): ((1, 64), (256, 16384), (1, 64), (4, 256), (1, 64), (256, 256), (1, 64), (256, 256)),
    (2000, 10): ((2000, 10), (51200, 256), (256, 1), (256, 1), (2000, 10), (256, 256), (256, 256), (256, 256)),
    (300, 299): ((257, 256), (257, 256), (256, 255), (256, 255), (256, 256), (256, 256), (256, 256), (256, 256)),
    (299, 300): ((256, 257), (256, 257), (255, 256), (255, 256), (256, 256), (256, 256), (256, 256), (256, 256)),
}
"""By the size that came, the sizes that img2dataset 1.47 makes of it with image_size 256, in the order of `WAYS`."""


@pytest.mark.parametrize("came", SIZES)
def test_sizes_are_those_of_img2dataset(came: tuple[int, int]) -> None:
    image = Image.new("RGB", came)
    made = [resized(image, mode, 256, enlarge).size for mode, enlarge in WAYS]
    assert all(abs(a - b) <= 1 for mine, theirs in zip(made, SIZES[came], strict=True) for a, b in zip(mine, theirs, strict=True)), made
    assert resized(image, "no", 256) is resized(image, "no", 256, True) is image


@pytest.mark.parametrize(("mode", "enlarge"), WAYS)
def test_side_by_side_with_img2dataset(mode: str, enlarge: bool) -> None:
    """Only where img2dataset is installed: same sizes, and pictures that look the same."""
    resizer = pytest.importorskip("img2dataset.resizer").Resizer(64, mode, not enlarge)
    down = np.linspace(0, 255, 200)[:, None, None]
    for width, height in ((300, 200), (90, 200), (50, 40), (64, 64)):
        image = Image.fromarray(np.broadcast_to(down[:height], (height, width, 3)).astype(np.uint8))
        sink = io.BytesIO()
        image.save(sink, "PNG")
        jpg, *size, _, _, error = resizer(sink)
        assert error is None
        ours = resized(image, mode, 64, enlarge)
        assert max(abs(a - b) for a, b in zip(ours.size, size, strict=True)) <= 1
        theirs = Image.open(io.BytesIO(jpg)).convert("RGB").resize(ours.size)
        assert np.abs(np.asarray(ours).astype(int) - np.asarray(theirs)).mean() < 6


def test_what_is_not_larger_is_the_same_picture() -> None:
    image = Image.new("RGB", (100, 80))
    assert all(resized(image, mode, 100) is image for mode in ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"))


def test_borders_are_white_and_the_picture_is_in_the_middle() -> None:
    for came, enlarge in (((400, 200), False), ((40, 20), True), ((100, 50), True)):
        made = np.asarray(resized(Image.new("RGB", came, "red"), "border", 100, enlarge))
        assert (made[:25] == 255).all()
        assert (made[75:] == 255).all()
        assert (made[25:75] == (255, 0, 0)).all()


def test_a_crop_is_from_the_middle() -> None:
    image = Image.new("RGB", (600, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    for size, enlarge in ((100, False), (200, True), (300, True)):
        made = np.asarray(resized(image, "center_crop", size, enlarge))
        edge = size // 20
        assert (made[:, edge:-edge] == (0, 0, 255)).all()
