"""Furred animals: pets, farm animals and beasts of the forest."""

from __future__ import annotations

import math

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.strokes import (
    BODY,
    CREAM,
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
    legs,
    limb,
    lines,
    lowered,
    mark,
    mass,
    shape,
    shifted,
)


def cat(p: Palette, action: str | None) -> str:
    """Pointed ears, whiskers, stripes and a tail curled like a question mark."""
    low = 17 if action == "sleep" else 0
    far, near = legs(action, hind=32, fore=65, top=66, width=9, near=p.main, far=p.dark)
    tail = limb("M30 60 C12 66 5 48 10 36 C14 26 26 28 23 37", 8, p.main)
    body = blob("M24 60 C24 48 38 46 52 48 C68 48 76 54 75 64 C74 76 66 78 56 76 L36 78 C26 78 23 70 24 60Z", BODY)
    head = [
        blob("M51 36 L49 10 Q50 7 53 9 L68 22Z", p.main),
        blob("M74 22 L88 9 Q91 7 92 10 L91 36Z", p.main),
        ball(71, 38, 22, 18.5, ROUND),
    ]
    face = (
        shape("M53.5 29 L53 15 L62 23Z", ROSE)
        + shape("M80 22.5 L88 15 L88 29Z", ROSE)
        + lines("M66 21.5 v6 M71 20.5 v8 M76 21.5 v6", mark(p), 2.6)
        + dot(66.5, 46.5, 6, p.light, 5)
        + dot(75.5, 46.5, 6, p.light, 5)
        + eye(p, 62, 37, 5.2, action)
        + eye(p, 80, 37, 5.2, action)
        + shape("M67.5 42 h7 l-3.5 4Z", "#e5707e", p.line, 1)
        + lines("M71 46 q-1 4 -5 4 M71 46 q1 4 5 4", p.line, 1.4)
        + lines("M57 45 l-14 -3 M57 48 l-14 2 M85 45 l13 -3 M85 48 l13 2", ink(p), 1.3)
    )
    fur = lines("M36 51 q-2 5 0 10 M44 49.5 q-2 6 0 12 M52 50 q-2 5 0 9", mark(p), 3)
    return mass(p.line, *far) + mass(p.line, *lowered([tail], low), *near, *lowered([body], low)) + shifted(
        fur + mass(p.line, *head) + face, low
    )  # fmt: skip


@fitted(0.985, dx=0.6)
def dog(p: Palette, action: str | None) -> str:
    """Floppy ear, long snout with its tongue out, collar, tail held up."""
    low = 17 if action == "sleep" else 0
    far, near = legs(action, hind=27, fore=60, top=64, width=9.5, near=p.main, far=p.dark)
    tail = limb("M24 55 C14 52 8 42 9 30", 7, p.main)
    body = blob("M19 58 C19 46 34 45 48 46 C60 46 72 44 72 58 C72 72 64 76 54 74 L34 76 C22 77 19 70 19 58Z", BODY)
    neck = limb("M60 52 L64 40", 20, p.main)
    head = [ball(66, 31, 18, 17, p.main), ball(80, 38, 15, 10, p.main)]
    tongue = shape("M80 46 C79 56 87 57 87 45Z", "#ee6f7c", p.line, 1.4) if action != "sleep" else ""
    face = (
        tongue
        + mass(p.line, *head)
        + dot(71, 25, 8.5, p.light, 9)
        + eye(p, 73, 27, 5, action)
        + dot(91.5, 34.5, 4.6, INK, 3.8)
        + dot(90.5, 33.2, 1.2, "#ffffff")
        + lines("M92 41 q-8 7 -17 2", ink(p), 1.8)
        + dot(80, 38, 0.9, ink(p))
        + dot(84, 36, 0.9, ink(p))
        + shape("M58 17 C46 13 39 32 45 46 C49 54 59 50 60 40 C60 32 64 22 58 17Z", p.dark if not is_dark(p) else p.light, p.line)
        + lines("M50 30 q-2 8 1 14", p.line, 1.4)
    )
    collar = lines("M52 50 Q62 58 74 52", p.line, 7) + lines("M52 50 Q62 58 74 52", "#20a4a8", 4.5) + dot(66, 58, 3.2, "#f4c430")
    spot = dot(38, 53, 9, mark(p), 6) + lines("M27 66 q3 4 7 3 M30 61 q3 3 6 3", mark(p), 1.6)
    return mass(p.line, *far) + mass(p.line, *near, *lowered([tail, body, neck], low)) + shifted(spot + collar + face, low)


