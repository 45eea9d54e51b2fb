"""The few marks that living sprites are drawn with: outlined masses, limbs, eyes, four legs in four poses."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from pipeline.microworld.palette import Palette

Sprite = Callable[[Palette, str | None], str]
"""Draws one noun: (shades, action) -> SVG fragment in a 100 x 100 box, facing right, base on y = 97."""

BODY, ROUND = "url(#body)", "url(#round)"
"""Gradients that the wrapper of every sprite defines: light above dark, and lit from the upper left."""
INK, CREAM, ORANGE, ROSE, RED = "#231f26", "#fff4e0", "#f39a1f", "#f3a0a8", "#d8323a"
"""Natural colours that no palette changes: pupils and noses, bellies, bills, inner ears, combs."""

Point = tuple[float, float]


def fitted(factor: float, dx: float = 0) -> Callable[[Sprite], Sprite]:
    """Shrinks a sprite towards the middle of the ground line, so that its widest pose stays inside the box."""

    def decorate(draw: Sprite) -> Sprite:
        @functools.wraps(draw)
        def drawn(p: Palette, action: str | None) -> str:
            return scaled(draw(p, action), factor, dx=dx)

        return drawn

    return decorate


class Part(NamedTuple):
    """One shape twice: swollen in the outline colour, and its filling. See `mass`."""

    outline: str
    filling: str


def is_dark(p: Palette) -> bool:
    """Whether marks in ink would be lost on this colour."""
    return sum(int(p.main[i : i + 2], 16) for i in (1, 3, 5)) < 200


def is_pale(p: Palette) -> bool:
    """Whether marks in white would be lost on this colour."""
    return sum(int(p.main[i : i + 2], 16) for i in (1, 3, 5)) > 700


def ink(p: Palette) -> str:
    """Colour for mouths and other fine lines on the main colour."""
    return "#9c9cab" if is_dark(p) else p.line


def mark(p: Palette) -> str:
    """Colour for stripes and feather marks on the main colour."""
    return p.light if is_dark(p) else "#aab1ba" if is_pale(p) else p.dark


def blob(d: str, fill: str) -> Part:
    """A closed path of a mass."""
    return Part(f'<path d="{d}" stroke-width="4"/>', f'<path d="{d}" fill="{fill}"/>')


def ball(x: float, y: float, rx: float, ry: float, fill: str, turn: float = 0) -> Part:
    """An ellipse of a mass, turned clockwise by ``turn`` degrees."""
    place = f'cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}"' + (f' transform="rotate({turn:g} {x:g} {y:g})"' if turn else "")
    return Part(f'<ellipse {place} stroke-width="4"/>', f'<ellipse {place} fill="{fill}"/>')


def limb(d: str, width: float, fill: str) -> Part:
    """An open path drawn as thick as a leg."""
    return Part(
        f'<path d="{d}" stroke-width="{width + 4:g}"/>',
        f'<path d="{d}" fill="none" stroke="{fill}" stroke-width="{width:g}"/>',
    )


def lowered(parts: Iterable[Part], dy: float) -> list[Part]:
    """The same parts ``dy`` further down."""
    return [Part(shifted(part.outline, dy), shifted(part.filling, dy)) for part in parts] if dy else list(parts)


def shifted(svg: str, dy: float) -> str:
    """The same drawing ``dy`` further down."""
    return f'<g transform="translate(0 {dy:g})">{svg}</g>' if dy else svg


def scaled(svg: str, factor: float, x: float = 50, y: float = 97, dx: float = 0, dy: float = 0) -> str:
    """The drawing at another size, with (x, y) held in place and then moved by (dx, dy)."""
    return f'<g transform="matrix({factor:g} 0 0 {factor:g} {x * (1 - factor) + dx:g} {y * (1 - factor) + dy:g})">{svg}</g>'


def mass(line: str, *parts: Part) -> str:
    """Parts with one outline around their union, so that a leg grows out of its body without a seam."""
    edge = "".join(part.outline for part in parts)
    inside = "".join(part.filling for part in parts)
    return (
        f'<g fill="none" stroke="{line}" stroke-linejoin="round" stroke-linecap="round">{edge}</g>'
        f'<g stroke-linejoin="round" stroke-linecap="round">{inside}</g>'
    )


def shape(d: str, fill: str, line: str = "none", width: float = 2) -> str:
    """A closed path with its own outline."""
    return f'<path d="{d}" fill="{fill}" stroke="{line}" stroke-width="{width:g}" stroke-linejoin="round"/>'


def dot(x: float, y: float, r: float, fill: str, ry: float | None = None, turn: float = 0) -> str:
    """A circle, or an ellipse where ``ry`` is given."""
    spin = f' transform="rotate({turn:g} {x:g} {y:g})"' if turn else ""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{r:g}" ry="{r if ry is None else ry:g}" fill="{fill}"{spin}/>'


def lines(d: str, colour: str, width: float = 2) -> str:
    """Open strokes with round ends."""
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round" stroke-linejoin="round"/>'


def mirrored(svg: str) -> str:
    """The drawing reflected about the middle of the box."""
    return f'<g transform="matrix(-1 0 0 1 100 0)">{svg}</g>'


def eye(p: Palette, x: float, y: float, r: float, action: str | None, lid: str | None = None) -> str:
    """A round eye that looks to the right, or its lid (light, or in the colour given) when asleep; both show on any colour."""
    if action == "sleep":
        lash = f"M{x - r:g} {y:g} Q{x:g} {y + 1.9 * r:g} {x + r:g} {y:g}"
        return dot(x, y, r + 0.6, lid or p.light) + lines(lash, INK, max(1.8, 0.36 * r))
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="#ffffff" stroke="{p.line}" stroke-width="1.2"/>'
        + dot(x + 0.18 * r, y + 0.05 * r, 0.68 * r, INK)
        + dot(x + 0.4 * r, y - 0.28 * r, 0.24 * r, "#ffffff")
    )


def joints(points: Sequence[Point]) -> str:
    """Path data through the points."""
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in points)


def legs(
    action: str | None, hind: float, fore: float, top: float, width: float, near: str, far: str, hoof: str | None = None, stride: float = 15
) -> tuple[list[Part], list[Part]]:
    """Four legs in the pose of the action: (the two far ones, the two near ones), with soles on the ground line.

    Args:
        hind, fore: x of the near legs.
        top: y of hips and shoulders.
        near, far: fill of the near and of the far legs.
        hoof: fill of the feet where it differs.
    """
    sole = 95 - width / 2
    middle = (top + sole) / 2

    def standing(x: float) -> list[Point]:
        return [(x, top), (x, sole)]

    def back(x: float) -> list[Point]:
        return [(x, top), (x - 0.25 * stride, middle), (x - 1.1 * stride, sole - 4)]

    def ahead(x: float) -> list[Point]:
        return [(x, top), (x + 0.6 * stride, middle - 1), (x + stride, sole)]

    def stretched(x: float) -> list[Point]:
        return [(x, top), (x - 0.6 * stride, middle), (x - 1.3 * stride, sole)]

    def tucked(x: float) -> list[Point]:
        return [(x, top), (x + 0.9 * stride, middle - 3), (x + 0.45 * stride, sole - 5)]

    gap = 0.95 * width
    if action == "sleep":
        near_paths = [[(hind - 4, sole), (hind + 0.7 * stride, sole)], [(fore - 2, sole), (fore + stride, sole)]]
        far_paths = []
    elif action == "run":
        far_paths, near_paths = [ahead(hind + 3), back(fore - 3)], [back(hind), ahead(fore)]
    elif action == "jump":
        far_paths, near_paths = [stretched(hind + gap), tucked(fore + 0.5 * gap)], [stretched(hind), tucked(fore - 0.5 * gap)]
    else:
        far_paths, near_paths = [standing(hind + gap), standing(fore - gap)], [standing(hind), standing(fore)]

    def drawn(paths: list[list[Point]], fill: str) -> list[Part]:
        parts = [limb(joints(path), width, fill) for path in paths]
        if hoof:
            for (x0, y0), (x1, y1) in (path[-2:] for path in paths):
                length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
                share = min(0.6, 0.35 * width / length)
                foot = limb(joints([(x1 - share * (x1 - x0), y1 - share * (y1 - y0)), (x1, y1)]), width, hoof)
                parts.append(foot)
        return parts

    return drawn(far_paths, far), drawn(near_paths, near)
