"""German: three genders and three cases, weak nouns, adjective endings, and the verb in second place."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import CLOTHED, Group

Case = Literal["nominative", "accusative", "dative"]


class Noun(NamedTuple):
    """A noun with its gender, "m", "f" or "n"; ``oblique`` is a weak noun's singular outside the nominative (dem Bären)."""

    gender: str
    singular: str
    plural: str
    oblique: str | None = None


NOUNS = {
    "cat": Noun("f", "Katze", "Katzen"), "dog": Noun("m", "Hund", "Hunde"), "horse": Noun("n", "Pferd", "Pferde"),
    "cow": Noun("f", "Kuh", "Kühe"), "sheep": Noun("n", "Schaf", "Schafe"), "pig": Noun("n", "Schwein", "Schweine"),
    "rabbit": Noun("n", "Kaninchen", "Kaninchen"), "elephant": Noun("m", "Elefant", "Elefanten", "Elefanten"),
    "duck": Noun("f", "Ente", "Enten"), "owl": Noun("f", "Eule", "Eulen"), "frog": Noun("m", "Frosch", "Frösche"),
    "turtle": Noun("f", "Schildkröte", "Schildkröten"), "bear": Noun("m", "Bär", "Bären", "Bären"),
    "fox": Noun("m", "Fuchs", "Füchse"), "hedgehog": Noun("m", "Igel", "Igel"), "snail": Noun("f", "Schnecke", "Schnecken"),
    "penguin": Noun("m", "Pinguin", "Pinguine"), "hen": Noun("n", "Huhn", "Hühner"),
    "butterfly": Noun("m", "Schmetterling", "Schmetterlinge"),
    "man": Noun("m", "Mann", "Männer"), "woman": Noun("f", "Frau", "Frauen"), "boy": Noun("m", "Junge", "Jungen", "Jungen"),
    "girl": Noun("n", "Mädchen", "Mädchen"), "robot": Noun("m", "Roboter", "Roboter"),
    "snowman": Noun("m", "Schneemann", "Schneemänner"),
    "car": Noun("n", "Auto", "Autos"), "bus": Noun("m", "Bus", "Busse"), "truck": Noun("m", "Lastwagen", "Lastwagen"),
    "bicycle": Noun("n", "Fahrrad", "Fahrräder"), "tractor": Noun("m", "Traktor", "Traktoren"), "boat": Noun("n", "Boot", "Boote"),
    "train": Noun("m", "Zug", "Züge"), "airplane": Noun("n", "Flugzeug", "Flugzeuge"),
    "house": Noun("n", "Haus", "Häuser"), "tower": Noun("m", "Turm", "Türme"), "tent": Noun("n", "Zelt", "Zelte"),
    "windmill": Noun("f", "Windmühle", "Windmühlen"), "lighthouse": Noun("m", "Leuchtturm", "Leuchttürme"),
    "church": Noun("f", "Kirche", "Kirchen"),
    "tree": Noun("m", "Baum", "Bäume"), "flower": Noun("f", "Blume", "Blumen"), "mushroom": Noun("m", "Pilz", "Pilze"),
    "cactus": Noun("m", "Kaktus", "Kakteen"), "bush": Noun("m", "Busch", "Büsche"), "pumpkin": Noun("m", "Kürbis", "Kürbisse"),
    "apple": Noun("m", "Apfel", "Äpfel"), "pear": Noun("f", "Birne", "Birnen"), "banana": Noun("f", "Banane", "Bananen"),
    "cake": Noun("m", "Kuchen", "Kuchen"), "pizza": Noun("f", "Pizza", "Pizzen"), "carrot": Noun("f", "Karotte", "Karotten"),
    "strawberry": Noun("f", "Erdbeere", "Erdbeeren"), "ice_cream": Noun("f", "Eistüte", "Eistüten"),
    "chair": Noun("m", "Stuhl", "Stühle"), "table": Noun("m", "Tisch", "Tische"), "lamp": Noun("f", "Lampe", "Lampen"),
    "book": Noun("n", "Buch", "Bücher"), "cup": Noun("f", "Tasse", "Tassen"), "umbrella": Noun("m", "Regenschirm", "Regenschirme"),
    "ball": Noun("m", "Ball", "Bälle"), "balloon": Noun("m", "Luftballon", "Luftballons"), "kite": Noun("m", "Drachen", "Drachen"),
    "clock": Noun("f", "Uhr", "Uhren"), "suitcase": Noun("m", "Koffer", "Koffer"), "hat": Noun("m", "Hut", "Hüte"),
    "guitar": Noun("f", "Gitarre", "Gitarren"), "bottle": Noun("f", "Flasche", "Flaschen"), "bench": Noun("f", "Bank", "Bänke"),
    "bucket": Noun("m", "Eimer", "Eimer"),
}  # fmt: skip
COLOUR = {
    "red": "rot", "orange": "orangefarben", "yellow": "gelb", "green": "grün", "blue": "blau", "purple": "violett",
    "pink": "rosafarben", "brown": "braun", "black": "schwarz", "white": "weiß",
}  # fmt: skip
"""Stems of adjectives; "orange" and "rosa" themselves do not inflect in careful German."""
CLOTHES = {
    "red": "Rot", "orange": "Orange", "yellow": "Gelb", "green": "Grün", "blue": "Blau", "purple": "Violett", "pink": "Rosa",
    "brown": "Braun", "black": "Schwarz", "white": "Weiß",
}  # fmt: skip
"""Colours as nouns, after "in": "ein Mann in Rot"."""
SIZE = {"small": "klein", "big": "groß"}
NUMBERS = {2: "zwei", 3: "drei", 4: "vier"}
DOING = {
    "sleep": ("schläft", "schlafen"), "run": ("rennt", "rennen"), "jump": ("springt", "springen"), "wave": ("winkt", "winken"),
    "read": ("liest", "lesen"),
}  # fmt: skip
"""Verbs in the present tense, singular and plural."""
PLACE = {
    "meadow": "auf der Wiese", "forest": "im Wald", "beach": "am Strand", "desert": "in der Wüste", "mountains": "in den Bergen",
    "street": "auf der Straße", "park": "im Park", "farm": "auf dem Bauernhof", "lake": "am See", "snow": "im Schnee",
    "room": "im Wohnzimmer", "kitchen": "in der Küche",
}  # fmt: skip
LIGHT = {
    "sun": "an einem sonnigen Tag", "sunset": "bei Sonnenuntergang", "night": "bei Nacht", "rain": "an einem regnerischen Tag",
    "fog": "an einem nebligen Tag",
}  # fmt: skip
WEATHER = {
    "sun": ("Es ist ein sonniger Tag.", "Die Sonne scheint."), "sunset": ("Die Sonne geht unter.", "Es wird dunkel."),
    "night": ("Es ist Nacht.", "Draußen ist es dunkel."), "rain": ("Es regnet.", "Es ist ein regnerischer Tag."),
    "fog": ("Es ist neblig.", "Nebel liegt in der Luft."),
}  # fmt: skip
RELATION = {
    "left_of": "links von", "right_of": "rechts von", "in_front_of": "vor", "behind": "hinter", "above": "über", "below": "unter",
}  # fmt: skip
"""Prepositions, all with the dative here, since nothing moves towards anything."""

