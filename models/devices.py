"""Where torch models run, and how."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch


def device() -> torch.device:
    """The first GPU, or else the CPU with one thread a call: workers run side by side, and a result must not depend on how many."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    torch.set_num_threads(1)
    return torch.device("cpu")


def inference(method: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a method without gradients, in whichever thread it is called."""

    @functools.wraps(method)
    def without_gradients(self: Any, items: Any, *rest: Any) -> Any:
        with torch.inference_mode():
            return method(self, items, *rest)

    return without_gradients
