"""Trains a model of the family on shards, by token cross-entropy, each picture with one of its annotations.

``python -m pipeline.train --shards OUT --model nano --out RUN`` on one CPU or GPU, ``torchrun --nproc-per-node N -m pipeline.train ...`` on
several. The same command goes on where a run was stopped. RUN holds ``run.json``, ``log.csv``, ``validation.csv`` and the newest
checkpoint, ``step-000500``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.utils.data import DataLoader

from models.vlm import PRESETS, VLM, build, load, sizes, train_tokenizer
from models.vlm.parallel import shard
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.losses import split_losses
from pipeline.evaluation.summary import Group
from pipeline.training import checkpoints, ranks
from pipeline.training.batches import Batch, Collate, Eyes, loss_per_sample
from pipeline.training.log import Log
from shards.loader import loader
from shards.manifest import Manifest, ManifestError
from shards.reader import DatasetError
from shards.storage import open_file
from shards.stream import Stream

logger = logging.getLogger(__name__)

BUCKET = 16
"""Batches whose samples are drawn together and then sorted by length."""
DEFAULTS: dict[str, dict[str, Any]] = {
    "pretrain": {"steps": 10_000, "batch": 1024, "lr": 1e-4, "weight_decay": 0.01, "warmup": 100, "image_size": 0},
    "finetune": {"steps": 5_000, "batch": 256, "lr": 5e-5, "weight_decay": 0.05, "warmup": 100, "image_size": 768},
    "cpu": {"steps": 1_500, "batch": 32, "lr": 2.5e-3, "weight_decay": 0.01, "warmup": 200, "image_size": 0},
}
"""The paper's settings, and those of the small sizes."""

VALIDATED: dict[str, frozenset[Group]] = {"val": frozenset({"SC", "ST"}), "test": frozenset({"UC"})}
"""Which losses are watched on which split: captions in held-out languages are in test alone."""


class TrainError(ValueError):
    """A run that cannot begin or go on; the message is one line that says what to do."""


