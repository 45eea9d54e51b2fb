"""What a training run can be told."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from models.vlm import PRESETS
from shards.balance import BALANCES

DEFAULTS: dict[str, dict[str, Any]] = {
    "pretrain": {"steps": 10_000, "batch": 1024, "micro_batch": 32, "lr": 1e-4, "weight_decay": 0.01, "warmup": 100, "image_size": 0},
    "finetune": {"steps": 5_000, "batch": 256, "micro_batch": 8, "lr": 5e-5, "weight_decay": 0.05, "warmup": 100, "image_size": 768},
    "cpu": {"steps": 1_500, "batch": 32, "micro_batch": 0, "lr": 2.5e-3, "weight_decay": 0.01, "warmup": 200, "image_size": 0},
}
"""The paper's settings (micro-batches are ours), and those of the small sizes."""
WORKERS = 4
"""Processes that read for the paper's sizes. The small ones are trained where no core is idle."""
_LEAST = {
    "steps": 1, "batch": 1, "micro_batch": 0, "lr": 0, "weight_decay": 0, "warmup": 0, "image_size": 0, "tokens": 1, "seed": 0,
    "workers": 0, "log_every": 1, "validate_every": 0, "validate_samples": 1, "checkpoint_every": 1,
}  # fmt: skip
"""Of each number of a command line."""
_BUCKET, _BUCKET_BYTES = 16, 256_000_000
"""Batches whose samples are drawn together and then sorted by length; fewer where their pictures would take more memory than that."""


class TrainError(ValueError):
    """A run that cannot begin or go on; the message is one line that says what to do."""


@dataclass(frozen=True)
class TrainConfig:
    """A run. What is not on the command line has been filled in from `DEFAULTS` here."""

    shards: str
    model: str
    out: str
    preset: str
    init: str
    steps: int
    batch: int
    micro_batch: int
    lr: float
    weight_decay: float
    warmup: int
    image_size: int
    no_image: bool
    tokens: int
    balance: str
    seed: int
    workers: int
    cache: str | None
    precision: str
    gradient_checkpointing: bool
    log_every: int
    validate_every: int
    validate_samples: int
    checkpoint_every: int

    def rate(self, step: int) -> float:
        """Linear warm-up, then a cosine down to 0."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        return self.lr * 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))

    def bucket(self, batch: int, side: int) -> int:
        """How many batches of ``batch`` pictures of ``side`` pixels are drawn together."""
        return max(1, min(_BUCKET, _BUCKET_BYTES // (batch * 3 * side**2)))

    def identity(self) -> dict[str, Any]:
        """What the losses of the run depend on; a run goes on only with the same."""
        free = {"out", "log_every", "checkpoint_every", "validate_every", "validate_samples", "shards", "cache", "preset"}
        return {name: value for name, value in asdict(self).items() if name not in free}


def parse(arguments: Sequence[str] | None, description: str | None = None) -> tuple[TrainConfig, bool]:
    """The run that a command line asks for, and whether it only asks what it would be.

    Raises:
        TrainError: a size that there is not, or a number that cannot be.
    """
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.train", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shards", required=True, help="dataset: a folder or fsspec URL")
    parser.add_argument("--model", required=True, help=f"size: {', '.join(PRESETS)}")
    parser.add_argument("--out", required=True, help="folder of the run")
    parser.add_argument(
        "--preset", choices=("pretrain", "finetune"), default="pretrain", help="settings of the paper; small sizes have their own"
    )
    parser.add_argument("--init", default="pretrained", help="pretrained, random, or a run or model to start from: a folder or hub name")
    parser.add_argument("--steps", type=int, help="optimiser steps")
    parser.add_argument("--batch", type=int, help="samples a step, of all processes together")
    parser.add_argument("--micro-batch", type=int, help="samples whose gradients are computed together; 0 is all that a process has")
    parser.add_argument("--lr", type=float, help="peak learning rate")
    parser.add_argument("--weight-decay", type=float, help="of matrices; biases and norms do not decay")
    parser.add_argument("--warmup", type=int, help="steps of linear warm-up before the cosine")
    parser.add_argument("--image-size", type=int, help="pixels a side; 0 is the model's own")
    parser.add_argument("--no-image", action="store_true", help="ablation: the model never sees a picture")
    parser.add_argument("--tokens", type=int, default=128, help="most tokens of a prompt, and of a text")
    parser.add_argument("--balance", choices=BALANCES, default="task-language", help="of what pictures draw; task-language is the paper's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, help="processes that read shards and decode pictures")
    parser.add_argument("--cache", metavar="DIR", help="folder in which copies of remote shards stay")
    parser.add_argument("--precision", choices=("auto", "bf16", "fp16", "fp32"), default="auto", help="auto is bf16 where it is fast")
    parser.add_argument("--gradient-checkpointing", action="store_true", help="less memory for more time")
    parser.add_argument("--log-every", type=int, default=20, help="steps between lines of the log")
    parser.add_argument("--validate-every", type=int, default=200, help="steps between validations; 0 is never")
    parser.add_argument("--validate-samples", type=int, default=64, help="pictures of a validation")
    parser.add_argument("--checkpoint-every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument("--dry-run", action="store_true", help="print sizes, memory and steps; train nothing")
    given = vars(parser.parse_args(arguments))
    dry = given.pop("dry_run")
    if given["model"] not in PRESETS:
        raise TrainError(f"--model {given['model']}: there is no such size; write one of {', '.join(PRESETS)}")
    small = PRESETS[given["model"]].for_cpu
    defaults = {**DEFAULTS["cpu" if small and given["preset"] == "pretrain" else given["preset"]], "workers": WORKERS}
    for name, value in defaults.items():
        if given[name] is None:
            given[name] = 0 if small and name in ("image_size", "workers", "micro_batch") else value
    for name, least in _LEAST.items():
        if not given[name] >= least:
            raise TrainError(f"--{name.replace('_', '-')} {given[name]}: give {least} or more")
    return TrainConfig(**{field.name: given[field.name] for field in fields(TrainConfig)}), dry
