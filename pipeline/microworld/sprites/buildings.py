"""Buildings, from the front."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.shapes import BRASS, LAMPLIGHT, WOOD, box, disc, turned
from pipeline.microworld.sprites.strokes import BODY, Sprite, is_pale, lines, mark, shape


def _pane(p: Palette, x: float, y: float, width: float, height: float) -> str:
    """A lit window with a cross of bars."""
    bars = f"M{x + width / 2:g} {y:g}v{height:g}M{x:g} {y + height / 2:g}h{width:g}"
    return box(x, y, width, height, LAMPLIGHT, p.line, 1.5) + lines(bars, p.line, 1)


def _bricks(p: Palette, *spots: tuple[float, float]) -> str:
    """Single bricks that show here and there in a wall, each by its upper left corner."""
    return f'<path d="{"".join(f"M{x:g} {y:g}h7v3.2h-7Z" for x, y in spots)}" fill="{mark(p)}"/>'


def _door(p: Palette, x: float, y: float, width: float, crown: float = 0) -> str:
    """A wooden door of this width down to the ground line, with an arch ``crown`` high above y."""
    middle = x + width / 2
    return (
        shape(f"M{x:g} 96V{y:g}Q{middle:g} {y - 2 * crown:g} {x + width:g} {y:g}V96Z", WOOD, p.line, 1.6)
        + lines(f"M{middle:g} {y - crown + 2:g}V95", "#57391f", 1)
        + disc(x + 0.75 * width, (y + 96) / 2, 1.4, BRASS)
    )


def _house(p: Palette, action: str | None) -> str:
    return (
        box(68, 12, 11, 26, p.main, p.line, 1.6)
        + box(66, 9, 15, 5, p.dark, p.line, 1.4)
        + box(14, 46, 72, 50, BODY, p.line)
        + f'<path d="M15 49H85V53H15Z" fill="{p.dark}"/>'
        + _bricks(p, (38, 57), (54, 60), (74, 84), (20, 88), (30, 80), (64, 90))
        + shape("M4 49 L50 8 L96 49Z", p.main, p.line)
        + lines("M24 40H76M33 32H67M42 24H58M31 48V41M45 48V41M59 48V41M73 48V41M38 40V33M52 40V33M64 40V33M46 32V25", mark(p), 1.5)
        + _door(p, 41, 68, 18)
        + _pane(p, 20, 60, 15, 16)
        + _pane(p, 65, 60, 15, 16)
    )


def _tower(p: Palette, action: str | None) -> str:
    return (
        shape("M27 96 L31 28 H69 L73 96Z", BODY, p.line)
        + shape("M22 29 V6 H34 V14 H44 V6 H56 V14 H66 V6 H78 V29Z", p.main, p.line)
        + lines("M24 24H76", mark(p), 2.4)
        + _bricks(p, (33, 38), (57, 42), (36, 54), (58, 60), (33, 68), (61, 80), (31, 86), (30, 17), (60, 17))
        + shape("M45.5 54 V46 Q50 38 54.5 46 V54Z", LAMPLIGHT, p.line, 1.5)
        + _door(p, 40, 78, 20, 6)
    )


def _tent(p: Palette, action: str | None) -> str:
    return (
        shape("M50 18V6l12 4.5l-12 4.5", p.main, p.line, 1.4)
        + shape("M50 17 L97 96 H3Z", BODY, p.line)
        + shape("M50 17 L72 96 H28Z", p.light, p.line, 1.6)
        + shape("M50 40 L61 96 H39Z", "#35302f")
        + shape("M50 40 L40 96 H32 Q46 74 50 40Z M50 40 L60 96 H68 Q54 74 50 40Z", p.main, p.line, 1.2)
        + lines("M37 45L14 94M63 45L86 94", mark(p), 1.8)
        + lines("M40 76L33 78M60 76L67 78", p.line, 2.4)
    )


def _windmill(p: Palette, action: str | None) -> str:
    sail = (
        lines("M50 36V2", "#6d5037", 2.8)
        + shape("M51.5 4h11.5v25h-11.5Z", p.light, p.line, 1.4)
        + lines("M52 12h11M52 20h11M57 4v25", p.line, 0.9)
    )
    return (
        shape("M28 96 L37 38 H63 L72 96Z", BODY, p.line)
        + shape("M34 40 Q50 14 66 40Z", p.main, p.line)
        + lines("M34 66H66M32 80H42M58 80H68", mark(p), 1.8)
        + _pane(p, 45, 53, 10, 10)
        + _door(p, 43, 82, 14, 4)
        + "".join(turned(sail, angle, 50, 36) for angle in (32, 122, 212, 302))
        + disc(50, 36, 4.2, p.main, p.line)
    )


def _lighthouse(p: Palette, action: str | None) -> str:
    band = "#aab1ba" if is_pale(p) else "#fbfbf7"
    return (
        lines("M30 18H16M31 11L19 5M70 18H84M69 11L81 5", "#f2c230", 3.2)
        + shape("M26 96 L36 33 H64 L74 96Z", BODY, p.line)
        + shape("M34.2 44 H65.8 L67 52 H33Z M30.8 68 H69.2 L70.5 76 H29.5Z", band, p.line, 1.2)
        + disc(50, 61, 3.2, LAMPLIGHT, p.line, 1.2)
        + _door(p, 43, 87, 14, 4)
        + box(30, 27, 40, 6, p.main, p.line, 1.5, 1)
        + box(39, 13, 22, 14, "#ffe16b", p.line, 1.6)
        + lines("M46.5 13v14M53.5 13v14", p.line, 1.2)
        + shape("M35 14 Q50 -5 65 14Z", p.main, p.line, 1.8)
    )


def _church(p: Palette, action: str | None) -> str:
    windows = "".join(f"M{x} 86V75Q{x + 5} 67 {x + 10} 75V86Z" for x in (47, 62, 77))
    return (
        f'<path d="M25.5 18V2M19 7.5H32" stroke="{p.line}" stroke-width="6.5"/>'
        f'<path d="M25.5 18V3.5M20.5 7.5H30.5" stroke="{BRASS}" stroke-width="3.6"/>'
        + box(40, 64, 54, 32, BODY, p.line)
        + shape("M37 65 L48 43 H88 L97 65Z", p.main, p.line)
        + lines("M46 50H91M42 57H94M56 50V44M74 50V44M64 57V51M84 57V51M54 64V58M74 64V58", mark(p), 1.4)
        + shape(windows, LAMPLIGHT, p.line, 1.3)
        + box(10, 42, 31, 54, BODY, p.line)
        + f'<path d="M11 44H40V48H11Z" fill="{p.dark}"/>'
        + shape("M6 44 L25.5 14 L45 44Z", p.main, p.line)
        + lines("M17 36H34M21 29H30", mark(p), 1.4)
        + disc(25.5, 57, 5.5, LAMPLIGHT, p.line)
        + lines("M25.5 52V62M20.5 57H30.5", p.line, 1)
        + _door(p, 18, 80, 15, 5)
    )


SPRITES: dict[str, Sprite] = {
    "house": _house, "tower": _tower, "tent": _tent, "windmill": _windmill, "lighthouse": _lighthouse, "church": _church,
}  # fmt: skip
