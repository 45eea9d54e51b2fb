"""Alt texts as the web has them: short, partial, sometimes missing, foreign, wrong or junk."""

from __future__ import annotations

import random
from importlib import import_module

from pipeline.microworld.faults import WebFaults
from pipeline.microworld.grammar import LANGUAGES, describe, en
from pipeline.microworld.grammar.plan import free_caption
from pipeline.microworld.scenes import Group, Scene, sample_scene

KINDS = ("sound", "partial", "missing", "junk", "foreign", "wrong")
"""``sound`` and ``partial`` are right; a partial one names one thing of several."""

_JUNK = (
    "IMG_{n}.JPG", "DSC0{n}.jpg", "image{m}", "untitled-{m}", "photo", "Buy now - free shipping over $25!", "1080x1080 HD wallpaper {n}",
    "https://example.com/pic?id={n}", "logo", "banner_{m}_final_v2.png", "Click to enlarge", "SALE -{m}% today only", "Slide {m} of 30",
    "thumbnail", "avatar of user {n}", "Loading...",
)  # fmt: skip
_FRAMES = (
    "{}", "{}", "{}", "{}", "Photo: {}", "{} - stock image", "{} | gallery", "A picture of {}", "{} (HD)", "{}, free download",
    "Stock photo of {}", "{}...",
)  # fmt: skip


def alt_text(index: int, scene: int) -> tuple[str | None, str]:
    """The alt text of a row of the image list, and its kind, one of `KINDS`.

    Args:
        index: row of the list.
        scene: number of the scene that the row's picture should show.
    """
    rng = random.Random(f"alt-{index}-{scene}")
    draw, low = rng.random(), 0.0
    for kind in ("missing", "junk", "foreign", "wrong"):
        low += getattr(WebFaults, f"alt_{kind}")
        if draw < low:
            break
    else:
        kind = ""
    if kind == "missing":
        return None, kind
    if kind == "junk":
        return rng.choice(_JUNK).format(n=rng.randrange(1000, 10_000), m=rng.randrange(1, 30)), kind
    shown = sample_scene(scene)
    if kind == "foreign":
        return _foreign(shown, rng), kind
    words, names_one = _english(_other_scene(shown) if kind == "wrong" else shown, rng)
    return rng.choice(_FRAMES).format(words), kind or ("partial" if names_one else "sound")


def _other_scene(shown: Scene) -> Scene:
    """The next scene that has none of the things shown."""
    nouns, other = {group.noun for group in shown.groups}, sample_scene(shown.seed + 7)
    while nouns & {group.noun for group in other.groups}:
        other = sample_scene(other.seed + 1)
    return other


def _english(scene: Scene, rng: random.Random) -> tuple[str, bool]:
    """A few words about a scene, and whether they name one thing only."""
    first, second = scene.groups[:2]
    names = [en.noun(group.noun, group.count) for group in scene.groups]
    one = (
        names[0],
        _bare(first),
        en.indefinite(first),
        f"{_bare(first)} {en.PLACE[scene.place]}",
        f"{en.DOING[first.action]} {names[0]}" if first.action else names[1],
    )
    several = (
        f"{names[0]} and {names[1]}",
        f"{_bare(first)} with {en.indefinite(second)}",
        f"{en.indefinite(first)} and {en.indefinite(second)} {en.PLACE[scene.place]}",
        ", ".join([*names, scene.place]),
    )
    draw = rng.random()
    if draw < 0.4:
        words, names_one = rng.choice(one), True
    elif draw < 0.85:
        words, names_one = rng.choice(several), False
    else:
        sentence = free_caption(scene, f"alt-{rng.randrange(1 << 20)}")[0]
        words, names_one = describe("en", [sentence]).removesuffix("."), sentence.b is None
    case = rng.random()
    if case < 0.4:
        words = words[0].upper() + words[1:]
    elif case < 0.5:
        words = words.title()
    return words, names_one


def _bare(group: Group) -> str:
    """As people label pictures: "red cat", "two small dogs", "girl in blue"."""
    words = en.indefinite(group)
    return words.split(" ", 1)[1] if group.count == 1 else words


def _foreign(scene: Scene, rng: random.Random) -> str:
    lang = rng.choice([other for other in LANGUAGES if other != "en"])
    if rng.random() < 0.4:
        sentence = describe(lang, free_caption(scene, f"alt-{rng.randrange(1 << 20)}")[:1])
        return sentence.rstrip(".。")
    group = scene.groups[0]
    words: str = import_module(f"pipeline.microworld.grammar.{lang}").indefinite(group)
    # Where there is an article, a label goes without: "rote Katze", "chat rouge".
    return words.split(" ", 1)[1] if group.count == 1 and lang in ("de", "fr", "es") else words
