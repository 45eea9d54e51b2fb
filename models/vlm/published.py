"""Checkpoints in the format of the paper's authors, who published theirs with classes of their own, written for transformers 4.48."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from models.downloads import cached_or_fetched
from models.vlm.config import BART_TOKENS, GEMMA_BODY, PROJECTOR, VISION_TOWER, VLMConfig
from models.vlm.florence import Parts, image_settings, read_tokenizer, read_weights, search_settings
from models.vlm.presets import PRESETS
from models.vlm.tokenizer import BART_PROMPT, GEMMA_TEXT

GEMMA_TOKENIZER = "google/gemma-2-2b"

_VISION = ("depths", "patch_size", "patch_stride", "patch_padding", "patch_prenorm", "num_heads", "num_groups", "window_size")
_ENCODER = (
    "d_model", "encoder_layers", "decoder_layers", "encoder_ffn_dim", "decoder_ffn_dim", "encoder_attention_heads",
    "decoder_attention_heads", "max_position_embeddings", "dropout", "attention_dropout", "activation_dropout", "activation_function",
)  # fmt: skip
_GEMMA = (*(PRESETS["3.5B"].gemma or ()), "vocab_size", "final_logit_softcapping", "attn_logit_softcapping", "rms_norm_eps")
_RENAMED = (
    # DaViT: a residual block and the layer in it were modules of their own.
    (r"^(vision_tower\.convs\.\d+)\.proj\.", r"\1.conv."),
    (r"\.(conv[12])\.fn\.dw\.", r".\1."),
    (r"\.(?:window_attn|channel_attn)\.norm\.", ".norm1."),
    (r"\.(window_attn|channel_attn)\.fn\.", r".\1."),
    (r"\.ffn\.norm\.", ".norm2."),
    (r"\.ffn\.fn\.net\.", ".ffn."),
    (r"^image_proj_norm\.", "projector.image_proj_norm."),
    (r"^image_pos_embed\.", "projector.image_position_embed."),
    (r"^visual_temporal_embed\.", "projector.visual_temporal_embed."),
    (r"^language_model\.model\.encoder\.", "encoder."),
)


def is_published(record: dict[str, Any]) -> bool:
    """Whether a ``config.json`` is one of theirs: a tower in Microsoft's format, and a vocabulary for each side."""
    return "dim_embed" in record.get("vision_config", {}) and "encoder_vocab_size" in record.get("text_config", {})


def published_model(folder: Path, name: str, record: dict[str, Any], image_size: int | None = None) -> Parts:
    """The model of such a folder, known by ``name``: what was fine-tuned, ``...-ft``, saw pictures of 768 pixels, others of 224.

    Its ``tokenizer.json`` is the encoder's. The decoder's is Gemma-2's, ``gemma_tokenizer.json`` beside it or from the hub.

    Raises:
        FileNotFoundError: there is no Gemma-2 tokenizer; says how to get it.
    """
    theirs, text = record["vision_config"], record["text_config"]
    gemma = text.get("gemma_config")
    shape = {name: text[name] for name in _ENCODER if name in text}
    encoder = shape | BART_TOKENS | {"vocab_size": text["encoder_vocab_size"]}
    if gemma:
        decoder = {name: gemma[name] for name in _GEMMA if name in gemma}
    else:
        decoder = shape | {"vocab_size": text["vocab_size"], "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}
        decoder |= {"decoder_start_token_id": 1, "forced_eos_token_id": None}
    vision = {name: theirs[name] for name in _VISION} | {"embed_dim": theirs["dim_embed"], "projection_dim": theirs["projection_dim"]}
    _, mean, std = image_settings(folder)
    label = name.rstrip("/").rsplit("/", 1)[-1]
    size = image_size or (768 if label.endswith("-ft") else 224)
    frozen = (VISION_TOWER, PROJECTOR, *((GEMMA_BODY,) if gemma else ()))
    config = VLMConfig(
        label, size, mean, std, vision, encoder, "gemma2" if gemma else "bart", decoder, BART_PROMPT, GEMMA_TEXT, False, frozen,
        search_settings(text),
    )  # fmt: skip
    prompt_tokenizer = read_tokenizer(folder / "tokenizer.json")
    return config, _weights(folder, gemma is not None), prompt_tokenizer, gemma_tokenizer(folder / "gemma_tokenizer.json")


def gemma_tokenizer(beside: Path | None = None, name: str = GEMMA_TOKENIZER) -> Tokenizer:
    """Gemma-2's tokenizer, from a file or the hub.

    Raises:
        FileNotFoundError: neither is there; says how to get it.
    """
    if beside is not None and beside.exists():
        return Tokenizer.from_file(str(beside))
    if Path(name).is_dir():
        return read_tokenizer(Path(name) / "tokenizer.json")
    from huggingface_hub import hf_hub_download

    file = cached_or_fetched(lambda: hf_hub_download(name, "tokenizer.json"), [name], "its tokenizer.json, 35 MB; accept the licence first")
    return Tokenizer.from_file(file)


def _weights(folder: Path, gemma: bool) -> dict[str, torch.Tensor]:
    decoder = "decoder.model." if gemma else "decoder.model.decoder."
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in read_weights(folder).items():
        if name in ("language_model.lm_head.weight", "language_model.final_logits_bias", "language_model.model.shared.weight"):
            continue
        if name == "image_projection":
            renamed["projector.image_projection.weight"] = tensor.T.contiguous()
            continue
        if name.startswith("language_model.model.decoder."):
            renamed[decoder + name.removeprefix("language_model.model.decoder.")] = tensor
            continue
        for pattern, replacement in _RENAMED:
            name = re.sub(pattern, replacement, name)
        renamed[name] = tensor
    return renamed
