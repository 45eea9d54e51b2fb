"""Pictures of scenes: the same bytes always, alike at any size, each light, place and action to be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.microworld import render
from pipeline.microworld.layout import LIFT, place_groups
from pipeline.microworld.render import VARIANTS, render_scene
from pipeline.microworld.scenes import ACTIONS, COLOURS, INDOORS, LIGHTS, PLACES, Group, Relation, Scene, sample_scene

OUTDOORS = [place for place in PLACES if place not in INDOORS]


def array(picture: Image.Image) -> np.ndarray:
    """float32 [height, width, 3], 0 to 255."""
    return np.asarray(picture, dtype=np.float32)


def pair(first: Group, place: str = "meadow", light: str = "sun", seed: int = 3) -> Scene:
    return Scene(seed, place, light, (first, Group("chair", "red")), (Relation(0, "left_of", 1),))


def test_equal_scenes_give_equal_bytes_whatever_was_drawn_before() -> None:
    scenes = [sample_scene(seed) for seed in range(25)]
    first = [render_scene(scene, 128).tobytes() for scene in scenes]
    render.forget()
    assert render._background.cache_info().currsize == render._actor.cache_info().currsize == 0
    assert [render_scene(scene, 128).tobytes() for scene in reversed(scenes)] == first[::-1]


def test_a_picture_may_be_drawn_on_without_spoiling_the_next() -> None:
    scene = replace(sample_scene(4), light="sun")
    expected = render_scene(scene, 64).tobytes()
    render_scene(scene, 64).paste((255, 0, 0), (0, 0, 64, 64))
    assert render_scene(scene, 64).tobytes() == expected


@pytest.mark.parametrize("pixels", [64, 128, 256])
def test_pictures_are_rgb_squares(pixels: int) -> None:
    picture = render_scene(sample_scene(1), pixels)
    assert (picture.mode, picture.size) == ("RGB", (pixels, pixels))


def test_a_small_picture_is_the_large_one_made_small() -> None:
    for seed in range(30):
        small, large = render_scene(sample_scene(seed), 128), render_scene(sample_scene(seed), 256)
        gap = np.abs(array(small) - array(large.resize((128, 128), Image.Resampling.BOX)))
        assert gap.mean() < 5.0, seed
        assert (gap.max(axis=2) > 60).mean() < 0.03, seed


def test_variants_of_a_background_all_differ() -> None:
    for place in PLACES:
        for light in LIGHTS:
            assert len({render._background(place, light, variant, 64).tobytes() for variant in range(VARIANTS)}) == VARIANTS, (place, light)


def test_lights_can_be_told_by_brightness_and_tint() -> None:
    for place in OUTDOORS:
        sky = {light: array(render._background(place, light, 1, 64))[:24].mean(axis=(0, 1)) for light in LIGHTS}
        red, blue = {light: tone[0] for light, tone in sky.items()}, {light: tone[2] for light, tone in sky.items()}
        assert red["sunset"] > blue["sunset"] - 30, place
        assert blue["sun"] > red["sun"] + 10, place
        assert max(sky["night"]) < 110 < min(sky["rain"]) < min(sky["fog"]), place


def test_places_are_paler_than_what_stands_in_them() -> None:
    actor = np.asarray(render_scene(pair(Group("ball", "red")), 256).convert("HSV"), dtype=np.float32)[..., 1].max()
    for place in PLACES:
        ground = np.asarray(render._background(place, "sun", 0, 128).convert("HSV"), dtype=np.float32)[64:, :, 1]
        assert np.percentile(ground, 90) < 0.6 * actor, place


@pytest.mark.parametrize("light", LIGHTS)
def test_the_ten_colours_stay_apart_in_every_light(light: str) -> None:
    tones = []
    for colour in COLOURS:
        sprite = np.asarray(render._actor("balloon", colour, None, 64, light), dtype=np.float32)
        tones.append(sprite[16:32, 24:40, :3].mean(axis=(0, 1)))
    gaps = [np.abs(a - b).max() for number, a in enumerate(tones) for b in tones[:number]]
    assert min(gaps) > 20


@pytest.mark.parametrize("action", ACTIONS)
def test_actions_are_seen(action: str) -> None:
    idle, acting = render_scene(pair(Group("girl", "blue"))), render_scene(pair(Group("girl", "blue", 1, None, action)))
    assert (np.abs(array(idle) - array(acting)).max(axis=2) > 60).sum() > 60


def test_a_jumper_is_above_its_shadow() -> None:
    scene = pair(Group("ball", "red", 1, None, "jump"))
    jumper = place_groups(scene)[0]
    picture = array(render_scene(scene))
    column = picture[:, round(jumper.x)]
    red = np.nonzero((column[:, 0] > 120) & (column[:, 1] < 90))[0]
    assert jumper.y - red.max() == pytest.approx(LIFT * jumper.size, abs=4)


def test_rain_inside_falls_only_behind_the_window() -> None:
    kitchen = render._tinted(render._ground("kitchen", 2, 128), render.LIGHTS["rain"].indoors)
    pane = np.asarray(kitchen.getchannel("A")) == 0
    wall = np.asarray(kitchen.getchannel("A")) == 255
    drawn = array(render._background("kitchen", "rain", 2, 128))
    assert 0.03 < pane.mean() < 0.1
    assert np.abs(drawn - array(kitchen.convert("RGB")))[wall].max() == 0
    assert drawn[pane].std() > 10


def test_rain_outside_falls_over_everything() -> None:
    streaks = np.asarray(render._rain(2, 128).getchannel("A")) > 60
    assert [band.mean() > 0.005 for band in np.array_split(streaks, 8)] == [True] * 8
