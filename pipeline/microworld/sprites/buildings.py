"""Buildings, from the front."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.microworld.palette import Palette

_WOOD = "#7a5636"


def _pane(x: float, y: float, w: float, h: float, p: Palette) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="#fbeeb5" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M{x + w / 2} {y}v{h}M{x} {y + h / 2}h{w}" stroke="{p.line}" stroke-width="1"/>'
    )


def _bricks(p: Palette, spots: tuple[tuple[int, int], ...]) -> str:
    return "".join(f'<rect x="{x}" y="{y}" width="7" height="3" fill="{p.dark}" opacity="0.7"/>' for x, y in spots)


def _house(p: Palette, action: str | None) -> str:
    tiles = "".join(f'<path d="M{20 + 4 * row} {42 - 7 * row}H{80 - 4 * row}" stroke="{p.line}" stroke-width="1.2" opacity="0.6"/>' for row in range(4))
    return (
        f'<rect x="68" y="12" width="10" height="24" fill="{p.dark}" stroke="{p.line}" stroke-width="1.6"/>'
        f'<rect x="14" y="46" width="72" height="51" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M5 49 L50 9 L95 49Z" fill="{p.dark}" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/>{tiles}'
        f'<rect x="42" y="66" width="17" height="31" rx="1" fill="{_WOOD}" stroke="{p.line}" stroke-width="1.6"/><circle cx="55" cy="83" r="1.6" fill="#f0d27a"/>'
        f'{_pane(20, 58, 15, 16, p)}{_pane(66, 58, 15, 16, p)}{_bricks(p, ((18, 50), (74, 84), (22, 88), (64, 51), (30, 80)))}'
    )


def _tower(p: Palette, action: str | None) -> str:
    spots = ((32, 36), (54, 42), (40, 54), (58, 60), (33, 66), (60, 80), (34, 86), (48, 30))
    return (
        f'<path d="M28 97 L31 28 H69 L72 97Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M23 28 V7 H34 V14 H44 V7 H56 V14 H66 V7 H77 V28Z" fill="{p.main}" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/>'
        f'<path d="M24 24H76" stroke="{p.dark}" stroke-width="3"/>{_bricks(p, spots)}'
        f'<path d="M46 50 V44 Q50 38 54 44 V50Z" fill="#fbeeb5" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M41 97 V78 Q50 66 59 78 V97Z" fill="{_WOOD}" stroke="{p.line}" stroke-width="1.8"/><path d="M47 97V74M53 97V74" stroke="{p.line}" stroke-width="1"/>'
    )


def _tent(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M50 17 L97 97 H3Z" fill="url(#body)" stroke="{p.line}" stroke-width="2.2" stroke-linejoin="round"/>'
        f'<path d="M50 17 L72 97 H28Z" fill="{p.light}" stroke="{p.line}" stroke-width="1.6"/><path d="M50 42 L60 97 H40Z" fill="#3d3a3f"/>'
        f'<path d="M50 42 L40 97 H33 Q46 74 50 42Z" fill="{p.main}" stroke="{p.line}" stroke-width="1.2"/><path d="M50 42 L60 97 H67 Q54 74 50 42Z" fill="{p.main}" stroke="{p.line}" stroke-width="1.2"/>'
        f'<path d="M50 17V8l10 3.5l-10 4" fill="{p.dark}" stroke="{p.line}" stroke-width="1.4"/><path d="M24 62 L16 97M76 62L84 97" stroke="{p.dark}" stroke-width="2"/>'
    )


def _windmill(p: Palette, action: str | None) -> str:
    sails = "".join(
        f'<g transform="rotate({angle} 50 36)"><path d="M50 36V2" stroke="#6d5037" stroke-width="2.6"/><path d="M51 5h10v24h-10Z" fill="{p.light}" stroke="{p.line}" stroke-width="1.4"/>'
        f'<path d="M51 13h10M51 21h10M56 5v24" stroke="{p.line}" stroke-width="0.8"/></g>'
        for angle in (32, 122, 212, 302)
    )
    return (
        f'<path d="M30 97 L38 38 H62 L70 97Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M34 40 Q50 14 66 40Z" fill="{p.dark}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M34.5 68H65.5M32.5 82H67.5" stroke="{p.dark}" stroke-width="2"/><path d="M44 97V85Q50 78 56 85V97Z" fill="{_WOOD}" stroke="{p.line}" stroke-width="1.5"/>'
        f'{_pane(46, 56, 9, 10, p)}{sails}<circle cx="50" cy="36" r="4" fill="{p.dark}" stroke="{p.line}"/>'
    )


def _lighthouse(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M64 17 L96 8 V30Z M36 17 L4 8 V30Z" fill="#fff3b8" opacity="0.85"/>'
        f'<path d="M31 97 L38 31 H62 L69 97Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M36.6 44 H63.4 L64.6 56 H35.4Z M33.9 70 H66.1 L67.4 82 H32.6Z" fill="#fbfbf7" stroke="{p.line}" stroke-width="1.2"/>'
        f'<rect x="33" y="25" width="34" height="6" rx="1" fill="{p.dark}" stroke="{p.line}" stroke-width="1.5"/><rect x="40" y="12" width="20" height="13" fill="#ffe98f" stroke="{p.line}" stroke-width="1.6"/>'
        f'<path d="M36 12 Q50 -4 64 12Z" fill="{p.main}" stroke="{p.line}" stroke-width="1.8"/><path d="M46.5 12v13M53.5 12v13" stroke="{p.line}"/>'
        f'<path d="M45 97V89Q50 83 55 89V97Z" fill="{_WOOD}" stroke="{p.line}"/><circle cx="50" cy="63" r="3" fill="#fbeeb5" stroke="{p.line}"/>'
    )


def _church(p: Palette, action: str | None) -> str:
    arch = "".join(f'<path d="M{x} 84V72Q{x + 5} 65 {x + 10} 72V84Z" fill="#fbeeb5" stroke="{p.line}" stroke-width="1.3"/>' for x in (47, 62, 77))
    return (
        f'<path d="M40 62 H94 V97 H40Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M38 62 L48 42 H88 L98 62Z" fill="{p.dark}" stroke="{p.line}" stroke-width="2"/>'
        f'<rect x="10" y="40" width="31" height="57" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><path d="M7 41 L25.5 12 L44 41Z" fill="{p.dark}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M25.5 13V1M20.5 5.5H30.5" stroke="#d9b84c" stroke-width="3"/><circle cx="25.5" cy="50" r="5" fill="#fbeeb5" stroke="{p.line}" stroke-width="1.4"/>'
        f'<path d="M18 97V78Q25.5 68 33 78V97Z" fill="{_WOOD}" stroke="{p.line}" stroke-width="1.6"/>{arch}<path d="M42 90H93" stroke="{p.light}" stroke-width="2"/>'
    )


SPRITES: dict[str, Callable[[Palette, str | None], str]] = {
    "house": _house, "tower": _tower, "tent": _tent, "windmill": _windmill, "lighthouse": _lighthouse, "church": _church,
}  # fmt: skip
