"""Where the things of a scene stand, so that what its relations say can be seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache

from PIL import Image, ImageChops

from pipeline.microworld.scenes import AIRBORNE, BUILDINGS, CLOTHED, FOOD, PEOPLE, VEHICLES, Group, Scene
from pipeline.microworld.sprites import sprite_image

SIDE = 256
"""Pixels of a picture that coordinates are given in."""
LIFT = 0.2
"""How far a jump carries, in units of the jumper's size."""
LYING = -80.0
"""Degrees by which a sleeping person is turned; a flipped one the other way."""

_MARGIN, _GAP = 5.0, 9.0
_LEAST, _LEAST_SMALL, _MOST = 54.0, 46.0, 124.0
_SIZE_FACTOR = {"small": 0.7, None: 1.0, "big": 1.32}
_COUNT_FACTOR = {1: 1.0, 2: 0.94, 3: 0.86, 4: 0.8}
_LARGE_ANIMALS = frozenset({"horse", "cow", "elephant", "bear"})
_UPRIGHT = frozenset({*BUILDINGS, *VEHICLES, "table", "bench", "chair", "lamp", "cake"}) - {"airplane"}


@dataclass(frozen=True)
class Placement:
    """One copy of ``scene.groups[group]``: ``x`` of its centre and ``y`` of its base, its ``size`` (the side of its box), in
    pixels of a 256-pixel picture; ``flip`` lets it face left, ``tilt`` turns it, in degrees. A jumper's ``y`` is the ground
    that it jumped from."""

    group: int
    x: float
    y: float
    size: float
    flip: bool
    tilt: float


@dataclass(frozen=True)
class Extent:
    """What of a sprite's box is drawn on, in units of its side: ``half`` to either side of the middle, from ``top`` down to
    ``bottom``."""

    half: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def ordinary_size(noun: str) -> float:
    """Side of a noun's box in pixels where there is room; nature's differences, much reduced."""
    if noun in BUILDINGS:
        return 104
    if noun in VEHICLES or noun in ("tree", "cactus"):
        return 92
    if noun in PEOPLE or noun in _LARGE_ANIMALS:
        return 88
    return 70 if noun in FOOD else 76


def lies(group: Group) -> bool:
    """Whether the group's copies are drawn lying down."""
    return group.action == "sleep" and group.noun in CLOTHED


@cache
def extent(noun: str, action: str | None) -> Extent:
    """What the noun's drawing covers of its box, whichever way it faces."""
    box = _posed(noun, action).point(lambda alpha: 255 * (alpha > 96)).getbbox()
    if box is None:
        raise ValueError(f"pipeline/microworld/sprites: the drawing of {noun} is empty; draw it within its 100 x 100 box")
    left, top, right, bottom = (edge / 64 for edge in box)
    return Extent(max(0.5 - left, right - 0.5), top, bottom)


@cache
def _posed(noun: str, action: str | None) -> Image.Image:
    alpha = sprite_image(noun, "white", action, 64).getchannel("A")
    return alpha.rotate(LYING, Image.Resampling.BILINEAR) if action == "sleep" and noun in CLOTHED else alpha


def place_groups(scene: Scene) -> tuple[Placement, ...]:
    """One placement a copy, groups in order; the same for the same scene."""
    shrink = 1.0
    for _ in range(12):
        rng = random.Random(f"layout-{scene.seed}")
        blocks = _blocks(scene, shrink, rng)
        spans = [_span(scene, block) for block in blocks]
        room = SIDE - 2 * _MARGIN - _GAP * (len(blocks) - 1)
        needed = sum(right - left for left, right in spans)
        if needed <= room:
            break
        shrink *= max(0.8, min(0.97, room / needed))
    placements = []
    shares = [rng.uniform(0.5, 1.0) for _ in range(len(blocks) + 1)]
    unit = (room - needed) / sum(shares)
    x = _MARGIN
    for block, (left, right), share in zip(blocks, spans, shares[:-1], strict=True):
        x += unit * share
        placements += [replace(copy, x=copy.x + x - left) for copy in block]
        x += right - left + _GAP
    return tuple(sorted(placements, key=lambda placement: placement.group))


def group_boxes(scene: Scene) -> tuple[tuple[float, float, float, float], ...]:
    """Left, top, right and bottom of what is seen of each group, in pixels of a 256-pixel picture."""
    placements = place_groups(scene)
    return tuple(_box(scene.groups[number], [copy for copy in placements if copy.group == number]) for number in range(len(scene.groups)))


