"""The twelve places as SVG, each in several variants, paler than what stands in them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

HORIZON = 128
"""Height of the horizon in a 256-pixel picture; the ground reaches from there to the lower edge."""


def _hills(rng: random.Random, colour: str, base: float, height: float) -> str:
    first, second = rng.uniform(30, 100), rng.uniform(150, 230)
    return (
        f'<path d="M-10 {base} Q{first} {base - height} {first + 70} {base - 4} T{second + 60} {base - 6} '
        f'Q{second + 90} {base - height * 0.7} 266 {base - 8} V{base + 40} H-10Z" fill="{colour}"/>'
    )


def _ground(top: str, bottom: str, y: float = HORIZON) -> str:
    return (
        f'<defs><linearGradient id="g" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
        f'</linearGradient></defs><rect x="-2" y="{y}" width="260" height="{260 - y}" fill="url(#g)"/>'
    )


def _scatter(rng: random.Random, count: int, top: float, draw: Callable[[float, float, float], str]) -> str:
    marks = []
    for _ in range(count):
        depth = rng.random() ** 0.7
        marks.append(draw(rng.uniform(0, 256), top + depth * (250 - top), 0.5 + depth))
    return "".join(marks)


def _fir(x: float, y: float, size: float, colour: str, snow: bool = False) -> str:
    tiers = "".join(
        f'<path d="M{x} {y - size * (0.42 + 0.29 * tier):.1f} l{size * (0.3 - 0.07 * tier):.1f} {size * 0.4:.1f} '
        f'h{-size * (0.6 - 0.14 * tier):.1f}Z" fill="{colour}"/>'
        + (
            f'<path d="M{x} {y - size * (0.42 + 0.29 * tier):.1f} l{size * 0.1:.1f} {size * 0.14:.1f} h{-size * 0.2:.1f}Z" fill="#f4f8fb"/>'
            if snow
            else ""
        )
        for tier in range(3)
    )
    return f'<rect x="{x - size * 0.04:.1f}" y="{y - size * 0.1:.1f}" width="{size * 0.08:.1f}" height="{size * 0.12:.1f}" fill="#7d6a58"/>{tiers}'


def meadow(rng: random.Random) -> str:
    blades = _scatter(rng, 40, 140, lambda x, y, s: f'<path d="M{x:.0f} {y:.0f}q{s} {-4 * s:.1f} {2 * s:.1f} {-6 * s:.1f}" stroke="#7fae62" fill="none" stroke-width="1.2"/>')
    colours = ("#f3e3a0", "#f0d3dd", "#e9edf4")
    flowers = _scatter(rng, 26, 150, lambda x, y, s: f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{1.5 * s:.1f}" fill="{rng.choice(colours)}"/>')
    return _hills(rng, "#a9c79a", HORIZON + 6, 34) + _ground("#b3d38f", "#8fbd6d") + blades + flowers


def forest(rng: random.Random) -> str:
    back = "".join(_fir(x + rng.uniform(-5, 5), 138, rng.uniform(62, 92), "#8aa893") for x in range(0, 270, 20))
    front = "".join(_fir(x + rng.uniform(-8, 8), 150, rng.uniform(90, 124), "#6f9479") for x in range(8, 270, 40))
    trunks = "".join(
        f'<rect x="{x + rng.uniform(-8, 8):.0f}" y="0" width="{rng.uniform(7, 11):.0f}" height="152" fill="#8f7b69"/>' for x in range(30, 256, 58)
    )
    needles = _scatter(rng, 50, 150, lambda x, y, s: f'<path d="M{x:.0f} {y:.0f}h{5 * s:.1f}" stroke="#7c8a5c" stroke-width="1.1"/>')
    return back + front + trunks + _ground("#94a271", "#7d8e5d", 142) + needles


def beach(rng: random.Random) -> str:
    shore = rng.uniform(160, 168)
    waves = "".join(
        f'<path d="M{x} {y}q6 -4 12 0t12 0" stroke="#d8eef4" fill="none" stroke-width="1.6"/>'
        for y in range(134, int(shore) - 6, 9) for x in (rng.randrange(0, 60), rng.randrange(80, 140), rng.randrange(160, 230))
    )
    grains = _scatter(rng, 40, shore + 10, lambda x, y, s: f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{0.7 * s:.1f}" fill="#cdb98a"/>')
    foam = f'<path d="M-5 {shore} Q60 {shore - 8} 128 {shore + 2} T265 {shore - 2} V{shore + 9} Q200 {shore + 2} 128 {shore + 9} T-5 {shore + 7}Z" fill="#f2f8f8"/>'
    sea = f'<rect y="{HORIZON - 4}" x="-2" width="260" height="50" fill="#86bcd0"/>'
    sand = f'<path d="M-5 {shore + 4} Q60 {shore - 4} 128 {shore + 6} T265 {shore + 2} V262 H-5Z" fill="#eadcb2"/>'
    return sea + waves + sand + foam + grains


def desert(rng: random.Random) -> str:
    ripples = _scatter(rng, 26, 160, lambda x, y, s: f'<path d="M{x:.0f} {y:.0f}q{9 * s:.0f} -3 {18 * s:.0f} 0" stroke="#c99a62" fill="none" stroke-width="1.2"/>')
    far = _hills(rng, "#e3bf8b", HORIZON + 10, 44)
    peak = rng.uniform(60, 190)
    dune = f'<path d="M-10 170 Q{peak - 30:.0f} 120 {peak:.0f} 128 Q{peak + 40:.0f} 150 270 158 V262 H-10Z" fill="#dcb078"/>'
    shade = f'<path d="M{peak:.0f} 128 Q{peak + 40:.0f} 150 270 158 V190 Q{peak + 60:.0f} 176 {peak:.0f} 128Z" fill="#cb9c64"/>'
    return far + _ground("#dcb47e", "#d2a368", HORIZON + 8) + dune + shade + ripples


def mountains(rng: random.Random) -> str:
    peaks = []
    for x, height in ((rng.uniform(10, 50), 86), (rng.uniform(190, 240), 96), (rng.uniform(100, 150), 112)):
        top = 142 - height
        peaks.append(
            f'<path d="M{x - 85:.0f} 144 L{x:.0f} {top} L{x + 90:.0f} 144Z" fill="#9aa6b4"/>'
            f'<path d="M{x:.0f} {top} L{x + 90:.0f} 144 H{x + 20:.0f} L{x + 8:.0f} {top + 50}Z" fill="#8491a1"/>'
            f'<path d="M{x:.0f} {top} l-27 {0.316 * height + 2:.0f} l12 -4 l9 9 l9 -10 l12 8 l12 -5Z" fill="#f3f6f9"/>'
        )
    stones = _scatter(rng, 22, 160, lambda x, y, s: f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{3 * s:.1f}" ry="{1.8 * s:.1f}" fill="#a5aaa4"/>')
    return "".join(peaks) + _ground("#b6c0a4", "#9fae8b", 138) + stones


def street(rng: random.Random) -> str:
    x, facades = -8.0, []
    while x < 260:
        width, height = rng.uniform(34, 58), rng.uniform(60, 112)
        wall = rng.choice(("#c9c0b8", "#bcc3c9", "#cfc6b2", "#c4b9b9"))
        windows = "".join(
            f'<rect x="{x + 6 + 13 * column:.0f}" y="{162 - height + 8 + 18 * row:.0f}" width="7" height="10" fill="#a7b6c0"/>'
            for column in range(int((width - 8) // 13)) for row in range(int((height - 22) // 18))
        )
        facades.append(f'<rect x="{x:.0f}" y="{162 - height:.0f}" width="{width:.0f}" height="{height:.0f}" fill="{wall}"/>{windows}')
        x += width
    dashes = "".join(f'<rect x="{x}" y="228" width="26" height="5" fill="#d9d9d2"/>' for x in range(rng.randrange(-20, 10), 260, 52))
    pavement = '<rect x="-2" y="160" width="260" height="24" fill="#cfccc6"/><path d="M-2 184H258" stroke="#a9a7a2" stroke-width="4"/>'
    slabs = "".join(f'<path d="M{x} 160l-6 22" stroke="#bab7b1" stroke-width="1"/>' for x in range(10, 262, 24))
    return "".join(facades) + pavement + slabs + '<rect x="-2" y="186" width="260" height="72" fill="#9b9ca0"/>' + dashes


def park(rng: random.Random) -> str:
    hedge = "".join(f'<circle cx="{x}" cy="{132 + rng.uniform(-3, 3):.0f}" r="{rng.uniform(13, 19):.0f}" fill="#93b58b"/>' for x in range(-4, 262, 16))
    bend, pond = rng.uniform(70, 190), rng.uniform(40, 216)
    stripes = "".join(f'<rect x="-2" y="{y}" width="260" height="14" fill="#a3cd8b"/>' for y in range(146, 256, 28))
    path = f'<path d="M{bend - 16:.0f} 142 C{bend + 60:.0f} 180 {bend - 70:.0f} 200 {bend - 10:.0f} 258 H{bend + 54:.0f} C{bend - 10:.0f} 205 {bend + 90:.0f} 176 {bend:.0f} 142Z" fill="#e2d6ba"/>'
    water = f'<ellipse cx="{pond:.0f}" cy="158" rx="34" ry="8" fill="#a9cdd8" stroke="#c7c3b4" stroke-width="3"/>'
    fence = "".join(f'<rect x="{x}" y="128" width="3" height="18" fill="#dcd7cc"/>' for x in range(2, 258, 9))
    return hedge + _ground("#98c581", "#98c581", 142) + stripes + water + path + fence + '<path d="M0 133H258M0 140H258" stroke="#dcd7cc" stroke-width="2.4"/>'


def farm(rng: random.Random) -> str:
    middle = rng.uniform(90, 166)
    rows = "".join(
        f'<path d="M{middle + step * 7:.0f} 140 L{128 + step * 46} 262" stroke="#a98f6c" stroke-width="{5 + abs(step) * 0.3:.1f}"/>' for step in range(-9, 10)
    )
    barn = rng.choice((30, 200))
    house = (
        f'<path d="M{barn} 140 v-24 l15 -13 l15 13 v24Z" fill="#b98d84"/><rect x="{barn + 10}" y="124" width="10" height="16" fill="#dccdc4"/>'
        f'<rect x="{barn + 33}" y="106" width="9" height="34" rx="4" fill="#b3b6ba"/>'
    )
    rails = '<path d="M-2 148H258M-2 156H258" stroke="#c8b594" stroke-width="3"/>' + "".join(
        f'<rect x="{x}" y="142" width="4" height="20" fill="#bda883"/>' for x in range(6, 258, 34)
    )
    return _hills(rng, "#b9cb9a", 140, 22) + house + _ground("#c9b48e", "#bba37b", 140) + rows + rails


def lake(rng: random.Random) -> str:
    glints = "".join(
        f'<path d="M{rng.randrange(0, 240)} {y}h{rng.randrange(12, 34)}" stroke="#cfe4ec" stroke-width="1.6"/>' for y in range(136, 188, 6) for _ in range(2)
    )
    reeds = "".join(
        f'<path d="M{x:.0f} 200 q{rng.uniform(-4, 4):.0f} -18 {rng.uniform(-5, 5):.0f} {-rng.uniform(24, 36):.0f}" stroke="#8d9f63" stroke-width="2" fill="none"/>'
        for start in (rng.uniform(0, 40), rng.uniform(190, 230)) for x in (start, start + 5, start + 10, start + 16, start + 22)
    )
    woods = "".join(f'<circle cx="{x}" cy="127" r="{rng.uniform(7, 12):.0f}" fill="#8fae95"/>' for x in range(-4, 262, 11))
    water = '<rect x="-2" y="130" width="260" height="66" fill="#90b9cd"/>'
    shore = f'<path d="M-5 196 Q70 {rng.uniform(182, 190):.0f} 140 194 T265 190 V262 H-5Z" fill="#b5c48d"/>'
    return woods + water + glints + shore + reeds


def snow(rng: random.Random) -> str:
    firs = "".join(_fir(x + rng.uniform(-6, 6), 142, rng.uniform(34, 60), "#9db4b3", snow=True) for x in range(6, 262, 30))
    drifts = _scatter(rng, 16, 155, lambda x, y, s: f'<path d="M{x:.0f} {y:.0f}q{12 * s:.0f} -5 {26 * s:.0f} 0" stroke="#ccd9e6" fill="none" stroke-width="2"/>')
    return _hills(rng, "#dde6ee", 140, 26) + firs + _ground("#eef3f8", "#e0e9f1", 136) + drifts


def _window(x: float, y: float, width: float, height: float) -> str:
    """A frame; the pane is left open to the sky."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="#f3efe8" stroke-width="6"/>'
        f'<path d="M{x + width / 2} {y}v{height}M{x} {y + height / 2}h{width}" stroke="#f3efe8" stroke-width="3.4"/>'
    )


