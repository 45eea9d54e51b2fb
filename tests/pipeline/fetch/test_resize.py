import numpy as np
import pytest
from PIL import Image

from pipeline.fetch.resize import resized


@pytest.mark.parametrize(
    ("mode", "came", "stored"),
    [
        # as img2dataset 1.47 with resize_only_if_bigger makes them
        ("no", (640, 480), (640, 480)),
        ("keep_ratio", (640, 480), (341, 256)),
        ("keep_ratio", (480, 640), (256, 341)),
        ("keep_ratio", (1000, 200), (1000, 200)),
        ("keep_ratio_largest", (640, 480), (256, 192)),
        ("keep_ratio_largest", (200, 1000), (51, 256)),
        ("keep_ratio_largest", (10000, 10), (256, 1)),
        ("center_crop", (640, 480), (256, 256)),
        ("center_crop", (640, 200), (640, 200)),
        ("border", (640, 480), (256, 256)),
        ("border", (257, 20), (256, 256)),
        ("border", (200, 100), (200, 100)),
        ("keep_ratio", (256, 256), (256, 256)),
        ("keep_ratio", (100, 80), (100, 80)),
    ],
)
def test_sizes(mode, came, stored):
    assert resized(Image.new("RGB", came), mode, 256).size == stored


def test_what_is_not_larger_is_the_same_picture():
    image = Image.new("RGB", (100, 80))
    assert all(resized(image, mode, 100) is image for mode in ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"))


def test_borders_are_white_and_the_picture_is_in_the_middle():
    made = np.asarray(resized(Image.new("RGB", (400, 200), "red"), "border", 100))
    assert (made[:25] == 255).all()
    assert (made[75:] == 255).all()
    assert (made[25:75] == (255, 0, 0)).all()


def test_a_crop_is_from_the_middle():
    image = Image.new("RGB", (600, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    made = np.asarray(resized(image, "center_crop", 100))
    assert (made[:, 5:95] == (0, 0, 255)).all()
