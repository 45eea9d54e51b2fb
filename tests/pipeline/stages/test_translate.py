from dataclasses import replace

import pyarrow as pa
import pytest

from models.protocols import ModelCard, Translation
from pipeline.chunks import split_of
from pipeline.stages.translate import Translate
from pipeline.tables import SOURCE, table
from tests.pipeline.tiny import Translator

KEYS = [f"{number:032x}" for number in range(40)]
TRAIN = next(key for key in KEYS if split_of(key, 0, 0.5) == "train")
TEST = next(key for key in KEYS if split_of(key, 0, 0.5) == "test")
READS = {"key": pa.string(), "caption": pa.string(), "caption_logprob": pa.float32(), "human": SOURCE["human"], "source_split": pa.string()}
CAPTION = "The picture is red in the middle. Its edges are red as well."


def rows(keys: list[str], captions: list[str | None], human: tuple[dict, ...] = (), split: str | None = None) -> pa.Table:
    columns = {"key": keys, "caption": captions, "caption_logprob": [caption and -0.25 for caption in captions]}
    return table(columns | {"human": [list(human)] * len(keys), "source_split": [split] * len(keys)}, READS)


def texts(key: str, caption: str = CAPTION, pairs: bool = True) -> list[tuple]:
    stage = Translate(Translator.describe, ("en", "de", "fr"), ("en", "de"), 0, 0.5, pairs, 0)
    made = stage.run(rows([key], [caption]), iter(()))
    assert made["reject"].to_pylist() == [None]
    return [(t["task"], t["lang"], t["style"], t["source"], t["text"]) for t in made["texts"][0].as_py()]


EN = ["The picture is red in the middle.", "Its edges are red as well."]
DE = ["Das Bild ist in der Mitte rot.", "Seine Ränder sind ebenfalls rot."]
FR = ["L'image est de couleur rot au milieu.".replace("rot", "rouge"), "Ses bords sont aussi de couleur rouge."]


def test_a_train_image_has_captions_in_caption_languages_and_pairs_in_all():
    made = texts(TRAIN)
    assert made[:4] == [
        ("caption", "en", "short", None, EN[0]),
        ("caption", "en", "detailed", None, " ".join(EN)),
        ("caption", "de", "short", EN[0], DE[0]),
        ("caption", "de", "detailed", " ".join(EN), " ".join(DE)),
    ]
    whole = [("translation", "de", None, " ".join(EN), " ".join(DE)), ("translation", "fr", None, " ".join(EN), " ".join(FR))]
    assert [made[4], made[6]] == whole
    for pair, target in ((made[5], DE), (made[7], FR)):
        assert pair[3:] in {(" ".join(EN), " ".join(target)), (" ".join(reversed(EN)), " ".join(reversed(target)))}
    assert len(made) == 8


def test_without_pairs_a_train_image_has_captions_only():
    assert {(task, lang) for task, lang, *_ in texts(TRAIN, pairs=False)} == {("caption", "en"), ("caption", "de")}


def test_a_test_image_has_everything_in_every_language():
    expected = {("caption", lang) for lang in ("en", "de", "fr")} | {("translation", lang) for lang in ("de", "fr")}
    assert {(task, lang) for task, lang, *_ in texts(TEST, pairs=False)} == expected


def test_styles_are_translated_alone_where_sentences_do_not_match(monkeypatch):
    joined = {" ".join(EN): "Alles ist rot, und zwar überall.", EN[0]: DE[0]}
    monkeypatch.setattr(Translator, "_translate", lambda self, text, target: joined[text])
    made = texts(TRAIN)
    assert [row for row in made if row[1] == "de"] == [
        ("caption", "de", "short", EN[0], DE[0]),
        ("caption", "de", "detailed", " ".join(EN), joined[" ".join(EN)]),
        ("translation", "de", None, " ".join(EN), joined[" ".join(EN)]),
    ]


