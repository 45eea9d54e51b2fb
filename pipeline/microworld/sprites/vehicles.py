"""Vehicles, seen from the side and facing right."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.shapes import GLASS, STEEL, TYRE, WOOD, bar, box, disc
from pipeline.microworld.sprites.strokes import BODY, Sprite, lines, mark, shape, shifted

HEADLIGHT, TAIL_LIGHT = "#fff3b0", "#e0584a"


def _wheel(p: Palette, x: float, r: float, rim: str = "#c9ccd2", share: float = 0.5) -> str:
    """A wheel that stands on the ground line, with a rim of ``share`` of its radius."""
    y = 96.3 - r
    return disc(x, y, r, TYRE, p.line) + disc(x, y, share * r, rim, "#1f2024", 1) + disc(x, y, 0.16 * r, TYRE)


def _car(p: Palette, action: str | None) -> str:
    hull = "M6 84 V70 Q6 62 16 61 L24 60 Q32 42 40 41 H60 Q70 42 79 59 L88 62 Q95 64 95 72 V84 Q95 88 91 88 H10 Q6 88 6 84Z"
    return (
        shape(hull, BODY, p.line)
        + shape("M30 60 Q36 47 42 46 H49 V60Z M53 46 H59 Q66 47 72 60 H53Z", GLASS, p.line, 1.5)
        + lines("M36 57l6 -8M58 57l5 -8", "#ffffff", 1.8)
        + lines("M51 62V86M10 74H91", mark(p), 1.6)
        + lines("M55 67h7M29 67h7", p.light, 2.4)
        + disc(91, 68, 3.4, HEADLIGHT, p.line, 1)
        + box(6.5, 65, 4, 6, TAIL_LIGHT)
        + _wheel(p, 26, 11)
        + _wheel(p, 75, 11)
    )


def _bus(p: Palette, action: str | None) -> str:
    windows = "".join(box(x, 44, 12, 14, GLASS, p.line, 1.3, 2) for x in (9, 25, 41, 57))
    return (
        box(3, 35, 94, 54, BODY, p.line, round_=7)
        + windows
        + box(74, 44, 13, 41, GLASS, p.line, 1.3, 2)
        + lines("M80.5 45V84", p.line, 1.2)
        + shape("M91 44h5v18h-5Z", GLASS, p.line, 1.2)
        + lines("M6 67H71", p.light, 3)
        + lines("M6 74H71M10 39.5H90", mark(p), 1.8)
        + disc(94, 80, 2.8, HEADLIGHT)
        + box(4, 76, 3, 7, TAIL_LIGHT)
        + _wheel(p, 22, 10)
        + _wheel(p, 60, 10)
    )


def _truck(p: Palette, action: str | None) -> str:
    return (
        box(4, 82, 92, 6, "#55585f", p.line, 1)
        + box(4, 26, 60, 58, BODY, p.line, round_=2)
        + lines("M15 31V79M25 31V79M35 31V79M45 31V79M55 31V79", mark(p), 1.6)
        + lines("M7 29.5H61", p.light, 2)
        + shape("M67 84 V46 H81 Q86 46 89 53 L95 65 V84Z", p.main, p.line)
        + shape("M73 51H81Q84 51 86 56L89 64H73Z", GLASS, p.line, 1.3)
        + disc(93, 76, 2.8, HEADLIGHT, p.line, 0.8)
        + lines("M71 71h6", p.light, 2.2)
        + _wheel(p, 20, 10)
        + _wheel(p, 44, 10)
        + _wheel(p, 81, 10)
    )


def _bicycle(p: Palette, action: str | None) -> str:
    spokes = "".join(f"M{x - 20} 74.5H{x + 20}M{x} 54.5V94.5M{x - 14} 60.5L{x + 14} 88.5M{x + 14} 60.5L{x - 14} 88.5" for x in (25, 75))
    wheels = "".join(disc(x, 74.5, 20.5, "none", TYRE, 3.2) + disc(x, 74.5, 17, "none", p.main, 4.6) for x in (25, 75))
    frame = "M25 74.5 L38 45 H68 L47 74.5 Z M38 45 L47 74.5 M75 74.5 L65 34"
    return (
        lines(spokes, "#8d9199", 1)
        + wheels
        + bar(frame, 7, p.main, p.line)
        + lines("M41 46.5H65", p.light, 2)
        + bar("M38 45L36 37", 4, p.main, p.line)
        + shape("M25 34 Q36 29 47 34 L41 39 H30Z", "#4a3b33", "#2a211c", 1)
        + lines("M65 35 L61 28 Q72 23 80 30", "#4b4e55", 4)
        + disc(47, 74.5, 6, p.light, p.line)
        + lines("M47 74.5L54 84M50 85H60", "#4b4e55", 3)
    )


def _tractor(p: Palette, action: str | None) -> str:
    lugs = f'<circle cx="30" cy="68.5" r="25.5" fill="none" stroke="{TYRE}" stroke-width="5" stroke-dasharray="6 4"/>'
    return (
        box(72, 26, 6, 26, "#5a5d64", p.line, 1.4)
        + shape("M22 22 H54 L58 50 H88 Q95 51 95 60 V82 H20Z", BODY, p.line)
        + shape("M28 28H50L53 50H28Z", GLASS, p.line, 1.4)
        + box(16, 16, 44, 7, p.main, p.line, 1.6, 2)
        + lines("M68 58H91M68 65H91M68 72H91", mark(p), 2)
        + disc(92, 56, 2.4, HEADLIGHT)
        + lugs
        + disc(30, 68.5, 25, TYRE)
        + disc(30, 68.5, 18.5, p.main, p.line)
        + disc(30, 68.5, 12, "none", mark(p), 1.6)
        + disc(30, 68.5, 5, p.light, p.line)
        + bar("M5 50 Q13 34 30 34 Q45 34 54 47", 5, p.main, p.line)
        + disc(80, 82.5, 13.5, TYRE, p.line, 1.2)
        + disc(80, 82.5, 8.5, p.main, p.line)
        + disc(80, 82.5, 3, p.light)
    )


def _boat(p: Palette, action: str | None) -> str:
    return (
        bar("M50 6V74", 3, "#8a6844", "#4a3320")
        + shape("M55 8 Q89 36 90 66 H55Z", BODY, p.line)
        + shape("M45 18 Q21 42 13 66 H45Z", p.light, p.line)
        + lines("M57 31H74M57 48H84", mark(p), 1.8)
        + shape("M50 4l15 4.5l-15 5Z", p.main, p.line, 1.2)
        + shape("M4 72 H96 Q92 92 78 96 H24 Q9 92 4 72Z", p.main, p.line)
        + lines("M9 80H91", p.light, 3)
        + lines("M14 87H86", mark(p), 1.6)
    )


def _train(p: Palette, action: str | None) -> str:
    wheels = "".join(
        disc(x, 89 - r, r, TYRE, p.line) + disc(x, 89 - r, 0.6 * r, p.light, p.line, 1) for x, r in ((18, 12), (42, 12), (63, 8), (80, 8))
    )
    sleepers = "".join(f"M{x} 94H{x + 5}" for x in range(4, 94, 11))
    return (
        disc(66, 12, 6.5, "#eceef0", "#b9bec5", 1)
        + disc(55, 8, 5, "#eceef0", "#b9bec5", 1)
        + shape("M72 46 L70 24 H86 L83 46Z", p.main, p.line, 1.8)
        + box(68, 20, 20, 6, p.dark, p.line, 1.5, 2)
        + shape("M49 46 Q56 31 63 46Z", p.light, p.line, 1.5)
        + box(6, 26, 33, 54, BODY, p.line)
        + box(2, 20, 41, 8, p.main, p.line, 1.6, 2)
        + box(12, 34, 20, 17, GLASS, p.line, 1.5, 2)
        + lines("M10 58H35", mark(p), 2)
        + shape("M39 46 H84 Q92 50 92 63 Q92 76 84 80 H39Z", p.main, p.line)
        + lines("M42 53H86", p.light, 3)
        + lines("M52 47V79M68 47V79", mark(p), 2.2)
        + disc(92, 60, 4, HEADLIGHT, p.line)
        + shape("M86 79 L97 90 H79Z", p.dark, p.line, 1.5)
        + wheels
        + lines("M18 77H42", "#d9dbe0", 3)
        + f'<path d="{sleepers}" stroke="{WOOD}" stroke-width="5"/>'
        + lines("M3 91H97", "#6b6f77", 2.6)
    )


def _airplane(p: Palette, action: str | None) -> str:
    windows = "".join(disc(x, 54, 2.7, GLASS, p.line, 0.8) for x in range(30, 76, 8))
    return shifted(
        shape("M8 56 L3 30 H15 L29 48Z", p.main, p.line)
        + shape("M46 50 L32 26 H43 L66 50Z", p.light, p.line, 1.8)
        + shape("M5 55 Q14 46 34 46 H78 Q95 48 97 58 Q94 67 78 67 H30 Q12 66 5 55Z", BODY, p.line)
        + windows
        + shape("M80 50 Q89 51 92 56 H81Z", GLASS, p.line, 1.2)
        + lines("M18 61.5H88", mark(p), 1.6)
        + shape("M7 58 L3 67 H13 L24 61Z", p.main, p.line, 1.5)
        + box(38, 72, 15, 8, STEEL, p.line, 1.2, 4)
        + shape("M62 60 L37 88 H26 L41 60Z", p.main, p.line)
        + lines("M53 64L34 85", mark(p), 1.8),
        7,
    )


SPRITES: dict[str, Sprite] = {
    "car": _car, "bus": _bus, "truck": _truck, "bicycle": _bicycle, "tractor": _tractor, "boat": _boat, "train": _train,
    "airplane": _airplane,
}  # fmt: skip
