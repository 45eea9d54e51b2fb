"""What two evaluations must have in common to be compared, and to be parts of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, get_args

import torch

from models.vlm import VLM

Precision = Literal["auto", "fp32", "bf16", "fp16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

IDENTITY = ("weights", "image_size", "no_image", "tokens", "precision", "decoding")
"""The settings that what a model writes and its losses depend on: measurements of the same are parts of one evaluation."""
PACKAGES = ("captions-from-translations", "torch", "transformers", "sacrebleu", "pycocoevalcap", "stanza", "rjieba")
"""Whose versions are noted, this project's first."""
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_LOOKED_AT = 64
"""Numbers of each weight that tell models apart: training moves nearly all of them, and all of 11B take a minute to hash."""


def precision_of(asked: str, device: torch.device) -> str:
    """``asked``, with ``auto`` bf16 on a GPU that has it and else fp32."""
    if asked != "auto":
        return asked
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"


def dtype_of(precision: str) -> torch.dtype:
    """What weights of a precision other than ``auto`` are held and computed in."""
    return _DTYPES[precision]


def digest_of(model: VLM) -> str:
    """16 hex digits that tell models apart, by some numbers of each of their weights."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(f"{name}{list(tensor.shape)}".encode() + tensor.flatten()[:_LOOKED_AT].double().cpu().numpy().tobytes())
    return total.hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions of this project and of what scores depend on, without what is not installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def joined_versions(*given: Mapping[str, str]) -> dict[str, str]:
    """Of evaluations that become one: every version that some part of it was made with."""
    names = dict.fromkeys(name for versions in given for name in versions)
    return {
        name: ", ".join(dict.fromkeys(one for versions in given if name in versions for one in versions[name].split(", ")))
        for name in names
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names in `IDENTITY` whose values differ."""
    return [name for name in IDENTITY if one.get(name) != other.get(name)]
