"""English: the language that the captioner writes, so the one that can also be read back into facts (`parse`)."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import ACTIONS, CLOTHED, COLOURS, NOUNS, SIZES, Group

PLURALS = {
    "sheep": "sheep", "man": "men", "woman": "women", "snowman": "snowmen", "bus": "buses", "church": "churches", "bench": "benches",
    "bush": "bushes", "butterfly": "butterflies", "strawberry": "strawberries", "cactus": "cactuses", "fox": "foxes",
    "ice_cream": "ice creams",
}  # fmt: skip
NUMBERS = {2: "two", 3: "three", 4: "four"}
DOING = {"sleep": "sleeping", "run": "running", "jump": "jumping", "wave": "waving", "read": "reading"}
PLACE = {
    "meadow": "in the meadow", "forest": "in the forest", "beach": "on the beach", "desert": "in the desert",
    "mountains": "in the mountains", "street": "on the street", "park": "in the park", "farm": "on the farm", "lake": "by the lake",
    "snow": "in the snow", "room": "in the living room", "kitchen": "in the kitchen",
}  # fmt: skip
LIGHT = {
    "sun": "on a sunny day", "sunset": "at sunset", "night": "at night", "rain": "on a rainy day", "fog": "on a foggy day",
}  # fmt: skip
WEATHER = {
    "sun": ("It is a sunny day.", "The sun is shining."), "sunset": ("The sun is setting.", "It is getting dark."),
    "night": ("It is night.", "It is dark outside."), "rain": ("It is raining.", "It is a rainy day."),
    "fog": ("It is foggy.", "There is fog in the air."),
}  # fmt: skip
RELATION = {
    "left_of": "to the left of", "right_of": "to the right of", "in_front_of": "in front of", "behind": "behind", "above": "above",
    "below": "below",
}  # fmt: skip


def noun(name: str, count: int) -> str:
    singular = name.replace("_", " ")
    return singular if count == 1 else PLURALS.get(name, singular + "s")


def indefinite(group: Group) -> str:
    """The first mention: "two small red cats", "an orange ball", "a man in blue"."""
    words = [group.size] if group.size else []
    if group.noun in CLOTHED:
        words += [noun(group.noun, group.count), "in", group.colour]
    else:
        words += [group.colour, noun(group.noun, group.count)]
    article = NUMBERS.get(group.count) or ("an" if words[0][0] in "aeiou" else "a")
    return " ".join([article, *words])


def definite(group: Group) -> str:
    """The later mention: "the cats"; where the plural looks like the singular, with its number: "the two sheep"."""
    plural = noun(group.noun, group.count)
    if group.count > 1 and plural == noun(group.noun, 1):
        return f"the {NUMBERS[group.count]} {plural}"
    return f"the {plural}"


def realise(sentence: Sentence) -> str:
    """The sentence in English, capitalised and with its full stop."""
    a, b = sentence.a, sentence.b
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    relation = RELATION[sentence.relation] if sentence.relation else ""
    variant = sentence.variant
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    is_a = "is" if a.count == 1 else "are"
    doing = DOING[a.action] if a.action else ""
    match sentence.kind:
        case "show":
            seen = indefinite(a) + (f" and {indefinite(b)}" if b else "")
            words = [("the image shows", "in the picture you can see")[variant], seen, place, light]
        case "exist":
            words = ["there", is_a, indefinite(a), place, light] if variant == 0 else [place, "there", is_a, indefinite(a), light]
        case "act":
            words = [indefinite(a), is_a, doing, place, light] if variant == 0 else [place, indefinite(a), is_a, doing, light]
        case "relate":
            assert b
            if variant == 0:
                words = [indefinite(a), is_a, doing, relation, indefinite(b), place]
            elif variant == 1:
                words = [place, indefinite(a), is_a, doing, relation, indefinite(b)]
            else:
                words = ["you can see", indefinite(a), doing, relation, indefinite(b), place]
        case "locate":
            assert b
            is_b = "is" if b.count == 1 else "are"
            if variant == 0:
                words = ["there", is_b, indefinite(b), relation, definite(a)]
            elif variant == 1:
                words = [relation, definite(a), "there", is_b, indefinite(b)]
            else:
                words = [indefinite(b), is_b, relation, definite(a)]
        case "compare":
            assert b
            words = [definite(a), is_a, relation, definite(b)]
        case "do":
            words = [definite(a), is_a, doing]
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:] + "."


def _any(words: object, name: str) -> str:
    ordered = sorted(words, key=len, reverse=True)  # type: ignore[call-overload]
    return f"(?P<{name}>{'|'.join(re.escape(word) for word in ordered)})"


_NOUN_OF = {noun(name, count): (name, count > 1) for name in NOUNS for count in (2, 1)}
_COUNT_OF = {"a": 1, "an": 1, **{word: count for count, word in NUMBERS.items()}}


def _indefinite_pattern(tag: str) -> str:
    nouns, colours = _any(_NOUN_OF, f"noun_{tag}"), _any(COLOURS, f"colour_{tag}")
    people = f"(?P<person_{tag}>{'|'.join(noun(name, count) for name in sorted(CLOTHED) for count in (1, 2))})"
    clothes = f"(?P<clothes_{tag}>{'|'.join(COLOURS)})"
    return f"{_any(_COUNT_OF, f'count_{tag}')} (?:{_any(SIZES, f'size_{tag}')} )?(?:{people} in {clothes}|{colours} {nouns})"


_A, _B = _indefinite_pattern("a"), _indefinite_pattern("b")
_THE_A, _THE_B = (f"the (?:{_any(NUMBERS.values(), f'count_{tag}')} )?{_any(_NOUN_OF, f'noun_{tag}')}" for tag in "ab")
_IS, _REL, _DOING = "(?:is|are)", _any(RELATION.values(), "relation"), _any(DOING.values(), "doing")
_AT, _LIGHT = _any(PLACE.values(), "place"), f"(?: {_any(LIGHT.values(), 'light')})?"
_TEMPLATES: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (kind, variant, re.compile(pattern))
    for kind, variant, pattern in (
        ("show", 0, f"the image shows {_A}(?: and {_B})?(?: {_AT})?{_LIGHT}"),
        ("show", 1, f"in the picture you can see {_A}(?: and {_B})?(?: {_AT})?{_LIGHT}"),
        ("locate", 0, f"there {_IS} {_B} {_REL} {_THE_A}"),
        ("locate", 1, f"{_REL} {_THE_A} there {_IS} {_B}"),
        ("locate", 2, f"{_B} {_IS} {_REL} {_THE_A}"),
        ("exist", 0, f"there {_IS} {_A} {_AT}{_LIGHT}"),
        ("exist", 1, f"{_AT} there {_IS} {_A}{_LIGHT}"),
        ("relate", 0, f"{_A} {_IS}(?: {_DOING})? {_REL} {_B}(?: {_AT})?"),
        ("relate", 1, f"{_AT} {_A} {_IS}(?: {_DOING})? {_REL} {_B}"),
        ("relate", 2, f"you can see {_A}(?: {_DOING})? {_REL} {_B}(?: {_AT})?"),
        ("act", 0, f"{_A} {_IS} {_DOING} {_AT}{_LIGHT}"),
        ("act", 1, f"{_AT} {_A} {_IS} {_DOING}{_LIGHT}"),
        ("compare", 0, f"{_THE_A} {_IS} {_REL} {_THE_B}"),
        ("do", 0, f"{_THE_A} {_IS} {_DOING}"),
    )
)


def _read_group(found: dict[str, str | None], tag: str) -> Group | None:
    name = found.get(f"noun_{tag}") or found.get(f"person_{tag}")
    if not name:
        return None
    singular, plural = _NOUN_OF[name]
    stated = found.get(f"count_{tag}")
    # A definite mention has no colour; it is filled in from the first mention by `parse`.
    colour = found.get(f"colour_{tag}") or found.get(f"clothes_{tag}") or ""
    return Group(singular, colour, _COUNT_OF[stated] if stated else (2 if plural else 1), found.get(f"size_{tag}"))


def parse_sentence(text: str) -> Sentence | None:
    """The facts of one English sentence of this grammar, or None where it is not one.

    Groups that are mentioned as known ("the cats") have the colour "" and the count 1 or, for any plural, 2.
    """
    for light, phrasings in WEATHER.items():
        if text in phrasings:
            return Sentence("light", phrasings.index(text), light=light)
    plain = text[:1].lower() + text[1:].removesuffix(".")
    for kind, variant, pattern in _TEMPLATES:
        match = pattern.fullmatch(plain)
        if not match:
            continue
        found = match.groupdict()
        a, b = _read_group(found, "a"), _read_group(found, "b")
        if a and found.get("doing"):
            a = replace(a, action=next(action for action in ACTIONS if DOING[action] == found["doing"]))

        def key(table: dict[str, str], name: str, found: dict[str, str | None] = found) -> str | None:
            return next((key for key, words in table.items() if words == found.get(name)), None)

        return Sentence(kind, variant, a, b, key(RELATION, "relation"), key(PLACE, "place"), key(LIGHT, "light"))
    return None


def parse(text: str) -> list[Sentence] | None:
    """The sentences of an English caption as facts, known groups completed from their first mention.

    Returns None if any sentence is not of this grammar. A known group that was never introduced keeps the colour "".
    """
    sentences: list[Sentence] = []
    introduced: dict[str, Group] = {}
    for part in re.split(r"(?<=\.)\s+", text.strip()):
        sentence = parse_sentence(part)
        if sentence is None:
            return None
        for tag in ("a", "b"):
            group = getattr(sentence, tag)
            if group is None:
                continue
            if group.colour:
                introduced[group.noun] = replace(group, action=None)
            elif group.noun in introduced and definite(introduced[group.noun]) == definite(group):
                known = replace(introduced[group.noun], action=group.action)
                sentence = replace(sentence, a=known) if tag == "a" else replace(sentence, b=known)
        sentences.append(sentence)
    return sentences
