"""One string selects a model; what cannot be had is told at once."""

import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.checkpoint import card_of
from models.downloads import whole
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
        (
            "captioner",
            "blip9:x",
            "captioner 'blip9:x': unknown kind of model; write one of florence2:..., vlm:..., blip:..., blip2:..., ",
        ),
        ("translator", "nllb", "translator 'nllb': unknown kind of model; write one of ct2:..., "),
        ("embedder", "demo:x", "embedder 'demo:x': unknown kind of model; write one of open_clip:..., hf:..., siglip2:..., mclip:..., "),
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
    with pytest.raises(FileNotFoundError, match=r"run 'hf download florence-community/Florence-2-base' \(0.5 GB\)"):
        load_captioner("florence2:microsoft/Florence-2-base")
    with pytest.raises(FileNotFoundError, match="run 'hf download laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k'"):
        load_embedder("open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("captioner", "florence2:microsoft/Florence-2-base"),
        ("translator", "ct2:nllb-200-distilled-600M"),
        ("embedder", "open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"),
        ("captioner", "vlm:Qwen/Qwen2.5-VL-3B-Instruct"),
        ("embedder", "siglip2:google/siglip2-base-patch16-224"),
        ("embedder", "mclip:M-CLIP/XLM-Roberta-Large-Vit-B-32+open_clip:ViT-B-32/openai"),
    ],
)
def test_a_plan_may_name_models_that_are_not_here_yet(kind: Kind, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert describe_model(kind, spec) == ModelCard(spec, spec.partition(":")[2].replace("open_clip:", ""), "", "")


@pytest.mark.parametrize(
    ("load", "spec", "told"),
    [
        (load_captioner, "vlm:HuggingFaceTB/SmolVLM-256M-Instruct", r"run 'hf download HuggingFaceTB/SmolVLM-256M-Instruct' \(0.5 GB\)"),
        (
            load_captioner,
            "blip2:me/mine@v2",
            r"run 'hf download me/mine --revision v2' \(sizes at https://huggingface.co/me/mine/tree/main\)",
        ),
        (
            load_embedder,
            "hf:openai/clip-vit-base-patch32@3d74acf",
            r"'hf download openai/clip-vit-base-patch32 --revision 3d74acf' \(0.6 GB\)",
        ),
        (
            load_embedder,
            "open_clip:ViT-B-32/openai@refs/pr/1",
            r"run 'hf download timm/vit_base_patch32_clip_224.openai --revision refs/pr/1'",
        ),
        (
            load_embedder,
            "mclip:M-CLIP/XLM-Roberta-Large-Vit-B-32+open_clip:ViT-B-32/openai",
            r"run 'hf download M-CLIP/XLM-Roberta-Large-Vit-B-32'",
        ),
    ],
)
def test_offline_every_hub_backend_says_what_to_fetch(load: Callable, spec: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match=told):
        load(spec)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, florence2: Path) -> Path:
    """A hub cache as a download leaves it: a branch, a tag, a commit's files as links to blobs, large ones named by their sha256."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--me--mine"
    blobs = repository / "blobs"
    blobs.mkdir(parents=True)
    (repository / "refs").mkdir()
    for ref, commit in (("main", "a" * 40), ("v2", "b" * 40)):
        (repository / "refs" / ref).write_text(commit)
        snapshot = repository / "snapshots" / commit
        snapshot.mkdir(parents=True)
        for file in florence2.iterdir():
            content = file.read_bytes()
            name = hashlib.sha256(content).hexdigest() if file.suffix == ".safetensors" else hashlib.sha1(content).hexdigest()
            (blobs / name).write_bytes(content)
            (snapshot / file.name).symlink_to(blobs / name)
    return repository


def test_a_repository_of_the_hub_and_its_revisions(hub: Path, florence2: Path) -> None:
    card = describe_model("captioner", "florence2:me/mine")
    assert card == ModelCard("florence2:me/mine", "me/mine", "a" * 40, card_of("", "", florence2).sha256)
    assert describe_model("captioner", "florence2:me/mine@v2?task=short").revision == "b" * 40
    assert describe_model("captioner", f"florence2:me/mine@{'b' * 40}").revision == "b" * 40
    assert describe_model("captioner", "florence2:me/mine@v3").revision == ""
    assert load_captioner("florence2:me/mine@v2").describe.revision == "b" * 40


def test_a_download_that_stopped_half_way_is_not_taken_for_a_model(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (hub / "snapshots" / ("a" * 40) / "model.safetensors").unlink()
    assert describe_model("captioner", "florence2:me/mine") == ModelCard("florence2:me/mine", "me/mine", "", "")
    with pytest.raises(FileNotFoundError, match=r"model me/mine is not on this machine .* run 'hf download me/mine'"):
        describe_model("captioner", "florence2:me/mine", fetch=True)


def test_shards_of_weights_must_all_be_there(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(b"")
    assert not whole(tmp_path)
    (tmp_path / "model-00002-of-00002.safetensors").write_bytes(b"")
    assert whole(tmp_path)


@pytest.mark.parametrize("spec", ["florence2:", "florence2:./nowhere", "florence2:/nowhere/at/all"])
def test_a_folder_that_is_not_there(spec: str) -> None:
    with pytest.raises(ModelError, match="write the folder of a Florence-2 checkpoint"):
        load_captioner(spec)


def test_missing_translator_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"no model\.bin there; where there is a network, make the folder by 'python -m models.convert"
    ):
        load_translator(f"ct2:{tmp_path}")


def test_unknown_open_clip_model_names_known_ones() -> None:
    with pytest.raises(FileNotFoundError, match="write one as xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"):
        load_embedder("open_clip:xlm-roberta-base-ViT-B-32/openai")


def test_workers_that_come_at_once_get_one_model(clip: Path) -> None:
    spec, start = f"open_clip:{clip}/", threading.Barrier(8)  # by a string that no other test loads it by

    def load(_: int) -> object:
        start.wait()
        return load_embedder(spec)

    with ThreadPoolExecutor(8) as threads:
        assert len({id(model) for model in threads.map(load, range(8))}) == 1
