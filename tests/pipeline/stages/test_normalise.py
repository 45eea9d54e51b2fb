import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.checks import defect
from pipeline.stages.normalise import Normalise, normalised


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A  cat.\t", "A cat."),
        ("The dog&apos;s bowl is &quot;full&quot; of water &amp; ice.", 'The dog\'s bowl is "full" of water & ice.'),
        ("&amp;quot;Caf&#233;&amp;quot; &#x41;", '"Café" A'),
        ("Tom & Jerry, AT&T; R&D &nosuchentity;", "Tom & Jerry, AT&T; R&D &nosuchentity;"),
        ("<b>Buy</b> cheap<br/>flights <a href='x'>now</a>", "Buy cheap flights now"),
        ("3 < 5 and 7 > 2", "3 < 5 and 7 > 2"),
        ("a < b and c > d, a <b and c> d", "a < b and c > d, a <b and c> d"),
        ("10<sup>26</sup> W, H<sub>2</sub>O", "10²⁶ W, H₂O"),
        ("It costs < a dollar, but > 50 cents.", "It costs < a dollar, but > 50 cents."),
        ('<p class="x">One</p><IMG src=x.png /> two', "One two"),
        ("A state @-@ of @-@ the @-@ art camera", "A state-of-the-art camera"),
        ("1 @,@ 000 people", "1,000 people"),
        ("mail me @home: a@b.org", "mail me @home: a@b.org"),
        ("Ein Ba@@ ll liegt da", "Ein Ball liegt da"),
        ("The woman\u200b holds an um\u00adbrella.", "The woman holds an umbrella."),
        ("\u202eThe boy\u202c rides.", "The boy rides."),
        ("\ufeffA cat.", "A cat."),
        ("Cafe\u0301", "Café"),
        ("A\u00a0cat\u3000and\u2028dog\r\nrun", "A cat and dog run"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs the non-joiner
        ("👩\u200d🚀 ❤\ufe0f", "👩\u200d🚀 ❤\ufe0f"),
        ("ｆｕｌｌ　width，ok。", "ｆｕｌｌ width，ok。"),
    ],
)  # fmt: skip
def test_texts(text, expected):
    assert normalised(text) == expected


@given(st.lists(st.sampled_from([*"ab &;<>/@-▁.,#x1", "\u200b", "\u0301", "e", "amp", "lt", "\n"]), max_size=30).map("".join))
def test_twice_is_once(text):
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(max_size=40))
def test_what_is_in_its_form_stays(text):
    """Letters and digits are never lost, but for those of entities and tags."""
    if not any(sign in text for sign in "&<@"):
        kept = [letter for letter in normalised(text) if letter.isdigit()]
        assert kept == [letter for letter in text if letter.isdigit()]


def test_the_stage():
    rows = pa.table({"row": [0, 1], "raw_en": ["A&amp;B ", "A&B"], "raw_text": [" x", "x"], "lang": ["de", "de"]})
    made = Normalise().run(rows, iter(()))
    assert made["en"].to_pylist() == ["A&B", "A&B"]
    assert made["text"].to_pylist() == ["x", "x"]
    first, second = made["id"].to_pylist()
    assert first == second and len(first) == 32


@pytest.mark.parametrize(
    ("text", "original", "reason"),
    [
        ("Ein Hund.", None, None),
        (" ", None, "empty"),
        ("a\x00b", None, "unprintable"),
        ("a\ufffdb", None, "unprintable"),
        ("schÃ¶n", None, "mojibake"),
        ("Der Ball ist <unk>.", None, "unknown_token"),
        ("Красный ⁇ мяч", None, "unknown_token"),
        ("A [UNK] b", None, "unknown_token"),
        ("▁Ein ▁Ball", None, "pieces"),
        ("Der {{ball}}", None, "markup"),
        ("<figure>Ball", None, "markup"),
        ("Ich <3 dich", None, None),
        ("A cat.", "a cat", "copy"),
        ("14:45", "14:45", "copy"),
        ("14:45", "Half past", None),
        ("هناك ٢٥ شخصا", "There are 25 people", None),
        ("वर्ष २०२० की २५", "25 people in 2020", None),
        ("هناك ٢٤ شخصا", "There are 25 people", "numbers"),
        ("10.000 Leute", "10,000 people", None),
        ("10 000 personnes", "10,000 people", None),
        ("Um 7:30", "At 07:30", None),
        ("2010 kamen 100 Menschen", "In 2010 100 people came", None),
        ("那里有1万人和1.5亿元", "10,000 people and 150,000,000 yuan", None),
        ("那里有2万人", "There are 10,000 people", "numbers"),
        ("Drei Leute", "3 people", None),
        ("100000 Rupien", "1,00,000 rupees", None),
        ("Mail an <john@example.com> oder <https://a.org>", None, None),
        ("a[i] und [u], x<y and y>z, ##hashtag", None, None),
    ],
)
def test_defects(text, original, reason):
    found = defect(text, original)
    assert (found and found.reason) == reason
