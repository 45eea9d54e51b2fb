"""Where the things of a scene stand, so that what its relations say can be seen."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pipeline.microworld.scenes import AIRBORNE, BUILDINGS, FOOD, PEOPLE, PLANTS, VEHICLES, Group, Scene

SIDE = 256
"""Pixels of a picture that coordinates are given in."""
_LARGE_ANIMALS = frozenset({"horse", "cow", "elephant", "bear"})
_SIZE_FACTOR = {"small": 0.64, None: 1.0, "big": 1.32}
_OFFSETS = {
    1: ((0.0, 0.0),),
    2: ((-0.42, 0.0), (0.42, -0.08)),
    3: ((-0.42, 0.0), (0.42, 0.0), (0.0, -0.66)),
    4: ((-0.42, 0.0), (0.42, 0.0), (-0.36, -0.68), (0.48, -0.68)),
}
"""Places of a group's copies, in units of their size: each can be told from its neighbours and counted."""


@dataclass(frozen=True)
class Placement:
    """One copy of ``scene.groups[group]``: ``x`` of its centre and ``y`` of its base, its ``size`` (the side of its box), in
    pixels of a 256-pixel picture; ``flip`` lets it face left, ``tilt`` turns it, in degrees."""

    group: int
    x: float
    y: float
    size: float
    flip: bool
    tilt: float


def ordinary_size(noun: str) -> float:
    """Side of a noun's box in pixels where there is room; nature's differences, much reduced."""
    if noun in BUILDINGS:
        return 86
    if noun in VEHICLES or noun in ("tree", "cactus"):
        return 76
    if noun in PEOPLE or noun in _LARGE_ANIMALS:
        return 75
    return 55 if noun in FOOD else 62 if noun in PLANTS else 61


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float
    width: float
    scale: float = 1.0
    most: float = 112.0


def place_groups(scene: Scene) -> tuple[Placement, ...]:
    """One placement a copy, groups in order; the same for the same scene."""
    rng = random.Random(f"layout-{scene.seed}")
    placements = []
    for number, (group, spot) in enumerate(zip(scene.groups, _spots(scene, rng), strict=True)):
        placements += _copies(number, group, spot, rng)
    return tuple(placements)


def group_boxes(scene: Scene) -> tuple[tuple[float, float, float, float], ...]:
    """Left, top, right and bottom of each group, in pixels of a 256-pixel picture."""
    boxes = []
    placements = place_groups(scene)
    for number in range(len(scene.groups)):
        mine = [placement for placement in placements if placement.group == number]
        boxes.append(
            (
                min(p.x - p.size / 2 for p in mine),
                min(p.y - p.size for p in mine),
                max(p.x + p.size / 2 for p in mine),
                max(p.y for p in mine),
            )
        )
    return tuple(boxes)


def _spots(scene: Scene, rng: random.Random) -> list[_Spot]:
    """A spot for each group, by the layouts that `sample_scene` makes."""
    groups, relations = scene.groups, {(r.subject, r.anchor): r.name for r in scene.relations}

    def near(value: float, reach: float) -> float:
        return value + rng.uniform(-reach, reach)

    def ground(group: Group, x: float, width: float, scale: float = 1.0) -> _Spot:
        y = near(118, 14) if group.noun in AIRBORNE else near(222, 9)
        return _Spot(x, y, width, scale)

    first = relations[0, 1]
    if first == "left_of":
        third = relations.get((2, 0)), relations.get((2, 1))
        if third == ("right_of", "right_of"):
            return [ground(group, near(x, 3), 86, 0.78) for group, x in zip(groups, (45, 128, 211), strict=True)]
        columns = [near(68, 7), near(188, 7)]
        spots = [ground(group, x, 112) for group, x in zip(groups[:2], columns, strict=True)]
        if len(groups) == 3:
            anchor = 0 if third[0] in ("above", "behind") else 1
            spots[anchor] = _Spot(columns[anchor], near(240, 3), 108, 0.86, 92)
            spots.append(_beyond(relations[2, anchor], groups[2], columns[anchor], rng))
        return spots
    wide = len(groups) == 2
    x = near(128, 24) if wide else near(76, 5)
    spots = [_Spot(x, near(240, 3), 130 if wide else 124, 0.95, 96)]
    spots.append(_beyond("above" if first == "below" else "behind", groups[1], x, rng))
    if not wide:
        spots.append(ground(groups[2], near(206, 4), 92, 0.9))
    return spots


def _beyond(relation: str, group: Group, x: float, rng: random.Random) -> _Spot:
    """A spot above or behind what stands at ``x``; what is behind looks out at one side and over the top."""
    if relation == "above":
        return _Spot(x + rng.uniform(-8, 8), rng.uniform(84, 94), 108, 0.9, 72)
    side = 1 if x < 110 else -1
    return _Spot(x + side * rng.uniform(24, 30), rng.uniform(176, 182), 100, 0.92, 92)


def _copies(number: int, group: Group, spot: _Spot, rng: random.Random) -> list[Placement]:
    size = ordinary_size(group.noun) * _SIZE_FACTOR[group.size] * spot.scale * rng.uniform(0.95, 1.05)
    if group.count > 1:
        size = min(size * (0.92 if group.count == 2 else 0.78), spot.width / 1.84)
    size = max(30.0, min(size, spot.most, spot.width * 1.12))
    placements = []
    for across, up in _OFFSETS[group.count]:
        x = spot.x + across * size + rng.uniform(-1.5, 1.5)
        y = spot.y + up * size + rng.uniform(-1.5, 1.5)
        x = min(SIDE - size * 0.48, max(size * 0.48, x))
        placements.append(Placement(number, x, max(size + 2, y), size, rng.random() < 0.5, rng.uniform(-4, 4)))
    return placements
