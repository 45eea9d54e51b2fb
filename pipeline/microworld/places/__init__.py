"""The twelve places as SVG, each in as many variants as there are random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable

from pipeline.microworld import scenes
from pipeline.microworld.places import indoors, outdoors

PLACES: dict[str, Callable[[random.Random], str]] = {
    "meadow": outdoors.meadow, "forest": outdoors.forest, "beach": outdoors.beach, "desert": outdoors.desert,
    "mountains": outdoors.mountains, "street": outdoors.street, "park": outdoors.park, "farm": outdoors.farm, "lake": outdoors.lake,
    "snow": outdoors.snow, "room": indoors.room, "kitchen": indoors.kitchen,
}  # fmt: skip
"""Place -> function that draws a variant of it on a 256 x 256 canvas, all but the sky."""

if set(PLACES) != set(scenes.PLACES):
    raise ImportError(f"pipeline/microworld/places: {sorted(set(PLACES) ^ set(scenes.PLACES))} in only one of PLACES and scenes.PLACES")
