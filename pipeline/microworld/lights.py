"""The five lights: skies as SVG, tints of the ground and of what stands on it, rain and fog."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from pipeline.microworld.places.drawing import SIDE, cloud, disc, rect, shape, stroke

Tint = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Colours of the sky from the zenith to the horizon, and factors of red, green and blue: of the ground, of interiors, and
    of things, which keep more of their colour so that the ten colours can be told apart in any light."""

    zenith: str
    horizon: str
    ground: Tint
    indoors: Tint
    things: Tint


LIGHTS = {
    "sun": Light("#7fb9ea", "#d6ecf8", (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    "sunset": Light("#8f7fae", "#ffb37d", (1.0, 0.86, 0.78), (1.0, 0.92, 0.87), (1.0, 0.95, 0.9)),
    "night": Light("#131a3a", "#39457a", (0.46, 0.51, 0.69), (0.66, 0.69, 0.81), (0.8, 0.83, 0.95)),
    "rain": Light("#7d8791", "#b9c0c5", (0.8, 0.83, 0.87), (0.88, 0.9, 0.93), (0.94, 0.95, 0.97)),
    "fog": Light("#c9cfd2", "#e2e4e4", (0.93, 0.94, 0.95), (0.96, 0.96, 0.97), (1.0, 1.0, 1.0)),
}
FOG_COLOUR = (226, 230, 231)
FOG_OVER_GROUND, FOG_OVER_THINGS = 0.62, 0.16
"""Opacity of the fog at the horizon, and in front of things."""


def sky(light: str, rng: random.Random) -> str:
    """The sky in one of the five lights, with sun, moon, stars or clouds where they belong."""
    x = rng.uniform(30, 226)
    drawn = (
        f'<defs><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="{LIGHTS[light].zenith}"/>'
        f'<stop offset="0.62" stop-color="{LIGHTS[light].horizon}"/></linearGradient></defs>' + rect(-2, -2, 260, 260, "url(#sky)")
    )
    if light == "sun":
        spokes = [(math.cos(step * math.pi / 6), math.sin(step * math.pi / 6)) for step in range(12)]
        drawn += "".join(stroke(f"M{x + 23 * c:.1f} {34 + 23 * s:.1f}l{8 * c:.1f} {8 * s:.1f}", "#ffe27a", 3) for c, s in spokes)
        drawn += disc(x, 34, 17, "#fff0a8")
        drawn += cloud((x + rng.uniform(85, 115)) % 250, rng.uniform(30, 50), rng.uniform(0.8, 1.05), "#ffffff")
        drawn += cloud((x + rng.uniform(150, 180)) % 250, rng.uniform(54, 78), rng.uniform(0.45, 0.6), "#f2f8fc")
    elif light == "sunset":
        drawn += disc(x, 108, 32, "#ffc58a") + disc(x, 108, 24, "#ffd986")
        drawn += "".join(stroke(f"M{rng.randrange(0, 200)} {y}h{rng.randrange(40, 80)}", "#f58f7c", 4, 0.6) for y in (40, 54, 68, 82))
    elif light == "night":
        drawn += "".join(disc(rng.uniform(0, SIDE), rng.uniform(0, 118), rng.uniform(0.7, 1.7), "#f4f2d8") for _ in range(38))
        # A crescent of two arcs, so that the sky shows through it.
        drawn += shape(f"M{x:.1f} 20a16 16 0 1 0 15 24a14 14 0 0 1 -15 -24Z", "#f3efcf")
    elif light == "rain":
        drawn += "".join(cloud(step * 74 + rng.uniform(-14, 14), rng.uniform(24, 44), 1.2, "#7a838c") for step in range(5))
        drawn += "".join(cloud(step * 70 + rng.uniform(-14, 14), rng.uniform(6, 24), 1.35, "#6c757e") for step in range(5))
    return drawn


def rain(rng: random.Random) -> str:
    """Streaks over the whole picture."""
    slant, streaks = math.radians(14), []
    for _ in range(70):
        x, y, length = rng.uniform(-10, 266), rng.uniform(-10, 250), rng.uniform(9, 18)
        streaks.append(f"M{x:.1f} {y:.1f}l{-length * math.sin(slant):.1f} {length * math.cos(slant):.1f}")
    return stroke("".join(streaks), "#e4eef6", 1.3, 0.62)
