"""How a human figure is put together and how it moves: arms and legs in six poses, face, hands, shoes, a book."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.microworld.palette import Palette
from pipeline.microworld.sprites.strokes import INK, Point, ball, dot, joints, limb, lines, mass, mirrored, scaled, shape

SKIN, SKIN_LINE, BLUSH, SHOE = "#f6c9a0", "#7a4a33", "#f0a08c", "#4b3a36"


@dataclass(frozen=True)
class Build:
    """Measures of a body in the 100 x 100 box; all widths are halves about the middle."""

    head: float  # y of the middle of the face
    face: float  # radius
    shoulder: float  # y
    breadth: float
    hem: float  # y where legs come out of the clothes
    hip: float
    arm: float  # length
    sleeve: float  # thickness
    leg: float  # thickness
    skirt: bool = False


def arm_paths(b: Build, action: str | None) -> tuple[list[Point], list[Point]]:
    """Shoulder, elbow and hand of the arm on the left of the picture and of the one on the right."""
    y, w, arm = b.shoulder + b.sleeve / 2, b.breadth - b.sleeve / 2 + 1, b.arm
    left = [(50 - w, y), (50 - w - 0.2 * arm, y + 0.5 * arm), (50 - w - 0.22 * arm, y + arm)]
    right = [(100 - x, v) for x, v in left]
    if action == "wave":
        right = [(50 + w, y), (50 + w + 0.5 * arm, y - 0.05 * arm), (50 + w + 0.62 * arm, y - 0.52 * arm)]
    elif action == "read":
        left = [(50 - w, y), (50 - w - 0.16 * arm, y + 0.5 * arm), (50 - 0.54 * arm, y + 0.46 * arm)]
        right = [(100 - x, v) for x, v in left]
    elif action == "run":
        left = [(50 - w, y), (50 - w - 0.45 * arm, y + 0.3 * arm), (50 - w - 0.62 * arm, y + 0.75 * arm)]
        right = [(50 + w, y), (50 + w + 0.35 * arm, y + 0.42 * arm), (50 + w + 0.72 * arm, y + 0.1 * arm)]
    elif action == "jump":
        left = [(50 - w, y), (50 - w - 0.45 * arm, y - 0.15 * arm), (50 - w - 0.7 * arm, y - 0.6 * arm)]
        right = [(100 - x, v) for x, v in left]
    return left, right


def leg_paths(b: Build, action: str | None) -> tuple[list[Point], list[Point]]:
    """Hip, knee and ankle of the left and of the right leg."""
    y, ankle, x = b.hem - (16 if b.skirt and action in ("run", "jump") else 3), 93 - b.leg / 2, b.hip
    length = ankle - y
    if action == "run":
        left = [(50 - x, y), (50 - x - 0.2 * length, y + 0.55 * length), (50 - x - 0.85 * length, y + 0.62 * length)]
        right = [(50 + x, y), (50 + x + 0.45 * length, y + 0.42 * length), (50 + x + 0.6 * length, ankle)]
        return left, right
    if action == "jump":
        left = [(50 - x, y), (50 - x - 0.4 * length, y + 0.38 * length), (50 - x - 0.22 * length, y + 0.8 * length)]
        return left, [(100 - u, v) for u, v in left]
    return [(50 - x, y), (50 - x, ankle)], [(50 + x, y), (50 + x, ankle)]


def hand(point: Point, b: Build, open_: bool) -> str:
    """A fist, or a raised palm with its fingers spread."""
    x, y = point
    r = 0.5 * b.sleeve
    fingers = [
        limb(f"M{x:g} {y:g} l{dx * r:.1f} {dy * r:.1f}", 0.55 * r, SKIN) for dx, dy in ((-1.5, -0.5), (-0.7, -1.8), (0.2, -2), (1, -1.7))
    ]
    return mass(SKIN_LINE, *(fingers if open_ else []), ball(x, y, r, r, SKIN))


def shoe(path: list[Point], b: Build) -> str:
    """A shoe at the end of a leg, pointing outwards, or down where the leg is thrown back."""
    (x0, _), (x, y) = path[-2:]
    kicked = y < 85 and x < x0 - 4
    turn = 78 if kicked else 0
    side = 1 if x >= 50 or kicked else -1
    width = b.leg * 0.85 + 1.5
    place = f"translate({x:.1f} {y:.1f}) rotate({turn}) scale({side} 1) translate(0 {b.leg / 2 - 2:g})"
    d = f"M{-0.62 * b.leg:.1f} -1.5 H{0.5 * b.leg:.1f} Q{width + 1:.1f} 0 {width + 1:.1f} 5 H{-0.62 * b.leg:.1f}Z"
    return f'<path transform="{place}" d="{d}" fill="{SHOE}" stroke="{INK}" stroke-width="2" stroke-linejoin="round"/>'


def face(b: Build, action: str | None) -> str:
    """Head, eyes, mouth; looks a little to the right, and down at a book."""
    y, r = b.head, b.face
    look = 0.12 * r if action != "read" else 0
    low = 0.14 * r if action == "read" else 0
    eyes = ""
    for side in (-1, 1):
        x = 50 + look + side * 0.4 * r
        if action == "sleep":
            eyes += lines(f"M{x - 0.2 * r:.1f} {y + 0.02 * r:.1f} q{0.2 * r:.1f} {0.26 * r:.1f} {0.4 * r:.1f} 0", INK, 1.7)
        else:
            eyes += dot(x, y + low, 0.14 * r, INK, 0.19 * r) + dot(x + 0.05 * r, y + low - 0.07 * r, 0.05 * r, "#ffffff")
    smile = f"M{50 + look - 0.26 * r:.1f} {y + 0.46 * r:.1f} q{0.26 * r:.1f} {0.28 * r:.1f} {0.52 * r:.1f} 0"
    cheeks = dot(50 + look - 0.62 * r, y + 0.36 * r, 0.17 * r, BLUSH, 0.12 * r) + dot(
        50 + look + 0.62 * r, y + 0.36 * r, 0.17 * r, BLUSH, 0.12 * r
    )
    ears = ball(50 - r, y + 0.1 * r, 0.18 * r, 0.24 * r, SKIN), ball(50 + r, y + 0.1 * r, 0.18 * r, 0.24 * r, SKIN)
    return mass(SKIN_LINE, *ears, ball(50, y, r, 1.05 * r, SKIN)) + cheeks + eyes + lines(smile, "#a3433c", 1.6)


def book(y: float, size: float) -> str:
    """An open white book, ``size`` wide, its upper edge at ``y``."""
    cover = "M50 3 C44 -1 36 -1 34 0 V15 C43 13.5 47 16 50 19Z"
    page = "M50 1.5 C44 -3 36 -3 36 -2 V11.5 C42 10 47 13 50 16Z"
    side = (
        shape(cover, "#6b4a3a", INK, 1.6)
        + shape(page, "#fffdf6", "#6d665c", 1.4)
        + lines("M39 2 Q43 1 47 5 M39 6 Q43 5 47 9", "#b9b2a4", 1)
    )
    return scaled(side + mirrored(side) + lines("M50 2 V16", "#6d665c", 1.4), size / 32, y=0, dy=y)


def person(p: Palette, action: str | None, b: Build, behind: str, clothes: str, hair: str, trousers: float, legwear: str) -> str:
    """Puts a figure together, from the back to the front.

    Args:
        behind: what hangs behind the body, such as long hair.
        clothes: trunk, drawn over the hips.
        hair: what is drawn over the face.
        trousers: share of the leg that is covered, from the hip down.
        legwear: its fill.
    """
    left_leg, right_leg = leg_paths(b, action)
    left_arm, right_arm = arm_paths(b, action)
    legs = ""
    for path in (left_leg, right_leg):
        legs += mass(SKIN_LINE, limb(joints(path), b.leg - 1, SKIN)) if trousers < 1 else ""
        if trousers:
            cut = path
            if trousers < 1:
                (x0, y0), (x1, y1) = path[:2]
                reach = trousers if len(path) == 2 else min(1.0, trousers * 1.7)
                cut = [(x0, y0), (x0 + reach * (x1 - x0), y0 + reach * (y1 - y0))]
            legs += mass(p.line, limb(joints(cut), b.leg, legwear))
        legs += shoe(path, b)

    def arm(path: list[Point]) -> str:
        return mass(p.line, limb(joints(path), b.sleeve, p.main))

    hands = hand(left_arm[-1], b, False) + hand(right_arm[-1], b, action == "wave")
    neck = mass(SKIN_LINE, limb(f"M50 {b.head + b.face - 2:g} V{b.shoulder + 2:g}", 0.6 * b.face, SKIN))
    head = face(b, action) + hair
    if action == "read":
        y = b.shoulder + b.sleeve / 2 + 0.13 * b.arm
        return behind + legs + neck + clothes + head + arm(left_arm) + arm(right_arm) + book(y, 1.08 * b.arm) + hands
    return behind + legs + neck + arm(left_arm) + arm(right_arm) + hands + clothes + head
