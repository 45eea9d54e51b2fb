"""What every embedder hands out."""

from __future__ import annotations

import numpy as np
import torch


def normalised(vectors: torch.Tensor) -> np.ndarray:
    """float16 [n, dim], each row of length 1, of any floating [n, dim] on any device."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy().astype(np.float16)


def no_vectors(dim: int) -> np.ndarray:
    """float16 [0, dim]."""
    return np.zeros((0, dim), np.float16)
