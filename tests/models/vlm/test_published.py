"""Checkpoints of the paper's authors, written here from a model of ours under the names that theirs have."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.vlm import VLM, load
from models.vlm.saving import state_without_ties

BLOCK = re.compile(r"(vision_tower\.blocks\.\d+\.\d+\.(spatial|channel)_block)\.(conv[12]|norm[12]|(?:window|channel)_attn|ffn)\.(.*)")


def their_name(name: str, gemma: bool) -> str:
    if found := BLOCK.fullmatch(name):
        block, kind, part, rest = found.groups()
        attention = {"spatial": "window_attn", "channel": "channel_attn"}[kind]
        inside = {
            "conv1": f"conv1.fn.dw.{rest}", "conv2": f"conv2.fn.dw.{rest}",
            "norm1": f"{attention}.norm.{rest}", "norm2": f"ffn.norm.{rest}",
            "window_attn": f"window_attn.fn.{rest}", "channel_attn": f"channel_attn.fn.{rest}", "ffn": f"ffn.fn.net.{rest}",
        }  # fmt: skip
        return f"{block}.{inside[part]}"
    if name.startswith("vision_tower.convs."):
        return name.replace(".conv.", ".proj.")
    if name == "projector.image_projection.weight":
        return "image_projection"
    name = name.replace("projector.image_position_embed.", "image_pos_embed.").removeprefix("projector.")
    decoder = "decoder.model." if gemma else "decoder.model.decoder."
    if name.startswith(decoder):
        return "language_model.model.decoder." + name.removeprefix(decoder)
    return "language_model.model." + name if name.startswith("encoder.") else name


@pytest.mark.parametrize("kind", ["florence decoder", "gemma decoder"])
def test_a_published_checkpoint_gives_the_same_model(
    kind: str, families: dict[str, VLM], florence: Path, gemma: Path, tmp_path: Path
) -> None:
    model = families[kind]
    with_gemma = kind == "gemma decoder"
    weights = {their_name(name, with_gemma): tensor.contiguous() for name, tensor in state_without_ties(model)}
    weights["image_projection"] = weights["image_projection"].T.contiguous()
    embeddings = "decoder.model.embed_tokens.weight" if with_gemma else "decoder.model.decoder.embed_tokens.weight"
    weights["language_model.lm_head.weight"] = model.state_dict()[embeddings].clone()
    weights["language_model.final_logits_bias"] = torch.zeros(1, 9)
    save_file(weights, tmp_path / "model.safetensors")
    vision = model.config.vision
    record = {
        "model_type": "florence2",
        "vision_config": {
            **{name: vision[name] for name in ("depths", "num_heads", "num_groups", "window_size", "projection_dim")},
            "dim_embed": vision["embed_dim"], "patch_size": [7, 3, 3, 3], "patch_stride": [4, 2, 2, 2], "patch_padding": [3, 1, 1, 1],
            "patch_prenorm": [False, True, True, True],
        },
        "text_config": {
            **{name: model.config.encoder[name] for name in model.config.encoder if name not in ("vocab_size", "pad_token_id")},
            "encoder_vocab_size": model.config.encoder["vocab_size"],
            "vocab_size": model.config.decoder["vocab_size"],
            "no_repeat_ngram_size": 3, "early_stopping": True, "length_penalty": 1.0,
        },
    }  # fmt: skip
    if with_gemma:
        record["text_config"]["gemma_config"] = model.config.decoder
    (tmp_path / "config.json").write_text(json.dumps(record))
    shutil.copy(florence / "tokenizer.json", tmp_path / "tokenizer.json")
    shutil.copy(gemma / "tokenizer.json", tmp_path / "gemma_tokenizer.json")

    back = load(tmp_path)
    (tmp_path / "Model-ft").symlink_to(tmp_path)
    fine_tuned = tmp_path / "Model-ft"
    assert (load(fine_tuned).image_size, load(fine_tuned, image_size=224).image_size) == (768, 224)
    own, read = model.state_dict(), back.state_dict()
    assert own.keys() == read.keys()
    assert all(torch.equal(own[name], read[name]) for name in own)
    assert (back.image_size, back.config.text_marks, back.config.frozen) == (224, model.config.text_marks, model.config.frozen)
    assert back.config.search == {"no_repeat_ngram_size": 3, "early_stopping": True}
    assert back.encode_text("图为公园") == model.encode_text("图为公园")
    assert back.encode_text("")[0] == 2