def _wall(colour: str, x: float, y: float, width: float, height: float, bottom: float) -> str:
    """A wall down to ``bottom`` with a hole where the window is."""
    return f'<path fill-rule="evenodd" d="M-2 -2H258V{bottom}H-2ZM{x} {y}h{width}v{height}h{-width}Z" fill="{colour}"/>'


def room(rng: random.Random) -> str:
    paper = rng.choice(("#dfd3c2", "#d3d9cf", "#d9cfd6", "#cfd7de"))
    x = rng.uniform(24, 150)
    other = x + 110 if x < 80 else x - 84
    stripes = "".join(f'<path d="M{at} 0V152" stroke="#ffffff" stroke-opacity="0.22" stroke-width="7"/>' for at in range(6, 258, 22) if not x - 6 < at < x + 82)
    art = f'<rect x="{other:.0f}" y="34" width="56" height="42" fill="#e9e4d8" stroke="#a78f72" stroke-width="5"/><path d="M{other + 6:.0f} 70l14 -18l10 10l9 -13l12 21Z" fill="#a9b8a6"/>'
    boards = "".join(f'<path d="M-2 {y}H258" stroke="#ad9274" stroke-width="1.5"/>' for y in range(164, 258, 15)) + "".join(
        f'<path d="M{rng.randrange(0, 250)} {y}v15" stroke="#ad9274" stroke-width="1.5"/>' for y in range(164, 250, 15) for _ in range(3)
    )
    carpet = f'<ellipse cx="128" cy="218" rx="108" ry="30" fill="{rng.choice(("#c5a9a3", "#a9b5c5", "#b9bfa5"))}"/><ellipse cx="128" cy="218" rx="94" ry="24" fill="none" stroke="#ece5da" stroke-width="3"/>'
    return _wall(paper, x, 26, 76, 66, 156) + stripes + _window(x, 26, 76, 66) + art + '<rect x="-2" y="150" width="260" height="9" fill="#f1ece3"/>' + _ground("#c9ad8b", "#b99c79", 158) + boards + carpet


