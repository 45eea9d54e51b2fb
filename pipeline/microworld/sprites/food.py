"""Fruit and other food."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.shapes import LEAF, LEAF_LINE, box, disc
from pipeline.microworld.sprites.strokes import BODY, Sprite, is_pale, lines, mark, shape

STALK, CRUST, CRUST_LINE = "#6a4a2c", "#e0a75c", "#8a5a22"


def _apple(p: Palette, action: str | None) -> str:
    return (
        lines("M50 30 Q50 15 57 7", STALK, 4.4)
        + shape("M55 20 Q66 4 86 10 Q78 27 55 20Z", LEAF, LEAF_LINE, 1.6)
        + lines("M60 19Q70 12 79 12", LEAF_LINE, 1.2)
        + shape(
            "M50 29 Q64 20 79 26 Q96 36 91 62 Q86 89 66 95 Q56 98 50 93 Q44 98 34 95 Q14 89 9 62 Q4 36 21 26 Q36 20 50 29Z", BODY, p.line
        )
        + lines("M18 48 Q19 37 28 33", p.light, 5)
        + lines("M41 31 Q50 37 59 31", p.line, 2.2)
        + lines("M82 66Q79 78 71 84", mark(p), 2)
    )


def _pear(p: Palette, action: str | None) -> str:
    outline = "M51 14 Q65 15 66 32 Q68 45 78 55 Q88 66 82 81 Q74 96 51 96 Q28 96 20 81 Q14 66 24 55 Q34 45 36 32 Q37 15 51 14Z"
    return (
        lines("M52 16 Q50 9 56 4", STALK, 4.4)
        + shape("M54 13 Q66 1 80 8 Q70 21 54 13Z", LEAF, LEAF_LINE)
        + shape(outline, BODY, p.line)
        + lines("M28 72 Q29 60 38 53", p.light, 5)
        + "".join(disc(x, y, 1.4, mark(p)) for x, y in ((46, 60), (58, 70), (66, 80), (42, 84), (54, 88), (52, 46), (70, 68)))
    )


def _banana(p: Palette, action: str | None) -> str:
    return (
        shape("M6 23 L5 12 L13 10 L16 22Z", "#54402a", "#2e2214", 1.2)
        + shape("M7 35 Q3 27 6 22 L16 20 Q22 61 60 72 Q77 76 88 68 L94 74 Q86 95 58 96 Q11 93 7 35Z", BODY, p.line)
        + lines("M11 34 Q19 78 61 86 Q78 88 90 76", mark(p), 2.4)
        + lines("M18 46 Q28 67 54 76", p.light, 3)
        + shape("M88 68 L94 74 L97 70 L92 65Z", "#54402a", "#2e2214", 1)
    )


def _cake(p: Palette, action: str | None) -> str:
    icing = "M11 44 V52 Q15 62 21 53 Q26 46 32 56 Q38 67 45 57 Q51 48 58 57 Q64 65 71 55 Q77 46 82 54 Q86 60 89 52 V44Z"
    return (
        shape("M4 87 Q50 102 96 87 L91 92 Q50 100 9 92Z", "#d8dbe0", "#8b9098", 1.2)
        + shape("M11 44 V85 Q50 99 89 85 V44Z", BODY, p.line)
        + lines("M12 66Q50 80 88 66", p.light, 3)
        + "".join(disc(x, y, 2.8, p.light, p.line, 0.9) for x, y in ((20, 79), (35, 83), (50, 85), (65, 83), (80, 79)))
        + shape(icing, "#e4e7eb" if is_pale(p) else "#fdf8ee", p.line, 1.3)
        + disc(50, 44, 39, p.light, p.line, 2, 11)
        + disc(50, 44, 32, p.main, ry=8)
        + box(46.5, 18, 7, 27, "#f5f1e8", "#8a8a8a", 1.2)
        + lines("M47.5 25l5 -4M47.5 33l5 -4M47.5 41l5 -4", "#e0584a", 2)
        + shape("M50 3 Q57 12 50 17 Q43 12 50 3Z", "#ffb52e", "#c96a10", 1.2)
    )


def _pizza(p: Palette, action: str | None) -> str:
    slices = ((31, 34, 7.5), (62, 32, 8), (47, 53, 7.5), (66, 51, 4.5), (50, 76, 5))
    return (
        shape("M9 20 H91 L53 94 Q50 98 47 94Z", BODY, p.line)
        + shape("M74 50 Q76 62 71 60 L66 69 L60 80Z", p.main, p.line, 1.4)
        + shape("M3 18 Q4 7 15 8 Q50 0 85 8 Q96 7 97 18 Q95 25 87 23 Q50 17 13 23 Q5 25 3 18Z", CRUST, CRUST_LINE)
        + lines("M14 13 Q50 6 80 12", "#f2cb8c", 2.6)
        + "".join(disc(x, y, r, p.dark, p.line, 1.4) + disc(x - 0.25 * r, y - 0.25 * r, 0.42 * r, p.light) for x, y, r in slices)
        + lines("M44 38l5 3M75 38l-4 4M38 64l5 -2M58 62l-2 5", "#5c9a46", 3)
        + lines("M20 28L40 67", p.light, 2.6)
    )


def _carrot(p: Palette, action: str | None) -> str:
    leaves = "M46 34 Q26 26 20 8 Q37 10 45 22 Q40 10 51 2 Q62 10 56 22 Q64 8 82 9 Q76 28 56 34Z"
    return (
        shape(leaves, LEAF, LEAF_LINE, 1.6)
        + lines("M49 32L30 15M51 31V10M53 32L73 15", LEAF_LINE, 1.3)
        + shape("M26 36 Q50 22 75 36 Q78 54 65 78 Q57 91 51 96 Q45 91 37 78 Q23 54 26 36Z", BODY, p.line)
        + lines("M29 46q7 4 14 2M54 54q8 3 16 -1M36 66q6 3 12 1M50 78q6 2 11 -1M60 40q5 2 10 1", mark(p), 2)
        + lines("M35 40Q33 54 41 70", p.light, 3.4)
    )


def _strawberry(p: Palette, action: str | None) -> str:
    spots = ((24, 46), (42, 43), (58, 43), (76, 46), (33, 58), (50, 56), (67, 58), (42, 70), (58, 70), (50, 84))
    cap = "M50 28 L34 38 L36 26 L16 29 L30 18 L21 8 L41 14 L50 2 L59 14 L79 8 L70 18 L84 29 L64 26 L66 38Z"
    seed = "#8d939c" if is_pale(p) else p.light
    return (
        shape("M50 26 Q78 16 91 32 Q98 52 76 78 Q60 96 50 96 Q40 96 24 78 Q2 52 9 32 Q22 16 50 26Z", BODY, p.line)
        + "".join(disc(x, y, 1.9, seed, p.line, 0.8, 2.8) for x, y in spots)
        + shape(cap, LEAF, LEAF_LINE, 1.6)
        + lines("M50 20V6M44 21L28 12M56 21L72 12", LEAF_LINE, 1.2)
    )


def _ice_cream(p: Palette, action: str | None) -> str:
    drip = "M17 46 Q19 59 27 52 Q33 63 42 54 Q50 66 58 54 Q67 63 73 52 Q81 59 83 46 Q50 56 17 46Z"
    return (
        shape("M28 50 H72 L50 96Z", "#d9a55c", "#7d5520")
        + lines("M34 54L55 84M46 54L61 73M58 54L66 63M66 54L45 84M54 54L39 73M42 54L34 63", "#a97531", 1.6)
        + disc(34, 39, 18, p.main, p.line, 2)
        + disc(66, 39, 18, p.main, p.line, 2)
        + shape(drip, p.main, p.line, 1.6)
        + lines("M24 47Q50 56 76 47", p.main, 5)
        + disc(50, 23, 20, BODY, p.line, 2)
        + lines("M37 20 Q39 11 47 9", p.light, 4)
        + lines("M60 13l3 5M52 30l5 -2M27 34l4 3M72 34l3 4M61 27l4 -2", mark(p), 2.4)
    )


SPRITES: dict[str, Sprite] = {
    "apple": _apple, "pear": _pear, "banana": _banana, "cake": _cake, "pizza": _pizza, "carrot": _carrot, "strawberry": _strawberry,
    "ice_cream": _ice_cream,
}  # fmt: skip
