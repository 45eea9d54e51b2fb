"""Plants and mushrooms."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.microworld.palette import Palette

_STEM = "#4f8a3d"


def _tree(p: Palette, action: str | None) -> str:
    leaves = "".join(f'<path d="M{x} {y}q4 -5 8 0" fill="none" stroke="{p.dark}" stroke-width="1.8"/>' for x, y in ((26, 34), (46, 20), (62, 36), (38, 48), (56, 56), (24, 54), (70, 52)))
    shine = "".join(f'<path d="M{x} {y}q4 -5 8 0" fill="none" stroke="{p.light}" stroke-width="1.8"/>' for x, y in ((34, 26), (52, 34), (30, 44)))
    return (
        '<path d="M42 97 Q46 78 44 60 H57 Q55 78 60 97Z" fill="#7d5a3a" stroke="#4a3320" stroke-width="1.8"/><path d="M48 92V70M53 90V74" stroke="#5e422a" stroke-width="1.4"/>'
        f'<path d="M50 4 Q70 3 74 18 Q92 22 89 41 Q97 58 80 66 Q70 76 54 69 Q38 78 24 68 Q6 64 11 44 Q4 26 24 19 Q30 5 50 4Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>{leaves}{shine}'
    )


def _flower(p: Palette, action: str | None) -> str:
    petals = "".join(f'<ellipse cx="50" cy="16" rx="11" ry="15" transform="rotate({angle} 50 33)" fill="{p.main}" stroke="{p.line}" stroke-width="1.6"/>' for angle in range(0, 360, 60))
    veins = "".join(f'<path d="M50 26V12" transform="rotate({angle} 50 33)" stroke="{p.light}" stroke-width="2.4"/>' for angle in range(0, 360, 60))
    return (
        f'<path d="M50 40 Q52 70 50 97" fill="none" stroke="{_STEM}" stroke-width="4.4"/><path d="M50 82 Q30 82 26 66 Q44 66 50 82Z M51 74 Q70 74 74 58 Q56 58 51 74Z" fill="#6fae58" stroke="#345f28" stroke-width="1.4"/>'
        f'{petals}{veins}<circle cx="50" cy="33" r="8" fill="#f6cf4e" stroke="#8d6a12" stroke-width="1.5"/>'
    )


def _mushroom(p: Palette, action: str | None) -> str:
    spots = "".join(f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{r * 0.75}" fill="#fbf6ea" stroke="{p.dark}" stroke-width="0.8"/>' for x, y, r in ((50, 22, 6.5), (29, 36, 6), (71, 37, 6.5), (49, 43, 5), (15, 49, 3.6), (86, 49, 3.6)))
    return (
        '<path d="M38 54 Q42 78 34 92 Q50 100 66 92 Q58 78 62 54Z" fill="#f3e9d6" stroke="#8d7f68" stroke-width="1.8"/><path d="M44 60Q46 78 43 90" fill="none" stroke="#d3c5a9" stroke-width="2"/>'
        f'<path d="M4 56 Q8 8 50 8 Q92 8 96 56 Q74 63 50 62 Q26 63 4 56Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>{spots}<path d="M40 66 Q50 72 60 66" stroke="#cdbd9e" stroke-width="3" fill="none"/>'
    )


def _cactus(p: Palette, action: str | None) -> str:
    spines = "".join(f'<path d="M{x} {y}l-3 -2.4M{x} {y}l3 -2.4" stroke="#fdf7df" stroke-width="1.2"/>' for x, y in ((50, 20), (50, 34), (50, 48), (50, 62), (50, 76), (22, 46), (78, 34), (78, 46)))
    return (
        f'<path d="M38 97 V62 H30 Q14 62 14 46 V38 Q14 31 21.5 31 Q29 31 29 38 V44 Q29 48 33 48 H38 V18 Q38 4 50 4 Q62 4 62 18 V52 H67 Q71 52 71 48 V28 Q71 21 78.5 21 Q86 21 86 28 V50 Q86 66 70 66 H62 V97Z" '
        f'fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M44 12V94M56 12V94" stroke="{p.dark}" stroke-width="1.6"/><path d="M21 36V52M79 26V54" stroke="{p.dark}" stroke-width="1.4"/>{spines}'
        '<circle cx="50" cy="5" r="4" fill="#f7a8c4" stroke="#a24d6f"/>'
    )


def _bush(p: Palette, action: str | None) -> str:
    leaves = "".join(f'<path d="M{x} {y}q4 -6 9 -1" fill="none" stroke="{colour}" stroke-width="1.9"/>' for x, y, colour in ((16, 74, p.dark), (32, 60, p.light), (48, 74, p.dark), (60, 58, p.light), (74, 76, p.dark), (28, 86, p.dark), (60, 86, p.dark), (46, 54, p.light)))
    return (
        f'<path d="M6 97 Q-3 78 13 70 Q12 52 31 51 Q42 36 58 45 Q76 40 82 58 Q99 63 95 80 Q98 92 93 97Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>{leaves}'
        + "".join(f'<circle cx="{x}" cy="{y}" r="2.6" fill="{p.light}" stroke="{p.line}" stroke-width="0.8"/>' for x, y in ((24, 72), (54, 64), (78, 68), (40, 84), (68, 90)))
    )


def _pumpkin(p: Palette, action: str | None) -> str:
    return (
        '<path d="M47 34 Q45 20 36 15 L43 11 Q54 18 55 34Z" fill="#6d8f3e" stroke="#3d5320" stroke-width="1.6"/>'
        f'<ellipse cx="50" cy="64" rx="46" ry="33" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><ellipse cx="50" cy="64" rx="30" ry="33" fill="{p.main}" stroke="{p.dark}" stroke-width="2"/>'
        f'<ellipse cx="50" cy="64" rx="13" ry="33" fill="{p.light}" stroke="{p.dark}" stroke-width="2"/><ellipse cx="50" cy="64" rx="46" ry="33" fill="none" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M54 30 Q70 16 82 24" fill="none" stroke="{_STEM}" stroke-width="2.4"/>'
    )


SPRITES: dict[str, Callable[[Palette, str | None], str]] = {
    "tree": _tree, "flower": _flower, "mushroom": _mushroom, "cactus": _cactus, "bush": _bush, "pumpkin": _pumpkin,
}  # fmt: skip
