"""Where torch models run, in which numbers, and how quietly."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

_threads = itertools.count()
_thread = threading.local()
_loading = threading.Lock()


def device() -> torch.device:
    """The GPU of this thread, or else the CPU.

    Threads take the GPUs in turn, so that each is used and holds one copy of a model. On a CPU a call uses one thread: workers run
    side by side, and a result must not depend on how many.
    """
    if not torch.cuda.is_available():
        torch.set_num_threads(1)
        return torch.device("cpu")
    if not hasattr(_thread, "number"):
        _thread.number = next(_threads)
    return torch.device("cuda", _thread.number % torch.cuda.device_count())


def number_type(device: torch.device) -> torch.dtype:
    """What the weights of a model that writes are held in: bfloat16 (float16 on a GPU without it), float32 on a CPU."""
    if device.type == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def embedder_type(dtype: str) -> torch.dtype:
    """What the weights of an embedder are held and computed in, by its setting: float32 unless that says ``bfloat16``."""
    return torch.bfloat16 if dtype == "bfloat16" else torch.float32


def half_precision(device: torch.device, dtype: str = "auto") -> AbstractContextManager[Any]:
    """With ``auto``, matrix products in float16 over weights that stay float32, on a GPU only."""
    return torch.autocast("cuda", torch.float16) if dtype == "auto" and device.type == "cuda" else nullcontext()


def inference(method: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a method without gradients, in whichever thread it is called."""

    @functools.wraps(method)
    def without_gradients(self: Any, items: Any, *rest: Any) -> Any:
        with torch.inference_mode():
            return method(self, items, *rest)

    return without_gradients


@contextmanager
def loading() -> Iterator[None]:
    """Lets transformers load weights without the progress bar that it draws for each model; downloads keep theirs."""
    from transformers.utils import logging

    with _loading:
        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            if shown:
                logging.enable_progress_bar()
