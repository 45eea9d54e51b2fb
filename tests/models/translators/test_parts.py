"""Texts that are longer than a model reads at once, and what is told of scores."""

from pathlib import Path

import pytest

from models.protocols import Translation
from models.registry import load_translator
from models.translators.sequence import MAX_SOURCE_TOKENS
from tests.models.translators.checkpoints import ENGLISH, GERMAN


def test_a_text_beyond_the_positions_is_translated_by_parts(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    sentence = "Two dogs sleep by the lake."
    length = len(model.pieces.split(sentence))  # type: ignore[attr-defined]
    together = " ".join([sentence] * (MAX_SOURCE_TOKENS // length))
    whole = model.translate([f"{together} {together}"], "en", "de")[0]
    parts = model.translate([together, together], "en", "de")
    assert whole == Translation(" ".join(part.text for part in parts), parts[0].logprob, complete=False)
    joined = model.translate([f"{together} {together}"], "en", "zh")[0]
    assert joined.text == "".join(part.text for part in model.translate([together, together], "en", "zh"))


@pytest.mark.parametrize("engine", ["ct2", "hf"])
def test_what_did_not_come_to_an_end_is_told(engine: str, nllb: Path, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    folder = converted["nllb"] if engine == "ct2" else checkpoints["nllb"]
    made = load_translator(f"{engine}:{folder}?dtype=float32").translate([*ENGLISH, ""], "en", "de")
    assert [(one.text, one.complete) for one in made] == [*((text, True) for text in GERMAN), ("", True)]
    endless = load_translator(f"ct2:{nllb}")  # whose weights are drawn by chance
    made = endless.translate(["A dog."], "en", "de")
    assert [one.complete for one in made] == [False]


def test_a_translator_names_its_languages(nllb: Path) -> None:
    assert load_translator(f"ct2:{nllb}").languages == {"de", "zh"}


def test_of_a_sentence_beyond_the_positions_no_word_is_left_out(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    sentence = "Two dogs sleep by the lake, " * 100
    whole = model.pieces.split(sentence.strip())  # type: ignore[attr-defined]
    parts = model._parts(f"A dog. {sentence} A cat.", "en")  # type: ignore[attr-defined]
    assert len(whole) > 3 * MAX_SOURCE_TOKENS
    assert max(map(len, parts)) <= MAX_SOURCE_TOKENS
    words = [model.pieces.join(part).split() for part in parts]  # type: ignore[attr-defined]
    assert [word for part in words for word in part] == f"A dog. {sentence} A cat.".split()


def test_parts_end_where_sentences_do(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    sentence = "Mr. Smith and the U.S. flag are near St. Peter."
    parts = model._parts(" ".join([sentence] * 60), "en")  # type: ignore[attr-defined]
    assert len(parts) > 2
    assert all(model.pieces.join(part).endswith("St. Peter.") for part in parts)  # type: ignore[attr-defined]
