"""French: two genders, elision and contraction, sizes before the noun and colours after it."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import CLOTHED, Group


class Noun(NamedTuple):
    """A noun with its gender, "m" or "f"."""

    gender: str
    singular: str
    plural: str


NOUNS = {
    "cat": Noun("m", "chat", "chats"), "dog": Noun("m", "chien", "chiens"), "horse": Noun("m", "cheval", "chevaux"),
    "cow": Noun("f", "vache", "vaches"), "sheep": Noun("m", "mouton", "moutons"), "pig": Noun("m", "cochon", "cochons"),
    "rabbit": Noun("m", "lapin", "lapins"), "elephant": Noun("m", "éléphant", "éléphants"), "duck": Noun("m", "canard", "canards"),
    "owl": Noun("m", "hibou", "hiboux"), "frog": Noun("f", "grenouille", "grenouilles"), "turtle": Noun("f", "tortue", "tortues"),
    "bear": Noun("m", "ours", "ours"), "fox": Noun("m", "renard", "renards"), "hedgehog": Noun("m", "hérisson", "hérissons"),
    "snail": Noun("m", "escargot", "escargots"), "penguin": Noun("m", "pingouin", "pingouins"), "hen": Noun("f", "poule", "poules"),
    "butterfly": Noun("m", "papillon", "papillons"),
    "man": Noun("m", "homme", "hommes"), "woman": Noun("f", "femme", "femmes"), "boy": Noun("m", "garçon", "garçons"),
    "girl": Noun("f", "fille", "filles"), "robot": Noun("m", "robot", "robots"),
    "snowman": Noun("m", "bonhomme de neige", "bonshommes de neige"),
    "car": Noun("f", "voiture", "voitures"), "bus": Noun("m", "bus", "bus"), "truck": Noun("m", "camion", "camions"),
    "bicycle": Noun("m", "vélo", "vélos"), "tractor": Noun("m", "tracteur", "tracteurs"), "boat": Noun("m", "bateau", "bateaux"),
    "train": Noun("m", "train", "trains"), "airplane": Noun("m", "avion", "avions"),
    "house": Noun("f", "maison", "maisons"), "tower": Noun("f", "tour", "tours"), "tent": Noun("f", "tente", "tentes"),
    "windmill": Noun("m", "moulin à vent", "moulins à vent"), "lighthouse": Noun("m", "phare", "phares"),
    "church": Noun("f", "église", "églises"),
    "tree": Noun("m", "arbre", "arbres"), "flower": Noun("f", "fleur", "fleurs"), "mushroom": Noun("m", "champignon", "champignons"),
    "cactus": Noun("m", "cactus", "cactus"), "bush": Noun("m", "buisson", "buissons"),
    "pumpkin": Noun("f", "citrouille", "citrouilles"),
    "apple": Noun("f", "pomme", "pommes"), "pear": Noun("f", "poire", "poires"), "banana": Noun("f", "banane", "bananes"),
    "cake": Noun("m", "gâteau", "gâteaux"), "pizza": Noun("f", "pizza", "pizzas"), "carrot": Noun("f", "carotte", "carottes"),
    "strawberry": Noun("f", "fraise", "fraises"), "ice_cream": Noun("f", "glace", "glaces"),
    "chair": Noun("f", "chaise", "chaises"), "table": Noun("f", "table", "tables"), "lamp": Noun("f", "lampe", "lampes"),
    "book": Noun("m", "livre", "livres"), "cup": Noun("f", "tasse", "tasses"), "umbrella": Noun("m", "parapluie", "parapluies"),
    "ball": Noun("m", "ballon", "ballons"), "balloon": Noun("m", "ballon de baudruche", "ballons de baudruche"),
    "kite": Noun("m", "cerf-volant", "cerfs-volants"), "clock": Noun("f", "horloge", "horloges"),
    "suitcase": Noun("f", "valise", "valises"), "hat": Noun("m", "chapeau", "chapeaux"), "guitar": Noun("f", "guitare", "guitares"),
    "bottle": Noun("f", "bouteille", "bouteilles"), "bench": Noun("m", "banc", "bancs"), "bucket": Noun("m", "seau", "seaux"),
}  # fmt: skip
ELIDED = frozenset({"elephant", "bear", "snail", "man", "airplane", "church", "tree", "clock"})
"""Nouns with l' for le or la; hibou and hérisson begin with an aspirated h and are not among them."""
COLOUR = {
    "red": ("rouge", "rouge", "rouges", "rouges"), "orange": ("orange", "orange", "orange", "orange"),
    "yellow": ("jaune", "jaune", "jaunes", "jaunes"), "green": ("vert", "verte", "verts", "vertes"),
    "blue": ("bleu", "bleue", "bleus", "bleues"), "purple": ("violet", "violette", "violets", "violettes"),
    "pink": ("rose", "rose", "roses", "roses"), "brown": ("marron", "marron", "marron", "marron"),
    "black": ("noir", "noire", "noirs", "noires"), "white": ("blanc", "blanche", "blancs", "blanches"),
}  # fmt: skip
"""Masculine, feminine, masculine plural, feminine plural; the first is also the colour of clothes ("en blanc")."""
SIZE = {
    "small": ("petit", "petite", "petits", "petites"), "big": ("grand", "grande", "grands", "grandes"),
    "bulky": ("gros", "grosse", "gros", "grosses"),
}  # fmt: skip
BULKY = frozenset({
    "cat", "cow", "sheep", "pig", "rabbit", "elephant", "duck", "frog", "turtle", "bear", "hedgehog", "snail", "hen", "butterfly",
    "snowman", "truck", "mushroom", "cactus", "bush", "pumpkin", "apple", "pear", "banana", "cake", "carrot", "strawberry", "ball",
    "balloon",
})  # fmt: skip
"""Nouns that are "gros" rather than "grand" when big: what has volume more than height or extent."""
NUMBERS = {2: "deux", 3: "trois", 4: "quatre"}
DOING = {
    "sleep": ("dort", "dorment"), "run": ("court", "courent"), "jump": ("saute", "sautent"),
    "wave": ("salue de la main", "saluent de la main"), "read": ("lit", "lisent"),
}  # fmt: skip
"""Verbs in the present tense, singular and plural; not "faire signe", which in "fait signe à la ferme" would greet the farm."""
PLACE = {
    "meadow": "dans la prairie", "forest": "dans la forêt", "beach": "sur la plage", "desert": "dans le désert",
    "mountains": "dans les montagnes", "street": "dans la rue", "park": "dans le parc", "farm": "à la ferme",
    "lake": "au bord du lac", "snow": "dans la neige", "room": "dans le salon", "kitchen": "dans la cuisine",
}  # fmt: skip
LIGHT = {
    "sun": "par une journée ensoleillée", "sunset": "au coucher du soleil", "night": "la nuit", "rain": "par une journée pluvieuse",
    "fog": "par une journée brumeuse",
}  # fmt: skip
WEATHER = {
    "sun": ("C'est une journée ensoleillée.", "Le soleil brille."), "sunset": ("Le soleil se couche.", "La nuit tombe."),
    "night": ("Il fait nuit.", "Il fait noir dehors."), "rain": ("Il pleut.", "C'est une journée pluvieuse."),
    "fog": ("Il y a du brouillard.", "Du brouillard flotte dans l'air."),
}  # fmt: skip
RELATION = {
    "left_of": "à gauche de", "right_of": "à droite de", "in_front_of": "devant", "behind": "derrière", "above": "au-dessus de",
    "below": "en dessous de",
}  # fmt: skip