def _box(group: Group, copies: list[Placement]) -> tuple[float, float, float, float]:
    shape, lift = extent(group.noun, group.action), LIFT if group.action == "jump" else 0.0
    return (
        min(copy.x - copy.size * shape.half for copy in copies),
        min(copy.y - copy.size * (shape.height + lift) for copy in copies),
        max(copy.x + copy.size * shape.half for copy in copies),
        max(copy.y - copy.size * lift for copy in copies),
    )


def _span(scene: Scene, block: list[Placement]) -> tuple[float, float]:
    boxes = [_box(scene.groups[copy.group], [copy]) for copy in block]
    return min(box[0] for box in boxes), max(box[2] for box in boxes)


def _blocks(scene: Scene, shrink: float, rng: random.Random) -> list[list[Placement]]:
    """The picture's columns from left to right: a group each, or a group with another one above or behind it.

    ``x`` is still counted from the middle of the column's main group.
    """
    names = {(relation.subject, relation.anchor): relation.name for relation in scene.relations}
    if names[0, 1] != "left_of":
        other = "above" if names[0, 1] == "below" else "behind"
        blocks = [_stacked(scene, 0, 1, other, shrink, rng)]
        return [*blocks, _single(scene, 2, shrink * 0.9, rng)] if len(scene.groups) == 3 else blocks
    if len(scene.groups) == 2:
        return [_single(scene, number, shrink, rng) for number in (0, 1)]
    beside = names.get((2, 0)), names.get((2, 1))
    if beside == ("right_of", "right_of"):
        return [_single(scene, number, shrink * 0.92, rng) for number in (0, 1, 2)]
    anchor = 0 if beside[0] in ("above", "behind") else 1
    return [
        _stacked(scene, number, 2, names[2, number], shrink, rng) if number == anchor else _single(scene, number, shrink, rng)
        for number in (0, 1)
    ]


def _single(scene: Scene, number: int, scale: float, rng: random.Random) -> list[Placement]:
    group = scene.groups[number]
    copies = _copies(number, group, _size(group, scale, rng), scale, rng)
    _, top, _, _ = _box(group, copies)
    if group.noun in AIRBORNE:
        return _moved(copies, 0.0, rng.uniform(max(8 - top, 78), 130))
    return _moved(copies, 0.0, rng.uniform(214, 236))


def _stacked(scene: Scene, main: int, second: int, relation: str, scale: float, rng: random.Random) -> list[Placement]:
    """A group low in the picture, and one above or behind it."""
    near, far = scene.groups[main], scene.groups[second]
    near_size = _size(near, scale * (1.0 if relation == "above" else 1.06), rng)
    front = _moved(_copies(main, near, near_size, scale, rng), 0.0, rng.uniform(236, 243))
    if relation == "above":
        _, top, _, _ = _box(near, front)
        copies = _copies(second, far, min(_size(far, scale * 0.95, rng), _MOST * 0.8), scale, rng)
        _, height, _, _ = _box(far, copies)
        lowest = max(8 - height, min(124, top - 7))
        return front + _moved(copies, rng.uniform(-7, 7), max(8 - height, lowest - rng.uniform(0, 16)))

    size = _size(far, scale * 0.9, rng)
    if near.size is None and far.size is None:
        size = max(_LEAST, min(size, near_size * 0.96))
    copies = _copies(second, far, size, scale, rng)
    back_left, _, back_right, _ = _box(far, copies)
    shape = extent(far.noun, far.action)
    one_high, one_wide = size * shape.height, 2 * size * shape.half
    # Behind the rearmost of the front group, as low as it takes to be partly hidden, but never beside it.
    feet = min(copy.y for copy in front)
    left, top, right, _ = _box(near, [copy for copy in front if copy.y < feet + 0.25 * near_size])
    sunk = LIFT * size if far.action == "jump" else 0.0
    base = min(feet - 9, max(feet - 34, top + 0.36 * one_high + sunk))
    deep = min(1.0, max(0.05, (base - sunk - top) / one_high))
    side, shift = rng.choice((-1, 1)), rng.uniform(0.1, 0.3)
    outer = max(front, key=lambda copy: copy.x * side).x
    spots = []
    for share in (0.44, 0.62, 0.3):
        overlap = min(one_wide * min(1.0, share / deep), right - left)
        if overlap >= min(one_wide, right - left) - 1:
            # It looks over the top of what is in front of it.
            spots.append((side * shift * (right - left) / 2, base))
        else:
            spots.append((right - overlap - back_left if side > 0 else left + overlap - back_right, base))
    # Slopes and hollows defeat boxes: slide out from behind the last copy, then do so from nearer by.
    for y in (base, min(base + 10, feet - 8), feet - 8):
        spots += [(outer + side * step * 0.08 * one_wide, y) for step in range(1, 14)]
    tried: list[tuple[float, list[Placement]]] = []
    for x, y in spots:
        behind = _moved(copies, x, y)
        hidden = _hidden(near, front, far, behind)
        least, most = sum(hidden) / len(hidden), max(hidden)
        if least >= 0.07 and most <= 0.42:
            return front + behind
        tried.append((max(0.07 - least, most - 0.42), behind))
    return front + min(tried, key=lambda attempt: attempt[0])[1]


