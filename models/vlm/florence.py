"""A Florence-2 checkpoint of transformers as a model of the family, and its parts as the start of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from models.vlm.config import PAPER_SEARCH, PROJECTOR, VISION_TOWER, VLMConfig
from models.vlm.presets import IMAGENET_MEAN, IMAGENET_STD
from models.vlm.tokenizer import Marks, TextMarks

Parts = tuple[VLMConfig, dict[str, torch.Tensor], Tokenizer | None, Tokenizer | None]
"""Configuration, weights, the encoder's tokenizer and the decoder's: what `models.vlm.saving.model_of` takes."""

_TIED = ("model.language_model.shared.weight", "model.language_model.encoder.embed_tokens.weight", "lm_head.weight")
_RENAMED = (
    ("model.vision_tower.", "vision_tower."),
    ("model.multi_modal_projector.", "projector."),
    ("model.language_model.encoder.", "encoder."),
    ("model.language_model.decoder.", "decoder.model.decoder."),
)
_NOT_SHAPE = ("model_type", "architectures", "transformers_version", "dtype", "torch_dtype", "is_decoder", "is_encoder_decoder")
"""Fields of a saved configuration that say nothing of the weights, or that the class decides."""


def is_florence(record: dict[str, Any]) -> bool:
    """Whether a ``config.json`` is that of transformers' own Florence-2."""
    return record.get("model_type") == "florence2" and "embed_dim" in record.get("vision_config", {})


def florence_model(folder: Path, image_size: int | None = None) -> Parts:
    """The model of a folder that transformers' Florence2ForConditionalGeneration saved, with its own decoder and vocabulary."""
    record = json.loads((folder / "config.json").read_text())
    text, vision = shape_of(record["text_config"]), shape_of(record["vision_config"])
    generation = _json(folder / "generation_config.json")
    begin = generation.get("forced_bos_token_id", text.get("forced_bos_token_id"))
    start = generation.get("decoder_start_token_id", text["decoder_start_token_id"])
    size, mean, std = image_settings(folder)
    config = VLMConfig(
        folder.resolve().name, image_size or size, mean, std, vision, text, "bart", text,
        Marks((text["bos_token_id"],), text["eos_token_id"], text["pad_token_id"]),
        TextMarks(() if begin is None else (begin,), text["eos_token_id"], text["pad_token_id"], start),
        True, (VISION_TOWER, PROJECTOR), search_settings({**text, **generation}),
    )  # fmt: skip
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    return config, florence_weights(folder), tokenizer, tokenizer


def florence_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of such a folder by our names; the embeddings, which all parts share, once: the encoder's."""
    found = read_weights(folder)
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in found.items():
        if "embed_tokens" in name or name in _TIED:
            continue
        for theirs, ours in _RENAMED:
            if name.startswith(theirs):
                renamed[ours + name.removeprefix(theirs)] = tensor
    shared = next((found[name] for name in _TIED if name in found), None)
    if shared is None:
        raise ValueError(f"{folder}: holds none of {', '.join(_TIED)}; it is not a Florence-2 that transformers saved")
    return renamed | {"encoder.embed_tokens.weight": shared}


def search_settings(fields: dict[str, Any]) -> dict[str, Any]:
    """What a saved configuration says of beam search, where it differs from what transformers does anyway."""
    return {name: fields[name] for name in PAPER_SEARCH if fields.get(name)}


def read_tokenizer(file: Path) -> Tokenizer:
    """A tokenizer of a checkpoint.

    Raises:
        FileNotFoundError: it is not there; says how it is made.
    """
    if not file.exists():
        raise FileNotFoundError(
            f"{file}: is not there; write it with transformers, AutoTokenizer.from_pretrained(NAME).save_pretrained(DIR)"
        )
    return Tokenizer.from_file(str(file))


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a checkpoint, from one file or several.

    Raises:
        FileNotFoundError: the folder holds no safetensors.
    """
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise FileNotFoundError(f"{folder}: has no model.safetensors; convert the checkpoint with transformers' save_pretrained")
    return {name: tensor for file in files for name, tensor in load_file(file).items()}


def image_settings(folder: Path) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """Image size in pixels, and the mean and standard deviation that pixels are normalised by; Florence-2's where nothing is written."""
    settings = _json(folder / "preprocessor_config.json") or _json(folder / "processor_config.json").get("image_processor", {})
    size = settings.get("size", {}).get("height", 768)
    return size, tuple(settings.get("image_mean", IMAGENET_MEAN)), tuple(settings.get("image_std", IMAGENET_STD))


def shape_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a saved transformers configuration that shape the model."""
    return {name: value for name, value in fields.items() if name not in _NOT_SHAPE}


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}