def kitchen(rng: random.Random) -> str:
    x = rng.uniform(86, 110)
    left = rng.random() < 0.5
    tiles = "".join(
        f'<rect x="{column}" y="{row}" width="17" height="17" fill="#dfe8e6" stroke="#c6d3d1" stroke-width="1"/>'
        for column in range(-2, 258, 18) for row in range(70, 122, 18) if not (x - 20 < column < x + 72 and row < 84)
    )
    cupboards = "".join(
        f'<rect x="{at}" y="8" width="40" height="46" fill="#d9cbb6" stroke="#b7a68d" stroke-width="2"/><circle cx="{at + 33}" cy="34" r="2" fill="#9c8b72"/>'
        for at in ((-2, 42) if x > 86 else (-2, 42)) + (180, 224)
    )
    stove = 20 if left else 196
    counter = '<rect x="-2" y="122" width="260" height="8" fill="#a8a29a"/><rect x="-2" y="130" width="260" height="46" fill="#e3d9c8"/>' + "".join(
        f'<rect x="{at}" y="135" width="38" height="36" fill="none" stroke="#bdb09a" stroke-width="2"/>' for at in range(2, 256, 43)
    )
    oven = f'<rect x="{stove}" y="122" width="44" height="54" fill="#b4b9be"/><rect x="{stove + 6}" y="138" width="32" height="26" fill="#7d858c"/><path d="M{stove + 6} 130h32" stroke="#6b7278" stroke-width="3"/>'
    floor = "".join(
        f'<rect x="{column}" y="{row}" width="26" height="20" fill="{"#d3cfc7" if (column // 26 + row // 20) % 2 else "#e6e3dc"}"/>' for column in range(0, 258, 26) for row in range(180, 258, 20)
    )
    return _wall("#e4e6dd", x, 20, 66, 54, 180) + tiles + cupboards + _window(x, 20, 66, 54) + counter + oven + floor


