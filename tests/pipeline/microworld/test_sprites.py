"""Every drawing of the microworld: there, in its colour, on its ground line, different in each pose that it draws."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipeline.microworld.palette import PALETTES
from pipeline.microworld.scenes import ACTIONS, AIRBORNE, ANIMALS, CLOTHED, COLOURS, NOUNS, PEOPLE
from pipeline.microworld.sprites import SPRITES, drawn_actions, sprite_image, sprite_svg

LIVING = ANIMALS + PEOPLE
MIDDLE_GREY = 128


def opaque(image: Image.Image) -> np.ndarray:
    """Mask (height, width) of what the sprite covers."""
    return np.asarray(image)[..., 3] > MIDDLE_GREY


def colour_counts(image: Image.Image) -> dict[str, int]:
    """Opaque pixels of each of the ten colours, outlines left out: a pixel goes to the nearest shade of all palettes."""
    owners, shades = [], []
    for name, palette in PALETTES.items():
        for shade in (palette.main, palette.light, palette.dark, palette.line):
            owners.append(name if shade != palette.line else "")
            shades.append([int(shade[i : i + 2], 16) for i in (1, 3, 5)])
    pixels = np.asarray(image)[..., :3][opaque(image)].astype(int)
    nearest = ((pixels[:, None] - np.array(shades)[None]) ** 2).sum(2).argmin(1)
    hits = np.bincount(nearest, minlength=len(shades))
    return {name: sum(int(n) for owner, n in zip(owners, hits, strict=True) if owner == name) for name in PALETTES}


def test_there_is_one_drawing_a_noun() -> None:
    assert sorted(SPRITES) == sorted(NOUNS)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_colour_and_action_renders(noun: str) -> None:
    for colour in COLOURS:
        for action in (None, *sorted(drawn_actions(noun))):
            image = sprite_image(noun, colour, action, 24)
            assert (image.mode, image.size) == ("RGBA", (24, 24))
            covered = opaque(image).mean()
            assert 0.1 < covered < 0.95, (colour, action)


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("colour", ["red", "green", "blue", "purple", "black", "white"])
def test_the_colour_is_the_one_seen_most(noun: str, colour: str) -> None:
    counts = colour_counts(sprite_image(noun, colour, None, 48))
    assert max(counts, key=lambda name: counts[name]) == colour, counts


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun not in AIRBORNE])
def test_the_base_touches_the_ground_line(noun: str) -> None:
    for action in (None, *sorted(drawn_actions(noun) - {"jump"})):
        rows = np.nonzero(opaque(sprite_image(noun, "blue", action, 200)).any(1))[0]
        assert 95.5 <= (rows[-1] + 1) / 2 <= 98.5, action


@pytest.mark.parametrize("noun", LIVING)
def test_no_pose_is_cut_off_by_the_box(noun: str) -> None:
    for action in (None, *sorted(drawn_actions(noun))):
        seen = opaque(sprite_image(noun, "blue", action, 100))
        assert not (seen[0].any() or seen[:, 0].any() or seen[:, -1].any() or seen[99:].any()), action


def test_the_living_draw_their_actions() -> None:
    animal, person = frozenset({"sleep", "run", "jump"}), frozenset(ACTIONS)
    expected = dict.fromkeys(ANIMALS, animal) | dict.fromkeys(PEOPLE, person) | {"butterfly": frozenset()}
    assert {noun: drawn_actions(noun) for noun in LIVING} == expected


def test_an_action_that_is_not_drawn_is_the_same_cached_image() -> None:
    assert sprite_image("cat", "red", "read", 32) is sprite_image("cat", "red", None, 32)
    assert sprite_image("cat", "red", "sleep", 32) is not sprite_image("cat", "red", None, 32)


def test_adults_are_taller_than_children() -> None:
    heights = {noun: int(opaque(sprite_image(noun, "red", None, 100)).any(1).sum()) for noun in sorted(CLOTHED)}
    assert heights["man"] > heights["woman"] > 90 > 85 > max(heights["boy"], heights["girl"]) > 70


def test_eyes_show_on_black() -> None:
    for noun in ("cat", "horse", "owl", "frog", "bear", "snail"):
        pixels = np.asarray(sprite_image(noun, "black", None, 96))
        white = (pixels[..., :3].min(2) > 200) & (pixels[..., 3] > MIDDLE_GREY)
        assert white.sum() >= 8, noun


def test_document_is_the_same_each_time() -> None:
    assert sprite_svg("hedgehog", "brown", "run", 64) == sprite_svg("hedgehog", "brown", "run", 64)