@fitted(0.96, dx=1)
def horse(p: Palette, action: str | None) -> str:
    """Long legs, arched neck, mane and a flowing tail."""
    low = 25 if action == "sleep" else 0
    hair = p.light if is_dark(p) else "#a9b0b8" if is_pale(p) else p.dark
    far, near = legs(action, hind=27, fore=62, top=56, width=8, near=p.main, far=p.dark, hoof="#3b3230", stride=17)
    tail = shape("M22 44 C6 42 3 60 6 78 C9 76 10 74 11 71 C12 74 13 75 15 76 C16 66 16 60 24 55Z", hair, p.line)
    if low:
        tail = shape("M22 44 C10 44 4 56 4 70 C8 70 10 68 12 66 C13 68 14 69 16 69 C17 64 18 60 24 55Z", hair, p.line)
    body = [
        blob("M18 52 C17 40 30 38 44 41 C54 43 60 36 68 40 C74 46 73 60 66 64 C56 68 46 63 36 66 C24 68 18 62 18 52Z", BODY),
        blob("M54 46 C60 36 62 26 66 16 L82 22 C78 32 76 44 72 56Z", p.main),
        blob("M67 16 C71 8 80 7 84 14 L95 30 C98 36 93 40 87 38 L76 31 C68 30 64 22 67 16Z", p.main),
        blob("M71 12 L71 3 L78 10Z", p.main),
    ]
    mane = shape(
        "M74 5 C60 3 54 14 53 24 C49 28 50 32 50 36 C47 39 48 43 50 46 C57 44 60 38 62 33 C65 27 65 21 70 17 C73 13 77 9 74 5Z",
        hair,
        p.line,
    )
    face = (
        mane
        + shape("M73 7 C79 8 81 12 80 19 C76 18 74 14 73 7Z", hair, p.line, 1.4)
        + lines("M57 26 q3 -3 5 -8 M54 37 q4 -3 5 -8", p.line, 1.2)
        + eye(p, 78.5, 20, 4.5, action)
        + dot(91.5, 33.5, 1.4, INK)
        + lines("M87 37 q2 -2 4 -2", ink(p), 1.5)
    )
    shade = lines("M30 60 q-5 -3 -5 -9 M64 48 q5 5 2 11", mark(p), 1.8)
    return mass(p.line, *far) + shifted(tail, low) + mass(p.line, *near, *lowered(body, low)) + shifted(shade + face, low)


@fitted(0.94, dx=0.7)
def cow(p: Palette, action: str | None) -> str:
    """Horns, patches, a broad pink muzzle, an udder and a tufted tail."""
    low = 20 if action == "sleep" else 0
    patch = "#45424a" if is_pale(p) else CREAM
    far, near = legs(action, hind=24, fore=60, top=64, width=10, near=p.main, far=p.dark, hoof="#3b3230")
    tail = limb("M17 42 C8 44 8 54 8 64", 3.5, p.main)
    tuft = shape("M8 62 C3 68 4 74 7 77 C12 75 13 68 8 62Z", p.dark, p.line, 1.6)
    udder = [ball(39, 72, 9, 7, "#f6a9b2"), limb("M36 78 v2 M42 78 v2", 2.6, "#f6a9b2")]
    body = blob("M15 46 C15 36 24 36 34 37 L60 36 C72 36 76 44 76 54 C76 68 70 72 60 72 L28 72 C17 72 15 64 15 56Z", BODY)
    patches = (
        shape("M26 38 C31 36.5 39 36.5 42 38 C43 45 37 51 32 49 C26 47 23 42 26 38Z", patch)
        + shape("M46 70 C44 62 52 57 57 60 C62 63 60 70 57 70.5Z", patch)
        + shape("M17 60 C23 57 27 62 25 70 C19 69 17 66 17 60Z", patch)
    )
    horns = shape("M67 25 C57 22 56 13 60 7 C62 14 67 17 74 21Z", "#f4e3bd", p.line) + shape(
        "M85 25 C95 22 96 13 92 7 C90 14 85 17 78 21Z", "#f4e3bd", p.line
    )
    head = (
        horns
        + mass(p.line, ball(59, 32, 7, 4, p.main, 20), ball(93, 32, 6, 4, p.main, -20), blob(
            "M63 28 C64 19 88 19 89 28 C91 38 89 46 88 50"
            " C86 58 66 58 64 50 C63 46 61 38 63 28Z", p.main))
        + shape("M72 21.5 C74 30 73 40 76 42 C79 40 78 30 80 21.5Z", patch)
        + eye(p, 69, 35, 4.3, action)
        + eye(p, 83.5, 35, 4.3, action)
        + f'<ellipse cx="76" cy="51" rx="14" ry="8.5" fill="#f6b3ba" stroke="{p.line}" stroke-width="2"/>'
        + dot(71, 49, 2, "#8e4a55", 2.6)
        + dot(81, 49, 2, "#8e4a55", 2.6)
        + lines("M71 55 q5 3 10 0", "#8e4a55", 1.6)
    )  # fmt: skip
    under = mass(p.line, *udder) if not low else ""
    return mass(p.line, *far) + shifted(mass(p.line, tail) + tuft, low) + under + mass(p.line, *near, *lowered([body], low)) + shifted(
        patches + head, low
    )  # fmt: skip