PLACES: dict[str, Callable[[random.Random], str]] = {
    "meadow": meadow, "forest": forest, "beach": beach, "desert": desert, "mountains": mountains, "street": street, "park": park,
    "farm": farm, "lake": lake, "snow": snow, "room": room, "kitchen": kitchen,
}  # fmt: skip


def sky(light: str, rng: random.Random) -> str:
    """The sky in one of the five lights, with sun, moon or clouds where they belong."""
    top, bottom = {
        "sun": ("#7fb9ea", "#d6ecf8"), "sunset": ("#8f7fae", "#ffb37d"), "night": ("#131a3a", "#39457a"), "rain": ("#7d8791", "#b9c0c5"),
        "fog": ("#c9cfd2", "#e2e4e4"),
    }[light]  # fmt: skip
    drawn = (
        f'<defs><linearGradient id="s" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="0.62" stop-color="{bottom}"/>'
        '</linearGradient></defs><rect x="-2" y="-2" width="260" height="260" fill="url(#s)"/>'
    )
    x = rng.uniform(30, 226)
    if light == "sun":
        rays = "".join(
            f'<path d="M{x + 23 * math.cos(a):.0f} {34 + 23 * math.sin(a):.0f} L{x + 31 * math.cos(a):.0f} {34 + 31 * math.sin(a):.0f}" stroke="#ffe27a" stroke-width="3"/>'
            for a in (step * math.pi / 6 for step in range(12))
        )
        drawn += f'{rays}<circle cx="{x:.0f}" cy="34" r="17" fill="#fff0a8"/>' + _cloud((x + 120) % 250, 40, 1.0, "#ffffff")
    elif light == "sunset":
        drawn += f'<circle cx="{x:.0f}" cy="112" r="24" fill="#ffd27d"/>' + "".join(
            f'<path d="M{rng.randrange(0, 200)} {y}h{rng.randrange(40, 80)}" stroke="#f58f7c" stroke-opacity="0.6" stroke-width="4"/>' for y in (48, 66, 84)
        )
    elif light == "night":
        drawn += "".join(f'<circle cx="{rng.uniform(0, 256):.0f}" cy="{rng.uniform(0, 118):.0f}" r="{rng.uniform(0.7, 1.7):.1f}" fill="#f4f2d8"/>' for _ in range(38))
        drawn += f'<circle cx="{x:.0f}" cy="36" r="16" fill="#f3efcf"/><circle cx="{x + 7:.0f}" cy="32" r="14" fill="#1b2346"/>'
    elif light == "rain":
        drawn += "".join(_cloud(cloud * 74 + rng.uniform(-14, 14), rng.uniform(14, 34), 1.35, "#6c757e") for cloud in range(5))
    return drawn


def _cloud(x: float, y: float, size: float, colour: str) -> str:
    puffs = ((-20, 4, 12), (-6, -3, 16), (12, 0, 14), (26, 5, 10))
    return "".join(f'<circle cx="{x + dx * size:.0f}" cy="{y + dy * size:.0f}" r="{r * size:.0f}" fill="{colour}"/>' for dx, dy, r in puffs)
