"""The demo translator as transformers reads it, from the CTranslate2 int8 file that the repository keeps."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import torch
from transformers import M2M100ForConditionalGeneration

from models.translators.pieces import load_pieces
from pipeline.microworld.teachers.translator import build_model

_ATTENTIONS = {"encoder": {"self_attention": "self_attn"}, "decoder": {"self_attention": "self_attn", "attention": "encoder_attn"}}
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def read_variables(file: Path) -> dict[str, np.ndarray]:
    """The variables of a ``model.bin`` of version 6, integers divided by their scales, aliases resolved.

    The layout is that of ``ctranslate2.specs.model_spec.ModelSpec._serialize``.
    """
    data = file.read_bytes()
    place = 0

    def number(form: str) -> int:
        nonlocal place
        (value,) = struct.unpack_from(form, data, place)
        place += struct.calcsize(form)
        return int(value)

    def text() -> str:
        nonlocal place
        length = number("<H")
        place += length
        return data[place - length : place - 1].decode()

    number("<I")
    text()
    number("<I")
    found: dict[str, np.ndarray] = {}
    for _ in range(number("<I")):
        name = text()
        shape = [number("<I") for _ in range(number("<B"))]
        kind, size = number("<B"), number("<I")
        found[name] = np.frombuffer(data[place : place + size], _TYPES[kind]).reshape(shape)
        place += size
    for _ in range(number("<I")):
        alias, name = text(), text()
        found[alias] = found[name]
        if f"{name}_scale" in found:
            found[f"{alias}_scale"] = found[f"{name}_scale"]
    return {
        name: value / found[f"{name}_scale"].reshape(-1, *[1] * (value.ndim - 1)) if value.dtype == np.int8 and value.ndim > 1 else value
        for name, value in found.items()
    }


def demo_translator(folder: Path) -> M2M100ForConditionalGeneration:
    """The demo translator in float32, with the very weights that CTranslate2 computes with."""
    variables = read_variables(folder / "model.bin")
    model = build_model(len(load_pieces(folder).ids)).eval()
    weights = {"shared.weight": variables["encoder/embeddings_0/weight"]}
    for side, attentions in _ATTENTIONS.items():
        weights |= _norm(f"{side}.layer_norm", variables, f"{side}/layer_norm")
        for number in range(getattr(model.config, f"{side}_layers")):
            there, here = f"{side}/layer_{number}", f"{side}.layers.{number}"
            for theirs, ours in attentions.items():
                weights |= _norm(f"{here}.{ours}_layer_norm", variables, f"{there}/{theirs}/layer_norm")
                weights |= _attention(f"{here}.{ours}", variables, f"{there}/{theirs}")
            weights |= _norm(f"{here}.final_layer_norm", variables, f"{there}/ffn/layer_norm")
            for linear, name in (("linear_0", "fc1"), ("linear_1", "fc2")):
                weights |= {f"{here}.{name}.{part}": variables[f"{there}/ffn/{linear}/{part}"] for part in ("weight", "bias")}
    tensors = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in weights.items()}
    tensors |= {f"{side}.embed_tokens.weight": tensors["shared.weight"] for side in ("encoder", "decoder")}
    model.model.load_state_dict(tensors)
    return model


def _norm(name: str, variables: dict[str, np.ndarray], there: str) -> dict[str, np.ndarray]:
    return {f"{name}.weight": variables[f"{there}/gamma"], f"{name}.bias": variables[f"{there}/beta"]}


def _attention(name: str, variables: dict[str, np.ndarray], there: str) -> dict[str, np.ndarray]:
    """CTranslate2 keeps query, key and value in one matrix, or across attentions key and value."""
    weights: dict[str, np.ndarray] = {}
    for part in ("weight", "bias"):
        matrices = [variables[f"{there}/linear_{number}/{part}"] for number in range(3) if f"{there}/linear_{number}/{part}" in variables]
        *inner, out = matrices
        query, key, value = np.concatenate(inner).reshape(3, -1, *inner[0].shape[1:])
        weights |= {f"{name}.{which}_proj.{part}": matrix for which, matrix in (("q", query), ("k", key), ("v", value), ("out", out))}
    return weights