def sheep(p: Palette, action: str | None) -> str:
    """A cloud of wool on thin legs, with a dark face."""
    low = 14 if action == "sleep" else 0
    skin, shadow = ("#cdb59a", "#a58d74") if is_dark(p) else ("#574a50", "#40363b")
    far, near = legs(action, hind=30, fore=56, top=68, width=6.5, near=skin, far=shadow, stride=14)
    line = p.line
    wool = []
    for k in range(12):
        angle = 2 * math.pi * k / 12
        wool.append(ball(43 + 29 * math.cos(angle), 50 + 20 * math.sin(angle), 11, 11, p.main))
    wool.append(ball(43, 50, 30, 22, p.main))
    curl = "q1 -6 7 -5 q5 1 4 6"
    curls = lines(f"M20 44 {curl} M36 38 {curl} M52 46 {curl} M28 56 {curl} M44 58 {curl} M18 62 {curl} M36 70 {curl}", mark(p), 1.9)
    shine = lines("M17 42 q3 -9 11 -10 M30 29 q5 -5 11 -3 M45 26 q6 -2 11 3", p.light, 3.2)
    shade = lines("M20 70 q8 8 18 8 M42 79 q10 2 18 -4", p.dark, 2.6)
    head = (
        mass(line, ball(66, 44, 8, 4, skin, 28), ball(90, 42, 7, 4, skin, -30), ball(78, 48, 12, 16, skin, -8))
        + mass(line, ball(70, 32, 6.5, 6, p.main), ball(84, 31, 6, 5.5, p.main), ball(77, 28, 8, 7, p.main))
        + eye(p, 74, 44, 4, action, lid="#b9a79b")
        + eye(p, 84, 43, 4, action, lid="#b9a79b")
        + lines("M77 56 q3 2 6 -1 M80 57 v2", "#f3d9d0" if not is_dark(p) else INK, 1.6)
    )
    return mass(line, *far, *near) + shifted(mass(line, *wool) + shade + curls + shine + head, low)


@fitted(0.97, dx=1)
def pig(p: Palette, action: str | None) -> str:
    """A barrel with a snout and a curly tail."""
    low = 10 if action == "sleep" else 0
    far, near = legs(action, hind=28, fore=58, top=74, width=11, near=p.main, far=p.dark, hoof=p.dark, stride=13)
    tail = limb("M17 52 C6 54 3 44 9 42 C15 41 14 50 8 49 C2 48 1 40 5 36", 3, p.main)
    body = ball(46, 59, 33, 24, BODY)
    ears = shape("M55 40 C50 30 50 22 53 18 C61 20 68 26 69 34Z", p.main, p.line) + shape(
        "M80 33 C82 25 88 20 95 19 C97 25 95 34 90 41Z", p.main, p.line
    )
    face = (
        mass(p.line, ball(73, 51, 22, 21, ROUND))
        + ears
        + shape("M57 36 C55 31 54 27 55 24 C59 26 62 29 64 33Z", ROSE)
        + shape("M85 33 C87 28 90 26 93 24 C93 28 92 33 90 36Z", ROSE)
        + eye(p, 66, 46, 4.4, action)
        + eye(p, 83, 46, 4.4, action)
        + dot(60, 57, 4, ROSE, 3)
        + f'<ellipse cx="77" cy="57.5" rx="11" ry="8" fill="{p.light}" stroke="{p.line}" stroke-width="2"/>'
        + dot(73, 57.5, 2, p.line, 3)
        + dot(81, 57.5, 2, p.line, 3)
        + lines("M69 67 q7 4 13 -1", ink(p), 1.8)
    )
    marks = lines("M24 60 q2 12 12 16 M30 44 q4 -3 9 -4", mark(p), 1.8)
    return mass(p.line, *far) + mass(p.line, *near, *lowered([tail, body], low)) + shifted(marks + face, low)


