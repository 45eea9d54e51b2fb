"""Pictures in the size that a model sees."""

from __future__ import annotations

import torch
from torchvision.transforms.v2 import functional


def squared(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """uint8 [n, side, side, 3] of uint8 RGB [n, H, W, 3]; height and width are scaled apart, as in the paper."""
    if pixels.shape[1:3] == (side, side):
        return pixels
    planes = pixels.permute(0, 3, 1, 2)
    bicubic = functional.InterpolationMode.BICUBIC
    return functional.resize(planes, [side, side], interpolation=bicubic, antialias=True).permute(0, 2, 3, 1)
