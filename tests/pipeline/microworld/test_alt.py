"""Alt texts: of the kinds and as often as `faults` says, and right where they should be."""

import re
from collections import Counter

from pipeline.microworld.alt import KINDS, alt_text
from pipeline.microworld.faults import WebFaults
from pipeline.microworld.grammar import en
from pipeline.microworld.scenes import NOUNS, sample_scene

ROWS = [(*alt_text(index, index), sample_scene(index)) for index in range(3000)]
WORD = {form.lower(): noun for noun in NOUNS for form in (en.noun(noun, 1), en.noun(noun, 2))}
NAMED = re.compile("|".join(rf"\b{form}\b" for form in sorted(WORD, key=len, reverse=True)))


def nouns(text: str) -> set[str]:
    return {WORD[form] for form in NAMED.findall(text.lower())}


def test_text_depends_on_row_and_scene_alone():
    assert [alt_text(index, index) for index in range(2999, -1, -1)] == [(text, kind) for text, kind, _ in reversed(ROWS)]
    assert [alt_text(row, 2) for row in (0, 1, 4, 9)] == [
        ("A white turtle", "partial"),
        ("Stock photo of white turtle with a green bus", "sound"),
        ("weiße Schildkröte", "foreign"),
        ("从图中可以看到沙漠里有一只白色的乌龟和一辆绿色的公交车", "foreign"),
    ]


def test_kinds_are_as_frequent_as_planned():
    found = Counter(kind for _, kind, _ in ROWS)
    assert set(found) == set(KINDS)
    for kind in ("missing", "junk", "foreign", "wrong"):
        planned = getattr(WebFaults, f"alt_{kind}")
        assert abs(found[kind] / len(ROWS) - planned) < 4 * (planned / len(ROWS)) ** 0.5, kind
    assert 0.5 < found["sound"] / found["partial"] < 2


def test_only_missing_texts_are_missing():
    assert {kind for text, kind, _ in ROWS if text is None} == {"missing"}
    assert all(text is None for text, kind, _ in ROWS if kind == "missing")
    assert all(text and text == text.strip() and "\n" not in text and len(text) < 160 for text, _, _ in ROWS if text is not None)


def test_right_texts_name_what_is_there_and_wrong_ones_what_is_not():
    for text, kind, scene in ROWS:
        there = {group.noun for group in scene.groups}
        match kind:
            case "sound":
                assert len(nouns(text)) >= 2, text
                assert nouns(text) <= there, text
            case "partial":
                assert len(nouns(text)) == 1, text
                assert nouns(text) <= there, text
            case "wrong":
                assert nouns(text), text
                assert not nouns(text) & there, text
            case "junk":
                assert not nouns(text), text


def test_foreign_texts_are_in_five_languages():
    texts = [text for text, kind, _ in ROWS if kind == "foreign"]
    cyrillic = sum(bool(re.search("[а-я]", text)) for text in texts) / len(texts)
    chinese = sum(bool(re.search("[\u4e00-\u9fff]", text)) for text in texts) / len(texts)
    assert 0.13 < cyrillic < 0.27
    assert 0.13 < chinese < 0.27
    assert not [text for text in texts if re.search(r"\b(the|and|two|three|four)\b", text)]
