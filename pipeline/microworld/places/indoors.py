"""The two places under a roof. The window's pane is left open: the sky shows through it."""

from __future__ import annotations

import random

from pipeline.microworld.places.drawing import SIDE, disc, ground, oval, rect, shape, stroke

_FRAME = "#f3efe8"


def _wall(colour: str, x: float, y: float, width: float, height: float, bottom: float) -> str:
    """A wall down to ``bottom`` with a hole where the window is."""
    hole = f"M{x:.1f} {y}h{width}v{height}h{-width}Z"
    return f'<path fill-rule="evenodd" d="M-2 -2H258V{bottom}H-2Z{hole}" fill="{colour}"/>'


def _window(x: float, y: float, width: float, height: float) -> str:
    bars = stroke(f"M{x + width / 2:.1f} {y}v{height}M{x:.1f} {y + height / 2:.1f}h{width}", _FRAME, 3.4)
    return rect(x, y, width, height, "none", _FRAME, 6) + bars + rect(x - 6, y + height + 2, width + 12, 5, "#e6e0d5")


def room(rng: random.Random) -> str:
    paper = rng.choice(("#dfd3c2", "#d3d9cf", "#d9cfd6", "#cfd7de"))
    x = rng.uniform(20, 60) if rng.random() < 0.5 else rng.uniform(120, 160)
    other = x + rng.uniform(98, 124) if x < 90 else x - rng.uniform(78, 104)
    stripes = "".join(
        stroke(f"M{at} -6V152", "#ffffff", 7, 0.22) for at in range(6, 258, 22) if not x - 6 < at < x + 82
    )  # fmt: skip
    art = rect(other, 34, 56, 42, "#e9e4d8", "#a78f72", 5) + shape(f"M{other + 6:.0f} 70l14 -18l10 10l9 -13l12 21Z", "#a9b8a6")
    curtain = rng.choice(("#c9b3b0", "#b3bfcc", "#c3c5a8"))
    curtains = "".join(
        shape(f"M{at:.1f} 20h{16 * side}q{-3 * side} 44 {2 * side} 80h{-20 * side}Z", curtain) for at, side in ((x - 8, 1), (x + 84, -1))
    ) + stroke(f"M{x - 14:.0f} 20h{104}", "#a78f72", 3)  # fmt: skip
    boards = "".join(stroke(f"M-2 {y}H258", "#ad9274", 1.5) for y in range(164, 258, 15))
    joints = "".join(stroke(f"M{rng.randrange(0, 250)} {y}v15", "#ad9274", 1.5) for y in range(164, 250, 15) for _ in range(3))
    tone = rng.choice(("#c5a9a3", "#a9b5c5", "#b9bfa5"))
    carpet = oval(128, 218, 108, 30, tone) + oval(128, 218, 94, 24, "none", "#ece5da", 3)
    skirting = rect(-2, 150, SIDE + 4, 9, "#f1ece3")
    wall = _wall(paper, x, 26, 76, 66, 156) + stripes + _window(x, 26, 76, 66) + curtains + art + skirting
    return wall + ground("#c9ad8b", "#b99c79", 158) + boards + joints + carpet


def kitchen(rng: random.Random) -> str:
    x, stove = rng.uniform(92, 102), rng.choice((16, 190))
    wood, tile = rng.choice((("#d9cbb6", "#b7a68d"), ("#c9d3cd", "#a3b1aa"), ("#d8cfcf", "#b3a6a6"))), rng.choice(("#dfe8e6", "#e9e4d6"))
    tiles = "".join(
        rect(column, row, 17, 17, tile, "#c3cfcd")
        for column in range(-2, 258, 18)
        for row in range(66, 122, 18)
        if not (x - 22 < column < x + 70 and row < 84)
    )
    cupboards = "".join(
        rect(at, 6, 38, 48, wood[0], wood[1], 2, 2) + rect(at + 6, 12, 26, 36, "none", wood[1], 1.2) + disc(at + 33, 34, 2, "#9c8b72")
        for at in (-2, 40, 178, 220)
        if abs(at + 19 - stove - 24) > 30
    )
    hood = shape(f"M{stove + 12} -2h24v34l12 20h-48l12 -20Z", "#b9bec2") + rect(stove, 50, 48, 5, "#a4aaaf")
    counter = rect(-2, 120, SIDE + 4, 8, "#a8a29a") + rect(-2, 128, SIDE + 4, 48, wood[0]) + "".join(
        rect(at, 133, 38, 38, "none", wood[1], 2, 2) + disc(at + 32, 142, 1.8, "#9c8b72") for at in range(2, 256, 43)
    )  # fmt: skip
    oven = (
        rect(stove, 118, 48, 58, "#b4b9be") + rect(stove, 116, 48, 5, "#7a8086") + rect(stove + 6, 140, 36, 26, "#7d858c", "#d3d7da", 2, 3)
        + stroke(f"M{stove + 8} 135h32", "#e0e3e5", 2.4) + "".join(disc(stove + 9 + 10 * knob, 127, 2.6, "#6b7278") for knob in range(4))
    )  # fmt: skip
    sink = stroke(f"M{x + 33:.0f} 120v-16q0 -8 10 -8q9 0 9 7", "#aab2b8", 3.4) + rect(x + 20, 118, 52, 4, "#bcc3c8")
    floor = "".join(
        rect(column, row, 26, 20, "#d3cfc7" if (column // 26 + row // 20) % 2 else "#e6e3dc")
        for column in range(0, 258, 26)
        for row in range(180, 258, 20)
    )
    wall = _wall("#e4e6dd", x, 16, 66, 56, 182) + tiles + cupboards + _window(x, 16, 66, 56) + hood
    return wall + counter + sink + oven + rect(-2, 174, SIDE + 4, 7, "#b3ab9f") + floor
