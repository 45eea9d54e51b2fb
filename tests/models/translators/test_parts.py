"""Texts that are longer than a model reads at once, and what is told of scores."""

from pathlib import Path

from models.protocols import Translation
from models.registry import load_translator
from models.translators.sequence import MAX_SOURCE_TOKENS


def test_a_text_beyond_the_positions_is_translated_by_parts(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    sentence = "Two dogs sleep by the lake."
    length = len(model.pieces.split(sentence))  # type: ignore[attr-defined]
    together = " ".join([sentence] * (MAX_SOURCE_TOKENS // length))
    whole = model.translate([f"{together} {together}"], "en", "de")[0]
    parts = model.translate([together, together], "en", "de")
    assert whole == Translation(" ".join(part.text for part in parts), parts[0].logprob)
    joined = model.translate([f"{together} {together}"], "en", "zh")[0]
    assert joined.text == "".join(part.text for part in model.translate([together, together], "en", "zh"))


def test_a_translator_names_its_languages(nllb: Path) -> None:
    assert load_translator(f"ct2:{nllb}").languages == {"de", "zh"}
