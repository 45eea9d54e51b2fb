"""Furniture and everyday things."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.microworld.palette import Palette


def _chair(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M24 97V60M34 97V64M76 97V60M66 97V64" stroke="{p.line}" stroke-width="8"/><path d="M24 96V60M34 96V64M76 96V60M66 96V64" stroke="{p.main}" stroke-width="5"/>'
        f'<path d="M22 6 Q50 -1 78 6 L76 56 H24Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M36 12V50M50 10V50M64 12V50" stroke="{p.dark}" stroke-width="4"/><path d="M27 12H73" stroke="{p.light}" stroke-width="3"/>'
        f'<path d="M20 54 H80 L88 68 H12Z" fill="{p.light}" stroke="{p.line}" stroke-width="2"/><path d="M12 68H88V74H12Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.5"/>'
    )


def _table(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M16 97V50M84 97V50M28 88V50M72 88V50" stroke="{p.line}" stroke-width="9"/><path d="M16 96V50M84 96V50M28 87V50M72 87V50" stroke="{p.main}" stroke-width="6"/>'
        f'<path d="M14 34 H86 L98 50 H2Z" fill="{p.light}" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/><rect x="2" y="50" width="96" height="12" fill="url(#body)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M20 39H80M14 45H60" stroke="{p.main}" stroke-width="2"/><rect x="40" y="53" width="20" height="6" fill="{p.dark}" stroke="{p.line}"/><circle cx="50" cy="56" r="1.5" fill="#f0d27a"/>'
    )


def _lamp(p: Palette, action: str | None) -> str:
    return (
        '<path d="M22 44 L6 74 H94 L78 44Z" fill="#fff3b8" opacity="0.55"/>'
        f'<path d="M34 5 H66 L86 46 H14Z" fill="url(#body)" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/><path d="M44 8L36 43M56 8L64 43" stroke="{p.dark}" stroke-width="2"/><path d="M17 41H83" stroke="{p.light}" stroke-width="3.4"/>'
        f'<path d="M46 46 Q42 58 50 64 Q58 58 54 46Z" fill="#f7e08a" stroke="{p.line}" stroke-width="1.2"/><path d="M46 62 Q36 76 46 88 H54 Q64 76 54 62Z" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><path d="M28 97 Q30 87 50 87 Q70 87 72 97Z" fill="{p.dark}" stroke="{p.line}" stroke-width="2"/>'
    )


def _book(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M22 8 H78 Q84 8 84 14 V90 Q84 97 77 97 H22 Q14 97 14 89 V16 Q14 8 22 8Z" fill="url(#body)" stroke="{p.line}" stroke-width="2.2"/>'
        f'<path d="M20 84 H84 V91 H20 Q15 91 15 87.5 Q15 84 20 84Z" fill="#f7f2e4" stroke="{p.line}" stroke-width="1.4"/><path d="M20 87.500H83" stroke="#c9c1ab"/>'
        f'<path d="M26 9V83" stroke="{p.dark}" stroke-width="3.6"/><rect x="38" y="22" width="34" height="20" rx="2" fill="#f7f2e4" stroke="{p.line}" stroke-width="1.4"/><path d="M43 29H67M43 35H60" stroke="#7b766a" stroke-width="2.4"/>'
        f'<path d="M55 52 l4 8 9 1 -7 6 2 9 -8 -5 -8 5 2 -9 -7 -6 9 -1Z" fill="{p.light}" stroke="{p.line}" stroke-width="1"/><path d="M66 84V99L71 94L76 99V84Z" fill="#d9b84c" stroke="{p.line}" stroke-width="0.8"/>'
    )


def _cup(p: Palette, action: str | None) -> str:
    return (
        '<path d="M34 24q-6 -7 0 -13t0 -10M52 24q-6 -7 0 -13t0 -10" fill="none" stroke="#d9dee3" stroke-width="4" stroke-linecap="round"/>'
        f'<path d="M72 46 Q97 42 95 60 Q93 76 68 74" fill="none" stroke="{p.line}" stroke-width="11"/><path d="M72 46 Q97 42 95 60 Q93 76 68 74" fill="none" stroke="{p.main}" stroke-width="7"/>'
        f'<path d="M10 34 H76 L72 82 Q70 97 54 97 H32 Q16 97 14 82Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><ellipse cx="43" cy="34" rx="33" ry="8" fill="{p.light}" stroke="{p.line}" stroke-width="2"/><ellipse cx="43" cy="35" rx="27" ry="5.5" fill="#6b4630"/>'
        f'<path d="M13 56 H74M14 64 H73" stroke="{p.light}" stroke-width="3"/><path d="M22 46L24 86" stroke="{p.light}" stroke-width="3.4" stroke-linecap="round"/>'
    )


def _umbrella(p: Palette, action: str | None) -> str:
    return (
        '<path d="M50 48V86Q50 95 42 95Q34 95 34 87" fill="none" stroke="#6a4a2c" stroke-width="5" stroke-linecap="round"/>'
        f'<path d="M3 54 Q6 8 50 8 Q94 8 97 54 Q90 44 81 54 Q73 44 65 54 Q57 44 50 54 Q43 44 35 54 Q27 44 19 54 Q10 44 3 54Z" fill="url(#body)" stroke="{p.line}" stroke-width="2" stroke-linejoin="round"/>'
        f'<path d="M50 8 Q26 20 19 54M50 8 Q40 22 35 54M50 8 Q60 22 65 54M50 8 Q74 20 81 54" fill="none" stroke="{p.dark}" stroke-width="1.8"/><path d="M14 36 Q20 20 36 14" fill="none" stroke="{p.light}" stroke-width="3.4"/><path d="M50 8V2" stroke="#6a4a2c" stroke-width="4"/>'
    )


def _ball(p: Palette, action: str | None) -> str:
    return (
        f'<circle cx="50" cy="52" r="45" fill="url(#round)" stroke="{p.line}" stroke-width="2"/>'
        f'<path d="M50 7 Q24 28 24 52 Q24 76 50 97 Q40 74 40 52 Q40 30 50 7Z" fill="#fbfaf5" stroke="{p.line}" stroke-width="1.4"/><path d="M62 9 Q92 34 88 76 Q78 44 62 9Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.2"/>'
        f'<circle cx="50" cy="9" r="5" fill="#fbfaf5" stroke="{p.line}" stroke-width="1.4"/><path d="M14 48 Q14 34 22 25" fill="none" stroke="{p.light}" stroke-width="5" stroke-linecap="round"/>'
    )


def _balloon(p: Palette, action: str | None) -> str:
    return (
        '<path d="M50 70 Q42 78 50 84 Q58 90 50 98" fill="none" stroke="#8d9199" stroke-width="2.2"/>'
        f'<path d="M50 2 Q81 3 81 34 Q80 56 54 67 H46 Q20 56 19 34 Q19 3 50 2Z" fill="url(#round)" stroke="{p.line}" stroke-width="2"/><path d="M50 66 L43 74 H57Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.6"/>'
        f'<path d="M29 34 Q29 18 40 12" fill="none" stroke="{p.light}" stroke-width="6" stroke-linecap="round"/>'
    )


def _kite(p: Palette, action: str | None) -> str:
    bows = "".join(f'<path d="M{x - 6} {y - 4}L{x + 6} {y + 4}V{y - 4}L{x - 6} {y + 4}Z" fill="{colour}" stroke="{p.line}" stroke-width="1"/>' for x, y, colour in ((40, 76, p.main), (33, 87, p.light), (41, 95, p.main)))
    return (
        f'<path d="M50 66 Q36 74 36 82 Q32 92 46 98" fill="none" stroke="#8d9199" stroke-width="2"/>{bows}<path d="M50 2 L86 30 L50 70 L14 30Z" fill="{p.main}" stroke="{p.line}" stroke-width="2.2" stroke-linejoin="round"/>'
        f'<path d="M50 2 L86 30 H50Z" fill="{p.light}"/><path d="M50 30 H14 L50 70Z" fill="{p.dark}"/><path d="M50 2V70M14 30H86" stroke="{p.line}" stroke-width="2"/><path d="M50 2 L86 30 L50 70 L14 30Z" fill="none" stroke="{p.line}" stroke-width="2.2"/>'
    )


def _clock(p: Palette, action: str | None) -> str:
    ticks = "".join(f'<path d="M50 29V34" transform="rotate({angle} 50 56)" stroke="{p.line}" stroke-width="2.2"/>' for angle in range(0, 360, 30))
    return (
        f'<path d="M26 88L18 97M74 88L82 97" stroke="{p.line}" stroke-width="7" stroke-linecap="round"/><path d="M12 30 Q10 10 32 10 Q36 16 34 20Z M88 30 Q90 10 68 10 Q64 16 66 20Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.8"/>'
        f'<path d="M50 14V8M43 7H57" stroke="{p.line}" stroke-width="4"/><circle cx="50" cy="56" r="41" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><circle cx="50" cy="56" r="29" fill="{p.light}" stroke="{p.line}" stroke-width="2"/><circle cx="50" cy="56" r="26" fill="#fbfaf5" opacity="0.45"/>{ticks}'
        f'<path d="M50 56V38M50 56L63 62" stroke="{p.line}" stroke-width="4" stroke-linecap="round"/><circle cx="50" cy="56" r="3" fill="{p.line}"/>'
    )


def _suitcase(p: Palette, action: str | None) -> str:
    return (
        f'<path d="M36 30 V14 H64 V30" fill="none" stroke="{p.line}" stroke-width="8" stroke-linejoin="round"/><path d="M36 30 V14 H64 V30" fill="none" stroke="{p.dark}" stroke-width="4"/>'
        f'<rect x="5" y="28" width="90" height="66" rx="8" fill="url(#body)" stroke="{p.line}" stroke-width="2.2"/><path d="M24 28V94M76 28V94" stroke="{p.dark}" stroke-width="6"/><path d="M6 56H94" stroke="{p.line}" stroke-width="2"/>'
        f'<rect x="19" y="50" width="10" height="12" rx="1.5" fill="#e4c667" stroke="{p.line}"/><rect x="71" y="50" width="10" height="12" rx="1.5" fill="#e4c667" stroke="{p.line}"/><path d="M34 40H64" stroke="{p.light}" stroke-width="3"/><rect x="14" y="92" width="12" height="5" fill="{p.line}"/><rect x="74" y="92" width="12" height="5" fill="{p.line}"/>'
    )


def _hat(p: Palette, action: str | None) -> str:
    return (
        f'<ellipse cx="50" cy="80" rx="47" ry="15" fill="{p.main}" stroke="{p.line}" stroke-width="2"/><ellipse cx="50" cy="76" rx="45" ry="12" fill="{p.light}" stroke="{p.line}" stroke-width="1.2"/>'
        f'<path d="M24 76 Q22 34 32 26 Q42 20 50 27 Q58 20 68 26 Q78 34 76 76 Q50 86 24 76Z" fill="url(#body)" stroke="{p.line}" stroke-width="2"/><path d="M24 64 Q50 75 76 64 L76 75 Q50 86 24 75Z" fill="{p.dark}" stroke="{p.line}" stroke-width="1.5"/><path d="M50 27V40" stroke="{p.dark}" stroke-width="2.4"/>'
    )


def _guitar(p: Palette, action: str | None) -> str:
    frets = "".join(f'<path d="M46 {y}H54" stroke="#d9c9a8" stroke-width="1.2"/>' for y in (20, 27, 34, 41))
    return (
        '<path d="M45 14H55V56H45Z" fill="#5b4129" stroke="#35261a" stroke-width="1.4"/><path d="M43 2H57L55 15H45Z" fill="#6d5036" stroke="#35261a" stroke-width="1.4"/><path d="M41 5h4M41 10h4M55 5h4M55 10h4" stroke="#cfd2d7" stroke-width="2.6"/>'
        f'{frets}<path d="M50 44 Q66 42 70 52 Q72 60 67 65 Q82 72 78 86 Q72 98 50 97 Q28 98 22 86 Q18 72 33 65 Q28 60 30 52 Q34 42 50 44Z" fill="url(#body)" stroke="{p.line}" stroke-width="2.2"/>'
        f'<circle cx="50" cy="68" r="8" fill="#3a2b20" stroke="{p.light}" stroke-width="2"/><rect x="40" y="84" width="20" height="4.5" fill="#5b4129"/><path d="M48 14V85M52 14V85" stroke="#ece6d6" stroke-width="1"/><path d="M28 84 Q27 76 34 71" fill="none" stroke="{p.light}" stroke-width="3"/>'
    )


def _bottle(p: Palette, action: str | None) -> str:
    return (
        f'<rect x="41" y="2" width="18" height="9" rx="2" fill="#c79a62" stroke="{p.line}" stroke-width="1.6"/><path d="M42 11 H58 V30 Q71 36 71 52 V90 Q71 97 64 97 H36 Q29 97 29 90 V52 Q29 36 42 30Z" fill="url(#body)" stroke="{p.line}" stroke-width="2.2"/>'
        f'<rect x="29" y="56" width="42" height="24" fill="#f7f2e4" stroke="{p.line}" stroke-width="1.4"/><circle cx="50" cy="68" r="8" fill="{p.main}" stroke="{p.line}"/><path d="M36 48 Q36 40 42 37V16" fill="none" stroke="{p.light}" stroke-width="3.4" stroke-linecap="round"/><path d="M32 88H68" stroke="{p.dark}" stroke-width="3"/>'
    )


def _bench(p: Palette, action: str | None) -> str:
    slats = "".join(f'<rect x="4" y="{y}" width="92" height="9" rx="2" fill="{fill}" stroke="{p.line}" stroke-width="1.8"/>' for y, fill in ((32, "url(#body)"), (44, "url(#body)")))
    return (
        f'<path d="M14 97V30M86 97V30M24 97V66M76 97V66" stroke="#4b4e55" stroke-width="5"/>{slats}<path d="M4 62 H96 L99 71 H1Z" fill="{p.light}" stroke="{p.line}" stroke-width="1.8"/><rect x="1" y="71" width="98" height="7" fill="{p.main}" stroke="{p.line}" stroke-width="1.8"/>'
        f'<path d="M10 36H60M30 48H88" stroke="{p.dark}" stroke-width="1.8"/><path d="M10 54 Q4 56 6 64M90 54Q96 56 94 64" fill="none" stroke="#4b4e55" stroke-width="4"/>'
    )


def _bucket(p: Palette, action: str | None) -> str:
    return (
        '<path d="M14 34 Q18 2 50 2 Q82 2 86 34" fill="none" stroke="#7c8088" stroke-width="4"/><rect x="41" y="0" width="18" height="7" rx="3" fill="#8b6a46"/>'
        f'<path d="M8 34 H92 L80 90 Q79 97 72 97 H28 Q21 97 20 90Z" fill="url(#body)" stroke="{p.line}" stroke-width="2.2"/><ellipse cx="50" cy="34" rx="42" ry="10" fill="{p.dark}" stroke="{p.line}" stroke-width="2"/><ellipse cx="50" cy="37" rx="35" ry="6.5" fill="#a9d3e6"/>'
        f'<path d="M14 62 Q50 74 86 62" fill="none" stroke="{p.light}" stroke-width="3.6"/><path d="M22 50L30 90" stroke="{p.light}" stroke-width="3.6" stroke-linecap="round"/><circle cx="13" cy="38" r="3" fill="#7c8088"/><circle cx="87" cy="38" r="3" fill="#7c8088"/>'
    )


SPRITES: dict[str, Callable[[Palette, str | None], str]] = {
    "chair": _chair, "table": _table, "lamp": _lamp, "book": _book, "cup": _cup, "umbrella": _umbrella, "ball": _ball,
    "balloon": _balloon, "kite": _kite, "clock": _clock, "suitcase": _suitcase, "hat": _hat, "guitar": _guitar, "bottle": _bottle,
    "bench": _bench, "bucket": _bucket,
}  # fmt: skip
