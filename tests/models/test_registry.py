"""One string selects a model; what cannot be had is told at once."""

from pathlib import Path

import pytest

from models.checkpoint import card_of
from models.protocols import ModelCard
from models.registry import Kind, ModelError, describe_model, load_captioner, load_embedder, load_translator


def test_the_same_spec_gives_the_same_object(clip: Path) -> None:
    assert load_embedder(f"open_clip:{clip}") is load_embedder(f"open_clip:{clip}")


def test_card_of_a_directory(clip: Path) -> None:
    card = describe_model("embedder", f"open_clip:{clip}")
    assert (card.name, card.revision, card.domain, len(card.sha256)) == (f"toys-{clip.name}", "local", "toys", 64)


def test_hash_follows_the_files(tmp_path: Path) -> None:
    for name, text in (("one", "{}"), ("two", "{} "), ("three", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    one, two, three = (card_of("x:", name, tmp_path / name).sha256 for name in ("one", "two", "three"))
    assert one == three != two


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        ("captioner", "blip9:x", "captioner 'blip9:x': unknown kind of model; write one of florence2:..., python:... or demo"),
        ("translator", "nllb", "translator 'nllb': unknown kind of model; write one of ct2:..., python:... or demo"),
        (
            "embedder",
            "python:models.nowhere:X",
            "embedder 'python:models.nowhere:X': No module named 'models.nowhere'; write python:MODULE:CLASS",
        ),
    ],
)
def test_unknown_specs(kind: str, spec: str, message: str) -> None:
    with pytest.raises(ModelError) as error:
        describe_model(kind, spec)  # type: ignore[arg-type]
    assert str(error.value).startswith(message)


def test_offline_hub_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match=r"run 'hf download florence-community/Florence-2-base' \(0.5 GB base, 1.6 GB large\)"):
        load_captioner("florence2:microsoft/Florence-2-base")
    with pytest.raises(FileNotFoundError, match="run 'hf download laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k'"):
        load_embedder("open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("captioner", "florence2:microsoft/Florence-2-base"),
        ("translator", "ct2:nllb-200-distilled-600M"),
        ("embedder", "open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"),
    ],
)
def test_a_plan_may_name_models_that_are_not_here_yet(kind: Kind, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert describe_model(kind, spec) == ModelCard(spec, spec.partition(":")[2], "", "")


def test_card_of_a_hub_model_has_its_commit(tmp_path: Path) -> None:
    folder = tmp_path / "models--a--b" / "snapshots" / "0123abcd"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    card = card_of("florence2:a/b", "a/b", folder)
    assert (card.name, card.revision, len(card.sha256)) == ("a/b", "0123abcd", 64)


@pytest.mark.parametrize("spec", ["florence2:", "florence2:./nowhere", "florence2:/nowhere/at/all"])
def test_a_folder_that_is_not_there(spec: str) -> None:
    with pytest.raises(ModelError, match="write the folder of a Florence-2 checkpoint"):
        load_captioner(spec)


def test_missing_translator_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"no model\.bin there; where there is a network, make the folder by 'ct2-transformers-converter"
    ):
        load_translator(f"ct2:{tmp_path}")


def test_unknown_open_clip_model_names_known_ones() -> None:
    with pytest.raises(FileNotFoundError, match="write one as xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"):
        load_embedder("open_clip:xlm-roberta-base-ViT-B-32/openai")
