"""What a caption says before any language says it: sentences as facts, and plans that choose them from a scene.

The kinds of sentence, with the fields that each uses (``variant`` picks one of `VARIANTS` phrasings; the n-th phrasing
means the same in every language, so that a translation is a function of the sentence):

========== ======================================================= ==================================================
kind       fields                                                  English, phrasing 0
========== ======================================================= ==================================================
show       a, b or None, place, light or None                      The image shows a red cat and two dogs in the park.
exist      a, place, light or None                                 There is a red cat in the park at night.
act        a (with action), place, light or None                   A red cat is sleeping in the park at night.
relate     a, relation, b, place or None; the action of a is said  A red cat is sleeping to the left of a blue chair.
locate     a (known already: "the cat"), relation, b (new)         There is a blue chair to the left of the cat.
compare    a, relation, b (both known already)                     The cat is to the left of the chair.
do         a (known already, with action)                          The cat is sleeping.
light      light                                                   It is night.
========== ======================================================= ==================================================

In ``relate`` and ``compare`` a stands in the relation to b ("a is left of b"); in ``locate`` it is b, the new thing,
that stands in the relation to a. Only ``relate`` and ``act`` state the action of a noun phrase.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pipeline.microworld.scenes import INVERSE, Group, Scene

VARIANTS = {"show": 2, "exist": 2, "act": 2, "relate": 3, "locate": 3, "compare": 1, "do": 1, "light": 2}
"""Phrasings a kind of sentence, the same number in every language."""


@dataclass(frozen=True)
class Sentence:
    """One sentence as facts; see the module for the fields that each kind uses."""

    kind: str
    variant: int = 0
    a: Group | None = None
    b: Group | None = None
    relation: str | None = None
    place: str | None = None
    light: str | None = None


def plan_caption(scene: Scene, rng: random.Random, most: int = 4) -> tuple[Sentence, ...]:
    """One to ``most`` sentences, all true of the scene; the first one can stand alone as a short caption."""
    groups, place = scene.groups, scene.place
    stated = [relation for relation in scene.relations if relation.anchor < relation.subject or relation.subject == 0]
    first_second = stated[0]

    def sentence(kind: str, **facts: object) -> Sentence:
        return Sentence(kind, rng.randrange(VARIANTS[kind]), **facts)  # type: ignore[arg-type]

    with_light = scene.light if rng.random() < 0.25 else None
    opening = rng.choice(("show", "show", "exist", "act", "relate"))
    if opening == "act" and not groups[0].action:
        opening = "exist"
    sentences: list[Sentence] = []
    if opening == "show":
        sentences.append(sentence("show", a=groups[0], b=groups[1], place=place, light=with_light))
        sentences.append(sentence("compare", a=groups[0], relation=first_second.name, b=groups[1]))
    elif opening == "relate":
        sentences.append(sentence("relate", a=groups[0], relation=first_second.name, b=groups[1], place=place))
        with_light = None
    else:
        sentences.append(sentence(opening, a=groups[0], place=place, light=with_light))
        sentences.append(sentence("locate", a=groups[0], relation=INVERSE[first_second.name], b=groups[1]))

    rest: list[Sentence] = []
    if len(groups) == 3:
        third = next(relation for relation in scene.relations if relation.subject == 2)
        rest.append(sentence("locate", a=groups[third.anchor], relation=third.name, b=groups[2]))
    known = groups[:2] if opening in ("show", "exist") else groups[1:2]
    rest += [sentence("do", a=group) for group in known if group.action]
    if not with_light:
        rest.append(sentence("light", light=scene.light))
    return tuple((sentences + rest)[:most])


def usual_caption(scene: Scene) -> tuple[Sentence, ...]:
    """The plan that the demo captioner is taught: as long as it gets, with phrasings that follow from the first noun.

    A captioner decodes the likeliest words; were the phrasing free, it would use one for all pictures.
    """
    return plan_caption(scene, random.Random(f"usual-{scene.groups[0].noun}"))


def free_caption(scene: Scene, salt: str = "") -> tuple[Sentence, ...]:
    """A plan of one to four sentences with phrasings drawn by the scene's seed and ``salt``."""
    rng = random.Random(f"free-{salt}-{scene.seed}")
    return plan_caption(scene, rng, most=rng.choices((1, 2, 3, 4), (0.25, 0.25, 0.3, 0.2))[0])
