"""The ten places under the sky, paler than what stands in them. Each fragment leaves the sky open."""

from __future__ import annotations

import random

from pipeline.microworld.places.drawing import HORIZON, SIDE, disc, fir, ground, hills, oval, rect, scatter, shape, stroke


def meadow(rng: random.Random) -> str:
    petals = ("#f3e3a0", "#f0d3dd", "#e9edf4")

    def blade(x: float, y: float, s: float) -> str:
        return stroke(f"M{x:.0f} {y:.0f}q{s:.1f} {-4 * s:.1f} {2 * s:.1f} {-6 * s:.1f}", "#7fae62", 1.2)

    def blossom(x: float, y: float, s: float) -> str:
        r, colour = 1.1 * s, rng.choice(petals)
        around = "".join(disc(x + dx * r, y + dy * r, r, colour) for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)))
        return around + disc(x, y, r * 0.8, "#e2bf5d")

    far = hills(rng, "#bfd6b4", HORIZON + 2, 34) + hills(rng, "#a9c99a", HORIZON + 6, 22, 4)
    return far + ground("#b3d38f", "#8fbd6d") + scatter(rng, 46, 140, blade) + scatter(rng, 30, 146, blossom)


def forest(rng: random.Random) -> str:
    dusk = rect(-2, 104, SIDE + 4, 42, "#7c9a84")
    back = "".join(fir(x + rng.uniform(-5, 5), 140, rng.uniform(66, 96), "#8aa893") for x in range(0, 270, 20))
    front = "".join(fir(x + rng.uniform(-8, 8), 150, rng.uniform(86, 124), "#6f9479") for x in range(8, 270, 40))
    trunks = []
    for x in range(24, 256, 52):
        left, width = x + rng.uniform(-14, 14), rng.uniform(7, 12)
        trunks += [rect(left, -2, width, 154, "#8f7b69"), rect(left + width * 0.6, -2, width * 0.4, 154, "#7f6c5c")]
        trunks.append(oval(left + width / 2, 152, width, 2.6, "#7f6c5c"))

    def needle(x: float, y: float, s: float) -> str:
        return stroke(f"M{x:.0f} {y:.0f}h{5 * s:.1f}", "#7c8a5c", 1.1)

    floor = ground("#94a271", "#7d8e5d", 142) + scatter(rng, 44, 150, needle)
    return dusk + back + front + floor + "".join(trunks)


def beach(rng: random.Random) -> str:
    shore, bend = rng.uniform(158, 168), rng.uniform(-8, 8)
    sea = rect(-2, HORIZON - 4, SIDE + 4, 56, "#86bcd0") + rect(-2, HORIZON - 4, SIDE + 4, 10, "#79afc6")
    waves = "".join(
        stroke(f"M{x} {y}q6 -4 12 0t12 0", "#d8eef4", 1.6)
        for y in range(136, int(shore) - 8, 9)
        for x in (rng.randrange(0, 60), rng.randrange(80, 140), rng.randrange(160, 230))
    )
    edge = f"Q60 {shore - 6 + bend:.0f} 128 {shore + 3:.0f} T265 {shore - bend:.0f}"
    foam = stroke(f"M-5 {shore:.0f}{edge}", "#f4fafa", 7)
    wet = stroke(f"M-5 {shore + 6:.0f}{edge.replace(f'{shore + 3:.0f}', f'{shore + 9:.0f}')}", "#d9c69a", 6)
    sand = shape(f"M-5 {shore:.0f}{edge}V262H-5Z", "#eadcb2")

    def grain(x: float, y: float, s: float) -> str:
        return disc(x, y, 0.7 * s, "#cdb98a")

    def shell(x: float, y: float, s: float) -> str:
        return shape(f"M{x:.0f} {y:.0f}q{-4 * s:.1f} {-5 * s:.1f} 0 {-5 * s:.1f}q{4 * s:.1f} 0 0 {5 * s:.1f}Z", "#f6ead9")

    return sea + waves + sand + wet + foam + scatter(rng, 44, shore + 14, grain) + scatter(rng, 5, shore + 18, shell)


