"""Feathered animals."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.strokes import (
    BODY,
    INK,
    ORANGE,
    RED,
    ROUND,
    Sprite,
    ball,
    blob,
    dot,
    eye,
    fitted,
    is_dark,
    is_pale,
    limb,
    lines,
    mark,
    mass,
    mirrored,
    shape,
)


def _on_legs(drawing: str, p: Palette, action: str | None, left: float, right: float) -> str:
    """The drawing made smaller, on two orange legs that run or dangle."""
    if action == "run":
        paths = f"M{left} 82 L{left - 8} 86 L{left - 14} 84", f"M{right} 82 L{right + 5} 93 L{right + 14} 94"
    else:
        paths = f"M{left} 82 L{left - 4} 91 L{left - 11} 94", f"M{right} 82 L{right - 4} 91 L{right - 11} 94"
    return mass(p.line, *(limb(path, 3.5, ORANGE) for path in paths)) + f'<g transform="translate(7 1) scale(.86)">{drawing}</g>'


@fitted(0.98, dx=-0.8)
def duck(p: Palette, action: str | None) -> str:
    """Floats high, orange bill, tail cocked."""
    body = blob("M5 52 C13 62 22 60 34 60 C46 60 54 54 56 40 L82 36 C84 50 94 60 91 74 C87 90 72 95 50 95 C24 95 8 80 5 52Z", BODY)
    wing = (
        "M28 66 C40 58 62 60 68 70 C62 86 40 90 28 66Z"
        if action != "jump"
        else "M38 78 C28 66 14 48 12 28 C30 36 56 54 66 70 C62 80 50 82 38 78Z"
    )
    feathers = "M38 70 q3 7 10 9 M48 68 q3 7 9 9 M58 68 q1 4 4 5" if action != "jump" else "M22 42 q8 6 14 14 M30 56 q8 4 14 10"
    drawing = (
        mass(p.line, blob("M80 24 C88 22 97 27 98 31 C97 37 86 39 78 36Z", ORANGE))
        + lines("M84 31 q6 1 12 0", "#a85608", 1.6)
        + mass(p.line, body, ball(68, 27, 18, 17.5, ROUND))
        + shape(wing, p.light if is_dark(p) else p.main, p.line)
        + lines(feathers, mark(p) if not is_dark(p) else p.dark, 2)
        + lines("M12 64 q6 4 12 3 M58 86 q12 -2 19 -10", mark(p), 1.8)
        + eye(p, 74, 22, 4.8, action)
    )
    return _on_legs(drawing, p, action, 46, 60) if action in ("run", "jump") else drawing


def owl(p: Palette, action: str | None) -> str:
    """Seen from the front: ear tufts, two great eyes, scalloped breast."""
    wing = "M19 46 C6 60 10 82 25 91 C32 76 30 58 19 46Z" if action != "jump" else "M24 62 C8 56 1 40 2 20 C10 26 22 34 27 44Z"
    feather = "M14 66 q5 4 12 2 M15 75 q6 4 12 2" if action != "jump" else "M8 34 q8 10 15 12 M9 44 q7 9 14 10"
    side = shape(wing, p.dark if not is_dark(p) else p.light, p.line) + lines(feather, p.line, 1.6)
    body = [
        blob("M21 34 L18 5 Q34 8 42 14Z", p.main),
        blob("M79 34 L82 5 Q66 8 58 14Z", p.main),
        blob("M50 11 C76 11 84 34 84 58 C84 82 70 93 50 93 C30 93 16 82 16 58 C16 34 24 11 50 11Z", BODY),
    ]
    iris = "#f7c843"
    eyes = "".join(
        dot(x, 36, 16.5, p.light if not is_pale(p) else "#dfe3e7")
        + (
            eye(p, x, 36, 9.5, action)
            if action == "sleep"
            else f'<circle cx="{x}" cy="36" r="11" fill="{iris}" stroke="{p.line}" stroke-width="2"/>'
            + dot(x, 36, 6.2, INK)
            + dot(x + 2.2, 33.5, 2.1, "#ffffff")
        )
        for x in (34, 66)
    )
    scallops = "".join(
        lines("M" + " M".join(f"{x} {y} q4 6 8 0" for x in xs), mark(p) if not is_dark(p) else p.dark, 2)
        for y, xs in ((64, (38, 46, 54)), (71, (34, 42, 50, 58)), (78, (38, 46, 54)))
    )
    feet = lines("M36 94 l-5 1.2 M38 92 v3.2 M40 94 l4 1.2 M60 94 l-4 1.2 M62 92 v3.2 M64 94 l5 1.2", ORANGE, 4)
    drawing = (
        (side + mirrored(side) if action == "jump" else "")
        + ("" if action in ("run", "jump") else feet)
        + mass(p.line, *body)
        + dot(50, 72, 20, p.light if not is_pale(p) else "#e9ecef", 17)
        + scallops
        + ("" if action == "jump" else side + mirrored(side))
        + eyes
        + shape("M44.5 44 L55.5 44 L50 56Z", ORANGE, p.line, 1.6)
    )
    return _on_legs(drawing, p, action, 42, 58) if action in ("run", "jump") else drawing


def penguin(p: Palette, action: str | None) -> str:
    """Seen from the front: white belly, flippers, orange beak and feet."""
    flipper = {
        "run": "M26 40 C14 44 4 54 2 64 C12 66 22 62 28 54Z",
        "jump": "M27 48 C16 42 8 30 8 18 C18 22 26 30 30 40Z",
    }.get(action or "", "M26 40 C14 50 10 66 14 78 C22 74 28 64 29 54Z")
    side = shape(flipper, p.dark if not is_dark(p) else p.light, p.line)
    feet = {
        "run": ball(30, 88, 11, 4.5, ORANGE, 25), "jump": ball(38, 92, 6, 4, ORANGE),
    }.get(action or "", ball(37, 91.5, 11, 4, ORANGE))  # fmt: skip
    foot = {"run": ball(68, 91, 12, 4, ORANGE), "jump": ball(62, 92, 6, 4, ORANGE)}.get(action or "", ball(63, 91.5, 11, 4, ORANGE))
    white = "#ffffff"
    return (
        mass(p.line, feet, foot)
        + side
        + mirrored(side)
        + mass(
            p.line,
            blob(
                "M50 5 C67 5 74 17 74 30 C81 42 83 60 79 76 C75 90 64 92 50 92 C36 92 25 90 21 76 C17 60 19 42 26 30 C26 17 33 5 50 5Z",
                BODY,
            ),
        )
        + shape("M50 47 C62 41 69 56 67 71 C65 84 58 87 50 87 C42 87 35 84 33 71 C31 56 38 41 50 47Z", white, p.dark, 1.2)
        + dot(41, 25, 8.5, white, 9.5)
        + dot(59, 25, 8.5, white, 9.5)
        + eye(p, 42.5, 25, 4.8, action)
        + eye(p, 57.5, 25, 4.8, action)
        + shape("M43 32 Q50 29 57 32 L50 41Z", ORANGE, p.line, 1.6)
        + lines("M34 52 q-3 8 -2 16 M66 52 q3 8 2 16", p.dark, 1.6)
        + dot(34, 35, 3, "#f3a0a8", 2)
        + dot(66, 35, 3, "#f3a0a8", 2)
    )


@fitted(0.98)
def hen(p: Palette, action: str | None) -> str:
    """Red comb and wattle, fanned tail, yellow legs."""
    low = 9 if action == "sleep" else 0
    if action == "run":
        paths = ["M42 80 L32 88 L24 86", "M54 80 L60 92 L70 93.5"]
    elif action == "jump":
        paths = ["M42 80 L36 90 L28 94", "M54 80 L48 90 L40 94"]
    else:
        paths = ["M42 80 V93 M35 93.5 H49", "M56 80 V93 M49 93.5 H63"]
    feet = "" if low else mass(p.line, *(limb(path, 3.4, "#f5b52a") for path in paths))
    wing = (
        "M28 56 C40 46 62 50 66 58 C62 76 38 76 28 56Z"
        if action not in ("run", "jump")
        else "M34 62 C22 54 12 40 14 22 C32 28 56 44 64 58 C58 66 46 68 34 62Z"
    )
    drawing = (
        mass(p.line, blob("M60 17 C56 7 64 3 67 9 C68 1 77 1 77 8 C81 3 89 7 84 17Z", RED))
        + mass(p.line, blob("M82 20 L96 27 L82 32Z", ORANGE))
        + mass(
            p.line,
            blob(
                "M16 56 C4 48 2 32 6 20 C11 21 13 24 15 28 C16 23 19 20 24 19 C25 23 25 27 26 31 C29 29 32 29 35 30 C34 38 36 44 44 46Z",
                p.main,
            ),
            blob(
                "M10 46 C18 52 32 50 42 46 C54 41 58 30 59 24 C60 14 68 11 74 12"
                " C84 14 86 22 86 30 C88 40 89 48 86 58 C82 76 66 86 48 86 C26 86 12 70 10 46Z",
                BODY,
            ),
        )
        + lines("M11 27 q1 10 6 18 M22 25 q-1 10 3 18 M30 34 q-1 6 2 11", mark(p), 1.8)
        + shape(wing, p.light if is_dark(p) else p.dark, p.line)
        + lines("M38 60 q4 7 11 8 M48 58 q3 6 10 7" if wing.startswith("M28") else "M22 36 q9 6 16 14 M26 46 q9 4 16 12", p.line, 1.6)
        + lines("M68 48 q4 4 8 0 M74 56 q4 4 7 0 M70 66 q4 3 8 -1 M64 40 q4 4 8 0", mark(p), 1.9)
        + mass(p.line, ball(83, 38, 3.6, 6, RED))
        + eye(p, 75, 24, 4.6, action)
    )
    return feet + (f'<g transform="translate(0 {low})">{drawing}</g>' if low else drawing)


SPRITES: dict[str, Sprite] = {"duck": duck, "owl": owl, "penguin": penguin, "hen": hen}
