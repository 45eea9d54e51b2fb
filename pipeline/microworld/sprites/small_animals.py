"""Animals of pond and garden."""

from __future__ import annotations

import math

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.strokes import (
    BODY,
    INK,
    ROSE,
    ROUND,
    Sprite,
    ball,
    blob,
    dot,
    eye,
    fitted,
    ink,
    is_dark,
    is_pale,
    limb,
    lines,
    mark,
    mass,
    mirrored,
    shape,
    shifted,
)


@fitted(0.95)
def frog(p: Palette, action: str | None) -> str:
    """Seen from the front, squatting: bulging eyes, a mouth from side to side, webbed feet."""
    toes = "M7 92.5 L17 88 L14 92.5 M17 88 L25 92.5"
    thigh = [ball(21, 76, 15, 18, p.main, -14), limb(toes, 4, p.main)]
    arm = [limb("M38 74 L36 91", 8, p.main), limb("M29 92.5 L36 90 L36 93 M36 90 L43 92.5", 3.4, p.main)]
    lift = 0
    if action == "jump":
        lift = -2
        thigh = [limb("M32 76 L8 70 L20 86 L8 90.5", 9, p.main)]
        arm = [limb("M30 64 L12 54", 8, p.main), limb("M4 50 L12 54 L4 57", 3.4, p.main)]
    if action == "run":
        left_side = mass(p.line, limb("M32 78 L10 78 L6 90.5", 9, p.main), limb("M36 72 L22 84", 8, p.main))
        right_side = mass(p.line, limb("M68 78 L88 84 L93 90.5", 9, p.main), limb("M64 72 L80 62", 8, p.main))
    else:
        left_side = mass(p.line, *thigh)
        right_side = mirrored(left_side)
    trunk = mass(p.line, ball(50, 70, 28, 22, BODY)) + dot(50, 74, 18, p.light, 16)
    arms = "" if action == "run" else mass(p.line, *arm) + mirrored(mass(p.line, *arm))
    head = (
        mass(p.line, ball(29, 19, 13, 13, p.main), ball(71, 19, 13, 13, p.main), ball(50, 41, 36, 22, BODY))
        + eye(p, 29, 18, 8.6, action)
        + eye(p, 71, 18, 8.6, action)
        + lines("M22 45 Q50 66 78 45", ink(p), 2.6)
        + dot(46, 38, 1.3, ink(p))
        + dot(54, 38, 1.3, ink(p))
        + dot(23, 40, 4.5, ROSE, 3)
        + dot(77, 40, 4.5, ROSE, 3)
        + dot(50, 26, 3, mark(p), 2)
        + dot(42, 29, 2, mark(p), 1.5)
        + dot(58, 29, 2, mark(p), 1.5)
    )
    spots = dot(18, 72, 3, mark(p)) + dot(24, 82, 2, mark(p)) if action not in ("run", "jump") else ""
    return (
        left_side
        + right_side
        + spots
        + (mirrored(spots) if spots else "")
        + trunk
        + arms
        + shifted(head, lift + (4 if action == "sleep" else 0))
    )


@fitted(0.98, dx=-0.5)
def turtle(p: Palette, action: str | None) -> str:
    """A patterned dome with a small head looking out."""
    skin = p.light if not is_pale(p) else "#e3e6ea"
    head_y = {"sleep": 24, "run": -6}.get(action or "", 0)
    neck = f"M74 76 C86 78 87 70 88 {58 + head_y}" if head_y != 24 else "M74 78 L88 82"
    if action == "run":
        paths = ["M28 80 L16 90", "M44 82 L52 90", "M66 80 L80 90"]
    elif action == "jump":
        paths = ["M28 80 L12 88", "M68 80 L84 90"]
    elif action == "sleep":
        paths = ["M24 88 L30 89.5", "M66 88 L72 89.5"]
    else:
        paths = ["M26 80 L24 89.5", "M46 82 L46 89.5", "M70 80 L72 89.5"]
    feet = [limb(path, 11, skin) for path in paths]
    tail = blob("M16 74 L3 82 L18 84Z", skin)
    head = [limb(neck, 10, skin), ball(88, 54 + head_y, 10, 9, skin)]
    y = 54 + head_y
    shell = "M12 80 C10 46 32 28 48 28 C66 28 86 46 84 80 Q48 86 12 80Z"
    plates = shape("M38 42 L58 42 L66 58 L58 72 L38 72 L30 58Z", p.light if is_dark(p) else p.dark, p.line, 1.6) + lines(
        "M38 42 L34 34 M58 42 L63 34 M66 58 L80 58 M58 72 L62 81 M38 72 L34 81 M30 58 L16 58", p.line, 1.8
    )
    rim = lines("M13 79 Q48 86 83 79", p.line, 7) + lines("M13 79 Q48 86 83 79", p.light, 3.6)
    down = 5 if action == "sleep" else 0
    return (
        mass(p.line, *feet, tail, *head)
        + shifted(
            mass(p.line, blob(shell, BODY)) + plates + lines("M43 48 L54 48", mark(p) if is_pale(p) else p.main, 2.4) + rim,
            down,
        )
        + eye(p, 91, y - 2, 3.6, action)
        + lines(f"M96 {y + 4} q-4 3 -8 1", ink(p) if not is_dark(p) else INK, 1.6)
    )


