import pyarrow as pa
import pytest

from pipeline.stages.quality import JudgeBitext, Quality

GOOD = ("A small red dog runs over the grass.", "Ein kleiner roter Hund rennt über das Gras.")


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (GOOD, None),
        (("A red dog.", "Ein roter Hund."), "too_short"),
        ((GOOD[0], " "), "empty"),
        ((GOOD[0], GOOD[1] * 12), "too_long"),
        ((GOOD[0], "a small red DOG runs over the grass"), "copy"),
        ((GOOD[0], "Ein Hund."), "length_ratio"),
        ((GOOD[0], "Ein Hund Hund Hund Hund Hund Hund"), "repetition"),
        ((GOOD[0], "auf dem Gras, auf dem Gras, auf dem Gras,"), "repetition"),
        ((GOOD[0], "红色的小狗红色的小狗红色的小狗红色的小狗"), "repetition"),
        ((GOOD[0], "一只狗狗狗狗狗狗狗狗狗狗狗"), "repetition"),
        ((GOOD[0], "一只红色的小狗在草地上跑。"), None),
        (("There are 3 red dogs in the photo.", "Es sind 4 rote Hunde auf dem Foto."), "numbers"),
        (("There are 3 red dogs in the photo.", "Es sind drei rote Hunde auf dem Foto."), None),
        ((GOOD[0], GOOD[1] + "\ufffd"), "unprintable"),
        ((GOOD[0], "Ein kleiner roter Hund läuft über das grüne Gras.".encode().decode("latin-1")), "mojibake"),
        ((GOOD[0], "Le château est fermé, dit-il : « demain ! » — peut-être."), None),
    ],
)
def test_quality(pair, reason):
    made = Quality(26, 400, 3.0).run(pa.table({"row": [0], "en": [pair[0]], "text": [pair[1]]}), iter(()))
    assert made["reject"].to_pylist() == [reason]
    assert made.column_names == ["length_ratio", "repetition", "reject", "detail"]


def test_judging_a_bitext_by_its_scores():
    rows = [
        {"lang": "de", "en_found": "en", "en_prob": 0.9, "text_found": "de", "lang_prob": 0.9, "pair_score": 0.8},
        {"lang": "de", "en_found": "fr", "en_prob": 0.9, "text_found": "de", "lang_prob": 0.9, "pair_score": 0.8},
        {"lang": "de", "en_found": "en", "en_prob": 0.9, "text_found": "de", "lang_prob": 0.4, "pair_score": 0.8},
        {"lang": "de", "en_found": "en", "en_prob": 0.9, "text_found": "de", "lang_prob": 0.9, "pair_score": 0.1},
        {"lang": "de", "en_found": "en", "en_prob": 0.9, "text_found": "de", "lang_prob": 0.9, "pair_score": None},
        {"lang": "zh-Hant", "en_found": "en", "en_prob": 0.9, "text_found": "zh", "lang_prob": 0.9, "pair_score": 0.8},
    ]
    made = JudgeBitext(0.5, 0.3).run(pa.Table.from_pylist(rows), iter(()))
    assert made.to_pydict() == {
        "reject": [None, "english_language", "language", "pair_score", None, None],
        "detail": [None, "fr at 0.90, not en", "de at 0.40, at least 0.5", "0.100, at least 0.3", None, None],
    }
