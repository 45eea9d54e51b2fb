"""Telling that a model ran out of memory, whatever it runs on, and giving back what torch holds. Imports no framework."""

from __future__ import annotations

import gc
import sys

_SAYINGS = ("out of memory", "can't allocate memory", "cannot allocate memory", "cublas_status_alloc_failed")
"""What the errors of CUDA, CTranslate2, cuBLAS and torch's CPU allocator say; none but torch's own for CUDA has a type of its own."""


def out_of_memory(error: BaseException) -> bool:
    """Whether a smaller batch might have fitted."""
    return isinstance(error, MemoryError) or any(saying in str(error).lower() for saying in _SAYINGS)


def release_memory() -> None:
    """Gives back what torch keeps of a GPU's memory for later; nothing where torch is not in use."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
