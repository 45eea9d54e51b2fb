"""Every family through CTranslate2 and through transformers: the same sentences, the same scores, whatever the batch."""

from pathlib import Path

import pytest

from models.convert import convert
from models.protocols import Translation
from models.registry import load_translator
from models.specs import ModelError
from tests.models.translators.checkpoints import CONTEXT, ENGLISH, FRENCH, GERMAN, SAVE, save_marian

FAMILIES = list(SAVE)


def specs(family: str, checkpoints: dict[str, Path], converted: dict[str, Path], settings: str) -> list[str]:
    return [f"ct2:{converted[family]}?dtype=float32&{settings}", f"hf:{checkpoints[family]}?{settings}"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("settings", ["beams=1", "beams=3&length_penalty=0.9&batch_tokens=24"])
def test_both_engines_say_what_was_learnt(family: str, settings: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    made = [load_translator(spec).translate(ENGLISH, "en", "de") for spec in specs(family, checkpoints, converted, settings)]
    assert [[one.text for one in all_of] for all_of in made] == [GERMAN, GERMAN]
    assert [one.logprob for one in made[0]] == pytest.approx([one.logprob for one in made[1]], abs=1e-3)
    assert all(-0.1 < one.logprob < 0 for one in made[0])


@pytest.mark.parametrize("family", ["nllb", "m2m100", "madlad"])
def test_the_target_language_is_obeyed(family: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    for spec in specs(family, checkpoints, converted, "beams=2"):
        model = load_translator(spec)
        assert [one.text for one in model.translate(ENGLISH, "en", "fr-CA")] == FRENCH
        assert {"de", "fr", "de-AT"} <= {tag for tag in ("de", "fr", "de-AT", "en", "xx") if tag in model.languages}


def test_an_opus_model_of_several_targets(tmp_path: Path) -> None:
    save_marian(tmp_path / "opus-mt-en-mul", ("deu", "fra"))
    model = load_translator(f"hf:{tmp_path / 'opus-mt-en-mul'}")
    assert sorted(model.languages) == ["de", "fr"]
    assert [[one.text for one in model.translate(ENGLISH, "en", lang)] for lang in ("de", "fr")] == [GERMAN, FRENCH]


def test_an_opus_model_of_several_targets_and_a_vocabulary_a_side(tmp_path: Path) -> None:
    """The source's vocabulary alone has the tokens of the languages."""
    save_marian(tmp_path / "opus-mt-en-mul", ("deu", "fra"), apart=True)
    convert(str(tmp_path / "opus-mt-en-mul"), tmp_path / "converted", "float32")
    for spec in (f"hf:{tmp_path / 'opus-mt-en-mul'}", f"ct2:{tmp_path / 'converted'}?dtype=float32"):
        model = load_translator(spec)
        assert sorted(model.languages) == ["de", "fr"]
        assert [[one.text for one in model.translate(ENGLISH, "en", lang)] for lang in ("de", "fr")] == [GERMAN, FRENCH]


@pytest.mark.parametrize("size", [1, 7, 8, 9])
@pytest.mark.parametrize("engine", ["ct2", "hf"])
def test_batches_never_change_a_translation(size: int, engine: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    folder = converted["nllb"] if engine == "ct2" else checkpoints["nllb"]
    model, tight = load_translator(f"{engine}:{folder}?dtype=float32"), load_translator(f"{engine}:{folder}?dtype=float32&batch_tokens=20")
    texts = [*ENGLISH, "A red boat.", "cat", "", " ".join(ENGLISH)]
    whole = model.translate(texts, "en", "de")
    for one in (model, tight):
        batched = [made for start in range(0, len(texts), size) for made in one.translate(texts[start : start + size], "en", "de")]
        assert [made.text for made in batched] == [made.text for made in whole]
        assert [made.logprob for made in batched] == pytest.approx([made.logprob for made in whole], abs=2e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_int8_says_the_same(family: str, checkpoints: dict[str, Path], tmp_path: Path) -> None:
    convert(str(checkpoints[family]), tmp_path / "int8")
    assert [one.text for one in load_translator(f"ct2:{tmp_path / 'int8'}").translate(ENGLISH, "en", "de")] == GERMAN


def test_bfloat16_runs_in_transformers_and_int8_does_not(checkpoints: dict[str, Path]) -> None:
    model = load_translator(f"hf:{checkpoints['nllb']}?dtype=bfloat16")
    assert [one.text for one in model.translate(ENGLISH, "en", "de")] == GERMAN
    with pytest.raises(ModelError, match="transformers does not compute in int8; write ct2:, or another dtype"):
        load_translator(f"hf:{checkpoints['nllb']}?dtype=int8")
    with pytest.raises(ModelError, match="dtype=int4: must be one of auto, float32"):
        load_translator(f"hf:{checkpoints['nllb']}?dtype=int4")


@pytest.mark.parametrize("engine", ["ct2", "hf"])
def test_blank_and_long_texts(engine: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    folder = converted["opus"] if engine == "ct2" else checkpoints["opus"]
    model = load_translator(f"{engine}:{folder}?beams=1&dtype=float32")
    assert model.translate(["", ENGLISH[0], "  "], "en", "de") == [
        Translation("", 0.0),
        *model.translate([ENGLISH[0]], "en", "de"),
        Translation("  ", 0.0),
    ]
    assert model.translate([], "en", "de") == []
    long = model.translate([" ".join(["A red cat."] * 120)], "en", "de")[0]
    assert len(long.text) > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unknown_language_is_named_with_those_that_there_are(family: str, converted: dict[str, Path]) -> None:
    model = load_translator(f"ct2:{converted[family]}?dtype=float32")
    with pytest.raises(ValueError, match=r"^translator \S+ has no 'zh-Hant'; it has .*\bde, (?:el, )?en\b"):
        model.translate(["A"], "en", "zh-Hant")
    with pytest.raises(ValueError, match="has no 'xx'"):
        model.translate(["A"], "xx", "de")


@pytest.mark.parametrize("engine", ["ct2", "hf"])
def test_context_decides_what_a_word_means(engine: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    folder = converted["nllb"] if engine == "ct2" else checkpoints["nllb"]
    plain, beside = (load_translator(f"{engine}:{folder}?dtype=float32&context={switch}") for switch in ("off", "on"))
    assert (plain.context, beside.context) == (False, True)  # type: ignore[attr-defined]
    texts = ["A bat.", "A small boat."]
    made = beside.translate_in_context(texts, [CONTEXT, CONTEXT], "en", "de")  # type: ignore[attr-defined]
    # The second comes without a mark, so it is translated again by itself.
    assert [one.text for one in made] == ["Ein Schläger.", "Ein kleines Boot."]
    assert [one.text for one in plain.translate(texts, "en", "de")] == ["Eine Fledermaus.", "Ein kleines Boot."]


def test_a_hypothesis_that_ends_early_does_not_stop_the_search(converted: dict[str, Path]) -> None:
    """CTranslate2's own patience of 1 stops here with "Eine rote Kate." and the like, tens of times less likely."""
    for family in FAMILIES:
        model = load_translator(f"ct2:{converted[family]}?dtype=float32&beams=3")
        greedy = load_translator(f"ct2:{converted[family]}?dtype=float32&beams=1")
        assert model.translate(ENGLISH, "en", "de") == greedy.translate(ENGLISH, "en", "de")
