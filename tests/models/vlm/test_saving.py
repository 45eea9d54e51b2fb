import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from models.vlm import VLM, build, load, save

PROMPT = "The target language is German. What does the image describe?"


def logits_of(model: VLM) -> torch.Tensor:
    pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(8))
    ids = torch.tensor([model.encode_prompt(PROMPT)])
    with torch.no_grad():
        return model(pixels, ids, torch.ones_like(ids), torch.tensor([model.encode_text("Das Bild zeigt eine Katze.")]))


def test_a_saved_model_comes_back_bit_for_bit(model: VLM, tmp_path: Path) -> None:
    save(model, tmp_path / "first")
    back = load(tmp_path / "first")
    assert back.config == model.config
    assert not back.training
    own, read = model.state_dict(), back.state_dict()
    assert own.keys() == read.keys()
    assert all(torch.equal(own[name], read[name]) and own[name].dtype == read[name].dtype for name in own)
    assert torch.equal(logits_of(back), logits_of(model))
    grad = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    assert {name: parameter.requires_grad for name, parameter in back.named_parameters()} == grad
    save(back, tmp_path / "second")
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("first", "second"))
    assert [file.name for file in first] == ["config.json", "model.safetensors", "prompt_tokenizer.json", "tokenizer.json"]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_half_precision_is_kept(families: dict[str, VLM], tmp_path: Path) -> None:
    save(families["gemma decoder"], tmp_path / "whole")
    half = load(tmp_path / "whole", torch.bfloat16)
    save(half, tmp_path / "half")
    back = load(tmp_path / "half")
    assert {parameter.dtype for parameter in back.parameters()} == {torch.bfloat16}
    assert torch.equal(logits_of(back), logits_of(half))


def test_a_plain_florence_2_can_be_saved_and_shares_its_embeddings(florence: Path, tmp_path: Path) -> None:
    model = load(florence)
    save(model, tmp_path)
    back = load(tmp_path)
    assert back.encoder.embed_tokens.weight is back.decoder.lm_head.weight
    assert torch.equal(logits_of(back), logits_of(model))


def test_another_image_size(families: dict[str, VLM], tmp_path: Path) -> None:
    save(families["florence decoder"], tmp_path)
    assert (load(tmp_path).image_size, load(tmp_path, image_size=768).image_size) == (224, 768)


def test_folders_of_something_else(tmp_path: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match=r"has no config\.json; give a folder that models.vlm.save wrote"):
        load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llava"}))
    with pytest.raises(ValueError, match="model_type 'llava' is neither ours nor a Florence-2's"):
        load(tmp_path)
    save(build("femto", "random", tokenizer), tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["unknown"] = weights.pop("encoder.layers.0.fc1.weight")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"1 missing \['encoder.layers.0.fc1.weight'\], 1 unknown \['unknown'\]"):
        load(tmp_path)


def test_a_model_that_is_not_here_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match="hf download nobody/no-such-model"):
        load("nobody/no-such-model")
