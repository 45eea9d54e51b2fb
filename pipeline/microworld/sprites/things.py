"""Furniture and everyday things."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.shapes import BRASS, LAMPLIGHT, PAPER, STEEL, bar, box, disc, turned
from pipeline.microworld.sprites.strokes import BODY, Sprite, is_dark, is_pale, lines, mark, shape


def _chair(p: Palette, action: str | None) -> str:
    return (
        bar("M40 88V52M84 88V52", 6, p.dark, p.line)
        + shape("M14 12 Q14 7 19 6 L34 2 Q39 1 40 6 L44 52 L26 62 H20Z", BODY, p.line)
        + lines("M22 13L28 54M29 11L35 51M20 24L38 19M22 38L40 32", mark(p), 2.4)
        + shape("M20 60 L40 50 H90 L80 63 V66 H20Z", p.light, p.line)
        + box(18, 61, 63, 8, BODY, p.line)
        + shape("M80 62 L90 50 V57 L80 69Z", p.dark, p.line, 1.6)
        + bar("M23 96V68M76 96V68", 6.5, p.main, p.line)
        + lines("M19 96H27M72 96H80", p.line, 2)
    )


def _table(p: Palette, action: str | None) -> str:
    return (
        bar("M27 87V50M73 87V50", 6, p.dark, p.line)
        + bar("M14 96V50M86 96V50", 8, p.main, p.line)
        + shape("M16 32 H84 L97 50 H3Z", p.light, p.line)
        + box(3, 50, 94, 11, BODY, p.line, round_=1)
        + lines("M21 38H70M16 44H52M64 44H84", mark(p) if not is_dark(p) else p.main, 1.8)
        + lines("M10 96H18M82 96H90", p.line, 2)
    )


def _lamp(p: Palette, action: str | None) -> str:
    return (
        '<path d="M22 46L15 64Q50 74 85 64L78 46Z" fill="#fff0a0" opacity=".55"/>'
        + disc(50, 52, 8, LAMPLIGHT, "#c9a227", 1.2, 10)
        + shape("M33 4 H67 L89 48 Q50 54 11 48Z", BODY, p.line)
        + lines("M43 8L34 47M57 8L66 47", mark(p), 1.8)
        + lines("M16 44Q50 50 84 44", p.light, 3)
        + shape("M46 60 H54 Q66 76 55 88 H45 Q34 76 46 60Z", BODY, p.line)
        + lines("M43 74Q42 79 46 84", p.light, 2.4)
        + shape("M26 96 Q28 87 50 87 Q72 87 74 96Z", p.main, p.line)
    )


def _book(p: Palette, action: str | None) -> str:
    star = "M55 50 l4 8 9 1 -7 6 2 9 -8 -4 -8 4 2 -9 -7 -6 9 -1Z"
    closed = (
        shape("M20 6 H80 Q85 6 85 11 V83 H22 Q18 83 18 87 Q18 91 22 91 H85 V94 H20 Q12 94 12 87 V14 Q12 6 20 6Z", p.main, p.line)
        + shape("M22 83.5 H82 V90.5 H22 Q18.5 90.5 18.5 87 Q18.5 83.5 22 83.5Z", PAPER, p.line, 1.2)
        + lines("M23 87H81", "#c9c1ab", 1.2)
        + lines("M25 7V81", mark(p), 2.6)
        + box(37, 18, 36, 20, PAPER, p.line, 1.4, 2)
        + lines("M43 25H67M43 31H60", "#7b766a", 2.4)
        + shape(star, p.light, p.line, 1.2)
        + lines("M32 12H79V77H32Z", mark(p), 1.2)
        + shape("M66 84V94L70.5 91L75 94V84Z", "#d9b84c", p.line, 0.8)
    )
    return turned(closed, -6, 50, 50)


def _cup(p: Palette, action: str | None) -> str:
    steam = "M34 26q-6 -6 0 -12t0 -10M52 26q-6 -6 0 -12t0 -10"
    return (
        lines(steam, "#9aa3ad", 5.5)
        + lines(steam, "#eef1f4", 3.2)
        + bar("M70 48 Q92 44 90 60 Q88 75 66 73", 7, p.main, p.line)
        + shape("M6 36 H74 L70 81 Q68 96 52 96 H28 Q12 96 10 81Z", BODY, p.line)
        + disc(40, 36, 34, p.light, p.line, 2, 8)
        + disc(40, 37, 28, "#6b4630", "#3d2718", 1, 5.5)
        + lines("M10 62Q40 70 70 62", mark(p), 2)
        + lines("M11 68Q40 76 69 68", p.light, 3)
        + lines("M17 50L19 58M20 76L21 84", p.light, 3.4)
    )


def _umbrella(p: Palette, action: str | None) -> str:
    return (
        lines("M50 8V3", STEEL, 4)
        + lines("M50 48V86Q50 94 42 94Q34 94 34 86", "#3d2a18", 6.4)
        + lines("M50 48V86Q50 94 42 94Q34 94 34 86", "#8a6038", 3.6)
        + shape("M3 54 Q6 8 50 8 Q94 8 97 54 Q90 44 81 54 Q73 44 65 54 Q57 44 50 54 Q43 44 35 54 Q27 44 19 54 Q10 44 3 54Z", BODY, p.line)
        + lines("M50 9 Q26 20 19 53M50 9 Q39 22 35 53M50 9 Q61 22 65 53M50 9 Q74 20 81 53", mark(p), 1.8)
        + lines("M14 36 Q20 21 33 15", p.light, 3.4)
    )


def _ball(p: Palette, action: str | None) -> str:
    stripe = "#c3c9d0" if is_pale(p) else "#fbfaf5"
    return (
        disc(50, 51, 45, BODY, p.line, 2)
        + shape("M50 10 Q24 28 23 52 Q24 76 44 95 Q50 96.5 54 95.5 Q38 76 38 52 Q38 30 50 10Z", stripe, p.line, 1.4)
        + shape("M52 9 Q78 20 84 80 Q92 72 94 60 Q92 22 52 9Z", stripe, p.line, 1.4)
        + disc(50, 10, 5.5, stripe, p.line)
        + lines("M13 50 Q13 36 21 27", p.light, 4)
        + lines("M60 88Q70 84 76 78", mark(p), 1.8)
    )


def _balloon(p: Palette, action: str | None) -> str:
    return (
        lines("M50 72 Q42 79 50 85 Q57 90 50 96", "#7d828b", 2.2)
        + shape("M50 64 L42 73 Q50 76 58 73Z", p.main, p.line, 1.6)
        + shape("M50 2 Q82 3 82 34 Q81 56 55 67 H45 Q19 56 18 34 Q18 3 50 2Z", BODY, p.line)
        + lines("M28 34 Q28 18 39 12", p.light, 6)
        + lines("M72 44Q68 54 60 59", mark(p), 2)
    )


def _kite(p: Palette, action: str | None) -> str:
    bows = "".join(
        shape(f"M{x - 8} {y - 5}L{x + 8} {y + 5}V{y - 5}L{x - 8} {y + 5}Z", fill, p.line, 1.2)
        for x, y, fill in ((38, 86, p.main), (57, 90, p.light), (76, 91, p.main))
    )
    sail = (
        shape("M45 3 L82 32 L45 77 L8 32Z", p.main, p.line)
        + shape("M45 3 L82 32 H45Z M45 32 H8 L45 77Z", p.light, p.line, 1.2)
        + lines("M45 4V76M9 32H81", p.line, 1.8)
        + lines("M51 40L64 36M50 50L59 46M39 20L27 25M40 12L36 15", mark(p), 2)
    )
    return lines("M29 74 Q28 87 41 86 T58 90 T82 91", "#7d828b", 2) + bows + turned(sail, 24, 45, 38)


def _clock(p: Palette, action: str | None) -> str:
    ticks = "".join(f"M{x1} {y1}L{x2} {y2}" for x1, y1, x2, y2 in ((50, 30, 50, 35), (75, 55, 70, 55), (50, 80, 50, 75), (25, 55, 30, 55)))
    dots = "".join(
        disc(50 + x, 55 + y, 1.5, p.line)
        for x, y in ((12, -20.8), (20.8, -12), (20.8, 12), (12, 20.8), (-12, 20.8), (-20.8, 12), (-20.8, -12), (-12, -20.8))
    )
    return (
        lines("M27 84L20 94M73 84L80 94", p.line, 6.5)
        + lines("M50 16V8M43 6H57", p.line, 4)
        + shape("M12 31 Q9 9 33 9 Q37 15 35 19Z M88 31 Q91 9 67 9 Q63 15 65 19Z", p.main, p.line, 1.8)
        + disc(50, 55, 40, p.main, p.line, 2)
        + disc(50, 55, 28.5, p.light, p.line, 2)
        + '<circle cx="50" cy="55" r="27.5" fill="#ffffff" opacity=".5"/>'
        + dots
        + lines(ticks, p.line, 2.6)
        + lines("M50 55V38M50 55L63 61", p.line, 4)
        + disc(50, 55, 3, p.line)
        + lines("M17 44Q20 32 30 24", p.light, 3)
    )


def _suitcase(p: Palette, action: str | None) -> str:
    return (
        box(14, 90, 12, 6, p.line)
        + box(74, 90, 12, 6, p.line)
        + bar("M36 30 V15 H64 V30", 5, p.main, p.line)
        + box(5, 28, 90, 64, BODY, p.line, 2.2, 8)
        + lines("M7 54H93", p.line, 1.8)
        + lines("M11 38Q11 34 15 34H85Q89 34 89 38", p.light, 2)
        + lines("M24 30V91M76 30V91", p.line, 9)
        + lines("M24 30V91M76 30V91", mark(p), 6)
        + box(18, 48, 12, 13, BRASS, p.line, 1.4, 2)
        + box(70, 48, 12, 13, BRASS, p.line, 1.4, 2)
        + box(42, 66, 16, 11, PAPER, p.line, 1.2, 2)
        + lines("M45 70H55M45 73.5H52", "#7b766a", 1.4)
    )


def _hat(p: Palette, action: str | None) -> str:
    return (
        disc(50, 81, 47, p.main, p.line, 2, 14.5)
        + disc(50, 78, 43, p.light, ry=10.5)
        + shape("M22 77 Q23 36 33 24 Q40 17 51 23 Q63 15 70 23 Q79 36 78 77 Q50 88 22 77Z", BODY, p.line)
        + shape("M22.5 62 Q50 73 77.5 62 L78 77 Q50 88 22 77Z", p.main if is_dark(p) else p.dark, p.line, 1.5)
        + lines("M51 24 Q50 34 43 42", mark(p), 2.4)
        + lines("M31 56Q32 40 37 31", p.light, 3.4)
        + lines("M26 69Q50 77 74 69" if is_dark(p) else "", p.light, 1.6)
    )


def _guitar(p: Palette, action: str | None) -> str:
    body = "M50 40 Q66 36 72 47 Q76 56 70 63 Q85 70 83 84 Q79 96 50 96 Q21 96 17 84 Q15 70 30 63 Q24 56 28 47 Q34 36 50 40Z"
    return (
        shape(body, BODY, p.line, 2.2)
        + lines("M24 84 Q23 76 32 70M33 56Q32 51 36 47", p.light, 3)
        + lines("M75 76Q79 80 76 85M67 49Q69 52 67 57", mark(p), 1.8)
        + disc(50, 66, 9.5, "#2d211a", p.light, 2.2)
        + box(38, 82, 24, 5, "#5b4129", "#35261a", 1)
        + box(44, 14, 12, 44, "#6b4c30", "#35261a", 1.4)
        + shape("M41 2H59L56 15H44Z", "#7d5a3a", "#35261a", 1.4)
        + lines("M37 5h5M38 11h5M58 5h5M57 11h5", "#b9bec5", 3)
        + lines("M45 22H55M45 29H55M45 36H55M45 43H55", "#d9c9a8", 1.2)
        + lines("M47.5 14V84M52.5 14V84", "#ece6d6", 1)
    )


def _bottle(p: Palette, action: str | None) -> str:
    return (
        box(41, 2, 18, 11, "#c79a62", "#7a5a30", 1.6, 2)
        + shape("M41 11 H59 V30 Q73 37 73 53 V89 Q73 96 66 96 H34 Q27 96 27 89 V53 Q27 37 41 30Z", BODY, p.line, 2.2)
        + lines("M42 18H58", mark(p), 3)
        + box(27, 59, 46, 20, PAPER, p.line, 1.4)
        + disc(50, 69, 7.5, p.main, p.line)
        + lines("M46 69H54", p.light, 2)
        + lines("M34 54 Q34 42 43 36", p.light, 3.4)
        + lines("M67 46V55M32 87H68", mark(p), 2)
    )


def _bench(p: Palette, action: str | None) -> str:
    return (
        bar("M15 96.5V30M85 96.5V30M26 89V68M74 89V68", 3.6, "#55585f", "#2a2b30")
        + box(4, 29, 92, 11, BODY, p.line, 1.8, 2)
        + box(4, 43, 92, 11, BODY, p.line, 1.8, 2)
        + shape("M7 61 H93 L97 70 H3Z", p.light, p.line, 1.8)
        + box(3, 70, 94, 8, BODY, p.line, 1.8, 1)
        + lines("M10 34H58M66 36H88M12 49H34M42 48H90M10 66H60", mark(p) if not is_dark(p) else "#44444c", 1.6)
        + "".join(disc(x, y, 1.5, STEEL) for x in (15, 85) for y in (34.5, 48.5))
        + bar("M9 56 Q5 57 6 64M91 56 Q95 57 94 64", 2.6, "#55585f", "#2a2b30")
    )


def _bucket(p: Palette, action: str | None) -> str:
    return (
        lines("M12 36 Q16 6 50 6 Q84 6 88 36", "#4d5057", 5)
        + lines("M12 36 Q16 6 50 6 Q84 6 88 36", "#a3a8b0", 2.6)
        + box(40, 2, 20, 8, "#8b6a46", "#4a3320", 1.4, 3)
        + shape("M8 36 H92 L80 90 Q79 96 72 96 H28 Q21 96 20 90Z", BODY, p.line, 2.2)
        + disc(50, 36, 42, p.light, p.line, 2, 10)
        + disc(50, 37.5, 36, "#9fcfe6", p.line, 1.2, 7)
        + lines("M30 37Q38 34 46 37M56 39Q62 37 68 39", "#ffffff", 1.6)
        + lines("M14 62 Q50 74 86 62M16 70Q50 82 84 70", mark(p), 2)
        + lines("M20 54L22 60M25 78L27 86", p.light, 3.6)
        + disc(12, 40, 3, STEEL, p.line, 1)
        + disc(88, 40, 3, STEEL, p.line, 1)
    )


SPRITES: dict[str, Sprite] = {
    "chair": _chair, "table": _table, "lamp": _lamp, "book": _book, "cup": _cup, "umbrella": _umbrella, "ball": _ball,
    "balloon": _balloon, "kite": _kite, "clock": _clock, "suitcase": _suitcase, "hat": _hat, "guitar": _guitar, "bottle": _bottle,
    "bench": _bench, "bucket": _bucket,
}  # fmt: skip
