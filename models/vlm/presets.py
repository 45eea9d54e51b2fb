"""The sizes of the family as numbers, so that each can be laid out without a download.

===== ===================== ============================================= ========== =======================
size  encoder               decoder                                       trained at starts from
===== ===================== ============================================= ========== =======================
0.4B  Florence-2-base       Florence-2's own                              224 px     Florence-2-base
1.0B  Florence-2-large      Florence-2's own                              224 px     Florence-2-large
3.5B  Florence-2-large      gemma-2-2b with gated cross-attention         224 px     both
11.2B Florence-2-large      gemma-2-9b with gated cross-attention         224 px     both
nano  2 layers of 192       3 layers of 192                               128 px     the demo captioner, whole
===== ===================== ============================================= ========== =======================

``femto`` and ``pico`` are smaller than ``nano``, and ``micro``, ``mini`` and ``small`` larger. Those five have the demo captioner's
vision tower (3.0 M parameters, frozen as the paper's) and a language side of their own, of 0.3 M to 28 M parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FLORENCE_VOCABULARY, GEMMA_VOCABULARY = 51_289, 256_000
DEMO = "demo"
"""Stands for the demo captioner where a checkpoint is named."""


@dataclass(frozen=True)
class Preset:
    """One size. ``vision`` and ``text`` are fields of transformers' Florence2VisionConfig and BartConfig, ``gemma`` of Gemma2Config.

    ``florence`` and ``gemma_checkpoint`` name what a pretrained start is taken from; ``vocabulary`` and ``prompt_vocabulary`` are
    the tokens that the decoder writes and that the encoder reads.
    """

    name: str
    vision: dict[str, Any]
    text: dict[str, Any]
    vocabulary: int
    prompt_vocabulary: int
    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    florence: str
    gemma: dict[str, Any] | None = None
    gemma_checkpoint: str | None = None

    @property
    def for_cpu(self) -> bool:
        """Whether its tokenizer is trained on the data, not taken from Florence-2 and Gemma-2."""
        return self.florence == DEMO


def _davit(width: int, heads: int, projection: int) -> dict[str, Any]:
    dims, groups = [width << stage for stage in range(4)], [heads << stage for stage in range(4)]
    return {
        "depths": [1, 1, 9, 1], "embed_dim": dims, "num_heads": groups, "num_groups": groups, "window_size": 12,
        "projection_dim": projection, "drop_path_rate": 0.1,
    }  # fmt: skip


def _bart(width: int, layers: int, heads: int, positions: int) -> dict[str, Any]:
    return {
        "d_model": width, "encoder_layers": layers, "decoder_layers": layers, "encoder_ffn_dim": 4 * width, "decoder_ffn_dim": 4 * width,
        "encoder_attention_heads": heads, "decoder_attention_heads": heads, "max_position_embeddings": positions,
        "dropout": 0.1, "attention_dropout": 0.1, "activation_dropout": 0.1,
    }  # fmt: skip


def _gemma(layers: int, width: int, heads: int, kv_heads: int, ffn: int) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": 256,
        "intermediate_size": ffn, "query_pre_attn_scalar": 256,
    }  # fmt: skip


_BASE, _LARGE = _davit(128, 4, 768), _davit(256, 8, 1024)
_BART_BASE, _BART_LARGE = _bart(768, 6, 12, 1024), _bart(1024, 12, 16, 4096)
_GEMMA_2B, _GEMMA_9B = _gemma(26, 2304, 8, 4, 9216), _gemma(42, 3584, 16, 8, 14336)


def _paper(name: str, vision: dict[str, Any], text: dict[str, Any], florence: str, **gemma: Any) -> Preset:
    checkpoint = f"florence-community/{florence}"
    return Preset(
        name, vision, text, GEMMA_VOCABULARY, FLORENCE_VOCABULARY, 224, IMAGENET_MEAN, IMAGENET_STD, checkpoint, **gemma
    )  # fmt: skip


def _cpu(name: str, width: int, heads: int, encoder: int, decoder: int, vocabulary: int) -> Preset:
    """The tower is the demo captioner's: it ends at stride 16, for things are small at 128 px."""
    vision = {
        "depths": [1, 1, 2, 1], "patch_stride": [4, 2, 2, 1], "embed_dim": [32, 64, 160, 224], "num_heads": [1, 2, 5, 7],
        "num_groups": [1, 2, 5, 7], "window_size": 8, "projection_dim": width, "drop_path_rate": 0.0,
    }  # fmt: skip
    text = {
        "d_model": width, "encoder_layers": encoder, "decoder_layers": decoder, "encoder_ffn_dim": 4 * width, "decoder_ffn_dim": 4 * width,
        "encoder_attention_heads": heads, "decoder_attention_heads": heads, "max_position_embeddings": 256,
        "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0,
    }  # fmt: skip
    return Preset(name, vision, text, vocabulary, vocabulary, 128, (0.48, 0.47, 0.45), (0.25, 0.25, 0.27), DEMO)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _cpu("femto", 64, 2, 1, 1, 1024),
        _cpu("pico", 96, 3, 2, 2, 1536),
        _cpu("nano", 192, 4, 2, 3, 4096),
        _cpu("micro", 256, 4, 3, 4, 4096),
        _cpu("mini", 320, 5, 4, 5, 4096),
        _cpu("small", 400, 5, 4, 6, 4096),
        _paper("0.4B", _BASE, _BART_BASE, "Florence-2-base"),
        _paper("1.0B", _LARGE, _BART_LARGE, "Florence-2-large"),
        _paper("3.5B", _LARGE, _BART_LARGE, "Florence-2-large", gemma=_GEMMA_2B, gemma_checkpoint="google/gemma-2-2b"),
        _paper("11.2B", _LARGE, _BART_LARGE, "Florence-2-large", gemma=_GEMMA_9B, gemma_checkpoint="google/gemma-2-9b"),
    )
}


def preset_of(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: there is none; says which there are.
    """
    if name not in PRESETS:
        raise ValueError(f"model '{name}': write one of {', '.join(PRESETS)}")
    return PRESETS[name]
