"""SVG marks and the pieces of landscape that several places share, on a 256 x 256 canvas."""

from __future__ import annotations

import random
from collections.abc import Callable

SIDE = 256
HORIZON = 128
"""Height of the horizon; the ground reaches from there to the lower edge."""


def rect(x: float, y: float, width: float, height: float, fill: str, line: str = "none", thick: float = 1, round_: float = 0) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_}" '
        f'fill="{fill}" stroke="{line}" stroke-width="{thick}"/>'
    )


def disc(x: float, y: float, r: float, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{fill}"/>'


def oval(x: float, y: float, across: float, down: float, fill: str, line: str = "none", thick: float = 1) -> str:
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{across:.1f}" ry="{down:.1f}" fill="{fill}" stroke="{line}" stroke-width="{thick}"/>'


def shape(path: str, fill: str) -> str:
    return f'<path d="{path}" fill="{fill}"/>'


def stroke(path: str, colour: str, thick: float, strength: float = 1.0) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:.1f}" stroke-opacity="{strength}" stroke-linecap="round"/>'


def ground(top: str, bottom: str, y: float = HORIZON) -> str:
    """Everything below ``y``, shaded from far to near."""
    return (
        f'<defs><linearGradient id="ground" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
        f"</linearGradient></defs>{rect(-2, y, SIDE + 4, SIDE - y + 2, 'url(#ground)')}"
    )


def hills(rng: random.Random, colour: str, base: float, height: float, count: int = 3) -> str:
    """A line of ``count`` rounded hills that stand on ``base``."""
    width = (SIDE + 80) / count
    start = rng.uniform(-70, -10)
    bumps = "".join(f"q{width / 2:.1f} {-2 * height * rng.uniform(0.45, 1.0):.1f} {width:.1f} 0" for _ in range(count))
    return shape(f"M{start:.1f} {base}{bumps}V{base + 30}H{start:.1f}Z", colour)


def scatter(rng: random.Random, count: int, top: float, draw: Callable[[float, float, float], str]) -> str:
    """``draw(x, y, scale)`` at random places of the ground below ``top``, larger when nearer."""
    marks = []
    for _ in range(count):
        depth = rng.random() ** 0.7
        marks.append(draw(rng.uniform(0, SIDE), top + depth * (250 - top), 0.5 + depth))
    return "".join(marks)


def fir(x: float, y: float, size: float, colour: str, snow: bool = False) -> str:
    """A fir that stands at ``y``, ``size`` high."""
    marks = [rect(x - size * 0.04, y - size * 0.1, size * 0.08, size * 0.12, "#7d6a58")]
    for tier in range(3):
        top, half = y - size * (0.42 + 0.29 * tier), size * (0.3 - 0.07 * tier)
        marks.append(shape(f"M{x:.1f} {top:.1f}l{half:.1f} {size * 0.4:.1f}h{-2 * half:.1f}Z", colour))
        if snow:
            marks.append(shape(f"M{x:.1f} {top:.1f}l{size * 0.1:.1f} {size * 0.14:.1f}h{-size * 0.2:.1f}Z", "#f4f8fb"))
    return "".join(marks)


def cloud(x: float, y: float, size: float, colour: str) -> str:
    puffs = ((-20, 4, 12), (-6, -3, 16), (12, 0, 14), (26, 5, 10))
    return "".join(disc(x + across * size, y + down * size, r * size, colour) for across, down, r in puffs)