_EIN = {
    "nominative": {"m": "ein", "f": "eine", "n": "ein"}, "accusative": {"m": "einen", "f": "eine", "n": "ein"},
    "dative": {"m": "einem", "f": "einer", "n": "einem"},
}  # fmt: skip
_MIXED = {
    "nominative": {"m": "er", "f": "e", "n": "es"}, "accusative": {"m": "en", "f": "e", "n": "es"},
    "dative": {"m": "en", "f": "en", "n": "en"},
}  # fmt: skip
_DER = {
    "nominative": {"m": "der", "f": "die", "n": "das", "plural": "die"},
    "accusative": {"m": "den", "f": "die", "n": "das", "plural": "die"},
    "dative": {"m": "dem", "f": "der", "n": "dem", "plural": "den"},
}  # fmt: skip


def noun(name: str, count: int, case: Case = "nominative") -> str:
    """The noun alone: ("bear", 1, "dative") is "Bären", ("dog", 2, "dative") is "Hunden"."""
    entry = NOUNS[name]
    if count == 1:
        return entry.singular if case == "nominative" else entry.oblique or entry.singular
    return entry.plural + "n" if case == "dative" and entry.plural[-1] not in "ns" else entry.plural


def indefinite(group: Group, case: Case = "nominative") -> str:
    """The first mention: "zwei kleine rote Katzen", "einem orangefarbenen Ball", "ein Mann in Blau"."""
    gender = NOUNS[group.noun].gender
    if group.count == 1:
        article, ending = _EIN[case][gender], _MIXED[case][gender]
    else:
        article, ending = NUMBERS[group.count], "en" if case == "dative" else "e"
    words = [article]
    if group.size:
        words.append(SIZE[group.size] + ending)
    if group.noun in CLOTHED:
        words += [noun(group.noun, group.count, case), "in", CLOTHES[group.colour]]
    else:
        words += [COLOUR[group.colour] + ending, noun(group.noun, group.count, case)]
    return " ".join(words)


