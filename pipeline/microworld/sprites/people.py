"""People, whose colour is that of their clothes, and the two who have no clothes to speak of: robot and snowman."""

from __future__ import annotations

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.figure import Build, arm_paths, book, leg_paths, person
from pipeline.microworld.sprites.strokes import (
    BODY,
    INK,
    ROUND,
    Sprite,
    ball,
    blob,
    dot,
    eye,
    fitted,
    is_dark,
    is_pale,
    joints,
    limb,
    lines,
    mark,
    mass,
    mirrored,
    scaled,
    shape,
)


def man(p: Palette, action: str | None) -> str:
    """Tall, in coat and trousers, with short hair and a beard."""
    b = Build(head=17, face=11.5, shoulder=30, breadth=19, hem=66, hip=9, arm=33, sleeve=10, leg=13)
    hair = "#4a2f20"
    coat = (
        mass(p.line, blob("M39 30 Q50 27 61 30 C68 31 70 36 70 42 L71 69 Q50 73 29 69 L30 42 C30 36 32 31 39 30Z", BODY))
        + shape("M43 29 L50 42 L57 29 Q50 32 43 29Z", "#fffdf6" if not is_pale(p) else "#9fb4c8", p.line, 1.4)
        + lines("M43 29 L50 43 L57 29 M50 43 V70", p.line, 1.8)
        + shape("M33 58 h11 v7 h-11Z M56 58 h11 v7 h-11Z", "none", mark(p), 1.6)
        + dot(46, 49, 1.3, p.line)
        + dot(46, 56, 1.3, p.line)
        + lines("M34 38 q-1 8 0 14 M66 38 q1 8 0 14", mark(p), 1.4)
    )
    beard = shape(
        "M38.6 16 C40 20 44 20 46 20.6 Q51 18.6 56 20.6 C58 20 61 20 61.4 16 C63 26 58 32 50 32 C42 32 37 26 38.6 16Z", hair, "#2c1a10", 1.4
    ) + lines("M47.5 24.5 q3.5 2.4 7 0", "#e79a8c", 1.8)
    top = shape(
        "M37.6 17 C35 6 44 2 52 3 C61 3 65 9 62.4 17 C61 13 58 11.5 55 11 C49 12 43 11 41 11.5 C39.4 13 38.6 15 37.6 17Z",
        hair,
        "#2c1a10",
        1.4,
    )
    return person(p, action, b, "", coat, beard + top, 1.0, p.dark if not is_dark(p) else "#3a3a41")


def woman(p: Palette, action: str | None) -> str:
    """Long chestnut hair and a wide long dress."""
    b = Build(head=17.5, face=10.5, shoulder=30, breadth=15.5, hem=82, hip=6.5, arm=33, sleeve=9.5, leg=8, skirt=True)
    hair, edge = "#a04a22", "#5e2810"
    behind = shape("M37 16 C33 26 35 36 31 45 C36 48 42 46 46 42 H54 C58 46 64 48 69 45 C65 36 67 26 63 16Z", hair, edge)
    dress = (
        mass(
            p.line,
            blob(
                "M41 30 Q50 35 59 30 C65 31 67 37 65 44 L62 53"
                " C67 62 74 72 78 81 Q50 89 22 81 C26 72 33 62 38 53 L35 44 C33 37 35 31 41 30Z",
                BODY,
            ),
        )
        + lines("M38.5 53 Q50 57 61.5 53", p.light if is_dark(p) else p.dark, 3.6)
        + lines("M43 61 L36 79 M50 61 V81 M57 61 L64 79", mark(p), 1.8)
        + lines("M23 79 Q50 87 77 79", p.light if not is_pale(p) else mark(p), 2.2)
        + lines("M41 31 Q50 40 59 31", p.light if not is_pale(p) else mark(p), 2.4)
    )
    fringe = shape(
        "M37.4 22 C34 9 43 4 51 4.6 C61 5 66 12 62.6 23 C61.6 18 60 15 57 13 C51 17 43 16 41 15 C39.4 17 38 19 37.4 22Z", hair, edge, 1.6
    ) + lines("M42 10 q5 -3 10 -2", "#c8703f", 1.4)
    locks = shape("M38 20 C36 27 38 35 34.5 42 C31.5 36 33 27 37 18Z", hair, edge, 1.4)
    return person(
        p,
        action,
        b,
        scaled(behind, 0.92, 50, 19, dy=-1.5),
        dress,
        scaled(fringe + locks + mirrored(locks), 0.92, 50, 19, dy=-1.5),
        0.0,
        p.dark,
    )