@pytest.mark.parametrize("size", [1, 3, 4, 5])
def test_the_batch_size_changes_nothing(size):
    chunk = rows(KEYS[:4], [CAPTION, EN[0], EN[1], CAPTION.replace("red", "blue")])
    stages = [Translate(Translator.describe, ("en", "de", "fr"), ("en", "de"), 0, 0.5, True, 0, batch) for batch in (size, 64)]
    assert stages[0].run(chunk, iter(())) == stages[1].run(chunk, iter(()))
    assert stages[0].digest() == stages[1].digest()


class Beside(Translator):
    """Joins the sentences of a whole caption, so that its styles are translated alone, and says what it saw beside each."""

    describe = ModelCard("python:tests.pipeline.stages.test_translate:Beside", "beside", "1", "f" * 64, None)
    context = True

    def translate(self, texts, source, target):
        return [Translation(text.replace(". ", ", "), -0.5) for text in texts]

    def translate_in_context(self, texts, contexts, source, target):
        return [Translation(f"{text} Neben: {context}", -0.5) for text, context in zip(texts, contexts, strict=True)]


def test_a_translator_that_asks_for_it_sees_the_whole_caption_beside_a_style():
    stage = Translate(Beside.describe, ("en", "de"), ("en", "de"), 0, 0.5, True, 0)
    made = stage.run(rows([TRAIN], [CAPTION]), iter(()))
    german = [(t["task"], t["style"], t["source"], t["text"]) for t in made["texts"][0].as_py() if t["lang"] == "de"]
    whole = " ".join(EN)
    assert german == [
        ("caption", "short", EN[0], f"{EN[0]} Neben: {whole}"),
        ("caption", "detailed", whole, whole.replace(". ", ", ")),
        ("translation", None, whole, whole.replace(". ", ", ")),
    ]


class Breathless(Translator):
    """Comes to no end with what is blue."""

    describe = ModelCard("python:tests.pipeline.stages.test_translate:Breathless", "breathless", "1", "f" * 64, None)

    def translate(self, texts, source, target):
        return [replace(made, complete="blau" not in made.text) for made in super().translate(texts, source, target)]


def test_a_translation_that_was_cut_off_is_none():
    stage = Translate(Breathless.describe, ("en", "de"), ("en", "de"), 0, 0.5, True, 0)
    made = stage.run(rows(KEYS[:2], [CAPTION, EN[0].replace("red", "blue")]), iter(()))
    assert made["reject"].to_pylist() == [None, "model_failed"]
    said = "de: the translation was cut off at the most that the model writes: Das Bild ist in der Mitte blau."
    assert made["detail"].to_pylist() == [None, said]
    assert made["texts"].to_pylist()[1] is None


def test_abbreviations_end_no_style_and_quotations_are_closed():
    human = people(
        ("en", 'Mr. Smith stands near St. Peter. A sign says "Stop!" He waits.'), ("de", "Dr. Max ruft „Halt!“ Es ist z. B. Tag.")
    )
    made = [row[:5] for row in made_of(human, replace(STAGE, langs=("en", "de"))) if row[0] == "caption"]
    english = ["Mr. Smith stands near St. Peter.", 'A sign says "Stop!"', "He waits."]
    whole = " ".join(english)
    assert made == [
        ("caption", "en", "short", None, english[0]),
        ("caption", "en", "detailed", None, " ".join(english[:2])),
        ("caption", "en", "more_detailed", None, whole),
        ("caption", "de", "short", whole, "Dr. Max ruft „Halt!“"),
        ("caption", "de", "detailed", whole, "Dr. Max ruft „Halt!“ Es ist z. B. Tag."),
    ]


def people(*texts: tuple[str, str] | tuple[str, str, str]) -> tuple[dict, ...]:
    return tuple({"lang": lang, "source": source[0] if source else None, "text": text, "model": "Folk"} for lang, text, *source in texts)