def _hidden(near: Group, front: list[Placement], far: Group, behind: list[Placement]) -> list[float]:
    """Share of each copy behind that the group in front covers, counted in pixels four times too large."""
    cover = Image.new("1", (SIDE // 4, SIDE // 4))
    for copy in front:
        cover.paste(1, _corner(near, copy), _silhouette(near.noun, near.action, round(copy.size / 4), copy.flip))
    shares = []
    for copy in behind:
        drawn = _silhouette(far.noun, far.action, round(copy.size / 4), copy.flip)
        left, top = _corner(far, copy)
        seen = ImageChops.logical_and(cover.crop((left, top, left + drawn.width, top + drawn.height)), drawn)
        shares.append(seen.histogram()[255] / drawn.histogram()[255])
    return shares


def _corner(group: Group, copy: Placement) -> tuple[int, int]:
    # Blocks are still round x = 0 here: they are seen in the middle.
    shape, lift = extent(group.noun, group.action), LIFT if group.action == "jump" else 0.0
    return round((copy.x + SIDE / 2 - copy.size / 2) / 4), round((copy.y - copy.size * (shape.bottom + lift)) / 4)


@cache
def _silhouette(noun: str, action: str | None, side: int, flip: bool) -> Image.Image:
    drawn = _posed(noun, action).resize((side, side), Image.Resampling.BOX).point(lambda alpha: 255 * (alpha > 96)).convert("1")
    return drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else drawn


def _size(group: Group, scale: float, rng: random.Random) -> float:
    """Side of the group's boxes. An ordinary thing keeps its distance from small and big ones of its kind at any scale."""
    size = ordinary_size(group.noun) * _SIZE_FACTOR[group.size] * _COUNT_FACTOR[group.count] * scale * rng.uniform(0.96, 1.04)
    least = {"small": _LEAST_SMALL, None: _LEAST, "big": max(1.25 * _LEAST, ordinary_size(group.noun) * min(0.95, scale + 0.3))}[group.size]
    # In the fullest scenes even the least size would not fit the frame.
    return max(least * min(1.0, scale / 0.5), min(size, _MOST))


def _copies(number: int, group: Group, size: float, scale: float, rng: random.Random) -> list[Placement]:
    """The group round x = 0 on the ground y = 0: in a row if it is slender, else in two, near enough to be one group and far
    enough apart to be counted."""
    shape = extent(group.noun, group.action)
    stride = 2 * shape.half * (0.94 if group.count == 2 else 0.92) + (0.08 if group.action == "run" else 0.02)
    stride *= max(0.82, min(1.0, scale + 0.4))  # closer where copies may not get smaller
    back = shape.height * (0.84 if shape.height > 3 * shape.half else 0.74) + (0.1 if group.action == "sleep" else 0.0)
    shift = rng.uniform(-0.08, 0.08)
    if group.count == 3 and 2 * shape.half > 0.55:
        spots = [(-0.5, 0.0), (0.5, 0.0), (shift, back)]
    elif group.count == 4 and 2 * shape.half > 0.4:
        spots = [(-0.5, 0.0), (0.5, 0.0), (-0.5 + 0.3 * (shift + 0.08), back), (0.5 + 0.3 * (shift + 0.08), back)]
    else:
        spots = [(step - (group.count - 1) / 2, 0.07 * (step % 2)) for step in range(group.count)]
    turn = 0.0 if group.noun in _UPRIGHT else 4.0
    flip = rng.random() < 0.5
    return [
        Placement(
            number, across * stride * size + rng.uniform(-1, 1), -up * size + rng.uniform(-1.5, 1.5), size,
            flip if rng.random() < 0.8 else not flip, rng.uniform(-turn, turn),
        )
        for across, up in spots
    ]  # fmt: skip


def _moved(copies: list[Placement], x: float, y: float) -> list[Placement]:
    return [replace(copy, x=copy.x + x, y=copy.y + y) for copy in copies]
