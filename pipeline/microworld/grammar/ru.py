"""Russian: three genders, animacy, and the four cases that captions need; spelt with "е" throughout, never with "ё"."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import CLOTHED, Group

CASES = ("nom", "gen", "acc", "ins")


@dataclass(frozen=True)
class Lexeme:
    """A noun with its forms by case; the accusative of the plural is the genitive's form or the nominative's, by animacy."""

    gender: str
    animate: bool
    singular: dict[str, str]
    plural: dict[str, str]
    counted: dict[str, str]
    """Plural after an oblique numeral; differs from ``plural`` only for "двух цветков", since "двух цветов" are two colours."""
    adjective: str | None = None
    """An adjective that belongs to the name, inflected with it: "воздушный шар"."""
    tail: str = ""
    """What follows the name and stays as it is: "ягода клубники"."""


def _lexeme(forms: str, adjective: str | None = None, tail: str = "") -> Lexeme:
    """Reads "gender nom gen ins / nom gen ins [/ gen ins after numerals]"; the gender of animates ends in "a"."""
    kind, *rest = forms.split()
    gender, animate = kind[0], kind.endswith("a")
    singular, plural, *special = (part.split() for part in " ".join(rest).split(" / "))
    nom, gen, ins = singular
    if nom[-1] in "ая":  # also "мужчина", masculine by agreement only
        acc = nom[:-1] + {"а": "у", "я": "ю"}[nom[-1]]
    else:
        acc = gen if animate and gender == "m" else nom
    counted = special[0] if special else plural[1:]
    return Lexeme(
        gender,
        animate,
        {"nom": nom, "gen": gen, "acc": acc, "ins": ins},
        {"nom": plural[0], "gen": plural[1], "acc": plural[1 if animate else 0], "ins": plural[2]},
        {"gen": counted[0], "ins": counted[1]},
        adjective,
        tail,
    )


LEXICON = {
    "cat": _lexeme("fa кошка кошки кошкой / кошки кошек кошками"),
    "dog": _lexeme("fa собака собаки собакой / собаки собак собаками"),
    "horse": _lexeme("fa лошадь лошади лошадью / лошади лошадей лошадьми"),
    "cow": _lexeme("fa корова коровы коровой / коровы коров коровами"),
    "sheep": _lexeme("fa овца овцы овцой / овцы овец овцами"),
    "pig": _lexeme("fa свинья свиньи свиньей / свиньи свиней свиньями"),
    "rabbit": _lexeme("ma кролик кролика кроликом / кролики кроликов кроликами"),
    "elephant": _lexeme("ma слон слона слоном / слоны слонов слонами"),
    "duck": _lexeme("fa утка утки уткой / утки уток утками"),
    "owl": _lexeme("fa сова совы совой / совы сов совами"),
    "frog": _lexeme("fa лягушка лягушки лягушкой / лягушки лягушек лягушками"),
    "turtle": _lexeme("fa черепаха черепахи черепахой / черепахи черепах черепахами"),
    "bear": _lexeme("ma медведь медведя медведем / медведи медведей медведями"),
    "fox": _lexeme("fa лиса лисы лисой / лисы лис лисами"),
    "hedgehog": _lexeme("ma еж ежа ежом / ежи ежей ежами"),
    "snail": _lexeme("fa улитка улитки улиткой / улитки улиток улитками"),
    "penguin": _lexeme("ma пингвин пингвина пингвином / пингвины пингвинов пингвинами"),
    "hen": _lexeme("fa курица курицы курицей / куры кур курами"),
    "butterfly": _lexeme("fa бабочка бабочки бабочкой / бабочки бабочек бабочками"),
    "man": _lexeme("ma мужчина мужчины мужчиной / мужчины мужчин мужчинами"),
    "woman": _lexeme("fa женщина женщины женщиной / женщины женщин женщинами"),
    "boy": _lexeme("ma мальчик мальчика мальчиком / мальчики мальчиков мальчиками"),
    "girl": _lexeme("fa девочка девочки девочкой / девочки девочек девочками"),
    "robot": _lexeme("ma робот робота роботом / роботы роботов роботами"),
    "snowman": _lexeme("ma снеговик снеговика снеговиком / снеговики снеговиков снеговиками"),
    "car": _lexeme("f машина машины машиной / машины машин машинами"),
    "bus": _lexeme("m автобус автобуса автобусом / автобусы автобусов автобусами"),
    "truck": _lexeme("m грузовик грузовика грузовиком / грузовики грузовиков грузовиками"),
    "bicycle": _lexeme("m велосипед велосипеда велосипедом / велосипеды велосипедов велосипедами"),
    "tractor": _lexeme("m трактор трактора трактором / тракторы тракторов тракторами"),
    "boat": _lexeme("f лодка лодки лодкой / лодки лодок лодками"),
    "train": _lexeme("m поезд поезда поездом / поезда поездов поездами"),
    "airplane": _lexeme("m самолет самолета самолетом / самолеты самолетов самолетами"),
    "house": _lexeme("m дом дома домом / дома домов домами"),
    "tower": _lexeme("f башня башни башней / башни башен башнями"),
    "tent": _lexeme("f палатка палатки палаткой / палатки палаток палатками"),
    "windmill": _lexeme("f мельница мельницы мельницей / мельницы мельниц мельницами", adjective="ветряной"),
    "lighthouse": _lexeme("m маяк маяка маяком / маяки маяков маяками"),
    "church": _lexeme("f церковь церкви церковью / церкви церквей церквями"),
    "tree": _lexeme("n дерево дерева деревом / деревья деревьев деревьями"),
    "flower": _lexeme("m цветок цветка цветком / цветы цветов цветами / цветков цветками"),
    "mushroom": _lexeme("m гриб гриба грибом / грибы грибов грибами"),
    "cactus": _lexeme("m кактус кактуса кактусом / кактусы кактусов кактусами"),
    "bush": _lexeme("m куст куста кустом / кусты кустов кустами"),
    "pumpkin": _lexeme("f тыква тыквы тыквой / тыквы тыкв тыквами"),
    "apple": _lexeme("n яблоко яблока яблоком / яблоки яблок яблоками"),
    "pear": _lexeme("f груша груши грушей / груши груш грушами"),
    "banana": _lexeme("m банан банана бананом / бананы бананов бананами"),
    "cake": _lexeme("m торт торта тортом / торты тортов тортами"),
    "pizza": _lexeme("f пицца пиццы пиццей / пиццы пицц пиццами"),
    "carrot": _lexeme("f морковка морковки морковкой / морковки морковок морковками"),
    "strawberry": _lexeme("f ягода ягоды ягодой / ягоды ягод ягодами", tail="клубники"),
    "ice_cream": _lexeme("m рожок рожка рожком / рожки рожков рожками", tail="мороженого"),
    "chair": _lexeme("m стул стула стулом / стулья стульев стульями"),
    "table": _lexeme("m стол стола столом / столы столов столами"),
    "lamp": _lexeme("f лампа лампы лампой / лампы ламп лампами"),
    "book": _lexeme("f книга книги книгой / книги книг книгами"),
    "cup": _lexeme("f чашка чашки чашкой / чашки чашек чашками"),
    "umbrella": _lexeme("m зонт зонта зонтом / зонты зонтов зонтами"),
    "ball": _lexeme("m мяч мяча мячом / мячи мячей мячами"),
    "balloon": _lexeme("m шар шара шаром / шары шаров шарами", adjective="воздушный"),
    "kite": _lexeme("ma змей змея змеем / змеи змеев змеями", adjective="воздушный"),
    "clock": _lexeme("m будильник будильника будильником / будильники будильников будильниками"),  # "часы" cannot be counted
    "suitcase": _lexeme("m чемодан чемодана чемоданом / чемоданы чемоданов чемоданами"),
    "hat": _lexeme("f шляпа шляпы шляпой / шляпы шляп шляпами"),
    "guitar": _lexeme("f гитара гитары гитарой / гитары гитар гитарами"),
    "bottle": _lexeme("f бутылка бутылки бутылкой / бутылки бутылок бутылками"),
    "bench": _lexeme("f скамейка скамейки скамейкой / скамейки скамеек скамейками"),
    "bucket": _lexeme("n ведро ведра ведром / ведра ведер ведрами"),
}

COLOURS = {
    "red": "красный", "orange": "оранжевый", "yellow": "желтый", "green": "зеленый", "blue": "синий", "purple": "фиолетовый",
    "pink": "розовый", "brown": "коричневый", "black": "черный", "white": "белый",
}  # fmt: skip
CLOTHES = {
    "red": "в красном", "orange": "в оранжевом", "yellow": "в желтом", "green": "в зеленом", "blue": "в синем",
    "purple": "в фиолетовом", "pink": "в розовом", "brown": "в коричневом", "black": "в черном", "white": "в белом",
}  # fmt: skip
SIZES = {"small": "маленький", "big": "большой"}
NUMBERS = {
    2: {"m": "два", "f": "две", "n": "два", "gen": "двух", "ins": "двумя"},
    3: {"m": "три", "f": "три", "n": "три", "gen": "трех", "ins": "тремя"},
    4: {"m": "четыре", "f": "четыре", "n": "четыре", "gen": "четырех", "ins": "четырьмя"},
}
"""The nominative by gender, and the oblique cases."""
DOING = {
    "sleep": ("спит", "спят"), "run": ("бежит", "бегут"), "jump": ("прыгает", "прыгают"), "wave": ("машет рукой", "машут рукой"),
    "read": ("читает", "читают"),
}  # fmt: skip
"""Third person of the present, singular and plural."""
PLACE = {
    "meadow": "на лугу", "forest": "в лесу", "beach": "на пляже", "desert": "в пустыне", "mountains": "в горах", "street": "на улице",
    "park": "в парке", "farm": "на ферме", "lake": "у озера", "snow": "на снегу", "room": "в гостиной", "kitchen": "на кухне",
}  # fmt: skip
ALONG = PLACE | {
    "meadow": "по лугу", "forest": "по лесу", "beach": "по пляжу", "desert": "по пустыне", "street": "по улице", "park": "по парку",
    "farm": "по ферме", "snow": "по снегу", "room": "по гостиной", "kitchen": "по кухне",
}  # fmt: skip
"""Where somebody runs: motion takes "по" with the dative where standing takes "в" or "на"."""
LIGHT = {"sun": "солнечным днем", "sunset": "на закате", "night": "ночью", "rain": "дождливым днем", "fog": "туманным днем"}
WEATHER = {
    "sun": ("Стоит солнечный день.", "Светит солнце."), "sunset": ("Солнце садится.", "Темнеет."),
    "night": ("Сейчас ночь.", "На улице темно."), "rain": ("Идет дождь.", "Стоит дождливый день."),
    "fog": ("Стоит туман.", "В воздухе висит туман."),
}  # fmt: skip
RELATION = {
    "left_of": ("слева от", "gen"), "right_of": ("справа от", "gen"), "in_front_of": ("перед", "ins"), "behind": ("позади", "gen"),
    "above": ("над", "ins"), "below": ("под", "ins"),
}  # fmt: skip
"""The preposition and the case that it governs; "позади" and not "за", since "бежит за" is to chase."""

_ENDINGS = {
    "hard": {"m": "ый ого ый ым", "f": "ая ой ую ой", "n": "ое ого ое ым", "plural": "ые ых ые ыми"},
    "soft": {"m": "ий его ий им", "f": "яя ей юю ей", "n": "ее его ее им", "plural": "ие их ие ими"},
    "mixed": {"m": "ий ого ий им", "f": "ая ой ую ой", "n": "ое ого ое им", "plural": "ие их ие ими"},  # after к and ш
}


def adjective(word: str, agreement: str, case: str, animate: bool) -> str:
    """``word`` (dictionary form) agreeing with "m", "f", "n" or "plural" in a case of `CASES`."""
    stem = word[:-2]
    if agreement == "m" and (case == "nom" or (case == "acc" and not animate)):
        return word  # as in the dictionary: "большой" is stressed on the ending
    if case == "acc" and animate and agreement in ("m", "plural"):
        case = "gen"
    declension = "mixed" if stem[-1] in "кш" else "soft" if word == "синий" else "hard"
    return stem + _ENDINGS[declension][agreement].split()[CASES.index(case)]


def indefinite(group: Group, case: str = "nom") -> str:
    """The first mention: "две маленькие красные кошки", "двух красных кошек", "мужчина в синем"."""
    lexeme = LEXICON[group.noun]
    clothed = group.noun in CLOTHED
    described = [SIZES[group.size]] if group.size else []
    if not clothed:
        described.append(COLOURS[group.colour])
    if lexeme.adjective:
        described.append(lexeme.adjective)
    words: list[str] = []
    if group.count == 1:
        words += [adjective(word, lexeme.gender, case, lexeme.animate) for word in described]
        words.append(lexeme.singular[case])
    elif case == "nom" or (case == "acc" and not lexeme.animate):
        words.append(NUMBERS[group.count][lexeme.gender])
        governed = "nom" if lexeme.gender == "f" else "gen"  # "две красные кошки", but "два красных стула"
        words += [adjective(word, "plural", governed, lexeme.animate) for word in described]
        words.append(lexeme.singular["gen"])
    else:
        oblique = "ins" if case == "ins" else "gen"
        words.append(NUMBERS[group.count][oblique])
        words += [adjective(word, "plural", oblique, lexeme.animate) for word in described]
        words.append(lexeme.counted[oblique])
    words += [lexeme.tail, CLOTHES[group.colour] if clothed else ""]
    return " ".join(word for word in words if word)


def definite(group: Group, case: str = "nom") -> str:
    """The later mention, by noun and number only: "кошка", "воздушными шарами"."""
    lexeme = LEXICON[group.noun]
    forms, agreement = (lexeme.singular, lexeme.gender) if group.count == 1 else (lexeme.plural, "plural")
    own = adjective(lexeme.adjective, agreement, case, lexeme.animate) if lexeme.adjective else ""
    return " ".join(word for word in (own, forms[case], lexeme.tail) if word)


def _beside(relation: str, group: Group, known: bool) -> str:
    preposition, case = RELATION[relation]
    return f"{preposition} {definite(group, case) if known else indefinite(group, case)}"


def realise(sentence: Sentence) -> str:
    """The sentence in Russian, capitalised and with its full stop."""
    a, b, variant = sentence.a, sentence.b, sentence.variant
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    many = a.count > 1
    is_a = "находятся" if many else "находится"
    does = DOING[a.action][many] if a.action else is_a
    path = ALONG[sentence.place] if sentence.place and a.action == "run" else place
    match sentence.kind:
        case "show":
            if variant == 0:
                short = "изображены" if b or many else {"m": "изображен", "f": "изображена", "n": "изображено"}[LEXICON[a.noun].gender]
                start, case = f"на картинке {short}", "nom"
            else:
                start, case = "на картинке можно увидеть", "acc"
            words = [start, indefinite(a, case), f"и {indefinite(b, case)}" if b else "", place, light]
        case "exist":
            if variant == 0:
                words = [light, place, is_a, indefinite(a)]
            else:  # "есть" would be habitual beside a time of day
                words = [place, light, is_a if light else "есть", indefinite(a)]
        case "act":
            words = [indefinite(a), does, path, light] if variant == 0 else [path, light, does, indefinite(a)]
        case "relate":
            assert b and sentence.relation
            beside = _beside(sentence.relation, b, known=False)
            if variant == 0:
                words = [indefinite(a), does, path, beside]
            elif variant == 1:
                words = [place, beside, does, indefinite(a)]
            else:
                who = "которые" if many else {"m": "который", "f": "которая", "n": "которое"}[LEXICON[a.noun].gender]
                doing = f", {who} {does}" if a.action else ""
                words = [place, "можно увидеть", indefinite(a, "acc") + doing, beside]
        case "locate":
            assert b and sentence.relation
            beside = _beside(sentence.relation, a, known=True)
            is_b = "находятся" if b.count > 1 else "находится"
            words = ([beside, "—", indefinite(b)], [beside, is_b, indefinite(b)], [indefinite(b), is_b, beside])[variant]
        case "compare":
            assert b and sentence.relation
            words = [definite(a), is_a, _beside(sentence.relation, b, known=True)]
        case "do":
            words = [definite(a), does]
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:] + "."
