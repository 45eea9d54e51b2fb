"""Where sentences end, by real examples in many languages; and that nothing is lost by it, whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.languages.sentences import join_sentences, split_sentences
from pipeline.microworld.grammar import LANGUAGES, describe
from pipeline.microworld.grammar.plan import free_caption
from pipeline.microworld.scenes import sample_scene


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "A dog runs.|Two cats sit!|Is it night?"),
        ("en", "A statue of St. Peter stands in the square.|It is old."),
        ("en", "Mr. Smith and Dr. Jane Doe vs. John Roe on stage."),
        ("en", "A plane of the U.S. Air Force lands at 3 p.m.|On the left is a No. 5 bus."),
        ("en", "He comes from the U.S.|The car waits on Main St.|Two dogs bark."),
        ("en", "J. R. R. Tolkien wrote it.|He smiles."),
        ("en", "Approx. 5 people, e.g. men, women, etc. walk.|It costs 3.5 dollars."),
        ("en", 'A sign says "Stop!"|The car waits.'),
        ("en", '"Stop!" says a sign.|“Go!”|‘Now!’|A man said “Stop. Go.”|The car waits.'),
        ("en", "He said “Go.|“Now.|The end."),
        ("en", "(A dog runs.)|The cat (a black one.) sits.|[A bird.]|Yes."),
        ("en", "What?!|Wait ...|Really…|Yes... and no.|Oh!"),
        ("en", "See www.example.com.|Or https://a.b/c.d?e=f.|Node.JS is nice."),
        ("en", "A man walks.|the dog follows.|it is red!|what is it?|3 dogs run."),
        ("en", "The dog looks at me.|A cat is ill.|Two birds are in the art.|Yes."),
        ("en", "1. A dog.|2. A cat."),
        ("en", "A dog. 🐶"),
        ("en", "one sentence without an end"),
        ("en-GB", "Mr. Smith waves.|He smiles."),
        ("de", "Es sind 3.5 Meter.|Ein Hund läuft."),
        ("de", "Tiere, z. B. Hunde, d. h. Nr. 5 usw., laufen.|Dr. Max, ca. Zehn."),
        ("de", "Der 3. Hund läuft.|Am 3. Oktober schläft er.|Das ist Haus 12.|Es sind drei.|3 Hunde laufen."),
        ("de", "Er sagt „Halt!“|Das Auto wartet.|»Los!«|Er geht.|die Katze schläft."),
        ("fr", "M. Dupont, Mme Durand, Mlle. Anne et J.-C. Petit marchent.|Le Dr. Paul dort."),
        ("fr", "Que fait-il ?|Il dit « Arrêtez ! »|La voiture attend.|« Non ! » dit-il."),
        ("fr", "Il dit\u00a0: «\u00a0Arrêtez\u00a0!\u00a0»\u00a0|La voiture attend."),
        ("es", "¿Qué es?|¡Un perro!|El Sr. López y Dña. Ana duermen.|Dice «¡Alto!»|El coche espera."),
        ("es", "Vive en EE. UU. desde 1990.|Es la pág. 5, aprox. la núm. 6.|Dice que no.|El perro duerme."),
        ("ru", "Это г. Москва, ул. Ленина, им. Пушкина.|А. С. Пушкин и др. люди стоят.|Проф. Иванов спит."),
        ("ru", "Он сказал: «Стоп!»|Машина ждёт.|Было 5 тыс. рублей.|Собака бежит."),
        ("zh", "一只狗在跑。|两只猫坐着！|是夜晚吗？|有3.5米。"),
        ("zh", "他说：“停！”|汽车在等。|写着“停！”的牌子。|「停！」|（一只狗在跑。）|一只狗（大的。）在跑。|两只猫……三只鸟。"),
        ("zh", "一只狗。|Hello world. |This is it. |停!|汽车。"),
        ("zh-Hant", "一隻狗。|「停！」|車子在等。"),
        ("ja", "彼は「止まれ！」と言った。|「はい。」|犬（大きい。）が走る。\u3000|車が待つ。"),
        ("hi", "एक कुत्ता दौड़ता है।|दो बिल्लियाँ हैं।"),
        ("ar", "كلب يجري؟|قطة نائمة.|نعم!"),
        ("th", "แมววิ่ง สุนัขนอน"),
        ("ko", "개가 달린다.|고양이가 잔다."),
        ("pt-BR", "O Sr. Silva dorme.|Dois cães correm."),
        ("nb", "En hund.|Kl. 5 kommer han, bl.a. Anna og f.eks. Ola.|Katten sover."),
        ("cs", "To je 3. Pes a např. kočka.|Ano."),
    ],
)
def test_sentences(lang: str, text: str) -> None:
    sentences = [sentence.strip() for sentence in text.split("|")]
    spaces = "" if lang in ("zh", "zh-Hant", "ja", "hi") else " "
    assert split_sentences(text.replace("|", spaces), lang) == sentences


def test_no_sentence_in_a_blank_text() -> None:
    assert split_sentences("", "en") == split_sentences(" \n\u3000", "zh") == []


LANGS = [*LANGUAGES, "ja", "ar", "hi", "th", "ko", "it", "pl", "fi", "zh-Hant", "pt-BR", "nb", "quz", "xx"]
PIECES = [
    *" .!?…。！？।؟\"'“”‘’«»„‚()[]{}<>「」『』【】（）¿¡,:;-%1a\t\n\r\x00\x1c\x85\u00a0\u2028\u3000\u200f\ufeff",
    *("A", "dog", "ß", "Ж", "собака", "犬", "が", "一只狗", "कुत्ता", "🐶", "Mr.", "e.g.", "z. B.", "г.", "U.S.", "No. 5", "3.5"),
    *("...", "?!", "“停！”", "« Non ! »", '"Stop!"', "\n\n", "\r\n\r\n", "[1]", "a@b.de", "www.a.com", "J. R."),
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=20).map("".join), st.sampled_from(LANGS))
def test_nothing_is_lost_but_white_space(text: str, lang: str) -> None:
    sentences = split_sentences(text, lang)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert "".join(join_sentences(sentences, lang).split()) == "".join(text.split())
    assert all(sentence and sentence == sentence.strip() for sentence in sentences)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.sampled_from([lang for lang in LANGS if lang not in ("zh", "zh-Hant", "ja")]),
)
def test_the_last_sentence_alone_is_one(text: str, lang: str) -> None:
    for sentence in split_sentences(text, lang)[-1:]:
        assert "".join(split_sentences(sentence, lang)) == sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_demos_texts_have_the_sentences_that_they_were_made_of(lang: str) -> None:
    for seed in range(200):
        plan = free_caption(sample_scene(seed))
        sentences = [describe(lang, [*plan[: n + 1]]).removeprefix(describe(lang, plan[:n])).strip() for n in range(len(plan))]
        assert split_sentences(join_sentences(sentences, lang), lang) == sentences


@pytest.mark.parametrize(
    ("lang", "joined"),
    [
        ("zh", "一。二。A dog. A cat. 三。"),
        ("zh-TW", "一。二。A dog. A cat. 三。"),
        ("ja", "一。二。A dog. A cat. 三。"),
        ("th", "一。 二。 A dog. A cat. 三。"),
    ],
)
def test_joined(lang: str, joined: str) -> None:
    assert join_sentences(["一。", "二。", "A dog.", "A cat.", "三。"], lang) == joined
    assert join_sentences([], lang) == ""
