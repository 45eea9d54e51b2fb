"""Scenes of the microworld: what there is, where, how many, in which light.

A `Scene` is a set of facts and nothing else; `render` draws it and `grammar` describes it. Scenes are a pure function of
an integer seed, so that a world of any size is named by a range of integers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

ANIMALS = (
    "cat", "dog", "horse", "cow", "sheep", "pig", "rabbit", "elephant", "duck", "owl", "frog", "turtle", "bear", "fox",
    "hedgehog", "snail", "penguin", "hen", "butterfly",
)  # fmt: skip
PEOPLE = ("man", "woman", "boy", "girl", "robot", "snowman")
VEHICLES = ("car", "bus", "truck", "bicycle", "tractor", "boat", "train", "airplane")
BUILDINGS = ("house", "tower", "tent", "windmill", "lighthouse", "church")
PLANTS = ("tree", "flower", "mushroom", "cactus", "bush", "pumpkin")
FOOD = ("apple", "pear", "banana", "cake", "pizza", "carrot", "strawberry", "ice_cream")
THINGS = (
    "chair", "table", "lamp", "book", "cup", "umbrella", "ball", "balloon", "kite", "clock", "suitcase", "hat", "guitar",
    "bottle", "bench", "bucket",
)  # fmt: skip
NOUNS = ANIMALS + PEOPLE + VEHICLES + BUILDINGS + PLANTS + FOOD + THINGS

CLOTHED = frozenset({"man", "woman", "boy", "girl"})
"""Nouns whose colour is that of their clothes: "a man in red"."""
AIRBORNE = ("butterfly", "airplane", "balloon", "kite")
"""Nouns that hang in the air, and are the only ones found above others."""
ANIMATE = frozenset(ANIMALS) | frozenset(PEOPLE)

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")
SIZES = ("small", "big")
ACTIONS = ("sleep", "run", "jump", "wave", "read")
"""Everything animate sleeps, runs and jumps (butterflies do nothing); only people wave and read."""
PLACES = (
    "meadow", "forest", "beach", "desert", "mountains", "street", "park", "farm", "lake", "snow", "room", "kitchen",
)  # fmt: skip
INDOORS = frozenset({"room", "kitchen"})
LIGHTS = ("sun", "sunset", "night", "rain", "fog")
RELATIONS = ("left_of", "right_of", "in_front_of", "behind", "above", "below")
INVERSE = {
    "left_of": "right_of", "right_of": "left_of", "in_front_of": "behind", "behind": "in_front_of", "above": "below", "below": "above",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """One to four copies of one thing, alike in colour, size and action."""

    noun: str
    colour: str
    count: int = 1
    size: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class Relation:
    """``groups[subject]`` stands in relation ``name`` to ``groups[anchor]``."""

    subject: int
    name: str
    anchor: int


@dataclass(frozen=True)
class Scene:
    """Facts of one picture. ``groups`` holds two or three groups of distinct nouns; ``relations`` says how they stand.

    Layouts: the first group is left of the second, in front of it or below it; the third, where there is one, is right
    of both, or above or behind one of them.
    """

    seed: int
    place: str
    light: str
    groups: tuple[Group, ...]
    relations: tuple[Relation, ...]

    def holds(self, subject: str, relation: str, anchor: str) -> bool:
        """Whether the scene's facts contain the relation between two nouns, in either direction of speech."""
        index = {group.noun: number for number, group in enumerate(self.groups)}
        if subject not in index or anchor not in index:
            return False
        wanted = Relation(index[subject], relation, index[anchor])
        return wanted in self.relations or Relation(wanted.anchor, INVERSE[relation], wanted.subject) in self.relations


def sample_scene(seed: int) -> Scene:
    """The scene with this number; equal numbers give equal scenes on every machine."""
    rng = random.Random(f"scene-{seed}")
    place = rng.choice(PLACES)
    light = rng.choice(LIGHTS)
    three = rng.random() < 0.5
    first_layout = rng.choices(("left_of", "in_front_of", "below"), (0.7, 0.18, 0.12))[0]
    third_layout = "right_of" if first_layout == "left_of" and rng.random() < 0.6 else "other"

    taken: set[str] = set()
    ground = [noun for noun in NOUNS if noun not in AIRBORNE]
    budget = 8  # copies in the whole picture: more of them could not be told apart

    def group(pool: list[str] | tuple[str, ...], most: int = 4) -> Group:
        nonlocal budget
        noun = rng.choice([candidate for candidate in pool if candidate not in taken])
        taken.add(noun)
        count = min(rng.choices((1, 2, 3, 4), (0.5, 0.22, 0.16, 0.12))[0], most, max(1, budget - 1))
        budget -= count
        size = rng.choice(SIZES) if count <= 2 and noun not in CLOTHED and rng.random() < 0.3 else None
        action = None
        if noun in ANIMATE and noun != "butterfly" and rng.random() < 0.5:
            action = rng.choice(ACTIONS if noun in PEOPLE else ACTIONS[:3])
        return Group(noun, rng.choice(COLOURS), count, size, action)

    everything = list(NOUNS) if first_layout == "left_of" else ground
    first = group(everything, most=2 if first_layout == "in_front_of" else 4)
    second = group(AIRBORNE, most=3) if first_layout == "below" else group(ground if first_layout != "left_of" else everything)
    groups, relations = [first, second], [Relation(0, first_layout, 1)]
    if three:
        if first_layout != "left_of":
            groups.append(group(ground, most=3))
            relations += [Relation(2, "right_of", 0), Relation(2, "right_of", 1)]
        elif third_layout == "right_of":
            groups.append(group(everything, most=3))
            relations += [Relation(2, "right_of", 1), Relation(2, "right_of", 0)]
        else:
            anchors = [number for number in (0, 1) if groups[number].noun not in AIRBORNE and groups[number].action != "jump"]
            if anchors:
                anchor = rng.choice(anchors)
                above = rng.random() < 0.5
                groups.append(group(AIRBORNE, most=2) if above else group(ground, most=2))
                relations.append(Relation(2, "above" if above else "behind", anchor))
                other = 1 - anchor
                relations.append(Relation(2, "left_of" if anchor == 0 else "right_of", other))
    return Scene(seed, place, light, tuple(groups), tuple(relations))