@fitted(0.98)
def rabbit(p: Palette, action: str | None) -> str:
    """Long upright ears, a white scut, big hind feet."""
    asleep, moving = action == "sleep", action in ("run", "jump")
    low = 8 if asleep else 0
    swing = -52 if asleep else -38 if moving else 0
    tail = mass(p.line, ball(19, 80, 8, 8, "#ffffff" if not is_pale(p) else p.dark))
    if action == "run":
        feet = [limb("M34 84 L24 89.5 L12 88.5", 9, p.main), limb("M62 82 L76 86 L84 90", 8, p.main)]
    elif action == "jump":
        feet = [limb("M34 84 L22 88 L10 90", 9, p.main), limb("M64 80 L80 80 L86 84", 8, p.main)]
    else:
        feet = [limb("M34 90.5 L50 90.5", 9, p.main), limb("M66 76 L67 91", 8, p.main)]
    body = blob("M20 78 C20 56 42 50 58 56 C72 62 76 82 68 94 L34 95 C24 94 20 88 20 78Z", BODY)
    ears = "".join(
        f'<g transform="rotate({turn + swing} {x} 36)">' + mass(p.line, ball(x, 19, 6.5, 17, p.main)) + dot(x, 20, 3, ROSE, 12) + "</g>"
        for x, turn in ((74, 12), (60, -8))
    )
    face = (
        ears
        + mass(p.line, ball(67, 46, 18, 16, ROUND))
        + dot(62, 53, 5, p.light, 4)
        + dot(72, 53, 5, p.light, 4)
        + eye(p, 60, 43, 4.6, action)
        + eye(p, 75, 43, 4.6, action)
        + shape("M64 48.5 h6 l-3 3.6Z", "#e5707e", p.line, 1)
        + f'<rect x="65" y="54.5" width="4.4" height="4.6" fill="#ffffff" stroke="{p.line}" stroke-width="1"/>'
        + lines("M56 52 l-9 -1 M56 55 l-9 2 M78 52 l9 -1 M78 55 l9 2", ink(p), 1.2)
    )
    haunch = lines("M28 82 C26 66 46 62 50 78 C51 84 48 87 46 88", mark(p), 2.2) + lines("M58 66 q3 4 2 8", mark(p), 1.6)
    toes = mass(p.line, ball(41, 91, 13, 4, p.light)) + mass(p.line, ball(68, 91.5, 8, 3.5, p.light)) if not moving else ""
    return f'<g transform="translate(2 0)">{tail}{mass(p.line, *feet, body)}{haunch}{toes}{shifted(face, low)}</g>'


