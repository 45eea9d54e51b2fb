import pyarrow as pa
import pytest

from pipeline.stages.check_texts import CheckTexts
from pipeline.stages.checks import Scores, over, repetition


def text(task, words, source=None, origin="translator"):
    return {"task": task, "lang": "de", "style": None, "source": source, "text": words, "origin": origin, "model": None, "logprob": None}


def check(*texts):
    made = CheckTexts().run(pa.table({"row": [0], "texts": [list(texts)]}), iter(()))
    assert made["reject"].to_pylist() == [None]
    return made["checks"].to_pylist()[0]


def test_teachers_texts_are_looked_at_beside_their_originals():
    good, looped, unknown, copied = check(
        text("caption", "Ein roter Ball liegt da.", "A red ball lies there."),
        text("translation", "Ein Ball, ein Ball, ein Ball, ein Ball.", "A red ball lies there."),
        text("translation", "Ein <unk> Ball liegt da.", "A red ball lies there."),
        text("caption", "A red ball lies there", "A red ball lies there."),
    )
    assert (good["defect"], good["repetition"]) == (None, pytest.approx(0.2))
    assert (looped["defect"], looped["repetition"]) == (None, 7 / 8)
    assert (unknown["defect"], unknown["detail"]) == ("unknown_token", "<unk>")
    assert copied["defect"] == "copy"


def test_what_is_wrong_with_the_english_side_of_a_pair_is_wrong_with_the_pair():
    (pair,) = check(text("translation", "Ein Ball.", "A <unk> ball."))
    assert pair["defect"] == "unknown_token"


def test_people_need_not_say_what_the_english_beside_them_says():
    caption, pair = check(text("caption", "2 Hunde.", "3 dogs.", "human"), text("translation", "2 Hunde.", "3 dogs.", "human"))
    assert (caption["defect"], caption["length_ratio"], pair["defect"]) == (None, None, None)


def test_no_texts():
    assert check() == []


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("a b c", 0.0),
        ("one two three four five", 0.2),
        ("kleines kleines kleines Kind spielt im Park", 1.0),
        ("ein Hund ein Hund ein Hund und mehr davon", 6 / 9),
        ("der Hund läuft, der Hund läuft, der Hund läuft,", 1.0),
        ("一只红色的小狗在草地上跑", 1 / 12),
        ("红色的小狗红色的小狗红色的小狗", 1.0),
        ("哈哈哈，真的很好玩", 3 / 9),
        ("No, no, no, that is not it", 3 / 7),
        ("ha ha ha said the man there", 3 / 7),
        ("價格是1000000000000圓", 1 / 4),
        ("don't don't don't do that here", 1.0),
        ("बच्चा बच्चा बच्चा खेल रहा है", 1.0),
        ("咚咚咚咚咚咚，有人在敲门，快去看看", 6 / 17),
        ("die die die Katze und der Hund", 1.0),
        ("Je suis désolé, mais " * 6, 1.0),
    ],
)
def test_repetition(words, share):
    assert repetition(words) == pytest.approx(share)


def test_thresholds():
    assert over(Scores(3.0, 0.5), 3.0) is None
    assert over(Scores(3.01, 0.5), 3.0).reason == "length_ratio"
    assert over(Scores(None, 0.51), 3.0).reason == "repetition"
