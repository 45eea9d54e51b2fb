"""What a size costs: parameters and multiplications, counted on the meta device, without weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers.initialization import no_init_weights

from models.vlm.config import VLMConfig, config_of
from models.vlm.model import VLM
from models.vlm.presets import preset_of


@dataclass(frozen=True)
class Sizes:
    """``parameters`` P, tied ones once; ``trained`` P_t, those that are not frozen; ``macs`` F, multiply-accumulates of one sample's
    forward pass. The paper's compute of S seen samples is C = S·F·(1 + P_t/P).
    """

    parameters: int
    trained: int
    macs: int


@cache
def sizes(preset: str, pretrained: bool = True, image_size: int | None = None, prompt_tokens: int = 128, text_tokens: int = 128) -> Sizes:
    """The sizes of a preset, at the image size that it is trained at: 224 px for the paper's, 128 px for the small ones.

    Raises:
        ValueError: no such preset.
    """
    return sizes_of(config_of(preset_of(preset), pretrained).with_image_size(image_size), prompt_tokens, text_tokens)


def sizes_of(config: VLMConfig, prompt_tokens: int = 128, text_tokens: int = 128) -> Sizes:
    """The sizes of a model of this configuration, such as that of a loaded one."""
    with torch.device("meta"), no_init_weights():
        model = VLM(config, None, None)
        pixels = torch.empty(1, 3, config.image_size, config.image_size)
        prompt, labels = (torch.zeros(1, length, dtype=torch.long) for length in (prompt_tokens, text_tokens))
        # Fused attention is one operation that the counter may not know on this device; plain attention is the same products.
        model.set_attention("eager")
        model.eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(pixels, prompt, torch.ones_like(prompt), labels)
    model.tie()
    parameters = {id(parameter): parameter for parameter in model.parameters()}.values()
    return Sizes(
        sum(parameter.numel() for parameter in parameters),
        sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        counter.get_total_flops() // 2,
    )
