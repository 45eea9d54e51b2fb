"""Spanish: two genders, adjectives after the noun, "del", "hay" and the personal "a"."""

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
    "cat": Noun("m", "gato", "gatos"), "dog": Noun("m", "perro", "perros"), "horse": Noun("m", "caballo", "caballos"),
    "cow": Noun("f", "vaca", "vacas"), "sheep": Noun("f", "oveja", "ovejas"), "pig": Noun("m", "cerdo", "cerdos"),
    "rabbit": Noun("m", "conejo", "conejos"), "elephant": Noun("m", "elefante", "elefantes"), "duck": Noun("m", "pato", "patos"),
    "owl": Noun("m", "búho", "búhos"), "frog": Noun("f", "rana", "ranas"), "turtle": Noun("f", "tortuga", "tortugas"),
    "bear": Noun("m", "oso", "osos"), "fox": Noun("m", "zorro", "zorros"), "hedgehog": Noun("m", "erizo", "erizos"),
    "snail": Noun("m", "caracol", "caracoles"), "penguin": Noun("m", "pingüino", "pingüinos"), "hen": Noun("f", "gallina", "gallinas"),
    "butterfly": Noun("f", "mariposa", "mariposas"),
    "man": Noun("m", "hombre", "hombres"), "woman": Noun("f", "mujer", "mujeres"), "boy": Noun("m", "niño", "niños"),
    "girl": Noun("f", "niña", "niñas"), "robot": Noun("m", "robot", "robots"),
    "snowman": Noun("m", "muñeco de nieve", "muñecos de nieve"),
    "car": Noun("m", "coche", "coches"), "bus": Noun("m", "autobús", "autobuses"), "truck": Noun("m", "camión", "camiones"),
    "bicycle": Noun("f", "bicicleta", "bicicletas"), "tractor": Noun("m", "tractor", "tractores"), "boat": Noun("m", "barco", "barcos"),
    "train": Noun("m", "tren", "trenes"), "airplane": Noun("m", "avión", "aviones"),
    "house": Noun("f", "casa", "casas"), "tower": Noun("f", "torre", "torres"),
    "tent": Noun("f", "tienda de campaña", "tiendas de campaña"), "windmill": Noun("m", "molino de viento", "molinos de viento"),
    "lighthouse": Noun("m", "faro", "faros"), "church": Noun("f", "iglesia", "iglesias"),
    "tree": Noun("m", "árbol", "árboles"), "flower": Noun("f", "flor", "flores"), "mushroom": Noun("f", "seta", "setas"),
    "cactus": Noun("m", "cactus", "cactus"), "bush": Noun("m", "arbusto", "arbustos"), "pumpkin": Noun("f", "calabaza", "calabazas"),
    "apple": Noun("f", "manzana", "manzanas"), "pear": Noun("f", "pera", "peras"), "banana": Noun("m", "plátano", "plátanos"),
    "cake": Noun("m", "pastel", "pasteles"), "pizza": Noun("f", "pizza", "pizzas"), "carrot": Noun("f", "zanahoria", "zanahorias"),
    "strawberry": Noun("f", "fresa", "fresas"), "ice_cream": Noun("m", "helado", "helados"),
    "chair": Noun("f", "silla", "sillas"), "table": Noun("f", "mesa", "mesas"), "lamp": Noun("f", "lámpara", "lámparas"),
    "book": Noun("m", "libro", "libros"), "cup": Noun("f", "taza", "tazas"), "umbrella": Noun("m", "paraguas", "paraguas"),
    "ball": Noun("f", "pelota", "pelotas"), "balloon": Noun("m", "globo", "globos"), "kite": Noun("f", "cometa", "cometas"),
    "clock": Noun("m", "reloj", "relojes"), "suitcase": Noun("f", "maleta", "maletas"), "hat": Noun("m", "sombrero", "sombreros"),
    "guitar": Noun("f", "guitarra", "guitarras"), "bottle": Noun("f", "botella", "botellas"), "bench": Noun("m", "banco", "bancos"),
    "bucket": Noun("m", "cubo", "cubos"),
}  # fmt: skip
COLOUR = {
    "red": ("rojo", "roja", "rojos", "rojas"), "orange": ("naranja", "naranja", "naranjas", "naranjas"),
    "yellow": ("amarillo", "amarilla", "amarillos", "amarillas"), "green": ("verde", "verde", "verdes", "verdes"),
    "blue": ("azul", "azul", "azules", "azules"), "purple": ("morado", "morada", "morados", "moradas"),
    "pink": ("rosa", "rosa", "rosas", "rosas"), "brown": ("marrón", "marrón", "marrones", "marrones"),
    "black": ("negro", "negra", "negros", "negras"), "white": ("blanco", "blanca", "blancos", "blancas"),
}  # fmt: skip
"""Masculine, feminine, masculine plural, feminine plural; the first is also the colour of clothes ("vestida de blanco")."""
SIZE = {"small": ("pequeño", "pequeña", "pequeños", "pequeñas"), "big": ("grande", "grande", "grandes", "grandes")}
CLOTHES = ("vestido de", "vestida de", "vestidos de", "vestidas de")
NUMBERS = {2: "dos", 3: "tres", 4: "cuatro"}
DOING = {
    "sleep": "durmiendo", "run": "corriendo", "jump": "saltando", "wave": "saludando con la mano", "read": "leyendo",
}  # fmt: skip
"""Gerunds, after a form of "estar" or of "ver"."""
PLACE = {
    "meadow": "en el prado", "forest": "en el bosque", "beach": "en la playa", "desert": "en el desierto",
    "mountains": "en las montañas", "street": "en la calle", "park": "en el parque", "farm": "en la granja", "lake": "junto al lago",
    "snow": "en la nieve", "room": "en el salón", "kitchen": "en la cocina",
}  # fmt: skip
LIGHT = {
    "sun": "en un día soleado", "sunset": "al atardecer", "night": "de noche", "rain": "en un día lluvioso", "fog": "en un día de niebla",
}  # fmt: skip
WEATHER = {
    "sun": ("Es un día soleado.", "Brilla el sol."), "sunset": ("El sol se está poniendo.", "Está oscureciendo."),
    "night": ("Es de noche.", "Fuera está oscuro."), "rain": ("Está lloviendo.", "Es un día lluvioso."),
    "fog": ("Hay niebla.", "Hay niebla en el aire."),
}  # fmt: skip
RELATION = {
    "left_of": "a la izquierda de", "right_of": "a la derecha de", "in_front_of": "delante de", "behind": "detrás de",
    "above": "por encima de", "below": "debajo de",
}  # fmt: skip


