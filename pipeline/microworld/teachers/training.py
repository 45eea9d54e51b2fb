"""The loop that all three demo teachers are trained with: AdamW, warm-up, cosine, bfloat16, resumable."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

logger = logging.getLogger(__name__)

FIRST_TRAINING_SEED = 1_000_000_000
"""Scenes from this number on are for training teachers; the demo and the tests use lower ones."""


@dataclass(frozen=True)
class Schedule:
    """``steps`` optimiser steps with a peak rate of ``lr``; the rate warms up linearly and decays as a cosine to 2 %."""

    steps: int
    lr: float
    warmup: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0

    def rate(self, step: int) -> float:
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.lr * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def train(
    modules: torch.nn.Module,
    loss_of: Callable[[int], torch.Tensor],
    schedule: Schedule,
    folder: Path,
    evaluate: Callable[[], dict[str, float]] | None = None,
    evaluate_every: int = 2000,
) -> None:
    """Minimises ``loss_of(step)``, a function that makes the batch of that step itself, so that a resumed run sees the same data.

    ``folder`` gets ``checkpoint.pt`` (about every three minutes, replaced atomically; picked up when there) and ``log.jsonl``
    (step, mean loss since the last line, seconds, and what ``evaluate`` returns).
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters = [parameter for parameter in modules.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=schedule.lr, betas=(0.9, 0.98), weight_decay=schedule.weight_decay, fused=True)
    first, elapsed = 0, 0.0
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        modules.load_state_dict(state["modules"])
        optimiser.load_state_dict(state["optimiser"])
        first, elapsed = state["step"], state["seconds"]
        logger.info("%s: going on from step %d", folder, first)

    def save(step: int) -> None:
        seconds = elapsed + time.monotonic() - started
        partial = checkpoint.with_suffix(".partial")
        torch.save({"modules": modules.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "seconds": seconds}, partial)
        partial.replace(checkpoint)

    started = saved = time.monotonic()
    losses: list[float] = []
    modules.train()
    for step in range(first, schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, schedule.clip_norm)
        optimiser.step()
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"{folder}: loss is {losses[-1]} at step {step}; lower the learning rate")
        done = step + 1
        if done % 50 == 0 or done == schedule.steps:
            line: dict[str, float] = {"step": done, "loss": round(sum(losses) / len(losses), 4)}
            if evaluate and (done % evaluate_every == 0 or done == schedule.steps):
                modules.eval()
                with torch.inference_mode():
                    line |= {name: round(value, 4) for name, value in evaluate().items()}
                modules.train()
            line["seconds"] = round(elapsed + time.monotonic() - started, 1)
            with (folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            logger.info("%s", line)
            losses.clear()
        if time.monotonic() - saved > 180:
            save(done)
            saved = time.monotonic()
    save(schedule.steps)
    modules.eval()


def batches_of_seeds(step: int, size: int) -> range:
    """The scene numbers of one training step; no two steps share one."""
    first = FIRST_TRAINING_SEED + step * size
    return range(first, first + size)
