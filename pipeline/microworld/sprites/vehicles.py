"""Vehicles, seen from the side and facing right."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.microworld.palette import Palette

_GLASS = '#cfe6f2'
_TYRE = '#33343a'


def _wheel(x: float, r: float, p: Palette) -> str:
    return (
        f'<circle cx="{x}" cy="{97 - r}" r="{r}" fill="{_TYRE}" stroke="{p.line}" stroke-width="1.5"/>'
        f'<circle cx="{x}" cy="{97 - r}" r="{r * 0.5:.1f}" fill="#c9ccd2"/>'
    )


def _car(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M6 84 V70 Q6 62 16 61 L24 60 Q32 42 40 41 H60 Q70 42 79 59 L88 62 Q95 64 95 72 V84 Q95 88 91 88 H10 Q6 88 6 84Z" '
        f'fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M30 60 Q36 47 42 46 H49 V60Z M53 46 H59 Q66 47 72 60 H53Z" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M51 61V86M10 73H91" stroke="{p.dark}" stroke-width="1.6" fill="none"/><path d="M56 67h7" stroke="{p.light}" stroke-width="2.4"/>'
        f'<circle cx="91" cy="68" r="3.4" fill="#fff3b0" stroke="{p.line}" stroke-width="1"/><rect x="6" y="66" width="4" height="6" fill="#e0584a"/>'
        f'{_wheel(26, 11, p)}{_wheel(75, 11, p)}'
    )


def _bus(p: Palette, action: str | None) -> str:
    windows = "".join(f'<rect x="{x}" y="44" width="12" height="14" rx="2" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.3"/>' for x in (9, 25, 41, 57))
    return (
        f'<rect x="3" y="35" width="94" height="54" rx="7" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>{windows}'
        f'<rect x="74" y="44" width="13" height="41" rx="2" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.3"/><path d="M80.5 44V85" stroke="{p.line}"/>'
        f'<path d="M91 44h6v18h-6Z" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.2"/>'
        f'<path d="M5 66H72M5 74H72" stroke="{p.light}" stroke-width="2.6"/><path d="M9 39H90" stroke="{p.dark}" stroke-width="2"/>'
        f'<circle cx="94" cy="80" r="2.8" fill="#fff3b0"/>{_wheel(22, 10, p)}{_wheel(62, 10, p)}'
    )


def _truck(p: Palette, action: str | None) -> str:
    ribs = "".join(f'<path d="M{x} 30V80" stroke="{p.dark}" stroke-width="1.6"/>' for x in (15, 25, 35, 45, 55))
    return (
        f'<rect x="4" y="26" width="60" height="58" rx="2" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>{ribs}'
        f'<path d="M67 84 V46 H81 Q86 46 89 53 L95 65 V84Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M73 51H81Q84 51 86 56L89 64H73Z" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.3"/>'
        f'<rect x="4" y="82" width="92" height="6" fill="#55585f"/><circle cx="93" cy="75" r="2.8" fill="#fff3b0"/><path d="M71 72h6" stroke="{p.light}" stroke-width="2"/>'
        f'{_wheel(20, 10, p)}{_wheel(44, 10, p)}{_wheel(81, 10, p)}'
    )


def _bicycle(p: Palette, action: str | None) -> str:
    def wheel(x: float) -> str:
        spokes = "".join(f'<path d="M{x - dx} {75 - dy}L{x + dx} {75 + dy}" stroke="#8d9199" stroke-width="1"/>' for dx, dy in ((20, 0), (0, 20), (14, 14), (14, -14)))
        return f'{spokes}<circle cx="{x}" cy="75" r="20" fill="none" stroke="{_TYRE}" stroke-width="4.6"/><circle cx="{x}" cy="75" r="16.4" fill="none" stroke="{p.main}" stroke-width="3"/>'

    frame = 'M25 75 L38 45 L68 45 L47 75 Z M38 45 L47 75 M75 75 L66 36'
    return (
        f'{wheel(25)}{wheel(75)}<path d="{frame}" fill="none" stroke="{p.line}" stroke-width="9" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<path d="{frame}" fill="none" stroke="{p.main}" stroke-width="6" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<path d="M38 45L36 37" stroke="{p.main}" stroke-width="4"/><path d="M27 35 Q36 31 46 35 L40 39 H30Z" fill="#4a3b33"/>'
        f'<path d="M66 37 L62 29 Q72 25 80 31" fill="none" stroke="#4b4e55" stroke-width="4" stroke-linecap="round"/>'
        f'<circle cx="47" cy="75" r="5.5" fill="#b9bcc3" stroke="{p.line}"/><path d="M47 75L54 84" stroke="#4b4e55" stroke-width="3"/><rect x="50" y="83" width="9" height="3.5" fill="#4b4e55"/>'
    )


def _tractor(p: Palette, action: str | None) -> str:
    treads = "".join(f'<path d="M29 68L{29 + dx} {68 + dy}" stroke="#1f2024" stroke-width="3"/>' for dx, dy in ((28, 0), (-28, 0), (0, 28), (0, -28), (20, 20), (-20, 20), (20, -20), (-20, -20)))
    return (
        f'<path d="M22 22 H54 L58 50 H88 Q95 51 95 60 V80 H20Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M28 28H50L53 50H28Z" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.4"/><rect x="17" y="17" width="42" height="6" rx="2" fill="{p.dark}" stroke="{p.line}"/>'
        f'<rect x="74" y="28" width="5" height="22" fill="#5a5d64" stroke="{p.line}"/><path d="M66 58H90M66 65H90M66 72H90" stroke="{p.dark}" stroke-width="2"/>'
        f'<circle cx="29" cy="68" r="27" fill="{_TYRE}"/>{treads}<circle cx="29" cy="68" r="20" fill="{_TYRE}"/><circle cx="29" cy="68" r="16" fill="{p.main}" stroke="{p.line}" stroke-width="1.6"/>'
        f'<circle cx="29" cy="68" r="6" fill="{p.light}" stroke="{p.line}"/><path d="M5 44 Q26 26 52 46" fill="none" stroke="{p.main}" stroke-width="6"/>'
        f'<circle cx="80" cy="83" r="14" fill="{_TYRE}"/><circle cx="80" cy="83" r="8" fill="{p.main}" stroke="{p.line}"/>'
    )


def _boat(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M50 8V74" stroke="#7a5a3a" stroke-width="3.6"/>'
        f'<path d="M53 9 Q88 36 88 66 H53Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M47 18 Q22 42 16 66 H47Z" fill="{p.light}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M56 30H74M56 46H83" stroke="{p.dark}" stroke-width="1.8"/>'
        f'<path d="M4 72 H96 Q92 92 78 95 H24 Q9 92 4 72Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><path d="M8 80H92" stroke="{p.light}" stroke-width="3"/>'
        f'<path d="M10 72 H94" stroke="{p.dark}" stroke-width="3"/><path d="M2 96q8 -5 16 0t16 0t16 0t16 0t16 0t16 0" fill="none" stroke="#9cc9dd" stroke-width="3"/>'
        f'<path d="M50 8l14 4l-14 5Z" fill="{p.dark}"/>'
    )


def _train(p: Palette, action: str | None) -> str:
    wheels = "".join(
        f'<circle cx="{x}" cy="{89 - r}" r="{r}" fill="{_TYRE}" stroke="{p.line}"/><circle cx="{x}" cy="{89 - r}" r="{r * 0.55:.1f}" fill="{p.light}"/>' for x, r in ((18, 12), (42, 12), (63, 8), (80, 8))
    )
    sleepers = "".join(f'<rect x="{x}" y="91" width="5" height="6" fill="#7a5f47"/>' for x in range(4, 96, 11))
    return (
        f'<circle cx="66" cy="13" r="7" fill="#eceef0"/><circle cx="56" cy="8" r="5" fill="#e2e4e8"/>'
        f'<rect x="5" y="26" width="34" height="54" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><rect x="1" y="20" width="42" height="8" rx="2" fill="{p.dark}" stroke="{p.line}" stroke-width="1.6"/>'
        f'<rect x="12" y="34" width="19" height="17" rx="2" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M39 46 H84 Q92 50 92 63 Q92 76 84 80 H39Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><path d="M39 54H88" stroke="{p.light}" stroke-width="3"/>'
        f'<path d="M52 46V80M68 46V80" stroke="{p.dark}" stroke-width="2.2"/><path d="M72 46 L70 24 H86 L83 46Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.8"/>'
        f'<path d="M50 46 Q56 33 62 46Z" fill="{p.dark}" stroke="{p.line}"/><circle cx="92" cy="60" r="4" fill="#fff3b0" stroke="{p.line}"/>'
        f'<path d="M86 80 L98 90 H80Z" fill="{p.dark}" stroke="{p.line}"/>{wheels}<path d="M18 77H42" stroke="#d9dbe0" stroke-width="3"/>{sleepers}<path d="M1 91.5H99" stroke="#6b6f77" stroke-width="3"/>'
    )


def _airplane(p: Palette, action: str | None) -> str:
    windows = "".join(f'<circle cx="{x}" cy="54" r="2.5" fill="{_GLASS}" stroke="{p.line}" stroke-width="0.8"/>' for x in range(30, 74, 8))
    return (
        f'<path d="M8 56 L2 30 H14 L28 48Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M46 52 L30 26 H41 L66 52Z" fill="{p.light}" stroke="{p.line}" stroke-width="1.8"/>'
        f'<path d="M6 54 Q14 46 34 46 H78 Q95 48 98 58 Q94 67 78 67 H30 Q12 66 6 54Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>{windows}'
        f'<path d="M80 50 Q90 51 93 56 H81Z" fill="{_GLASS}" stroke="{p.line}" stroke-width="1.2"/>'
        f'<path d="M60 60 L36 88 H26 L40 60Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><path d="M52 64L33 86" stroke="{p.dark}" stroke-width="2"/>'
        f'<rect x="38" y="72" width="13" height="7" rx="3" fill="{p.dark}" stroke="{p.line}"/><path d="M6 58 L2 66 H12 L22 62Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.5"/>'
        f'<path d="M24 61H86" stroke="{p.dark}" stroke-width="1.6"/>'
    )


SPRITES: dict[str, Callable[[Palette, str | None], str]] = {
    "car": _car, "bus": _bus, "truck": _truck, "bicycle": _bicycle, "tractor": _tractor, "boat": _boat, "train": _train,
    "airplane": _airplane,
}  # fmt: skip