def made_of(human: tuple[dict, ...], stage: Translate, split: str | None = "train", caption: str | None = None) -> list[tuple]:
    made = stage.run(rows([TRAIN], [caption], human, split), iter(()))
    assert made["reject"].to_pylist() == [None]
    return [
        (t["task"], t["lang"], t["style"], t["source"], t["text"], t["origin"], t["model"], t["logprob"]) for t in made["texts"][0].as_py()
    ]


BY_PEOPLE, BY_TEACHER = ("human", "Folk", None), ("translator", None, -0.5)
STAGE = Translate(Translator.describe, ("en", "de", "fr"), ("en", "de"), 0, 0.5, True, 0)


def test_all_that_people_wrote_is_kept_and_the_rest_translated():
    human = people(("en", EN[0]), ("en", EN[1]), ("en", EN[0].lower()[:1] + EN[0][1:]), ("en", " \n"), ("de", DE[1], EN[1]))
    assert made_of(human, STAGE) == [
        ("caption", "en", "short", None, EN[0], *BY_PEOPLE),
        ("caption", "en", "short", None, EN[1], *BY_PEOPLE),
        ("caption", "de", "short", EN[0], DE[0], *BY_TEACHER),
        ("caption", "de", "short", EN[1], DE[1], *BY_PEOPLE),
        ("translation", "de", None, EN[0], DE[0], *BY_TEACHER),
        ("translation", "de", None, EN[1], DE[1], *BY_PEOPLE),
        ("translation", "fr", None, EN[0], FR[0], *BY_TEACHER),
        ("translation", "fr", None, EN[1], FR[1], *BY_TEACHER),
    ]


def test_no_teacher_captions_in_a_language_in_which_people_did():
    human = people(("en", EN[0]), ("de", "Alles rot. Und wie!"), ("fr", "Tout est rouge."), ("fr", FR[0], EN[0]))
    german = [
        ("caption", "de", style, EN[0], text, *BY_PEOPLE) for style, text in (("short", "Alles rot."), ("detailed", "Alles rot. Und wie!"))
    ]
    french = ("translation", "fr", None, EN[0], FR[0], *BY_PEOPLE)
    english = ("caption", "en", "short", None, EN[0], *BY_PEOPLE)
    assert made_of(human, STAGE) == [english, *german, ("translation", "de", None, EN[0], DE[0], *BY_TEACHER), french]
    without = replace(STAGE, pairs=False)
    assert made_of(human, without) == [english, *german, french]
    in_test = [("caption", "fr", "short", EN[0], "Tout est rouge.", *BY_PEOPLE), french]
    assert [row for row in made_of(human, without, "test") if row[1] == "fr"] == in_test


def test_a_picture_goes_by_the_split_of_its_own_dataset():
    human = people(("en", EN[0]))
    assert {row[1] for row in made_of(human, STAGE, "train") if row[0] == "caption"} == {"en", "de"}
    assert {row[1] for row in made_of(human, STAGE, "test") if row[0] == "caption"} == {"en", "de", "fr"}
    stage = replace(STAGE, test_share=0.999999)
    assert {row[1] for row in made_of(human, stage, "val") if row[0] == "caption"} == {"en", "de"}


def test_the_description_stands_beside_what_people_wrote_and_is_no_caption():
    stage = replace(STAGE, translator=Beside.describe, langs=("en", "de"))
    made = made_of(people(("en", EN[0])), stage, caption="A red picture.")
    text = f"{EN[0]} Neben: A red picture."
    assert made == [
        ("caption", "en", "short", None, EN[0], *BY_PEOPLE),
        ("caption", "de", "short", EN[0], text, *BY_TEACHER),
        ("translation", "de", None, EN[0], text, *BY_TEACHER),
    ]
    assert made_of(people(("en", EN[0])), stage)[2][4] == EN[0]


def test_without_english_by_people_the_description_is_the_caption():
    made = made_of(people(("de", "Alles rot.")), STAGE, caption=EN[0])
    assert made[:2] == [
        ("caption", "en", "short", None, EN[0], "captioner", None, -0.25),
        ("caption", "de", "short", EN[0], "Alles rot.", *BY_PEOPLE),
    ]