def desert(rng: random.Random) -> str:
    def ripple(x: float, y: float, s: float) -> str:
        return stroke(f"M{x:.0f} {y:.0f}q{9 * s:.0f} -3 {18 * s:.0f} 0", "#c99a62", 1.2)

    peak, low = rng.uniform(50, 200), rng.uniform(150, 164)
    far = hills(rng, "#ead0a4", HORIZON + 6, 40, 2) + hills(rng, "#e3bf8b", HORIZON + 12, 30)
    crest = f"Q{peak + 40:.0f} {low - 8:.0f} 270 {low:.0f}"
    dune = shape(f"M-10 172 Q{peak - 34:.0f} 124 {peak:.0f} 128 {crest} V262 H-10Z", "#dcb078")
    shade = shape(f"M{peak:.0f} 128 {crest} V{low + 32:.0f} Q{peak + 66:.0f} 178 {peak:.0f} 128Z", "#cb9c64")
    return far + ground("#dcb47e", "#d2a368", HORIZON + 8) + dune + shade + scatter(rng, 30, 166, ripple)


def mountains(rng: random.Random) -> str:
    peaks = []
    for x, height in ((rng.uniform(0, 50), 84), (rng.uniform(196, 250), 94), (rng.uniform(96, 156), 112)):
        top = 142 - height
        peaks += [
            shape(f"M{x - 85:.0f} 144L{x:.0f} {top}L{x + 90:.0f} 144Z", "#9aa6b4"),
            shape(f"M{x:.0f} {top}L{x + 90:.0f} 144H{x + 20:.0f}L{x + 8:.0f} {top + 50}Z", "#8491a1"),
            shape(f"M{x:.0f} {top}l-27 {0.316 * height + 2:.0f}l12 -4l9 9l9 -10l12 8l12 -5Z", "#f3f6f9"),
        ]
    foothills = hills(rng, "#a3b298", 142, 12, 4)

    def stone(x: float, y: float, s: float) -> str:
        return oval(x, y, 3.4 * s, 2 * s, "#a5aaa4") + oval(x - 0.6 * s, y - 0.6 * s, 2 * s, 0.9 * s, "#bbbfba")

    return "".join(peaks) + foothills + ground("#b6c0a4", "#9fae8b", 138) + scatter(rng, 20, 154, stone)


