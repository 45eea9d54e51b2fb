"""Plants and mushrooms."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.shapes import LEAF, LEAF_LINE, disc, turned
from pipeline.microworld.sprites.strokes import BODY, Sprite, is_pale, lines, mark, shape


def _scallops(*spots: tuple[float, float]) -> str:
    """Path data of small arcs, the edges of leaves within a crown."""
    return "".join(f"M{x:g} {y:g}q4.5 -6 9 0" for x, y in spots)


def _tree(p: Palette, action: str | None) -> str:
    crown = "M50 4 Q70 3 74 18 Q92 22 89 41 Q97 58 80 66 Q70 76 54 69 Q38 78 24 68 Q6 64 11 44 Q4 26 24 19 Q30 5 50 4Z"
    return (
        shape("M40 96 Q46 80 44 58 H57 Q55 80 62 96Z", "#7d5a3a", "#4a3320", 1.8)
        + lines("M48 91V72M53 90V76", "#5e422a", 1.4)
        + shape(crown, BODY, p.line)
        + lines(_scallops((25, 38), (46, 22), (62, 38), (38, 52), (56, 60), (22, 58), (72, 54)), mark(p), 1.8)
        + lines(_scallops((33, 28), (50, 38), (28, 48)), p.light, 2)
    )


def _flower(p: Palette, action: str | None) -> str:
    petal = disc(50, 17, 11.5, p.main, p.line, 1.6, 14.5) + lines("M50 27V14", p.light, 2.6)
    return (
        lines("M50 40 Q52 70 50 94", LEAF_LINE, 6)
        + lines("M50 40 Q52 70 50 94", LEAF, 3.6)
        + shape("M50 86 Q28 86 24 68 Q45 68 50 86Z M51 77 Q72 77 76 59 Q56 59 51 77Z", LEAF, LEAF_LINE, 1.4)
        + lines("M46 82L32 74M55 73L68 65", LEAF_LINE, 1.2)
        + "".join(turned(petal, angle, 50, 34) for angle in range(0, 360, 60))
        + disc(50, 34, 8, "#f6cf4e", "#8d6a12")
        + "".join(disc(x, y, 1.2, "#b98a1a") for x, y in ((47, 32), (53, 33), (50, 37)))
    )


def _mushroom(p: Palette, action: str | None) -> str:
    spot = "#b9bfc7" if is_pale(p) else "#fbf6ea"
    spots = ((50, 22, 6.5), (29, 36, 6), (71, 37, 6.5), (50, 45, 5.5), (14, 49, 3.6), (87, 49, 3.6))
    return (
        shape("M38 54 Q42 78 34 91 Q50 99 66 91 Q58 78 62 54Z", "#f3e9d6", "#8d7f68", 1.8)
        + lines("M44 70Q45 82 42 89M52 72V90", "#d3c5a9", 1.8)
        + shape("M37 62 Q50 78 63 62Z", "#e3d5b8", "#8d7f68", 1.2)
        + shape("M4 56 Q8 8 50 8 Q92 8 96 56 Q74 63 50 62 Q26 63 4 56Z", BODY, p.line)
        + "".join(disc(x, y, r, spot, p.line if is_pale(p) else p.dark, 0.8, 0.75 * r) for x, y, r in spots)
        + lines("M12 57Q50 64 88 57", mark(p), 1.8)
    )


def _cactus(p: Palette, action: str | None) -> str:
    outline = (
        "M38 96 V64 H30 Q14 64 14 48 V40 Q14 33 21.5 33 Q29 33 29 40 V46 Q29 50 33 50 H38 V20 Q38 6 50 6 Q62 6 62 20 V54 H67 "
        "Q71 54 71 50 V30 Q71 23 78.5 23 Q86 23 86 30 V52 Q86 68 70 68 H62 V96Z"
    )
    spines = ((50, 24), (50, 38), (50, 52), (50, 66), (50, 80), (21.5, 48), (78.5, 36), (78.5, 50))
    return (
        shape(outline, BODY, p.line)
        + lines("M44 15V94M56 15V94M21.5 38V42M78.5 28V30", mark(p), 1.6)
        + lines(
            "".join(f"M{x - 3:g} {y - 3:g}L{x:g} {y:g}L{x + 3:g} {y - 3:g}" for x, y in spines), "#8a9099" if is_pale(p) else "#fdf7df", 1.4
        )
        + shape("M50 9 Q40 8 41 2 Q47 2 50 5 Q53 2 59 2 Q60 8 50 9Z", "#f58fb4", "#a24d6f", 1.2)
    )


def _bush(p: Palette, action: str | None) -> str:
    outline = (
        "M12 91 Q-1 84 6 72 Q2 58 17 55 Q18 41 33 42 Q42 30 54 38 Q68 33 73 45 Q89 45 87 60 Q99 66 94 77 Q98 87 88 91 Q76 95 64 92 "
        "Q50 96 37 92 Q24 95 12 91Z"
    )
    leaf = "q5 -7 11 -2q-5 6 -11 2Z"
    spots = ((14, 72), (42, 52), (62, 56), (52, 76), (76, 76), (26, 84))
    berries = ((30, 60), (56, 64), (78, 64), (40, 78), (66, 84), (18, 80))
    return (
        lines("M50 96V88M44 96L36 88M56 96L64 88", "#5e422a", 4)
        + shape(outline, BODY, p.line)
        + lines("M24 52Q31 56 30 66M53 44Q44 52 46 62M74 50Q66 60 70 70", mark(p), 1.6)
        + f'<path d="{"".join(f"M{x} {y}{leaf}" for x, y in spots)}" fill="{p.dark}"/>'
        + f'<path d="{"".join(f"M{x} {y}{leaf}" for x, y in ((24, 50), (50, 44), (68, 66), (34, 72)))}" fill="{p.light}"/>'
        + "".join(disc(x, y, 3.2, p.light, p.line, 1) for x, y in berries)
    )


def _pumpkin(p: Palette, action: str | None) -> str:
    lobes = "".join(
        disc(x, y, rx, p.main, p.line, 1.8, ry) for x, y, rx, ry in ((23, 66, 19, 25), (77, 66, 19, 25), (37, 65, 19, 29), (63, 65, 19, 29))
    )
    return (
        shape("M45 38 Q46 22 36 14 L44 9 Q56 18 56 38Z", "#6d8f3e", "#3d5320", 1.6)
        + lines("M55 32 Q64 14 80 20 Q86 24 80 28", LEAF_LINE, 2.4)
        + lobes
        + disc(50, 65, 15, BODY, p.line, 1.8, 31)
        + lines("M12 60Q13 52 19 47M44 52Q45 44 49 39", p.light, 2.8)
        + lines("M50 88Q55 88 58 80M88 78Q91 74 92 68", mark(p), 1.6)
    )


SPRITES: dict[str, Sprite] = {
    "tree": _tree, "flower": _flower, "mushroom": _mushroom, "cactus": _cactus, "bush": _bush, "pumpkin": _pumpkin,
}  # fmt: skip