def noun(name: str, count: int) -> str:
    """The noun alone, singular or plural."""
    return NOUNS[name].singular if count == 1 else NOUNS[name].plural


def indefinite(group: Group) -> str:
    """The first mention: "dos gatos rojos pequeños", "una pelota naranja", "un hombre vestido de azul"."""
    feminine = NOUNS[group.noun].gender == "f"
    form = feminine + 2 * (group.count > 1)
    words = [("una" if feminine else "un") if group.count == 1 else NUMBERS[group.count], noun(group.noun, group.count)]
    size = [SIZE[group.size][form]] if group.size else []
    if group.noun in CLOTHED:
        words += [*size, CLOTHES[form], COLOUR[group.colour][0]]
    else:
        words += [COLOUR[group.colour][form], *size]
    return " ".join(words)


def definite(group: Group) -> str:
    """The later mention: "los gatos"."""
    feminine = NOUNS[group.noun].gender == "f"
    return f"{('el', 'la', 'los', 'las')[feminine + 2 * (group.count > 1)]} {noun(group.noun, group.count)}"


def related(relation: str, phrase: str) -> str:
    """The relation's words before a noun phrase: "a la izquierda del gato", "detrás de un gato rojo"."""
    return f"{RELATION[relation]} {phrase}".replace(" de el ", " del ")


def seen(group: Group) -> str:
    """The first mention as a direct object: people take the personal "a" ("a un hombre vestido de rojo")."""
    return ("a " if group.noun in CLOTHED else "") + indefinite(group)


def realise(sentence: Sentence) -> str:
    """The sentence in Spanish, capitalised and with its full stop."""
    a, b, relation = sentence.a, sentence.b, sentence.relation
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    # Without a place to begin with, phrasing 1 of "exist", "act" and "relate" is phrasing 0, as in English.
    variant = 0 if sentence.variant == 1 and not place and sentence.kind in ("exist", "act", "relate") else sentence.variant
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    doing = DOING[a.action] if a.action else ""
    # "En el parque, de noche, ...": after the noun, "de noche" would read as its attribute.
    setting = "".join(f"{words}, " for words in (place, light) if words)[:-1]
    match sentence.kind:
        case "show":
            both = seen(a) + (f" y {seen(b)}" if b else "")
            words = [("la imagen muestra", "en la imagen puedes ver")[variant], both, place, light]
        case "exist":
            fronted = setting if light else place  # a place alone needs no comma before "hay"
            words = ["hay", indefinite(a), place, light] if variant == 0 else [fronted, "hay", indefinite(a)]
        case "act":
            words = [indefinite(a), _is(a), doing, place, light] if variant == 0 else [setting, indefinite(a), _is(a), doing]
        case "relate":
            assert b and relation
            where = related(relation, indefinite(b))
            if variant == 0:
                words = [indefinite(a), _is(a), doing, where, place]
            elif variant == 1:
                words = [setting, indefinite(a), _is(a), doing, where]
            else:
                words = ["puedes ver", seen(a), doing, where, place]
        case "locate":
            assert b and relation
            where = related(relation, definite(a))
            if variant == 0:
                words = ["hay", indefinite(b), where]
            elif variant == 1:
                words = [where, "hay", indefinite(b)]
            else:
                words = [indefinite(b), _is(b), where]
        case "compare":
            assert b and relation
            words = [definite(a), _is(a), related(relation, definite(b))]
        case "do":
            words = [definite(a), _is(a), doing]
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:] + "."


def _is(group: Group) -> str:
    return "está" if group.count == 1 else "están"