def boy(p: Palette, action: str | None) -> str:
    """Small, in shirt and shorts, with a shock of fair hair."""
    b = Build(head=32.5, face=10, shoulder=43.5, breadth=17, hem=70, hip=8.5, arm=25, sleeve=10, leg=12)
    hair, edge = "#d9a441", "#80591a"
    shirt = (
        mass(p.line, blob("M41 44 Q50 48 59 44 C66 45 68 50 68 56 L69 72 Q50 76 31 72 L32 56 C32 50 34 45 41 44Z", BODY))
        + lines("M33.5 55 Q50 58.5 66.5 55 M33 64 Q50 67.5 67 64", p.light if not is_pale(p) else mark(p), 3)
        + lines("M43 45 Q50 51 57 45", mark(p), 2.2)
    )
    mop = shape(
        "M37.4 37 C33 28 37 22 42 23 C44 18 53 18 55 22 C62 20 67 29 62.6 37"
        " C62 33 60 31 58 29 L54 32 L51 28 L46 32 L43 29 C40 31 38 33 37.4 37Z",
        hair,
        edge,
        1.6,
    )
    return person(p, action, b, "", shirt, scaled(mop, 0.84, 50, 36, dy=-3.5), 0.72, p.dark if not is_dark(p) else "#3a3a41")


def girl(p: Palette, action: str | None) -> str:
    """Small, in a short flared dress, with two pigtails."""
    b = Build(head=33.5, face=10.5, shoulder=45.5, breadth=14, hem=82, hip=6.5, arm=25, sleeve=8, leg=8, skirt=True)
    hair, edge = "#5c3a22", "#301c0e"
    tail = (
        shape("M37 32 C29 25 20 29 21 38 C21 46 25 50 29 50 C27 44 31 40 37 38Z", hair, edge, 1.8)
        + dot(35.5, 33.5, 3, p.main)
        + lines("M25 36 q-1 6 2 9", "#86593a", 1.3)
    )
    dress = (
        mass(
            p.line,
            blob(
                "M41 45.5 Q50 50 59 45.5 C65 47 66 52 64 57 L62 61"
                " C69 67 75 74 78 81 Q50 90 22 81 C25 74 31 67 38 61 L36 57 C34 52 35 47 41 45.5Z",
                BODY,
            ),
        )
        + lines("M38.5 61 Q50 64.5 61.5 61", p.light if is_dark(p) else p.dark, 3)
        + "".join(
            dot(x, y, 1.9, p.light if not is_pale(p) else mark(p))
            for x, y in ((38, 71), (50, 71), (62, 71), (32, 79), (44, 80), (56, 80), (68, 79), (45, 55), (55, 55))
        )
        + lines("M43 46.5 Q50 54 57 46.5", p.light if not is_pale(p) else mark(p), 2.4)
    )
    fringe = shape(
        "M37.4 39 C33 26 42 21 50 21 C58 21 67 26 62.6 39 C62 33 60 31 57 30 C52 33 46 33 43 30 C40 31 38 34 37.4 39Z", hair, edge, 1.6
    ) + lines("M50 21.5 V30", "#86593a", 1.3)
    return person(
        p, action, b, scaled(tail + mirrored(tail), 0.875, 50, 36, dy=-2.5), dress, scaled(fringe, 0.875, 50, 36, dy=-2.5), 0.0, p.dark
    )