def noun(name: str, count: int) -> str:
    """The noun alone, singular or plural."""
    return NOUNS[name].singular if count == 1 else NOUNS[name].plural


def indefinite(group: Group) -> str:
    """The first mention: "deux petits chats rouges", "une grosse pomme verte", "un homme en bleu"."""
    feminine = NOUNS[group.noun].gender == "f"
    form = feminine + 2 * (group.count > 1)
    words = [("une" if feminine else "un") if group.count == 1 else NUMBERS[group.count]]
    if group.size:
        words.append(SIZE["bulky" if group.size == "big" and group.noun in BULKY else group.size][form])
    words.append(noun(group.noun, group.count))
    words += ["en", COLOUR[group.colour][0]] if group.noun in CLOTHED else [COLOUR[group.colour][form]]
    return " ".join(words)


def definite(group: Group) -> str:
    """The later mention: "les chats", "l'ours"."""
    return _article(group) + noun(group.noun, group.count)


def _article(group: Group) -> str:
    if group.count > 1:
        return "les "
    if group.noun in ELIDED:
        return "l'"
    return "la " if NOUNS[group.noun].gender == "f" else "le "


def related(relation: str, phrase: str) -> str:
    """The relation's words before a noun phrase: "à gauche d'un chat", "à gauche du chat", "devant le chat"."""
    words = f"{RELATION[relation]} {phrase}"
    for full, contracted in ((" de le ", " du "), (" de les ", " des "), (" de un", " d'un")):
        words = words.replace(full, contracted)
    return words


def realise(sentence: Sentence) -> str:
    """The sentence in French, capitalised and with its full stop."""
    a, b, relation = sentence.a, sentence.b, sentence.relation
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    # Without a place to begin with, phrasing 1 of "exist", "act" and "relate" is phrasing 0, as in English.
    variant = 0 if sentence.variant == 1 and not place and sentence.kind in ("exist", "act", "relate") else sentence.variant
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    doing = DOING[a.action][a.count > 1] if a.action else ""
    # "Dans le parc, la nuit, ...": at the end of the sentence the light would read as a habit.
    setting = "".join(f"{words}, " for words in (place, light) if words)[:-1]
    match sentence.kind:
        case "show":
            seen = indefinite(a) + (f" et {indefinite(b)}" if b else "")
            words = [("la photo montre", "sur l'image, on voit")[variant], seen, place, light]
        case "exist":
            words = ["il y a", indefinite(a), place, light] if variant == 0 else [setting, "il y a", indefinite(a)]
        case "act":
            words = [indefinite(a), doing, place, light] if variant == 0 else [setting, indefinite(a), doing]
        case "relate":
            assert b and relation
            where = related(relation, indefinite(b))
            if variant == 0:
                words = [indefinite(a), doing or _stands(a), where, place]
            elif variant == 1:
                words = [setting, indefinite(a), doing or _stands(a), where]
            else:
                words = ["on voit", indefinite(a), f"qui {doing}" if doing else "", where, place]
        case "locate":
            assert b and relation
            where = related(relation, definite(a))
            if variant == 0:
                words = ["il y a", indefinite(b), where]
            elif variant == 1:
                words = [f"{where},", "il y a", indefinite(b)]
            else:
                words = [indefinite(b), _stands(b), where]
        case "compare":
            assert b and relation
            words = [definite(a), "est" if a.count == 1 else "sont", related(relation, definite(b))]
        case "do":
            words = [definite(a), doing]
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:] + "."


def _stands(group: Group) -> str:
    return "se trouve" if group.count == 1 else "se trouvent"