@fitted(0.92, dx=1.2)
def elephant(p: Palette, action: str | None) -> str:
    """Pillars for legs, a great ear, tusk and trunk."""
    low = 18 if action == "sleep" else 0
    far, near = legs(action, hind=22, fore=54, top=62, width=14, near=p.main, far=p.dark, stride=13)
    tail = limb("M11 42 C3 48 4 58 5 64", 3, p.main)
    trunk = limb(f"M80 40 C90 52 80 66 84 {78 if low else 82} C86 {86 if low else 91} 95 {84 if low else 90} 94 78", 10, p.main)
    if low:
        trunk = limb("M80 40 C90 50 82 62 84 66 C86 72 92 71 94 68", 10, p.main)
    body = blob("M9 48 C9 30 28 23 46 25 C62 26 72 36 72 52 C72 68 68 74 58 74 L24 74 C12 72 9 62 9 48Z", BODY)
    head = ball(70, 36, 19, 18, p.main)
    ear = shape("M52 21 C36 17 31 42 40 56 C47 66 62 60 65 46 C67 34 66 24 52 21Z", p.light, p.line) + lines(
        "M46 32 q-4 10 1 19 M54 30 q-1 4 0 8", mark(p), 1.8
    )
    face = (
        ear
        + shape("M75 50 C76 60 84 65 93 60 C87 60 84 56 83 50Z", "#fff8e6", p.line, 1.6)
        + eye(p, 77, 33, 4.4, action)
        + lines("M84 56 h5 M83 63 h5 M82 70 h5" if not low else "M85 56 h4", ink(p), 1.5)
        + lines("M70 26 q4 -3 8 -1", ink(p), 1.4)
    )
    nails = (
        "".join(dot(x + dx, 93, 1.7, CREAM) for x in (22, 54) for dx in (-3.5, 0, 3.5)) if action not in ("sleep", "run", "jump") else ""
    )
    marks = lines("M18 62 q4 6 9 7 M16 40 q3 -6 9 -9", mark(p), 1.8)
    return mass(p.line, *far) + mass(p.line, *near, *lowered([tail, body, head, trunk], low)) + nails + shifted(marks + face, low)


def bear(p: Palette, action: str | None) -> str:
    """A big upright bear with round ears."""
    if action == "run":
        limbs = [
            limb("M30 58 L14 54", 14, p.main),
            limb("M70 58 L84 72", 14, p.main),
            limb("M38 80 L20 84", 16, p.main),
            limb("M60 82 L70 88", 16, p.main),
        ]
        soles = ""
    elif action == "jump":
        limbs = [
            limb("M30 56 L14 42", 14, p.main),
            limb("M70 56 L86 42", 14, p.main),
            limb("M38 82 L28 86", 16, p.main),
            limb("M62 82 L72 86", 16, p.main),
        ]
        soles = ""
    else:
        limbs = [
            limb("M30 56 L20 70", 14, p.main),
            limb("M70 56 L80 70", 14, p.main),
            ball(32, 88, 13, 7, p.main),
            ball(68, 88, 13, 7, p.main),
        ]
        soles = dot(30, 89, 6.5, p.light, 4) + dot(70, 89, 6.5, p.light, 4)
    low = 5 if action == "sleep" else 0
    ears = "".join(mass(p.line, ball(x, 13, 9, 9, p.main)) + dot(x, 13.5, 5, p.light) for x in (31, 69))
    head = (
        ears
        + mass(p.line, ball(50, 28, 24, 21, ROUND))
        + dot(50, 36, 11, p.light, 8.5)
        + eye(p, 40, 26, 4.6, action)
        + eye(p, 60, 26, 4.6, action)
        + dot(50, 32, 4.6, INK, 3.4)
        + lines("M50 35 v3 M44 38.5 q6 5 12 0", INK if not is_dark(p) else "#111113", 1.8)
    )
    fur = lines("M42 62 l2 4 l2 -4 M54 62 l2 4 l2 -4 M48 70 l2 4 l2 -4 M41 77 l2 4 l2 -4 M55 77 l2 4 l2 -4", mark(p), 1.5)
    body = ball(50, 69, 29, 26, BODY)
    belly = dot(50, 71, 17, p.light, 17)
    return mass(p.line, *limbs, body) + soles + belly + fur + shifted(head, low)