def snail(p: Palette, action: str | None) -> str:
    """A spiral house on a creeping foot."""
    skin = p.light if not is_pale(p) else "#e3e6ea"
    lean = {"run": 9, "jump": -2}.get(action or "", 0)
    horn = 48 if action == "sleep" else 33
    foot = blob("M4 95 C10 84 30 86 52 86 C68 86 70 76 72 64 C74 52 92 50 93 62 C95 78 92 95 76 95Z", skin)
    horns = [limb(f"M79 58 L{76 - lean} {horn}", 3, skin), limb(f"M87 58 L{91 - lean} {horn}", 3, skin)]
    if action == "sleep":
        eyes = eye(p, 84, 63, 4, action)
    else:
        eyes = eye(p, 76 - lean, horn - 2, 4.6, action) + eye(p, 91 - lean, horn - 2, 4.6, action)
    turns = []
    for k in range(41):
        angle = 2 * math.pi * 2.35 * k / 40
        reach = 28 * (1 - k / 44)
        turns.append(f"{43 - reach * math.cos(angle + 0.5):.1f} {55 + reach * math.sin(angle + 0.5):.1f}")
    swirl = "M" + " L".join(turns)
    house = (
        mass(p.line, ball(43, 55, 34, 34, ROUND))
        + lines(swirl, p.line if not is_dark(p) else "#8d8d99", 3)
        + lines("M19 45 q4 -13 16 -17", p.light, 3)
        + lines("M70 66 l5 4 M64 76 l4 5 M54 82 l2 5 M30 82 l-3 5", mark(p), 2)
    )
    return (
        mass(p.line, foot, *horns)
        + lines("M16 91 H72", mark(p), 1.8)
        + f'<g transform="rotate({-lean} 46 86)">{house}</g>'
        + eyes
        + lines("M92 72 q-4 4 -9 1", ink(p) if not is_dark(p) else INK, 1.8)
        + dot(82, 71, 2.6, ROSE, 2)
    )


def butterfly(p: Palette, action: str | None) -> str:
    """Seen from above: four wings, spotted."""
    wing = (
        mass(
            p.line,
            blob("M52 56 C64 54 86 58 89 72 C91 87 78 97 67 93 C57 88 53 72 52 56Z", p.main),
            blob("M52 50 C54 24 72 4 88 6 C101 9 98 44 82 54 C70 60 58 58 52 54Z", BODY),
        )
        + shape("M58 48 C60 32 74 16 84 17 C91 22 88 40 78 47 C70 51 62 51 58 48Z", p.light if not is_pale(p) else "#dde1e6")
        + lines("M57 47 L84 22 M62 48 L87 34 M66 49 L82 45", mark(p), 1.8)
        + dot(74, 77, 7, p.light if not is_pale(p) else "#dde1e6")
        + dot(74, 77, 3.4, p.dark)
        + "".join(dot(x, y, 1.8, "#ffffff" if not is_pale(p) else "#8d939b") for x, y in ((89, 12), (93, 20), (93, 30), (84, 84), (78, 89)))
    )
    trunk = "#4a3a40" if not is_dark(p) else "#7d6f76"
    return (
        mirrored(wing)
        + wing
        + lines("M48 30 C46 20 42 14 36 10 M52 30 C54 20 58 14 64 10", p.line, 2)
        + dot(36, 10, 2.4, p.line)
        + dot(64, 10, 2.4, p.line)
        + mass(p.line, ball(50, 58, 4, 24, trunk), ball(50, 33, 5.5, 6, trunk))
        + lines("M47 52 h6 M47 60 h6 M47.5 68 h5", "#c9b8a8", 1.6)
        + dot(47.8, 31, 1.4, "#ffffff")
        + dot(52.2, 31, 1.4, "#ffffff")
    )


SPRITES: dict[str, Sprite] = {"frog": frog, "turtle": turtle, "snail": snail, "butterfly": butterfly}
