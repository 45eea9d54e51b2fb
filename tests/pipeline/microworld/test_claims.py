import math
from dataclasses import replace

from pipeline.microworld.claims import Tally, check, check_captions
from pipeline.microworld.grammar import describe, en
from pipeline.microworld.grammar.plan import free_caption, usual_caption
from pipeline.microworld.scenes import COLOURS, LIGHTS, NOUNS, PLACES, Scene, sample_scene


def other(value: str, values) -> str:
    return next(name for name in values if name != value)


def damaged(scene: Scene, **changes: object) -> Scene:
    """The scene with another first group."""
    return replace(scene, groups=(replace(scene.groups[0], **changes), *scene.groups[1:]))  # type: ignore[arg-type]


def test_captions_of_a_scene_are_true_of_it() -> None:
    for seed in range(400):
        scene = sample_scene(seed)
        for plan in (usual_caption(scene), free_caption(scene, "x")):
            tally = check(plan, scene)
            assert tally.true and sum(tally.stated.values()) > 0
            read, readable = check_captions([describe("en", plan)], [scene])
            assert readable == 1 and read.true and read.stated["object"] == tally.stated["object"]


def test_each_kind_of_mistake_is_counted_as_that_kind() -> None:
    for seed in range(200):
        scene = sample_scene(seed)
        plan, first = usual_caption(scene), scene.groups[0]
        nouns = {group.noun for group in scene.groups}
        wrong = {
            "colour": damaged(scene, colour=other(first.colour, COLOURS)),
            "count": damaged(scene, count=first.count % 4 + 1),
            "place": replace(scene, place=other(scene.place, PLACES)),
            "light": replace(scene, light=other(scene.light, LIGHTS)),
            "object": damaged(scene, noun=next(noun for noun in NOUNS if noun not in nouns)),
        }
        true = check(plan, scene)
        for kind, world in wrong.items():
            tally = check(plan, world)
            false = {name for name in tally.stated if tally.stated[name] != tally.right[name]}
            if true.stated[kind]:
                assert kind in false, (seed, kind)
            assert false <= {kind, *(("relation",) if kind == "object" else ())}


def test_tallies_add_up() -> None:
    left, right = Tally(), Tally()
    left.add("object", True)
    right.add("object", False)
    right.add("place", True)
    both = left + right
    assert (both.stated["object"], both.right["object"], both.share("object"), both.share("place")) == (2, 1, 0.5, 1.0)
    assert math.isnan(both.share("light"))
    assert left.true and not both.true


def test_what_the_grammar_cannot_have_written_is_unreadable() -> None:
    assert en.parse("A quick brown fox jumps over the lazy dog.") is None
    assert check_captions(["A dog dog."], [sample_scene(1)]) == (Tally(), 0)
