import pytest

from pipeline.stages.sentences import one_line, shuffled_subset, split_sentences, styles


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("A dog runs. Two cats sit! Is it night?", ["A dog runs.", "Two cats sit!", "Is it night?"]),
        ("Es sind 3.5 Meter. Ein Hund läuft.", ["Es sind 3.5 Meter.", "Ein Hund läuft."]),
        ("¿Qué es? ¡Un perro! El gato duerme.", ["¿Qué es?", "¡Un perro!", "El gato duerme."]),
        ("Собака бежит. Это кошка.", ["Собака бежит.", "Это кошка."]),
        ("一只狗在跑。两只猫坐着！是夜晚吗？", ["一只狗在跑。", "两只猫坐着！", "是夜晚吗？"]),
        ("one sentence without an end", ["one sentence without an end"]),
        ("A sign reads e.g. this. Done.", ["A sign reads e.g. this.", "Done."]),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert split_sentences(text) == sentences


def test_styles_by_the_papers_rule():
    assert styles(["A."], "en") == {"short": "A."}
    assert styles(["A.", "B."], "en") == {"short": "A.", "detailed": "A. B."}
    assert styles(["A.", "B.", "C.", "D."], "en") == {"short": "A.", "detailed": "A. B.", "more_detailed": "A. B. C. D."}
    for lang in ("zh", "zh-Hant", "zh-TW", "ja"):
        assert styles(["一。", "二。"], lang) == {"short": "一。", "detailed": "一。二。"}
    assert styles(["แมววิ่ง", "สุนัขนอน"], "th") == {"short": "แมววิ่ง", "detailed": "แมววิ่ง สุนัขนอน"}


def test_subsets_have_two_or_more_and_depend_on_the_seed_alone():
    subsets = [shuffled_subset(4, seed) for seed in range(300)]
    assert {len(subset) for subset in subsets} == {2, 3, 4}
    assert all(len(set(subset)) == len(subset) for subset in subsets)
    assert subsets == [shuffled_subset(4, seed) for seed in range(300)]
    assert sorted(shuffled_subset(2, "x")) == [0, 1]


def test_one_line():
    assert one_line(" a\x00b\n c\ufffd ") == "a b c"
