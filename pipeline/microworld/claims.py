"""Holds what a text states against the facts of a scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.microworld.grammar import en
from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import Scene

KINDS = ("object", "colour", "count", "relation", "action", "place", "light")
"""Kinds of statement. Colour and count are only judged of things that are there."""


@dataclass
class Tally:
    """How many statements of each kind were made and how many of them hold."""

    stated: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def add(self, kind: str, holds: bool) -> None:
        self.stated[kind] += 1
        self.right[kind] += holds

    def __add__(self, other: Tally) -> Tally:
        return Tally(*({kind: mine[kind] + theirs[kind] for kind in KINDS} for mine, theirs in self._pairs(other)))

    def _pairs(self, other: Tally) -> Iterable[tuple[dict[str, int], dict[str, int]]]:
        return ((self.stated, other.stated), (self.right, other.right))

    def share(self, kind: str) -> float:
        """Precision of one kind of statement; NaN where none was made."""
        return self.right[kind] / self.stated[kind] if self.stated[kind] else float("nan")

    @property
    def true(self) -> bool:
        """Whether every statement holds."""
        return self.stated == self.right


def check(sentences: Sequence[Sentence], scene: Scene) -> Tally:
    """Every statement of a caption, given as facts, against the scene."""
    tally = Tally()
    truth = {group.noun: group for group in scene.groups}
    for sentence in sentences:
        for group in (sentence.a, sentence.b):
            if group is None:
                continue
            tally.add("object", group.noun in truth)
            if group.noun not in truth:
                continue
            if group.colour:
                tally.add("colour", group.colour == truth[group.noun].colour)
                tally.add("count", group.count == truth[group.noun].count)
            if group.action:
                tally.add("action", group.action == truth[group.noun].action)
        if sentence.relation and sentence.a and sentence.b:
            subject, anchor = (sentence.b, sentence.a) if sentence.kind == "locate" else (sentence.a, sentence.b)
            tally.add("relation", scene.holds(subject.noun, sentence.relation, anchor.noun))
        if sentence.place:
            tally.add("place", sentence.place == scene.place)
        if sentence.light:
            tally.add("light", sentence.light == scene.light)
    return tally


def check_captions(texts: Sequence[str], scenes: Sequence[Scene]) -> tuple[Tally, int]:
    """English captions against their scenes: the tally of those that `en.parse` can read, and how many those are."""
    tally, readable = Tally(), 0
    for text, scene in zip(texts, scenes, strict=True):
        sentences = en.parse(text)
        if sentences is not None:
            tally, readable = tally + check(sentences, scene), readable + 1
    return tally, readable
