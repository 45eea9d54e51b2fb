"""Folders of models: ours, transformers' Florence-2, and the checkpoints that the paper's authors published.

Ours holds ``model.safetensors``, ``config.json``, ``tokenizer.json`` (the decoder's) and ``prompt_tokenizer.json`` (the encoder's).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.distributed.tensor import DTensor
from transformers.initialization import no_init_weights

from models.downloads import snapshot
from models.vlm.config import VLMConfig
from models.vlm.florence import Parts, florence_model, is_florence
from models.vlm.gemma import restore_buffers
from models.vlm.model import VLM
from models.vlm.published import is_published, published_model

WEIGHTS, TOKENIZER, PROMPT_TOKENIZER = "model.safetensors", "tokenizer.json", "prompt_tokenizer.json"


def save(model: VLM, folder: Path | str) -> None:
    """Writes a model to ``folder``, weights last; `load` gives it back bit for bit.

    Of a model that is sharded over processes all must call, and the first one writes.
    """
    folder = Path(folder)
    first = not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in state_without_ties(model):
        whole = _whole(tensor)  # which all have to ask for, one at a time, and the first one keeps
        if first:
            weights[name] = whole
    if not first:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, tokenizer in ((TOKENIZER, model.tokenizer), (PROMPT_TOKENIZER, model.prompt_tokenizer)):
        if tokenizer is not None:
            tokenizer.save(str(folder / name))
    model.config.save(folder)
    save_file(weights, folder / f".{WEIGHTS}", {"format": "pt"})
    os.replace(folder / f".{WEIGHTS}", folder / WEIGHTS)


def load(name: Path | str, dtype: torch.dtype | None = None, image_size: int | None = None) -> VLM:
    """The model of a folder, or of a repository on the hub, in evaluation mode on the CPU.

    A folder may be what `save` wrote, a Florence-2 of transformers, or a checkpoint in the format that the paper's authors published.
    ``dtype`` is that of the weights (``torch.bfloat16``, ``torch.float16``); without one they are as saved. ``image_size`` is another than
    the model's own.

    Raises:
        FileNotFoundError: neither a folder nor in reach; says what to fetch.
        ValueError: a folder of something else.
    """
    folder = Path(name)
    if not folder.is_dir():
        found = snapshot(str(name), None, fetch=True)
        assert found is not None
        folder = found
    if not (folder / "config.json").exists():
        raise ValueError(f"{folder}: has no config.json; give a folder that models.vlm.save wrote, or one of a Florence-2")
    record = json.loads((folder / "config.json").read_text())
    if record.get("model_type") == "captions-from-translations":
        parts = _own_model(folder, record, image_size)
    elif is_published(record):
        parts = published_model(folder, str(name), record, image_size)
    elif is_florence(record):
        parts = florence_model(folder, image_size)
    else:
        raise ValueError(f"{folder}: model_type '{record.get('model_type')}' is neither ours nor a Florence-2's")
    config, weights, prompt_tokenizer, tokenizer = parts
    # Cast before, not after: buffers that are not saved keep their precision.
    weights = {name: tensor if dtype is None else tensor.to(dtype) for name, tensor in weights.items()}
    return model_of(config, weights, prompt_tokenizer, tokenizer).eval()


def _own_model(folder: Path, record: dict[str, Any], image_size: int | None) -> Parts:
    tokenizers = [Tokenizer.from_file(str(folder / file)) if (folder / file).exists() else None for file in (PROMPT_TOKENIZER, TOKENIZER)]
    return VLMConfig.from_record(record).with_image_size(image_size), load_file(folder / WEIGHTS), tokenizers[0], tokenizers[1]


def model_of(config: VLMConfig, weights: dict[str, torch.Tensor], prompt_tokenizer: Tokenizer | None, tokenizer: Tokenizer | None) -> VLM:
    """A model with these weights, by their own dtypes; tied ones are given once.

    Raises:
        ValueError: a weight is missing, or is not the model's.
    """
    # Nothing is allocated or drawn at random that the weights replace: at 11B that would be minutes and 45 GB.
    with torch.device("meta"), no_init_weights():
        model = VLM(config, prompt_tokenizer, tokenizer)
    wanted = {name for name, _ in state_without_ties(model)}
    if wanted != set(weights):
        missing, unknown = sorted(wanted - set(weights)), sorted(set(weights) - wanted)
        raise ValueError(f"weights do not fit the model: {len(missing)} missing {missing[:3]}, {len(unknown)} unknown {unknown[:3]}")
    for name, tensor in weights.items():
        if tensor.shape != model.state_dict()[name].shape:
            raise ValueError(f"weight {name} is {list(tensor.shape)}, the model's {list(model.state_dict()[name].shape)}")
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie()
    restore_buffers(model)
    model.freeze()
    return model


def state_without_ties(model: VLM) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights by name, each tied one once, under the first of its names: the encoder's, or the decoder's embeddings."""
    head = "decoder.lm_head.weight"
    shared = {"bart": "decoder.model.decoder.embed_tokens.weight", "gemma2": "decoder.model.embed_tokens.weight"}[model.config.decoder_kind]
    for name, tensor in model.state_dict().items():
        if name != head and not (model.config.shared_embeddings and name == shared):
            yield name, tensor


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
    return whole.detach().to("cpu").contiguous()