@dataclass(frozen=True)
class TrainConfig:
    """A run. What is 0 or empty on the command line has been filled in from `DEFAULTS` here."""

    shards: str
    model: str
    out: str
    init: str = "pretrained"
    steps: int = 0
    batch: int = 0
    lr: float = 0.0
    weight_decay: float = 0.0
    warmup: int = 0
    image_size: int = 0
    no_image: bool = False
    tokens: int = 128
    balance: str = "task-language"
    seed: int = 0
    workers: int = 0
    precision: str = "auto"
    gradient_checkpointing: bool = False
    log_every: int = 20
    validate_every: int = 200
    validate_samples: int = 64
    checkpoint_every: int = 200

    def rate(self, step: int) -> float:
        """Linear warm-up, then a cosine down to 0."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        return self.lr * 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))

    def identity(self) -> dict[str, Any]:
        """What the losses of the run depend on; a run goes on only with the same."""
        free = {"out", "log_every", "checkpoint_every", "validate_every", "validate_samples", "shards"}
        return {name: value for name, value in asdict(self).items() if name not in free}


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains; returns the exit code. What goes wrong is told in one line."""
    level = logging.INFO if os.environ.get("RANK", "0") == "0" else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    try:
        config, dry = parse(arguments)
        if dry:
            show(config)
        else:
            with ranks.processes():
                train(config)
    except (TrainError, DatasetError, ManifestError, EvaluationError, FileNotFoundError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


def parse(arguments: Sequence[str] | None) -> tuple[TrainConfig, bool]:
    """The run that a command line asks for, and whether it only asks what it would be.

    Raises:
        TrainError: a size or a start that there is not.
    """
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shards", required=True, help="dataset: a folder or fsspec URL")
    parser.add_argument("--model", required=True, help=f"size: {', '.join(PRESETS)}")
    parser.add_argument("--out", required=True, help="folder of the run")
    parser.add_argument(
        "--preset", choices=("pretrain", "finetune"), default="pretrain", help="settings of the paper; small sizes have their own"
    )
    parser.add_argument("--init", default="pretrained", help="pretrained, random, or the folder of a run to start from")
    parser.add_argument("--steps", type=int, default=0, help="optimiser steps")
    parser.add_argument("--batch", type=int, default=0, help="samples a step, of all processes together")
    parser.add_argument("--lr", type=float, default=0.0, help="peak learning rate")
    parser.add_argument("--weight-decay", type=float, default=-1.0)
    parser.add_argument("--warmup", type=int, default=0, help="steps of linear warm-up before the cosine")
    parser.add_argument("--image-size", type=int, default=0, help="pixels a side; 0 is the model's own")
    parser.add_argument("--no-image", action="store_true", help="ablation: the model never sees a picture")
    parser.add_argument("--tokens", type=int, default=128, help="most tokens of a prompt, and of a text")
    parser.add_argument("--balance", default="task-language", help="uniform, task, language, task-language (the paper's)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes that read shards")
    parser.add_argument("--precision", choices=("auto", "bf16", "fp16", "fp32"), default="auto", help="auto is bf16 where it is fast")
    parser.add_argument("--gradient-checkpointing", action="store_true", help="less memory for more time")
    parser.add_argument("--log-every", type=int, default=20, help="steps between lines of the log")
    parser.add_argument("--validate-every", type=int, default=200, help="steps between validations; 0 is never")
    parser.add_argument("--validate-samples", type=int, default=64, help="pictures of a validation")
    parser.add_argument("--checkpoint-every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument("--dry-run", action="store_true", help="print sizes, memory and steps; train nothing")
    given = vars(parser.parse_args(arguments))
    preset, dry = given.pop("preset"), given.pop("dry_run")
    if given["model"] not in PRESETS:
        raise TrainError(f"--model {given['model']}: there is no such size; write one of {', '.join(PRESETS)}")
    small = PRESETS[given["model"]].for_cpu
    for name, value in DEFAULTS["cpu" if small and preset == "pretrain" else preset].items():
        if given[name] <= 0 and not (name == "weight_decay" and given[name] == 0):
            given[name] = 0 if small and name == "image_size" else value
    return TrainConfig(**{field.name: given[field.name] for field in fields(TrainConfig)}), dry


def show(config: TrainConfig) -> None:
    """Prints what a run would be."""
    size, manifest = sizes(config.model, config.init != "random"), Manifest.read(config.shards)
    samples = manifest.samples("train")
    state = size.parameters * 4 + size.trained * 12
    pairs = {
        (task, lang) for info in manifest.splits["train"] for task, by_lang in info.annotations.items() for lang, n in by_lang.items() if n
    }
    print(f"model {config.model}: {size.parameters / 1e6:,.1f} M parameters, {size.trained / 1e6:,.1f} M trained")
    print(f"forward pass: {size.macs / 1e9:,.2f} G multiply-adds a sample (224 px, 128 + 128 tokens)")
    print(f"memory: {state / 1e9:,.1f} GB of weights, gradients and optimiser, activations apart")
    print(f"data: {samples:,} pictures in train, {len(pairs)} pairs of task and language, balance {config.balance}")
    drawn = config.steps * config.batch
    print(f"{config.steps:,} steps of {config.batch} are {drawn:,} samples, {drawn / samples:,.1f} epochs")


def train(config: TrainConfig) -> None:
    """Trains to the last step, from the newest checkpoint of the run if there is one.

    Raises:
        TrainError: the run's folder holds another run; the loss is no number.
    """
    if config.batch % ranks.count():
        raise TrainError(f"--batch {config.batch}: give a multiple of the {ranks.count()} processes")
    run = Path(config.out)
    run.mkdir(parents=True, exist_ok=True)
    found = checkpoints.latest(run)
    model, state = start(config, run, found)
    if config.gradient_checkpointing:
        model.set_gradient_checkpointing(True)
    if ranks.count() > 1:
        shard(model)  # first, so that no device ever holds the whole model
    model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    scaler = torch.amp.GradScaler(model.device.type, enabled=config.precision == "fp16")
    torch.manual_seed(config.seed + ranks.rank())
    eyes = Eyes(model, config.no_image)
    record = describe(config, model, run, eyes, resumed=found is not None)
    optimiser = torch.optim.AdamW(groups_of(model, config.weight_decay), lr=config.lr, betas=(0.9, 0.98), fused=True)
    stream, size = (
        loader(config.shards, "train", balance=config.balance, seed=config.seed, epochs=None, skip_broken=True),
        config.batch // ranks.count() * BUCKET,
    )
    step = 0
    if state is not None:
        step = state["step"]
        checkpoints.restore(model, optimiser, state)
        scaler.load_state_dict(state["scaler"])
        stream.load_state_dict(state["streams"][ranks.rank()])
        logger.info("%s: going on from step %d", run, step)
    log = Log(run, config.steps, config.log_every, record["langs"], step)
    for batch in batches(config, model, stream, size, step, log):
        loss = update(config, model, optimiser, scaler, eyes, batch, step, log)
        if not math.isfinite(loss):
            raise TrainError(f"{run}: the loss is {loss} at step {step + 1}; give a lower --lr than {config.lr}, and start again")
        step += 1
        log.step(step, stream, model.device)
        last = step == config.steps
        if config.validate_every and (step % config.validate_every == 0 or last):
            log.validation(step, validate(config, model, eyes))
        if step % config.checkpoint_every == 0 or last:
            place = stream.state_dict(step // BUCKET, size, config.workers)
            checkpoints.write(run, step, model, optimiser, {"streams": ranks.gathered(place), "scaler": scaler.state_dict()})
        if last:
            break
    log.close()


def start(config: TrainConfig, run: Path, found: Path | None) -> tuple[VLM, dict[str, Any] | None]:
    """The model at the beginning of this stretch of a run, on the CPU, and the state of its checkpoint.

    Raises:
        TrainError: the run's folder holds another run, or ``--init`` names no run.
    """
    if found is not None:
        theirs = json.loads((run / "run.json").read_text())["config"]
        for name, mine in config.identity().items():
            if theirs.get(name) != mine:
                raise TrainError(
                    f"--out {run}: holds a run with {name} {theirs.get(name)}, not {mine}; make them equal, or give another folder"
                )
        return load(found), checkpoints.read(found)
    if config.init not in ("pretrained", "random"):
        if (theirs := checkpoints.latest(Path(config.init))) is None:
            raise TrainError(f"--init {config.init}: write pretrained, random, or the folder of a run (it has no checkpoint)")
        return load(theirs, image_size=config.image_size or None), None
    size = PRESETS[config.model]
    tokenizer = None
    if size.for_cpu:
        manifest = Manifest.read(config.shards)
        tokenizer = train_tokenizer(texts_of(config.shards, manifest), size.vocabulary, manifest.langs)
    init = "random" if config.init == "random" else "pretrained"
    return build(config.model, init, tokenizer, image_size=config.image_size or None, seed=config.seed), None  # type: ignore[arg-type]


def texts_of(out: str, manifest: Manifest) -> Iterator[str]:
    """Every text of train, from the sidecars; what cannot be read is left out, and told when the loader meets it."""
    for info in manifest.splits["train"]:
        with contextlib.suppress(OSError, pa.ArrowInvalid), open_file(f"{out}/{info.parquet}") as file:
            for notes in pq.read_table(file, columns=["annotations"])["annotations"].to_pylist():
                yield from (text for note in notes for text in (note["text"], note["source"]) if text)


def describe(config: TrainConfig, model: VLM, run: Path, eyes: Eyes, resumed: bool) -> dict[str, Any]:
    """``run.json``: the configuration, the data, the sizes, and T, the cross-entropy before training."""
    if resumed:
        return json.loads((run / "run.json").read_text())
    manifest = Manifest.read(config.shards)
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    record = {
        "config": asdict(config),
        "dataset": manifest.config_sha256,
        "langs": list(manifest.langs),
        "caption_langs": list(manifest.caption_langs),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "trained": trained,
    }
    before = validate(config, model, eyes)
    record |= {"T": sum(before.values()) / len(before), "before": before}
    if ranks.rank() == 0:
        checkpoints.write_json(run / "run.json", record)
    logger.info(f"{config.model}: {trained / 1e6:.1f} M parameters are trained; cross-entropy before that {record['T']:.2f}")
    return record


def groups_of(model: VLM, weight_decay: float) -> list[dict[str, Any]]:
    """Trained parameters: matrices decay, biases and norms do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim < 2], "weight_decay": 0.0},
    ]


def batches(config: TrainConfig, model: VLM, stream: Stream, size: int, step: int, log: Log) -> Iterator[Batch]:
    """Batches without end, from the one of ``step`` on."""
    collate = Collate(model, size // BUCKET, config.tokens, config.tokens)
    source = iter(DataLoader(stream, batch_size=size, collate_fn=collate, num_workers=config.workers, persistent_workers=False))
    skipped = step % BUCKET
    while True:
        begun = time.monotonic()
        made = next(source)
        log.waited += time.monotonic() - begun
        yield from made[skipped:]
        skipped = 0


def update(
    config: TrainConfig,
    model: VLM,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    eyes: Eyes,
    batch: Batch,
    step: int,
    log: Log,
) -> float:
    """One optimiser step; returns the loss, a mean over the tokens of all processes' batches."""
    model.train()
    rate = config.rate(step)
    for group in optimiser.param_groups:
        group["lr"] = rate
    prompt_ids, prompt_mask, labels = (tensor.to(model.device) for tensor in (batch.prompt_ids, batch.prompt_mask, batch.labels))
    with autocast(config.precision, model.device):
        begun = time.monotonic()
        seen = eyes(batch.pictures)
        log.looked += time.monotonic() - begun
        logits = model(None, prompt_ids, prompt_mask, labels, seen=seen)
    sums, counts = loss_per_sample(logits, labels)
    loss, tokens = ranks.total(torch.stack([sums.detach().sum(), counts.sum()]))
    optimiser.zero_grad(set_to_none=True)
    # Sharded gradients are means over the processes: this makes them those of the mean over all tokens.
    scaler.scale(sums.sum() * ranks.count() / tokens).backward()
    scaler.unscale_(optimiser)
    torch.nn.utils.clip_grad_norm_([parameter for parameter in model.parameters() if parameter.requires_grad], 1.0)
    scaler.step(optimiser)
    scaler.update()
    log.add(batch, (sums.detach() / counts).tolist(), rate)
    return float(loss / tokens)


def autocast(precision: str, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Half precision where it is asked for, or bfloat16 where the processor has it."""
    has = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    half = {"fp16": torch.float16, "bf16": torch.bfloat16, "auto": torch.bfloat16 if has else None}.get(precision)
    return torch.autocast(device.type, half) if half else contextlib.nullcontext()


def validate(config: TrainConfig, model: VLM, eyes: Eyes) -> dict[str, float]:
    """Cross-entropy by group, of one annotation a picture and group; processes all compute the same, as a sharded model asks."""
    losses: dict[str, float] = {}
    for split, groups in VALIDATED.items():
        with contextlib.suppress(EvaluationError):
            tokens = (config.tokens, config.tokens)
            found = split_losses(model, config.shards, split, groups, config.validate_samples, True, eyes, tokens=tokens)
            losses |= {group: sum(loss.value for loss in values) / len(values) for group, values in found.items()}
    if not losses:
        raise TrainError(f"{config.shards}: neither val nor test has annotations to validate on; build it with a --test-share above 0")
    return losses


if __name__ == "__main__":
    sys.exit(main())
