"""Fruit and other food."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.microworld.palette import Palette


def _apple(p: Palette, action: str | None) -> str:
    return (
        '<path d="M50 28 Q50 14 58 6" fill="none" stroke="#6a4a2c" stroke-width="4.4" stroke-linecap="round"/><path d="M55 20 Q66 4 86 10 Q78 27 55 20Z" fill="#6fae58" stroke="#345f28" stroke-width="1.6"/>'
        f'<path d="M50 29 Q64 20 79 26 Q97 36 92 62 Q86 90 66 96 Q56 99 50 94 Q44 99 34 96 Q14 90 8 62 Q3 36 21 26 Q36 20 50 29Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M18 46 Q20 36 29 33" fill="none" stroke="{p.light}" stroke-width="5" stroke-linecap="round"/><path d="M42 31 Q50 36 58 31" fill="none" stroke="{p.dark}" stroke-width="2.4"/>'
    )


def _pear(p: Palette, action: str | None) -> str:
    freckles = "".join(f'<circle cx="{x}" cy="{y}" r="1.4" fill="{p.dark}"/>' for x, y in ((42, 58), (58, 70), (66, 80), (38, 84), (54, 88), (52, 46), (70, 68)))
    return (
        '<path d="M52 14 Q50 6 56 2" fill="none" stroke="#6a4a2c" stroke-width="4.4" stroke-linecap="round"/><path d="M54 10 Q66 -1 80 6 Q70 19 54 10Z" fill="#6fae58" stroke="#345f28" stroke-width="1.5"/>'
        f'<path d="M51 12 Q65 13 66 30 Q68 44 78 54 Q88 66 82 82 Q74 97 51 97 Q28 97 20 82 Q14 66 24 54 Q34 44 36 30 Q37 13 51 12Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M29 70 Q30 58 38 52" fill="none" stroke="{p.light}" stroke-width="5" stroke-linecap="round"/>{freckles}'
    )


def _banana(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M10 34 Q5 27 10 22 L18 20 Q24 62 62 74 Q80 79 92 70 L97 76 Q88 95 60 96 Q14 93 10 34Z" fill="url(#body)" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/>'
        f'<path d="M14 34 Q22 78 64 86 Q80 88 92 78" fill="none" stroke="{p.dark}" stroke-width="2.6"/><path d="M20 44 Q30 68 56 77" fill="none" stroke="{p.light}" stroke-width="3"/>'
        '<path d="M10 22 L8 12 L15 10 L18 20Z M92 70 L97 76 L99 72 L95 67Z" fill="#54402a"/>'
    )


def _cake(p: Palette, action: str | None) -> str:
    icing = "M10 46 V54 Q14 64 20 54 Q26 46 32 56 Q38 68 45 56 Q52 46 58 56 Q64 66 71 55 Q77 46 82 55 Q87 62 90 54 V46Z"
    drops = "".join(f'<circle cx="{x}" cy="77" r="3" fill="{p.light}" stroke="{p.line}" stroke-width="0.8"/>' for x in (20, 35, 50, 65, 80))
    return (
        '<rect x="46.5" y="13" width="7" height="22" fill="#f5f1e8" stroke="#8a8a8a" stroke-width="1.2"/><path d="M46.5 20l7 -4M46.5 28l7 -4" stroke="#e0584a" stroke-width="2"/><path d="M50 2 Q56 9 50 13 Q44 9 50 2Z" fill="#ffb52e" stroke="#c96a10" stroke-width="1"/>'
        f'<path d="M10 46 V86 Q50 100 90 86 V46Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><ellipse cx="50" cy="45" rx="40" ry="11" fill="{p.light}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="{icing}" fill="#fdf8ee" stroke="{p.line}" stroke-width="1.3"/><ellipse cx="50" cy="45" rx="33" ry="8" fill="{p.main}"/>'
        f'{drops}<path d="M4 88 Q50 105 96 88 L92 93 Q50 104 8 93Z" fill="#d8dbe0" stroke="#8b9098" stroke-width="1.2"/><path d="M46.5 35h7v9h-7Z" fill="#f5f1e8"/>'
    )


def _pizza(p: Palette, action: str | None) -> str:
    toppings = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{p.dark}" stroke="{p.line}" stroke-width="1.4"/><circle cx="{x - 2}" cy="{y - 2}" r="{r * 0.3:.1f}" fill="{p.light}"/>' for x, y, r in ((33, 34, 8), (62, 30, 8), (50, 54, 8), (66, 50, 5), (46, 75, 5.5)))
    return (
        f'<path d="M8 22 L92 22 L52 97Z" fill="url(#body)" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/>'
        '<path d="M3 20 Q4 7 16 8 Q50 0 84 8 Q96 7 97 20 Q95 29 86 27 Q50 19 14 27 Q5 29 3 20Z" fill="#e0a75c" stroke="#8a5a22" stroke-width="2"/><path d="M16 14 Q50 6 84 14" fill="none" stroke="#f2cb8c" stroke-width="3"/>'
        f'{toppings}<path d="M40 44l5 3M72 38l-4 4M44 64l4 -2" stroke="#5c9a46" stroke-width="3" stroke-linecap="round"/><path d="M30 42 Q32 56 36 52" fill="none" stroke="{p.light}" stroke-width="3"/>'
    )


def _carrot(p: Palette, action: str | None) -> str:
    rings = "".join(f'<path d="M{x} {y}q6 4 12 2" fill="none" stroke="{p.dark}" stroke-width="2"/>' for x, y in ((36, 42), (50, 52), (40, 62), (50, 76)))
    return (
        '<path d="M48 30 Q30 22 26 4 Q42 8 48 22 Q44 8 52 1 Q60 10 55 22 Q62 8 76 6 Q72 24 55 31Z" fill="#5fa84a" stroke="#2f5f24" stroke-width="1.6" stroke-linejoin="round"/>'
        f'<path d="M30 34 Q50 20 71 34 Q74 52 62 78 Q56 92 51 97 Q45 92 39 78 Q27 52 30 34Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>{rings}<path d="M38 38 Q36 52 42 68" fill="none" stroke="{p.light}" stroke-width="3.4" stroke-linecap="round"/>'
    )


def _strawberry(p: Palette, action: str | None) -> str:
    seeds = "".join(f'<ellipse cx="{x}" cy="{y}" rx="1.8" ry="2.7" fill="{p.light}" stroke="{p.line}" stroke-width="0.7"/>' for x, y in ((26, 44), (42, 40), (58, 40), (74, 44), (34, 56), (50, 54), (66, 56), (42, 69), (58, 69), (50, 83)))
    return (
        f'<path d="M50 26 Q78 16 91 32 Q98 52 76 78 Q60 97 50 97 Q40 97 24 78 Q2 52 9 32 Q22 16 50 26Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>{seeds}'
        '<path d="M50 28 L34 37 L36 26 L18 28 L31 18 L22 8 L41 13 L50 2 L59 13 L78 8 L69 18 L82 28 L64 26 L66 37Z" fill="#5fa84a" stroke="#2f5f24" stroke-width="1.6" stroke-linejoin="round"/>'
    )


def _ice_cream(p: Palette, action: str | None) -> str:
    return (
        '<path d="M27 50 H73 L50 97Z" fill="#d9a55c" stroke="#7d5520" stroke-width="2" stroke-linejoin="round"/><path d="M34 52L56 86M46 52L62 74M58 52L66 62M66 52L44 86M54 52L38 74M42 52L34 62" stroke="#a97531" stroke-width="1.6"/>'
        f'<circle cx="34" cy="38" r="18" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><circle cx="66" cy="38" r="18" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><circle cx="50" cy="22" r="19" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M18 48 Q22 58 28 52 Q34 62 42 52 Q50 64 58 52 Q66 62 72 52 Q78 58 82 48 Q50 56 18 48Z" fill="{p.main}" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M38 18 Q40 10 48 9" fill="none" stroke="{p.light}" stroke-width="4" stroke-linecap="round"/><path d="M60 10l3 5M52 28l5 -2M26 34l5 2M70 32l4 4M44 36l4 3" stroke="{p.dark}" stroke-width="2.4" stroke-linecap="round"/>'
    )


SPRITES: dict[str, Callable[[Palette, str | None], str]] = {
    "apple": _apple, "pear": _pear, "banana": _banana, "cake": _cake, "pizza": _pizza, "carrot": _carrot, "strawberry": _strawberry,
    "ice_cream": _ice_cream,
}  # fmt: skip
