"""Boxes, discs and bars: what lifeless sprites are made of besides the strokes of the living ones."""

from __future__ import annotations

GLASS, TYRE, STEEL, WOOD, BRASS, PAPER = "#cfe6f2", "#33343a", "#7c8088", "#7a5636", "#e4c667", "#f7f2e4"
"""Materials that no palette changes."""
LEAF, LEAF_LINE = "#63a84c", "#2f5f24"
"""Green of stalks and leaves, whatever the colour of their fruit."""
LAMPLIGHT = "#fbeeb5"
"""Windows and lamps that are lit."""


def box(x: float, y: float, width: float, height: float, fill: str, line: str = "none", stroke: float = 2, round_: float = 0) -> str:
    """A rectangle with its upper left corner at (x, y) and corners rounded by ``round_``."""
    corner = f' rx="{round_:g}"' if round_ else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{corner} fill="{fill}" stroke="{line}" stroke-width="{stroke:g}"/>'
    )


def disc(x: float, y: float, r: float, fill: str, line: str = "none", stroke: float = 1.5, ry: float | None = None) -> str:
    """A circle with an outline, or an upright ellipse where ``ry`` is given."""
    return (
        f'<ellipse cx="{x:g}" cy="{y:g}" rx="{r:g}" ry="{r if ry is None else ry:g}" '
        f'fill="{fill}" stroke="{line}" stroke-width="{stroke:g}"/>'
    )


def bar(d: str, width: float, colour: str, line: str) -> str:
    """An open path as a bar of this width with an outline on both sides."""
    return "".join(
        f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{thick:g}" stroke-linejoin="round"/>'
        for stroke, thick in ((line, width + 3.6), (colour, width))
    )


def turned(svg: str, degrees: float, x: float, y: float) -> str:
    """The drawing turned clockwise about (x, y)."""
    return f'<g transform="rotate({degrees:g} {x:g} {y:g})">{svg}</g>'