def street(rng: random.Random) -> str:
    x, facades = -8.0, []
    while x < SIDE + 4:
        width, height = rng.uniform(36, 60), rng.uniform(60, 108)
        top = 162 - height
        facades.append(rect(x, top, width + 0.5, height, rng.choice(("#c9c0b8", "#bcc3c9", "#cfc6b2", "#c4b9b9"))))
        facades.append(rect(x - 1, top - 3, width + 2, 4, "#aba59e"))
        columns = int((width - 6) // 13)
        inset = (width - 13 * columns + 6) / 2
        facades += [
            rect(x + inset + 13 * column, top + 9 + 18 * row, 7, 10, "#a7b6c0", "#dedbd4", 1)
            for column in range(columns)
            for row in range(int((height - 34) // 18) + 1)
        ]
        facades.append(rect(x + width / 2 - 5, 146, 10, 16, "#a39a90"))
        x += width
    pavement = rect(-2, 160, SIDE + 4, 24, "#cfccc6") + rect(-2, 182, SIDE + 4, 4, "#a9a7a2")
    slabs = "".join(stroke(f"M{at} 161l-6 20", "#bab7b1", 1) for at in range(10, 264, 24))
    dashes = "".join(rect(at, 226, 26, 5, "#dcdcd4") for at in range(rng.randrange(-24, 10), 260, 52))
    return "".join(facades) + pavement + slabs + rect(-2, 186, SIDE + 4, 72, "#9b9ca0") + dashes


def park(rng: random.Random) -> str:
    crowns = "".join(disc(x + rng.uniform(-8, 8), 116, rng.uniform(14, 22), "#a9c4a2") for x in range(0, 262, 40))
    hedge = "".join(disc(x, 134 + rng.uniform(-3, 3), rng.uniform(12, 17), "#93b58b") for x in range(-4, 262, 15))
    stripes = "".join(rect(-2, y, SIDE + 4, 14, "#a3cd8b") for y in range(146, 256, 28))
    left = rng.random() < 0.5
    bend, pond = (rng.uniform(150, 196), rng.uniform(40, 86)) if left else (rng.uniform(60, 106), rng.uniform(170, 216))
    path = shape(
        f"M{bend - 16:.0f} 142C{bend + 60:.0f} 180 {bend - 70:.0f} 200 {bend - 10:.0f} 258H{bend + 54:.0f}"
        f"C{bend - 10:.0f} 205 {bend + 90:.0f} 176 {bend:.0f} 142Z", "#e2d6ba",
    )  # fmt: skip
    water = oval(pond, 160, 36, 9, "#a9cdd8", "#c7c3b4", 3) + stroke(f"M{pond - 16:.0f} 159h12m6 3h14", "#d3e6ec", 1.4)
    fence = "".join(rect(x, 128, 3, 17, "#e2ddd2") for x in range(2, 258, 9)) + stroke("M0 132H258M0 139H258", "#e2ddd2", 2.2)
    return crowns + hedge + ground("#98c581", "#98c581", 142) + stripes + water + path + fence


def farm(rng: random.Random) -> str:
    middle, barn = rng.uniform(90, 166), rng.choice((26, 44, 186, 204))
    furrows = "".join(
        stroke(f"M{middle + step * 7:.0f} 142L{128 + step * 46} 262", "#a98f6c", 4.6 + abs(step) * 0.3) for step in range(-9, 10)
    )
    house = (
        shape(f"M{barn} 140v-26l16 -14l16 14v26Z", "#b98078") + rect(barn + 10, 123, 12, 17, "#dccdc4")
        + stroke(f"M{barn + 10} 123l12 17m0 -17l-12 17", "#b98078", 1.2) + stroke(f"M{barn - 1} 115l17 -15l17 15", "#8f7470", 2)
        + rect(barn + 35, 104, 9, 36, "#b3b6ba", round_=4)
    )  # fmt: skip
    rails = stroke("M-2 148H258M-2 156H258", "#cdbb9c", 3) + "".join(rect(x, 142, 4, 20, "#bda883") for x in range(6, 258, 34))
    return hills(rng, "#b9cb9a", 140, 22) + house + ground("#c9b48e", "#bba37b", 140) + furrows + rails


def lake(rng: random.Random) -> str:
    woods = "".join(disc(x, 127, rng.uniform(6, 13), "#8fae95") for x in range(-4, 262, 10))
    glints = "".join(
        stroke(f"M{rng.randrange(0, 240)} {y}h{rng.randrange(10, 30)}", "#cfe4ec", 1.6) for y in range(138, 186, 6) for _ in range(2)
    )
    reeds = []
    for start in (rng.uniform(-2, 40), rng.uniform(190, 232)):
        for step in range(6):
            x, lean, height = start + 5 * step, rng.uniform(-5, 5), rng.uniform(22, 38)
            reeds.append(stroke(f"M{x:.0f} 200q{lean / 2:.1f} -16 {lean:.1f} {-height:.0f}", "#8d9f63", 2))
            if step % 2:
                reeds.append(stroke(f"M{x + lean:.1f} {200 - height:.0f}v7", "#927a5d", 3.6))
    shore = shape(f"M-5 196Q70 {rng.uniform(180, 192):.0f} 140 194T265 190V262H-5Z", "#b5c48d")
    sand = stroke("M-5 195Q70 185 140 193T265 189", "#d6cfa6", 3)
    water = rect(-2, 130, SIDE + 4, 70, "#90b9cd") + rect(-2, 130, SIDE + 4, 8, "#84a9b4")
    return hills(rng, "#a9c2b4", 130, 18) + woods + water + glints + shore + sand + "".join(reeds)


def snow(rng: random.Random) -> str:
    firs = "".join(fir(x + rng.uniform(-8, 8), 142, rng.uniform(34, 64), "#9db4b3", snow=True) for x in range(6, 262, 28))

    def drift(x: float, y: float, s: float) -> str:
        return stroke(f"M{x:.0f} {y:.0f}q{12 * s:.0f} -5 {26 * s:.0f} 0", "#ccd9e6", 2)

    banks = hills(rng, "#e6edf4", 146, 9, 3)
    return hills(rng, "#dde6ee", 140, 26) + firs + ground("#eef3f8", "#e0e9f1", 138) + banks + scatter(rng, 16, 156, drift)