@fitted(0.97)
def robot(p: Palette, action: str | None) -> str:
    """Boxes on boxes, an antenna, claws and lamps."""
    steel, glow, screen = "#aab4bf", "#7df0e6", "#1d2b36"
    asleep = action == "sleep"
    b = Build(head=28, face=15, shoulder=45, breadth=26, hem=76, hip=12, arm=26, sleeve=8, leg=11)
    left_leg, right_leg = leg_paths(b, action)
    left_arm, right_arm = arm_paths(b, action)
    limbs, claws = "", ""
    for path in (left_leg, right_leg):
        limbs += mass(p.line, limb(joints(path), 8, steel))
        x, y = path[-1]
        limbs += (
            f'<rect x="{x - 9:.1f}" y="{y + 0.5:.1f}" width="18" height="8" rx="2.5" fill="{p.main}" stroke="{p.line}" stroke-width="2"/>'
        )
    for path in (left_arm, right_arm):
        x, y = path[-1]
        up = -1 if y < path[0][1] else 1
        claws += mass(
            p.line,
            limb(
                f"M{x - 4.5:.1f} {y + 7 * up:.1f} Q{x - 6:.1f} {y:.1f} {x:.1f} {y:.1f} Q{x + 6:.1f} {y:.1f} {x + 4.5:.1f} {y + 7 * up:.1f}",
                3.4,
                steel,
            ),
        )
        limbs += mass(p.line, limb(joints(path), 8, p.main))
        limbs += dot(path[1][0], path[1][1], 2.2, mark(p))
    body = (
        f'<rect x="26" y="44" width="48" height="35" rx="5" fill="{BODY}" stroke="{p.line}" stroke-width="2.2"/>'
        f'<rect x="35" y="51" width="30" height="17" rx="2.5" fill="{p.light}" stroke="{p.line}" stroke-width="1.6"/>'
        + dot(41, 56.5, 2.6, "#e5484d")
        + dot(50, 56.5, 2.6, "#f6c945")
        + dot(59, 56.5, 2.6, "#4cc26a")
        + lines("M40 63.5 h20", p.line, 1.8)
        + "".join(dot(x, y, 1.2, mark(p)) for x in (30, 70) for y in (48.5, 74.5))
        + lines("M38 73.5 h24", mark(p), 1.8)
    )
    eyes = (
        lines("M37.5 26 q4 5 8 0 M54.5 26 q4 5 8 0", glow, 2.4)
        if asleep
        else "".join(dot(x, 26.5, 4.4, glow) + dot(x + 1.2, 26.5, 1.9, screen) for x in (42, 58.5))
    )
    head = (
        lines("M50 14 V7", p.line, 3)
        + f'<circle cx="50" cy="6.5" r="3.6" fill="{"#8a929b" if asleep else "#ff5a4f"}" stroke="{p.line}" stroke-width="1.6"/>'
        + f'<rect x="44" y="38" width="12" height="8" fill="{steel}" stroke="{p.line}" stroke-width="2"/>'
        + f'<rect x="24" y="21" width="52" height="12" rx="3" fill="{mark(p)}" stroke="{p.line}" stroke-width="2"/>'
        + f'<rect x="29" y="13" width="42" height="27" rx="5" fill="{BODY}" stroke="{p.line}" stroke-width="2.2"/>'
        + f'<rect x="33.5" y="19" width="33" height="14" rx="5" fill="{screen}"/>'
        + eyes
        + lines("M42 36.5 h16", p.line, 1.8)
    )
    if action == "read":
        return limbs + body + head + claws + book(51, 32)
    return claws + limbs + body + head


