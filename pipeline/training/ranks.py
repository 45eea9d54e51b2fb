"""The processes of a run, one or those that torchrun started, and what they tell one another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import torch
import torch.distributed as dist


@contextlib.contextmanager
def processes() -> Iterator[None]:
    """Joins the processes that torchrun started, if it did."""
    if "RANK" not in os.environ:
        yield
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        yield
    finally:
        dist.destroy_process_group()


def count() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0; the first is the one that writes."""
    return dist.get_rank() if dist.is_initialized() else 0


def total(values: torch.Tensor) -> torch.Tensor:
    """The sum of a tensor over the processes, in place, on the device of the model; all must call."""
    if count() > 1:
        dist.all_reduce(values)
    return values


def gathered(value: Any) -> list[Any]:
    """What each process gave, by rank; all must call."""
    if count() == 1:
        return [value]
    found: list[Any] = [None] * count()
    dist.all_gather_object(found, value)
    return found
