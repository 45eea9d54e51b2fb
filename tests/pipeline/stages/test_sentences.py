import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.normalise import normalised
from pipeline.stages.sentences import capitalised, shuffled_subset, styles
from pipeline.stages.texts import EnglishCaption, Said


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


@pytest.mark.parametrize(
    ("sentence", "capital"),
    [
        ("a dog runs.", "A dog runs."),
        ("éclairs on a plate.", "Éclairs on a plate."),
        ("iPhone on a desk.", "iPhone on a desk."),
        ("ßtraße.", "ßtraße."),
        ("ﬁsh in a bowl.", "ﬁsh in a bowl."),
        ("", ""),
    ],
)
def test_a_capital_changes_one_letter(sentence, capital):
    assert capitalised(sentence) == capital


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from([*" .!?\"'”»)", "A dog", "iPhone", "ﬁsh", "St.", "U.S.", "“Go!”"]) | st.text(max_size=3), max_size=12).map(
        "".join
    )
)
def test_a_caption_has_every_letter_of_what_was_said(text):
    said = normalised(text)
    caption = EnglishCaption(Said(said, "captioner"), "", (0,))
    assert "".join(caption.whole.split()).casefold() == "".join(said.split()).casefold()
    assert [row["text"] for row in caption.english()][-1:] == [caption.whole] * bool(said)
