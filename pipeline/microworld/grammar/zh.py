"""Chinese, simplified: measure words, localisers and existential sentences; full-width punctuation and no spaces."""

from __future__ import annotations

from pipeline.microworld.grammar.plan import Sentence
from pipeline.microworld.scenes import CLOTHED, Group

LEXICON = {
    "cat": ("只", "猫"), "dog": ("只", "狗"), "horse": ("匹", "马"), "cow": ("头", "奶牛"), "sheep": ("只", "绵羊"), "pig": ("头", "猪"),
    "rabbit": ("只", "兔子"), "elephant": ("头", "大象"), "duck": ("只", "鸭子"), "owl": ("只", "猫头鹰"), "frog": ("只", "青蛙"),
    "turtle": ("只", "乌龟"), "bear": ("只", "熊"), "fox": ("只", "狐狸"), "hedgehog": ("只", "刺猬"), "snail": ("只", "蜗牛"),
    "penguin": ("只", "企鹅"), "hen": ("只", "母鸡"), "butterfly": ("只", "蝴蝶"), "man": ("个", "男人"), "woman": ("个", "女人"),
    "boy": ("个", "男孩"), "girl": ("个", "女孩"), "robot": ("个", "机器人"), "snowman": ("个", "雪人"), "car": ("辆", "汽车"),
    "bus": ("辆", "公交车"), "truck": ("辆", "卡车"), "bicycle": ("辆", "自行车"), "tractor": ("辆", "拖拉机"), "boat": ("艘", "船"),
    "train": ("列", "火车"), "airplane": ("架", "飞机"), "house": ("座", "房子"), "tower": ("座", "塔"), "tent": ("顶", "帐篷"),
    "windmill": ("座", "风车"), "lighthouse": ("座", "灯塔"), "church": ("座", "教堂"), "tree": ("棵", "树"), "flower": ("朵", "花"),
    "mushroom": ("个", "蘑菇"), "cactus": ("棵", "仙人掌"), "bush": ("丛", "灌木"), "pumpkin": ("个", "南瓜"), "apple": ("个", "苹果"),
    "pear": ("个", "梨"), "banana": ("根", "香蕉"), "cake": ("个", "蛋糕"), "pizza": ("块", "披萨"), "carrot": ("根", "胡萝卜"),
    "strawberry": ("颗", "草莓"), "ice_cream": ("个", "冰淇淋"), "chair": ("把", "椅子"), "table": ("张", "桌子"), "lamp": ("盏", "台灯"),
    "book": ("本", "书"), "cup": ("个", "杯子"), "umbrella": ("把", "雨伞"), "ball": ("个", "球"), "balloon": ("个", "气球"),
    "kite": ("只", "风筝"), "clock": ("个", "时钟"), "suitcase": ("个", "行李箱"), "hat": ("顶", "帽子"), "guitar": ("把", "吉他"),
    "bottle": ("个", "瓶子"), "bench": ("张", "长椅"), "bucket": ("个", "水桶"),
}  # fmt: skip
"""The measure word and the noun."""
SIZED = {("elephant", "small"): "小象", ("elephant", "big"): "巨型大象", ("clock", "small"): "小钟", ("clock", "big"): "大钟"}
"""Nouns that 小 and 大 do not simply precede: 大象 has its 大 already, and 小时 in 小时钟 would read as an hour."""
COLOURS = {
    "red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色", "blue": "蓝色", "purple": "紫色", "pink": "粉色", "brown": "棕色",
    "black": "黑色", "white": "白色",
}  # fmt: skip
SIZES = {"small": "小", "big": "大"}
NUMBERS = {1: "一", 2: "两", 3: "三", 4: "四"}
DOING = {"sleep": "睡觉", "run": "奔跑", "jump": "跳跃", "wave": "挥手", "read": "看书"}
PLACE = {
    "meadow": "草地上", "forest": "森林里", "beach": "海滩上", "desert": "沙漠里", "mountains": "山里", "street": "街道上",
    "park": "公园里", "farm": "农场里", "lake": "湖边", "snow": "雪地里", "room": "客厅里", "kitchen": "厨房里",
}  # fmt: skip
"""The place with its localiser, without 在."""
LIGHT = {"sun": "晴天", "sunset": "日落时分", "night": "夜晚", "rain": "雨天", "fog": "雾天"}
WEATHER = {
    "sun": ("这是一个晴朗的日子。", "阳光灿烂。"), "sunset": ("太阳正在落山。", "天渐渐黑了。"),
    "night": ("现在是夜晚。", "外面很黑。"), "rain": ("正在下雨。", "这是一个雨天。"),
    "fog": ("四周雾蒙蒙的。", "空气中弥漫着雾气。"),
}  # fmt: skip
RELATION = {
    "left_of": "左边", "right_of": "右边", "in_front_of": "前面", "behind": "后面", "above": "上方", "below": "下方",
}  # fmt: skip


