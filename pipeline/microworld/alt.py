"""Alt texts as the web has them: short, partial, sometimes missing, foreign, wrong or junk."""

from __future__ import annotations

import random

from pipeline.microworld.faults import WebFaults
from pipeline.microworld.grammar import LANGUAGES, describe, en
from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import Scene, sample_scene

_JUNK = (
    "IMG_{n}.JPG", "DSC0{n}", "image{n}", "untitled-{n}", "photo", "Buy now - free shipping over $25!", "1080x1080 HD wallpaper {n}",
    "https://example.com/pic?id={n}", "logo", "banner_{n}_final_v2",
)  # fmt: skip
_FRAMES = ("{}", "{}", "{}", "Photo: {}", "{} - stock image", "{} | gallery", "A picture of {}")


def alt_text(index: int, scene: int) -> tuple[str | None, str]:
    """The alt text of a row of the image list, and what is wrong with it: sound, missing, junk, foreign or wrong.

    Args:
        index: row of the list.
        scene: number of the scene that the row's picture shows.
    """
    rng = random.Random(f"alt-{index}-{scene}")
    draw, low = rng.random(), 0.0
    for kind in ("missing", "junk", "foreign", "wrong"):
        low += getattr(WebFaults, f"alt_{kind}")
        if draw < low:
            break
    else:
        kind = "sound"
    if kind == "missing":
        return None, kind
    if kind == "junk":
        return rng.choice(_JUNK).format(n=rng.randrange(100, 9999)), kind
    shown = sample_scene(scene + 7 if kind == "wrong" else scene)
    if kind == "foreign":
        lang = rng.choice(LANGUAGES[1:])
        return describe(lang, [Sentence("show", a=shown.groups[0], place=shown.place)]), kind
    return rng.choice(_FRAMES).format(_short(shown, rng)), kind


def _short(scene: Scene, rng: random.Random) -> str:
    """A few words about a part of what is to be seen."""
    first, second = scene.groups[:2]
    words = rng.choice(
        (
            en.noun(first.noun, first.count),
            f"{first.colour} {en.noun(first.noun, first.count)}",
            en.indefinite(first),
            f"{en.noun(first.noun, first.count)} and {en.noun(second.noun, second.count)}",
            f"{en.indefinite(first)} and {en.indefinite(second)} {en.PLACE[scene.place]}",
            f"{en.noun(second.noun, second.count)} {en.PLACE[scene.place]}",
        )
    )
    return words if rng.random() < 0.5 else words[0].upper() + words[1:]