def snowman(p: Palette, action: str | None) -> str:
    """Three balls, hat, scarf, carrot nose and arms of twigs."""
    lean = {"run": 5.0}.get(action or "", 0.0)
    lift = {"jump": -2.0}.get(action or "", 0.0)
    wood, hat = "#6e4a2c", "#33313a"
    top, middle = 50 + 2 * lean, 50 + lean
    y = 52 + lift
    left, right = (
        f"M{middle - 17:g} {y:g} L{middle - 34:g} {y + 6:g} m8 -2 l-5 7",
        f"M{middle + 17:g} {y:g} L{middle + 34:g} {y + 6:g} m-8 -2 l5 7",
    )
    if action == "wave":
        right = f"M{middle + 17:g} {y:g} L{middle + 35:g} {y - 26:g} m0 0 l-7 -4 m7 4 l1 -9 m-1 9 l7 -4"
    elif action in ("jump", "run"):
        left, right = (
            f"M{middle - 17:g} {y:g} L{middle - 36:g} {y - 14:g} m5 4 l-8 2",
            f"M{middle + 17:g} {y:g} L{middle + 34:g} {y - 14:g} m-5 4 l8 2",
        )
    arms = lines(left + " " + right, INK, 5) + lines(left + " " + right, wood, 3)
    spots = (
        "".join(dot(x, v, 1.8, INK) for x, v in ((middle + 1, y - 4), (middle + 1, y + 4), (50, 72), (50, 80)))
        if not is_dark(p)
        else "".join(dot(x, v, 1.8, "#e8e8ee") for x, v in ((middle + 1, y - 4), (middle + 1, y + 4), (50, 72), (50, 80)))
    )
    scarf = "#2f7fd0" if is_pale(p) or is_dark(p) else p.dark
    head = (
        mass(p.line, ball(top, 27, 14.5, 13.5, ROUND))
        + eye(p, top - 4, 25, 3.2, action)
        + eye(p, top + 6, 25, 3.2, action)
        + shape(f"M{top + 2:g} 27 L{top + 17:g} 30.5 L{top + 2:g} 32Z", "#f5841f", "#a85608", 1.2)
        + lines(f"M{top - 4:g} 33.5 q5 4 9 1", INK if not is_dark(p) else "#c9c9d4", 1.6)
        + shape(f"M{top - 9:g} 15.5 L{top - 8:g} 3 H{top + 8:g} L{top + 9:g} 15.5Z", hat, INK, 1.6)
        + lines(f"M{top - 14:g} 16 H{top + 14:g}", INK, 5)
        + lines(f"M{top - 14:g} 16 H{top + 14:g}", hat, 3)
        + lines(f"M{top - 8.2:g} 12 H{top + 8.2:g}", p.main, 3)
    )
    wrap = mass(
        p.line, limb(f"M{top - 11:g} 38 Q{top:g} 43 {top + 11:g} 38", 5.5, scarf), limb(f"M{top - 7:g} 41 L{top - 11:g} 53", 5.5, scarf)
    ) + lines(f"M{top - 12:g} 50 l4 1.5", "#ffffff", 1.6)
    belly = mass(p.line, ball(50, 77, 25, 18, ROUND)) + lines("M30 84 q6 7 16 8 M66 88 q4 -2 6 -6", mark(p), 1.8)
    chest = mass(p.line, ball(middle, y, 19, 15.5, ROUND))
    sheet = book(y - 6, 34) if action == "read" else ""
    if action == "read":
        arms = ""
        left, right = (
            f"M{middle - 16:g} {y - 2:g} L{middle - 28:g} {y + 6:g} L{middle - 14:g} {y + 6:g}",
            f"M{middle + 16:g} {y - 2:g} L{middle + 28:g} {y + 6:g} L{middle + 14:g} {y + 6:g}",
        )
        sheet = lines(left + " " + right, INK, 5) + lines(left + " " + right, wood, 3) + sheet
    return belly + arms + chest + spots + head + wrap + sheet


SPRITES: dict[str, Sprite] = {"man": man, "woman": woman, "boy": boy, "girl": girl, "robot": robot, "snowman": snowman}