def indefinite(group: Group) -> str:
    """The first mention: "两只红色的小猫", "一个穿蓝色衣服的男人"."""
    measure, noun = LEXICON[group.noun]
    counted, colour = NUMBERS[group.count] + measure, COLOURS[group.colour]
    if group.noun in CLOTHED:
        return f"{counted}穿{colour}衣服的{noun}"
    if group.size:
        noun = SIZED.get((group.noun, group.size), SIZES[group.size] + noun)
    return f"{counted}{colour}的{noun}"


def definite(group: Group) -> str:
    """The later mention, by noun and number only: "这只猫", "这些猫"."""
    measure, noun = LEXICON[group.noun]
    return f"这{measure if group.count == 1 else '些'}{noun}"


def realise(sentence: Sentence) -> str:
    """The sentence in Chinese, with its full stop."""
    a, b, variant = sentence.a, sentence.b, sentence.variant
    place = PLACE[sentence.place] if sentence.place else ""
    light = LIGHT[sentence.light] if sentence.light else ""
    relation = RELATION[sentence.relation] if sentence.relation else ""
    if sentence.kind == "light":
        assert sentence.light
        return WEATHER[sentence.light][variant]
    assert a
    doing = DOING[a.action] if a.action else ""
    where = f"{light}的{place}" if light and place else light or place
    when = f"{light}，" if light else ""
    match sentence.kind:
        case "show":
            seen = indefinite(a) + (f"和{indefinite(b)}" if b else "")
            if variant == 0:
                text = f"图为{light}{place}{'的' if where else ''}{seen}"
            else:
                text = f"从图中可以看到{where}{'有' if where else ''}{seen}"
        case "exist":
            text = f"{where}有{indefinite(a)}" if variant == 0 else f"{when or '在'}{place}{'' if light else '，'}有{indefinite(a)}"
        case "act":
            at = f"在{place}" if place else ""
            text = f"{when}{indefinite(a)}正{at or '在'}{doing}" if variant == 0 else f"{when}{place}有{indefinite(a)}正在{doing}"
        case "relate":
            assert b
            beside = indefinite(b) + relation
            if variant == 0:
                start = f"{place}，" if place else ""
                text = f"{start}{indefinite(a)}正在{beside}{doing}" if doing else f"{start}有{indefinite(a)}在{beside}"
            elif variant == 1:
                text = (f"在{place}，" if place else "") + f"{beside}有{indefinite(a)}" + (f"正在{doing}" if doing else "")
            else:
                text = f"可以看到{place}有{indefinite(a)}在{beside}{doing}"
        case "locate":
            assert b
            beside = f"{definite(a)}的{relation}"
            text = (f"{beside}有{indefinite(b)}", f"在{beside}，有{indefinite(b)}", f"有{indefinite(b)}在{beside}")[variant]
        case "compare":
            assert b
            text = f"{definite(a)}在{definite(b)}的{relation}"
        case "do":
            text = f"{definite(a)}正在{doing}"
        case _:
            raise ValueError(f"sentence kind {sentence.kind!r} is unknown")
    return text + "。"