def definite(group: Group, case: Case = "nominative") -> str:
    """The later mention: "die Katzen", "dem Hund"."""
    return f"{_article(group, case)} {noun(group.noun, group.count, case)}"


def _article(group: Group, case: Case) -> str:
    return _DER[case][NOUNS[group.noun].gender if group.count == 1 else "plural"]


def realise(sentence: Sentence) -> str:
    """The sentence in German, capitalised and with its full stop."""
    a, b = sentence.a, sentence.b
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    relation = RELATION[sentence.relation] if sentence.relation else ""
    # Without a place to begin with, phrasing 1 of "exist", "act" and "relate" is phrasing 0, as in English.
    variant = 0 if sentence.variant == 1 and not place and sentence.kind in ("exist", "act", "relate") else sentence.variant
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    doing = DOING[a.action][a.count > 1] if a.action else ""
    located = doing or _stands(a)
    match sentence.kind:
        case "show":
            seen = indefinite(a, "accusative") + (f" und {indefinite(b, 'accusative')}" if b else "")
            words = [("das Bild zeigt", "auf dem Bild sieht man")[variant], seen, place, light]
        case "exist":
            # Adverbs of time go before those of place.
            words = [indefinite(a), _is(a), light, place, "zu sehen"] if variant == 0 else [place, _is(a), light, indefinite(a)]
        case "act":
            words = [indefinite(a), doing, light, place] if variant == 0 else [place, doing, light, indefinite(a)]
        case "relate":
            assert b
            where = f"{relation} {indefinite(b, 'dative')}"
            if variant == 0:
                words = [indefinite(a), located, where, place]
            elif variant == 1:
                words = [place, located, indefinite(a), where]
            elif doing:
                words = [f"man sieht {indefinite(a, 'accusative')},", _article(a, "nominative"), where, place, doing]
            else:
                words = ["man sieht", indefinite(a, "accusative"), where, place]
        case "locate":
            assert b
            where = _related(relation, a)
            if variant == 0:
                words = [indefinite(b), _is(b), where, "zu sehen"]
            elif variant == 1:
                words = [where, _is(b), indefinite(b)]
            else:
                words = [indefinite(b), _stands(b), where]
        case "compare":
            assert b
            words = [definite(a), _stands(a), _related(relation, b)]
        case "do":
            words = [definite(a), doing]
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:] + "."


def _is(group: Group) -> str:
    return "ist" if group.count == 1 else "sind"


def _stands(group: Group) -> str:
    return "befindet sich" if group.count == 1 else "befinden sich"


def _related(relation: str, anchor: Group) -> str:
    return f"{relation} {definite(anchor, 'dative')}".replace("von dem ", "vom ")
