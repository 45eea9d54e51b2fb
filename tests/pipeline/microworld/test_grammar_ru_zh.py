"""Russian and Chinese sentences against whole sentences written by hand, and laws that hold for any scene."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from pipeline.microworld.grammar import en, ru, zh
from pipeline.microworld.grammar.plan import VARIANTS, Sentence, plan_caption
from pipeline.microworld.scenes import ACTIONS, CLOTHED, COLOURS, LIGHTS, NOUNS, PLACES, RELATIONS, SIZES, Group, sample_scene

CAT, CATS = Group("cat", "red"), Group("cat", "red", 2)
RUNNING_CAT, SLEEPING_DOGS = Group("cat", "red", action="run"), Group("dog", "white", 3, action="sleep")
SMALL_CAT = Group("cat", "blue", 1, "small", "sleep")
CHAIR, CHAIRS = Group("chair", "blue"), Group("chair", "blue", 4)
WOMEN, MAN = Group("woman", "green", 2, action="wave"), Group("man", "red", action="read")
MEN = Group("man", "black", 3, action="run")
TREE, BUCKET = Group("tree", "green", 1, "big"), Group("bucket", "blue", 1)
BALLOON, KITES = Group("balloon", "yellow", 2, "small"), Group("kite", "orange", 2, "big")
SHEEP, TWO_SHEEP = Group("sheep", "white"), Group("sheep", "white", 2, action="sleep")
FLOWERS, ICE, BERRIES = Group("flower", "pink", 3), Group("ice_cream", "pink", 2), Group("strawberry", "red", 4)
ELEPHANTS = Group("elephant", "purple", 2, "big")

GOLD = (
    (Sentence("show", 0, CAT, place="park"), "На картинке изображена красная кошка в парке.", "图为公园里的一只红色的猫。"),
    (
        Sentence("show", 0, BUCKET, place="kitchen", light="night"),
        "На картинке изображено синее ведро на кухне ночью.",
        "图为夜晚厨房里的一个蓝色的水桶。",
    ),
    (Sentence("show", 0, CHAIR, place="room"), "На картинке изображен синий стул в гостиной.", "图为客厅里的一把蓝色的椅子。"),
    (
        Sentence("show", 0, MAN, SLEEPING_DOGS, place="forest", light="fog"),
        "На картинке изображены мужчина в красном и три белые собаки в лесу туманным днем.",
        "图为雾天森林里的一个穿红色衣服的男人和三只白色的狗。",
    ),
    (
        Sentence("show", 0, WOMEN, place="beach", light="sunset"),
        "На картинке изображены две женщины в зеленом на пляже на закате.",
        "图为日落时分海滩上的两个穿绿色衣服的女人。",
    ),
    (Sentence("show", 0, CAT), "На картинке изображена красная кошка.", "图为一只红色的猫。"),
    (
        Sentence("show", 1, MAN, SLEEPING_DOGS, place="meadow", light="sun"),
        "На картинке можно увидеть мужчину в красном и трех белых собак на лугу солнечным днем.",
        "从图中可以看到晴天的草地上有一个穿红色衣服的男人和三只白色的狗。",
    ),
    (
        Sentence("show", 1, KITES, BALLOON, place="lake"),
        "На картинке можно увидеть двух больших оранжевых воздушных змеев и два маленьких желтых воздушных шара у озера.",
        "从图中可以看到湖边有两只橙色的大风筝和两个黄色的小气球。",
    ),
    (
        Sentence("show", 1, SMALL_CAT, BERRIES),
        "На картинке можно увидеть маленькую синюю кошку и четыре красные ягоды клубники.",
        "从图中可以看到一只蓝色的小猫和四颗红色的草莓。",
    ),
    (Sentence("exist", 0, CAT, place="park", light="night"), "Ночью в парке находится красная кошка.", "夜晚的公园里有一只红色的猫。"),
    (Sentence("exist", 0, TREE, place="mountains"), "В горах находится большое зеленое дерево.", "山里有一棵绿色的大树。"),
    (Sentence("exist", 1, WOMEN, place="street"), "На улице есть две женщины в зеленом.", "在街道上，有两个穿绿色衣服的女人。"),
    (
        Sentence("exist", 1, ICE, place="farm", light="rain"),
        "На ферме дождливым днем находятся два розовых рожка мороженого.",
        "雨天，农场里有两个粉色的冰淇淋。",
    ),
    (
        Sentence("act", 0, RUNNING_CAT, place="park", light="night"),
        "Красная кошка бежит по парку ночью.",
        "夜晚，一只红色的猫正在公园里奔跑。",
    ),
    (Sentence("act", 0, SLEEPING_DOGS, place="snow"), "Три белые собаки спят на снегу.", "三只白色的狗正在雪地里睡觉。"),
    (
        Sentence("act", 1, WOMEN, place="desert", light="sunset"),
        "В пустыне на закате машут рукой две женщины в зеленом.",
        "日落时分，沙漠里有两个穿绿色衣服的女人正在挥手。",
    ),
    (Sentence("act", 1, MEN, place="mountains"), "В горах бегут три мужчины в черном.", "山里有三个穿黑色衣服的男人正在奔跑。"),
    (
        Sentence("relate", 0, SMALL_CAT, CHAIR, "left_of", "park"),
        "Маленькая синяя кошка спит в парке слева от синего стула.",
        "公园里，一只蓝色的小猫正在一把蓝色的椅子左边睡觉。",
    ),
    (
        Sentence("relate", 0, CHAIR, SLEEPING_DOGS, "in_front_of", "kitchen"),
        "Синий стул находится на кухне перед тремя белыми собаками.",
        "厨房里，有一把蓝色的椅子在三只白色的狗前面。",
    ),
    (
        Sentence("relate", 0, RUNNING_CAT, BALLOON, "below", "street"),
        "Красная кошка бежит по улице под двумя маленькими желтыми воздушными шарами.",
        "街道上，一只红色的猫正在两个黄色的小气球下方奔跑。",
    ),
    (
        Sentence("relate", 0, MAN, CHAIRS, "behind"),
        "Мужчина в красном читает позади четырех синих стульев.",
        "一个穿红色衣服的男人正在四把蓝色的椅子后面看书。",
    ),
    (
        Sentence("relate", 1, RUNNING_CAT, MAN, "right_of", "beach"),
        "На пляже справа от мужчины в красном бежит красная кошка.",
        "在海滩上，一个穿红色衣服的男人右边有一只红色的猫正在奔跑。",
    ),
    (
        Sentence("relate", 1, CHAIRS, CATS, "left_of", "snow"),
        "На снегу слева от двух красных кошек находятся четыре синих стула.",
        "在雪地里，两只红色的猫左边有四把蓝色的椅子。",
    ),
    (
        Sentence("relate", 1, CHAIR, FLOWERS, "left_of"),
        "Слева от трех розовых цветков находится синий стул.",
        "三朵粉色的花左边有一把蓝色的椅子。",
    ),
    (
        Sentence("relate", 2, MAN, TREE, "in_front_of", "room"),
        "В гостиной можно увидеть мужчину в красном, который читает перед большим зеленым деревом.",
        "可以看到客厅里有一个穿红色衣服的男人在一棵绿色的大树前面看书。",
    ),
    (
        Sentence("relate", 2, SLEEPING_DOGS, WOMEN, "left_of", "forest"),
        "В лесу можно увидеть трех белых собак, которые спят слева от двух женщин в зеленом.",
        "可以看到森林里有三只白色的狗在两个穿绿色衣服的女人左边睡觉。",
    ),
    (
        Sentence("relate", 2, SMALL_CAT, ELEPHANTS, "left_of"),
        "Можно увидеть маленькую синюю кошку, которая спит слева от двух больших фиолетовых слонов.",
        "可以看到有一只蓝色的小猫在两头紫色的巨型大象左边睡觉。",
    ),
    (
        Sentence("relate", 2, CAT, KITES, "below", "farm"),
        "На ферме можно увидеть красную кошку под двумя большими оранжевыми воздушными змеями.",
        "可以看到农场里有一只红色的猫在两只橙色的大风筝下方。",
    ),
    (Sentence("locate", 0, CAT, CHAIR, "left_of"), "Слева от кошки — синий стул.", "这只猫的左边有一把蓝色的椅子。"),
    (
        Sentence("locate", 0, TREE, BALLOON, "above"),
        "Над деревом — два маленьких желтых воздушных шара.",
        "这棵树的上方有两个黄色的小气球。",
    ),
    (Sentence("locate", 1, MEN, MAN, "behind"), "Позади мужчин находится мужчина в красном.", "在这些男人的后面，有一个穿红色衣服的男人。"),
    (
        Sentence("locate", 1, CATS, CHAIRS, "in_front_of"),
        "Перед кошками находятся четыре синих стула.",
        "在这些猫的前面，有四把蓝色的椅子。",
    ),
    (
        Sentence("locate", 2, WOMEN, SLEEPING_DOGS, "right_of"),
        "Три белые собаки находятся справа от женщин.",
        "有三只白色的狗在这些女人的右边。",
    ),
    (Sentence("locate", 2, FLOWERS, CAT, "left_of"), "Красная кошка находится слева от цветов.", "有一只红色的猫在这些花的左边。"),
    (
        Sentence("locate", 1, TWO_SHEEP, CHAIR, "left_of"),  # "to the left of the two sheep"
        "Слева от овец находится синий стул.",
        "在这些绵羊的左边，有一把蓝色的椅子。",
    ),
    (Sentence("compare", 0, CAT, CHAIRS, "left_of"), "Кошка находится слева от стульев.", "这只猫在这些椅子的左边。"),
    (Sentence("compare", 0, BALLOON, KITES, "above"), "Воздушные шары находятся над воздушными змеями.", "这些气球在这些风筝的上方。"),
    (
        Sentence("compare", 0, BERRIES, ICE, "in_front_of"),
        "Ягоды клубники находятся перед рожками мороженого.",
        "这些草莓在这些冰淇淋的前面。",
    ),
    (Sentence("compare", 0, TWO_SHEEP, SHEEP, "behind"), "Овцы находятся позади овцы.", "这些绵羊在这只绵羊的后面。"),
    (Sentence("compare", 0, MAN, WOMEN, "right_of"), "Мужчина находится справа от женщин.", "这个男人在这些女人的右边。"),
    (Sentence("do", 0, RUNNING_CAT), "Кошка бежит.", "这只猫正在奔跑。"),
    (Sentence("do", 0, WOMEN), "Женщины машут рукой.", "这些女人正在挥手。"),
    (Sentence("do", 0, MAN), "Мужчина читает.", "这个男人正在看书。"),
    (Sentence("do", 0, TWO_SHEEP), "Овцы спят.", "这些绵羊正在睡觉。"),
    (Sentence("do", 0, Group("frog", "green", 4, action="jump")), "Лягушки прыгают.", "这些青蛙正在跳跃。"),
    (Sentence("light", 0, light="sun"), "Стоит солнечный день.", "这是一个晴朗的日子。"),
    (Sentence("light", 1, light="sun"), "Светит солнце.", "阳光灿烂。"),
    (Sentence("light", 0, light="sunset"), "Солнце садится.", "太阳正在落山。"),
    (Sentence("light", 1, light="sunset"), "Темнеет.", "天渐渐黑了。"),
    (Sentence("light", 0, light="night"), "Сейчас ночь.", "现在是夜晚。"),
    (Sentence("light", 1, light="night"), "На улице темно.", "外面很黑。"),
    (Sentence("light", 0, light="rain"), "Идет дождь.", "正在下雨。"),
    (Sentence("light", 1, light="rain"), "Стоит дождливый день.", "这是一个雨天。"),
    (Sentence("light", 0, light="fog"), "Стоит туман.", "四周雾蒙蒙的。"),
    (Sentence("light", 1, light="fog"), "В воздухе висит туман.", "空气中弥漫着雾气。"),
)

RUSSIAN_FORMS = {
    # one in the nominative, accusative, genitive, instrumental; several in the nominative, genitive, instrumental
    "cat": "красная кошка, кошку, кошки, кошкой; кошки, кошек, кошками",
    "dog": "красная собака, собаку, собаки, собакой; собаки, собак, собаками",
    "horse": "красная лошадь, лошадь, лошади, лошадью; лошади, лошадей, лошадьми",
    "cow": "красная корова, корову, коровы, коровой; коровы, коров, коровами",
    "sheep": "красная овца, овцу, овцы, овцой; овцы, овец, овцами",
    "pig": "красная свинья, свинью, свиньи, свиньей; свиньи, свиней, свиньями",
    "rabbit": "красный кролик, кролика, кролика, кроликом; кролики, кроликов, кроликами",
    "elephant": "красный слон, слона, слона, слоном; слоны, слонов, слонами",
    "duck": "красная утка, утку, утки, уткой; утки, уток, утками",
    "owl": "красная сова, сову, совы, совой; совы, сов, совами",
    "frog": "красная лягушка, лягушку, лягушки, лягушкой; лягушки, лягушек, лягушками",
    "turtle": "красная черепаха, черепаху, черепахи, черепахой; черепахи, черепах, черепахами",
    "bear": "красный медведь, медведя, медведя, медведем; медведи, медведей, медведями",
    "fox": "красная лиса, лису, лисы, лисой; лисы, лис, лисами",
    "hedgehog": "красный еж, ежа, ежа, ежом; ежи, ежей, ежами",
    "snail": "красная улитка, улитку, улитки, улиткой; улитки, улиток, улитками",
    "penguin": "красный пингвин, пингвина, пингвина, пингвином; пингвины, пингвинов, пингвинами",
    "hen": "красная курица, курицу, курицы, курицей; куры, кур, курами",
    "butterfly": "красная бабочка, бабочку, бабочки, бабочкой; бабочки, бабочек, бабочками",
    "man": "мужчина в красном, мужчину, мужчины, мужчиной; мужчины, мужчин, мужчинами",
    "woman": "женщина в красном, женщину, женщины, женщиной; женщины, женщин, женщинами",
    "boy": "мальчик в красном, мальчика, мальчика, мальчиком; мальчики, мальчиков, мальчиками",
    "girl": "девочка в красном, девочку, девочки, девочкой; девочки, девочек, девочками",
    "robot": "красный робот, робота, робота, роботом; роботы, роботов, роботами",
    "snowman": "красный снеговик, снеговика, снеговика, снеговиком; снеговики, снеговиков, снеговиками",
    "car": "красная машина, машину, машины, машиной; машины, машин, машинами",
    "bus": "красный автобус, автобус, автобуса, автобусом; автобусы, автобусов, автобусами",
    "truck": "красный грузовик, грузовик, грузовика, грузовиком; грузовики, грузовиков, грузовиками",
    "bicycle": "красный велосипед, велосипед, велосипеда, велосипедом; велосипеды, велосипедов, велосипедами",
    "tractor": "красный трактор, трактор, трактора, трактором; тракторы, тракторов, тракторами",
    "boat": "красная лодка, лодку, лодки, лодкой; лодки, лодок, лодками",
    "train": "красный поезд, поезд, поезда, поездом; поезда, поездов, поездами",
    "airplane": "красный самолет, самолет, самолета, самолетом; самолеты, самолетов, самолетами",
    "house": "красный дом, дом, дома, домом; дома, домов, домами",
    "tower": "красная башня, башню, башни, башней; башни, башен, башнями",
    "tent": "красная палатка, палатку, палатки, палаткой; палатки, палаток, палатками",
    "windmill": "красная ветряная мельница, ветряную мельницу, ветряной мельницы, ветряной мельницей; "
    "ветряные мельницы, ветряных мельниц, ветряными мельницами",
    "lighthouse": "красный маяк, маяк, маяка, маяком; маяки, маяков, маяками",
    "church": "красная церковь, церковь, церкви, церковью; церкви, церквей, церквями",
    "tree": "красное дерево, дерево, дерева, деревом; деревья, деревьев, деревьями",
    "flower": "красный цветок, цветок, цветка, цветком; цветы, цветов, цветами",
    "mushroom": "красный гриб, гриб, гриба, грибом; грибы, грибов, грибами",
    "cactus": "красный кактус, кактус, кактуса, кактусом; кактусы, кактусов, кактусами",
    "bush": "красный куст, куст, куста, кустом; кусты, кустов, кустами",
    "pumpkin": "красная тыква, тыкву, тыквы, тыквой; тыквы, тыкв, тыквами",
    "apple": "красное яблоко, яблоко, яблока, яблоком; яблоки, яблок, яблоками",
    "pear": "красная груша, грушу, груши, грушей; груши, груш, грушами",
    "banana": "красный банан, банан, банана, бананом; бананы, бананов, бананами",
    "cake": "красный торт, торт, торта, тортом; торты, тортов, тортами",
    "pizza": "красная пицца, пиццу, пиццы, пиццей; пиццы, пицц, пиццами",
    "carrot": "красная морковка, морковку, морковки, морковкой; морковки, морковок, морковками",
    "strawberry": "красная ягода клубники, ягоду клубники, ягоды клубники, ягодой клубники; "
    "ягоды клубники, ягод клубники, ягодами клубники",
    "ice_cream": "красный рожок мороженого, рожок мороженого, рожка мороженого, рожком мороженого; "
    "рожки мороженого, рожков мороженого, рожками мороженого",
    "chair": "красный стул, стул, стула, стулом; стулья, стульев, стульями",
    "table": "красный стол, стол, стола, столом; столы, столов, столами",
    "lamp": "красная лампа, лампу, лампы, лампой; лампы, ламп, лампами",
    "book": "красная книга, книгу, книги, книгой; книги, книг, книгами",
    "cup": "красная чашка, чашку, чашки, чашкой; чашки, чашек, чашками",
    "umbrella": "красный зонт, зонт, зонта, зонтом; зонты, зонтов, зонтами",
    "ball": "красный мяч, мяч, мяча, мячом; мячи, мячей, мячами",
    "balloon": "красный воздушный шар, воздушный шар, воздушного шара, воздушным шаром; воздушные шары, воздушных шаров, воздушными шарами",
    "kite": "красный воздушный змей, воздушного змея, воздушного змея, воздушным змеем; воздушные змеи, воздушных змеев, воздушными змеями",
    "clock": "красный будильник, будильник, будильника, будильником; будильники, будильников, будильниками",
    "suitcase": "красный чемодан, чемодан, чемодана, чемоданом; чемоданы, чемоданов, чемоданами",
    "hat": "красная шляпа, шляпу, шляпы, шляпой; шляпы, шляп, шляпами",
    "guitar": "красная гитара, гитару, гитары, гитарой; гитары, гитар, гитарами",
    "bottle": "красная бутылка, бутылку, бутылки, бутылкой; бутылки, бутылок, бутылками",
    "bench": "красная скамейка, скамейку, скамейки, скамейкой; скамейки, скамеек, скамейками",
    "bucket": "красное ведро, ведро, ведра, ведром; ведра, ведер, ведрами",
}

RUSSIAN_COLOURS = {
    "red": "красная красного красное", "orange": "оранжевая оранжевого оранжевое", "yellow": "желтая желтого желтое",
    "green": "зеленая зеленого зеленое", "blue": "синяя синего синее", "purple": "фиолетовая фиолетового фиолетовое",
    "pink": "розовая розового розовое", "brown": "коричневая коричневого коричневое", "black": "черная черного черное",
    "white": "белая белого белое",
}  # fmt: skip


@pytest.mark.parametrize(("sentence", "russian", "chinese"), GOLD)
def test_sentences_are_those_written_by_hand(sentence: Sentence, russian: str, chinese: str) -> None:
    assert (ru.realise(sentence), zh.realise(sentence)) == (russian, chinese)


def test_every_phrasing_has_a_gold_sentence() -> None:
    written = {(sentence.kind, sentence.variant) for sentence, _, _ in GOLD}
    assert written == {(kind, variant) for kind, count in VARIANTS.items() for variant in range(count)}


def test_every_russian_noun_declines() -> None:
    def forms(noun: str) -> str:
        one, two = Group(noun, "red"), Group(noun, "red", 2)
        others = ", ".join(ru.definite(one, case) for case in ("acc", "gen", "ins"))
        return f"{ru.indefinite(one)}, {others}; " + ", ".join(ru.definite(two, case) for case in ("nom", "gen", "ins"))

    assert {noun: forms(noun) for noun in NOUNS} == RUSSIAN_FORMS


def test_every_russian_colour_agrees() -> None:
    def forms(colour: str) -> str:
        adjective = ru.COLOURS[colour]
        return " ".join(ru.adjective(adjective, *agreement) for agreement in (("f", "nom", True), ("m", "gen", True), ("n", "acc", False)))

    assert {colour: forms(colour) for colour in COLOURS} == RUSSIAN_COLOURS


def test_big_and_small_decline_in_russian() -> None:
    def forms(word: str, agreement: str) -> str:
        return " ".join(ru.adjective(word, agreement, case, True) for case in ru.CASES)

    assert [forms("большой", agreement) for agreement in ("m", "f", "n", "plural")] == [
        "большой большого большого большим",
        "большая большой большую большой",
        "большое большого большое большим",
        "большие больших больших большими",
    ]
    assert [forms("маленький", agreement) for agreement in ("m", "f", "n", "plural")] == [
        "маленький маленького маленького маленьким",
        "маленькая маленькой маленькую маленькой",
        "маленькое маленького маленькое маленьким",
        "маленькие маленьких маленьких маленькими",
    ]


def test_tables_cover_the_world() -> None:
    for language in (ru, zh):
        tables = (language.LEXICON, language.COLOURS, language.SIZES, language.DOING, language.PLACE, language.RELATION)
        assert [set(table) for table in tables] == [set(NOUNS), set(COLOURS), set(SIZES), set(ACTIONS), set(PLACES), set(RELATIONS)]
        assert set(language.LIGHT) == set(language.WEATHER) == set(LIGHTS)


def test_first_mentions_in_chinese() -> None:
    groups = (
        Group("horse", "black", 2),
        Group("man", "blue", 3),
        Group("house", "white", 1, "big"),
        Group("elephant", "pink", 1, "small"),
        Group("clock", "red", 2, "small"),
    )
    assert [zh.indefinite(group) for group in groups] == [
        "两匹黑色的马",
        "三个穿蓝色衣服的男人",
        "一座白色的大房子",
        "一头粉色的小象",
        "两个红色的小钟",
    ]


def test_different_things_are_said_differently() -> None:
    groups = [
        Group(noun, colour, count, size)
        for noun in NOUNS
        for colour in COLOURS
        for count in (1, 2, 3, 4)
        for size in ((None, *SIZES) if count <= 2 and noun not in CLOTHED else (None,))
    ]
    for language in (ru, zh):
        assert len({language.indefinite(group) for group in groups}) == len(groups)


def test_translation_is_a_function_of_the_english_sentence() -> None:
    sentences = [sentence for seed in range(2000) for sentence in plan_caption(sample_scene(seed), random.Random(seed), most=9)]
    english = [en.realise(sentence) for sentence in sentences]
    for realise in (ru.realise, zh.realise):
        said: dict[str, str] = {}
        for text, sentence in zip(english, sentences, strict=True):
            assert said.setdefault(text, realise(sentence)) == realise(sentence)


def test_facts_that_english_leaves_out_change_nothing() -> None:
    dog = Group("dog", "white", 3, action="sleep")
    for kind, relation in (("show", None), ("relate", "left_of"), ("locate", "left_of"), ("compare", "left_of")):
        for variant in range(VARIANTS[kind]):
            sentence = Sentence(kind, variant, CAT, dog, relation)
            silent = replace(sentence, b=replace(dog, action=None))
            assert (ru.realise(sentence), zh.realise(sentence)) == (ru.realise(silent), zh.realise(silent))


def test_sampled_scenes_are_well_written() -> None:
    russian = re.compile(r"[А-Я][а-я]*(?:,? (?:— )?[а-я]+)*\.")
    chinese = re.compile(r"[\u4e00-\u9fff]+(?:，[\u4e00-\u9fff]+)?。")
    for seed in range(2000):
        for sentence in plan_caption(sample_scene(seed), random.Random(seed)):
            assert russian.fullmatch(ru.realise(sentence)), ru.realise(sentence)
            assert chinese.fullmatch(zh.realise(sentence)), zh.realise(sentence)
            if (sentence.kind, sentence.variant) == ("show", 0):
                assert ru.realise(sentence).startswith("На картинке изображен")
                assert zh.realise(sentence).startswith("图为")


@pytest.mark.parametrize("language", [ru, zh])
def test_unknown_kind_is_named(language: object) -> None:
    with pytest.raises(ValueError, match="sentence kind 'sing' is unknown"):
        language.realise(Sentence("sing", 0, CAT))  # type: ignore[attr-defined]