def fox(p: Palette, action: str | None) -> str:
    """Pointed snout and ears, white cheeks, a bushy tail with a white tip."""
    low = 18 if action == "sleep" else 0
    tip = "#fffaf0" if not is_pale(p) else "#b9bfc6"
    socks = p.dark if not is_dark(p) else p.light
    far, near = legs(action, hind=36, fore=64, top=66, width=7.5, near=p.main, far=p.dark, hoof=socks)
    tail = shape("M36 60 C26 74 8 72 4 54 C1 40 8 26 17 14 C27 26 31 40 27 48 C28 50 32 52 36 52Z", p.main, p.line) + shape(
        "M17 14 C23 21 27 29 28 36 L23 33 L20 39 L16 34 L11 38 L9 31 L7 32 C9 26 13 20 17 14Z", tip, p.line, 1.4
    )
    body = blob("M28 60 C28 50 40 48 52 50 C66 50 75 50 75 62 C74 74 66 76 56 74 L40 76 C30 77 27 70 28 60Z", BODY)
    chest = shape("M62 50 C66 60 70 66 76 60 C77 56 76 52 74 50Z", tip)
    head = [
        blob("M52 34 L52 9 Q53 6 56 8 L70 23Z", p.main),
        blob("M68 24 L79 8 Q82 6 83 10 L86 31Z", p.main),
        blob("M51 36 C52 20 76 17 84 29 C88 35 95 38 97 42 C98 46 88 54 74 54 C60 54 50 48 51 36Z", p.main),
    ]
    face = (
        shape("M97 42 C98 46 88 54 74 54 C62 54 53 50 51.5 42 C58 45 62 39 68 42 C74 46 84 42 88 39Z", tip)
        + lines("M54 9 L56 14 M80 9 L80 14", socks, 4)
        + shape("M56 27 L56.5 17 L63 24Z", ROSE)
        + shape("M74 24 L79 16 L81.5 26Z", ROSE)
        + eye(p, 74, 33, 4.5, action)
        + dot(95.5, 41.5, 3.3, INK)
        + lines("M90 48 q-6 2 -10 0", "#7a5a4a", 1.4)
    )
    return (
        mass(p.line, *far)
        + shifted(tail, low)
        + mass(p.line, *near, *lowered([body], low))
        + shifted(chest + mass(p.line, *head) + face, low)
    )


@fitted(0.97)
def hedgehog(p: Palette, action: str | None) -> str:
    """A dome of spines and a pointed face."""
    skin, shadow = "#f2d6ae", "#caa377"
    if action == "run":
        feet = [limb("M30 82 L20 90", 8, shadow), limb("M46 84 L54 91", 8, shadow), limb("M70 84 L82 91", 8, shadow)]
    elif action == "jump":
        feet = [limb("M30 82 L14 90", 8, shadow), limb("M70 82 L86 84", 8, shadow)]
    else:
        feet = [limb(f"M{x} 88 L{x + 4} 92", 6, shadow) for x in (26, 44, 70)]
    points = []
    spines = 15
    for k in range(2 * spines + 1):
        angle = math.radians(188 + (352 - 188) * k / (2 * spines))
        reach = 1.0 if k % 2 else 0.84
        points.append((44 + 42 * reach * math.cos(angle), 84 + 64 * reach * math.sin(angle)))
    dome = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points) + " L78 90 Q44 94 8 90Z"
    needles = []
    for row, (scale, count) in enumerate(((0.72, 9), (0.52, 7), (0.3, 5))):
        for k in range(count):
            angle = math.radians(196 + (330 - 196) * (k + 0.5 * (row % 2)) / (count - 1))
            x, y = 43 + 40 * scale * math.cos(angle), 86 + 64 * scale * math.sin(angle)
            needles.append(f"M{x:.1f} {y:.1f} l{6 * math.cos(angle):.1f} {8 * math.sin(angle):.1f}")
    lift = -9 if action in ("run", "jump") else 0
    face = (
        mass(p.line, blob("M64 66 C74 56 82 66 86 74 C90 79 96 79 97 83 C97 88 90 91 82 92 L66 92 C58 86 58 74 64 66Z", skin))
        + f'<circle cx="67" cy="66" r="6" fill="{shadow}" stroke="{p.line}" stroke-width="2"/>'
        + eye(p, 80, 76, 4.4, action, lid=shadow)
        + dot(95.5, 82, 3.6, INK)
        + lines("M90 88 q-5 2 -9 -1", "#7c5434", 1.7)
        + dot(76, 84, 3.4, ROSE, 2.4)
    )
    spines_lit, spines_dim = p.light if not is_pale(p) else mark(p), p.dark if not is_dark(p) else "#77777f"
    needle_lines = lines(" ".join(needles[0::2]), spines_lit, 2.2) + lines(" ".join(needles[1::2]), spines_dim, 2.2)
    return mass(p.line, *feet) + shifted(mass(p.line, blob(dome, BODY)) + needle_lines + face, lift)


SPRITES: dict[str, Sprite] = {
    "cat": cat, "dog": dog, "horse": horse, "cow": cow, "sheep": sheep, "pig": pig, "rabbit": rabbit, "elephant": elephant,
    "bear": bear, "fox": fox, "hedgehog": hedgehog,
}  # fmt: skip
