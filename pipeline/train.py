"""Trains a model of the family on shards, by token cross-entropy, each picture with one of its annotations.

``python -m pipeline.train --shards OUT --model nano --out RUN`` on one CPU or GPU, ``torchrun --nproc-per-node N -m pipeline.train ...`` on
several. The same command goes on where a run was stopped. RUN holds ``run.json``, ``log.csv``, ``validation.csv`` and the newest
checkpoint, ``step-000500``.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from torch.utils.data import DataLoader

from models.vlm import IGNORED, PRESETS, VLM, VLMConfig, build, load, preset_of, sizes, sizes_of, train_tokenizer
from models.vlm.config import config_of
from models.vlm.parallel import shard
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.losses import split_losses
from pipeline.evaluation.summary import Group
from pipeline.training import checkpoints, ranks
from pipeline.training.batches import Batch, Collate, loss_per_sample
from pipeline.training.config import TrainConfig, TrainError, parse
from pipeline.training.eyes import Eyes
from pipeline.training.log import Log
from shards.loader import loader
from shards.manifest import Manifest, ManifestError
from shards.parquet import open_parquet, read_columns
from shards.reader import DatasetError, select
from shards.storage import open_file
from shards.stream import Stream
from shards.whole import DamagedFile
from shards.writer import SIDECAR

logger = logging.getLogger(__name__)

VALIDATED: dict[str, frozenset[Group]] = {"val": frozenset({"SC", "ST"}), "test": frozenset({"UC"})}
"""Which losses are watched on which split: captions in held-out languages are in test alone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains; returns the exit code. What goes wrong is told in one line."""
    level = logging.INFO if os.environ.get("RANK", "0") == "0" else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    try:
        config, dry = parse(arguments, __doc__)
        if dry:
            show(config)
        else:
            with ranks.processes():
                train(config)
    except (TrainError, DatasetError, ManifestError, EvaluationError, OSError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


def show(config: TrainConfig) -> None:
    """Prints what a run would be."""
    size, manifest = sizes(config.model, config.init != "random", config.image_size or None), Manifest.read(config.shards)
    preset = preset_of(config.model)
    shards = manifest.splits.get("train", ())
    if not shards:
        raise TrainError(f"{config.shards}: has no split 'train'; build it with a --test-share and a --val-share that leave something")
    samples = manifest.samples("train")
    state = size.parameters * 4 + size.trained * 12
    logits = (config.micro_batch or config.batch) * config.tokens * preset.vocabulary * 4
    pairs = {(task, lang) for info in shards for task, by_lang in info.annotations.items() for lang, n in by_lang.items() if n}
    side = config.image_size or preset.image_size
    print(f"model {config.model}: {size.parameters / 1e6:,.1f} M parameters, {size.trained / 1e6:,.1f} M trained")
    print(f"forward pass: {size.macs / 1e9:,.2f} G multiply-adds a sample ({side} px, 128 + 128 tokens)")
    print(
        f"memory: {state / 1e9:,.1f} GB of weights, gradients and optimiser; {2 * logits / 1e9:,.1f} GB of logits and their gradients "
        f"at most, of {config.micro_batch or config.batch} samples (--micro-batch); other activations apart"
    )
    print(f"data: {samples:,} pictures in train, {len(pairs)} pairs of task and language, balance {config.balance}")
    drawn = config.steps * config.batch
    print(f"{config.steps:,} steps of {config.batch} are {drawn:,} samples, {drawn / samples:,.1f} epochs")


def train(config: TrainConfig) -> None:
    """Trains to the last step, from the newest checkpoint of the run if there is one.

    Raises:
        TrainError: the run's folder holds another run, the data may hold test pictures, or the loss is no number.
    """
    if config.batch % ranks.count():
        raise TrainError(f"--batch {config.batch}: give a multiple of the {ranks.count()} processes")
    check_data(config)
    run = Path(config.out)
    run.mkdir(parents=True, exist_ok=True)
    found = checkpoints.latest(run)
    model, state = start(config, run, found)
    step = state["step"] if state else 0
    if step >= config.steps:
        logger.info("%s: has its %d steps; nothing to do", run, step)
        return
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
    stream = loader(
        config.shards, "train", balance=config.balance, seed=config.seed, epochs=None, cache=config.cache, skip_broken=True,
        prepare=eyes.prepare(),
    )  # fmt: skip
    own = config.batch // ranks.count()
    bucket = config.bucket(own, model.image_size)
    log = Log(run, config.steps, config.log_every, record["langs"], step)
    if state is not None:
        checkpoints.restore(model, optimiser, state)
        scaler.load_state_dict(state["scaler"])
        stream.load_state_dict(state["streams"][ranks.rank()])
        log.load_state_dict(state["logs"][ranks.rank()])
        logger.info("%s: going on from step %d", run, step)
    for batch in batches(config, model, stream, own, bucket, step, log):
        update(config, model, optimiser, scaler, eyes, batch, step, log)
        step += 1
        log.step(step, stream, model.device)
        last = step == config.steps
        if config.validate_every and (step % config.validate_every == 0 or last):
            begun = time.monotonic()
            losses = validate(config, model, eyes)
            log.validation(step, losses, time.monotonic() - begun)
        if step % config.checkpoint_every == 0 or last:
            place = stream.state_dict(step // bucket, own * bucket, config.workers)
            more = {"streams": ranks.gathered(place), "logs": ranks.gathered(log.state_dict()), "scaler": scaler.state_dict()}
            checkpoints.write(run, step, model, optimiser, more)
        if last:
            break
    log.close()


def check_data(config: TrainConfig) -> None:
    """Makes sure that there is something to train on, and that a fine-tuning has no test pictures in train: the builder left them out,
    and wrote down of which benchmarks.

    Raises:
        DatasetError: there is no dataset, or no sample in train.
        TrainError: the dataset has no record of the benchmarks.
    """
    select(config.shards, "train")
    if config.preset == "finetune" and "decontaminate" not in Manifest.read(config.shards).inputs:
        raise TrainError(
            f"--preset finetune: {config.shards} may hold pictures of test sets in train; build it with --preset finetune, or with "
            "--decontaminate NAME=DIR for each benchmark that is to be scored (docs/training.md)"
        )


def start(config: TrainConfig, run: Path, found: Path | None) -> tuple[VLM, dict[str, Any] | None]:
    """The model at the beginning of this stretch of a run, on the CPU, and the state of its checkpoint.

    Raises:
        TrainError: the run's folder holds another run, or ``--init`` names no model of this size.
    """
    if found is not None:
        theirs = checkpoints.read_record(run)["config"]
        for name, mine in config.identity().items():
            if theirs.get(name) != mine:
                raise TrainError(
                    f"--out {run}: holds a run with {name} {theirs.get(name)}, not {mine}; make them equal, or give another folder"
                )
        return load(found), checkpoints.read(found)
    if config.init not in ("pretrained", "random"):
        model = load(initial(config.init), image_size=config.image_size or None)
        if shape(model.config) != (wanted := shape(config_of(PRESETS[config.model]))):
            raise TrainError(
                f"--init {config.init}: is no '{config.model}' but a '{model.config.preset}' ({shape(model.config)}, not {wanted}); "
                "write its size after --model"
            )
        return model, None
    size = PRESETS[config.model]
    tokenizer = None
    if size.for_cpu:
        manifest = Manifest.read(config.shards)
        tokenizer = train_tokenizer(texts_of(config.shards, manifest), size.vocabulary, manifest.langs)
    init = "random" if config.init == "random" else "pretrained"
    return build(config.model, init, tokenizer, image_size=config.image_size or None, seed=config.seed), None  # type: ignore[arg-type]


def initial(name: str) -> Path | str:
    """The model that ``--init`` names: the newest checkpoint of a run, a model's own folder, or a repository on the hub.

    Raises:
        TrainError: it is none of them.
    """
    folder = Path(name)
    if (newest := checkpoints.latest(folder)) is not None:
        return newest
    if (folder / "config.json").exists() or (not folder.exists() and not folder.is_absolute() and name.count("/") == 1):
        return name
    raise TrainError(
        f"--init {name}: write pretrained, random, or a run or model to start from (this is no folder with a checkpoint, and no hub name)"
    )


def shape(config: VLMConfig) -> tuple[Any, ...]:
    """What tells the sizes of the family apart: the tower's widths, those of the encoder and of the decoder, and their layers."""
    decoder = (config.decoder.get("d_model") or config.decoder.get("hidden_size"), config.decoder.get("num_hidden_layers"))
    layers = config.decoder["decoder_layers"] if config.decoder_kind == "bart" else decoder[1]
    return tuple(config.vision["embed_dim"]), config.encoder["d_model"], config.encoder["encoder_layers"], decoder[0], layers


def texts_of(out: str, manifest: Manifest) -> Iterator[str]:
    """Every text of train, from the sidecars; what cannot be read is left out, and told when the loader meets it."""
    for info in manifest.splits["train"]:
        with contextlib.suppress(OSError, DamagedFile), open_file(f"{out}/{info.parquet}") as file:
            parquet = open_parquet(file)
            rows = read_columns(parquet, ["annotations"])["annotations"].to_pylist() if parquet.schema_arrow.equals(SIDECAR) else []
            yield from (text for notes in rows for note in notes or () for text in (note["text"], note["source"]) if text)


def describe(config: TrainConfig, model: VLM, run: Path, eyes: Eyes, resumed: bool) -> dict[str, Any]:
    """``run.json``: the configuration, the data, the sizes P, P_t and F, and T, the cross-entropy before training."""
    if resumed:
        return checkpoints.read_record(run)
    manifest, size = Manifest.read(config.shards), sizes_of(model.config)
    record: dict[str, Any] = {
        "config": asdict(config),
        "dataset": manifest.config_sha256,
        "langs": list(manifest.langs),
        "caption_langs": list(manifest.caption_langs),
        **asdict(size),
    }
    before = validate(config, model, eyes)
    record |= {"T": sum(before.values()) / len(before) if before else None, "before": before}
    if ranks.rank() == 0:
        checkpoints.write_json(run / "run.json", record)
    told = "nothing to validate on" if record["T"] is None else f"cross-entropy before that {record['T']:.2f}"
    logger.info(f"{config.model}: {size.trained / 1e6:.1f} M parameters are trained; {told}")
    return record


def groups_of(model: VLM, weight_decay: float) -> list[dict[str, Any]]:
    """Trained parameters: matrices decay, biases and norms do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim < 2], "weight_decay": 0.0},
    ]


def batches(config: TrainConfig, model: VLM, stream: Stream, own: int, bucket: int, step: int, log: Log) -> Iterator[Batch]:
    """Batches of ``own`` samples without end, from the one of ``step`` on."""
    collate = Collate(model, own, config.tokens, config.tokens)
    # A generator of its own, or the DataLoader would draw from the one that dropout draws from, which a resumed run must find as it was.
    source = iter(DataLoader(stream, own * bucket, collate_fn=collate, num_workers=config.workers, generator=torch.Generator()))
    skipped = step % bucket
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
) -> None:
    """One optimiser step on the loss, a mean over the tokens of all processes' batches.

    Raises:
        TrainError: the loss or its gradient is no number; the weights are as they were.
    """
    model.train()
    rate = config.rate(step)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    tokens = ranks.total((batch.labels != IGNORED).sum().to(model.device))
    total, losses = torch.zeros((), device=model.device), list[torch.Tensor]()
    for part in batch.parts(config.micro_batch):
        prompt_ids, prompt_mask, labels = (tensor.to(model.device) for tensor in (part.prompt_ids, part.prompt_mask, part.labels))
        with autocast(config.precision, model.device):
            begun = time.monotonic()
            seen = eyes(part.pictures)
            log.looked += time.monotonic() - begun
            logits = model(None, prompt_ids, prompt_mask, labels, seen=seen)
        sums, counts = loss_per_sample(logits, labels)
        # Sharded gradients are means over the processes: this makes them those of the mean over all tokens.
        scaler.scale(sums.sum() * ranks.count() / tokens).backward()
        total += sums.detach().sum()
        losses.append(sums.detach() / counts)
    scaler.unscale_(optimiser)
    norm = torch.nn.utils.clip_grad_norm_([parameter for parameter in model.parameters() if parameter.requires_grad], 1.0)
    loss, steepness = float(ranks.total(total) / tokens), float(norm.full_tensor() if isinstance(norm, DTensor) else norm)
    # With fp16 a gradient that is no number is passed over, and a smaller scale tried.
    if not math.isfinite(loss) or not (math.isfinite(steepness) or scaler.is_enabled()):
        what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient of a loss of {loss:.3f} is no number"
        raise TrainError(f"{config.out}: {what} at step {step + 1}; give a lower --lr than {config.lr} and another --out")
    scaler.step(optimiser)
    scaler.update()
    log.add(batch, torch.cat(losses).tolist(), rate)


def autocast(precision: str, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Half precision where it is asked for, or bfloat16 where the processor has it."""
    has = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    half = {"fp16": torch.float16, "bf16": torch.bfloat16, "auto": torch.bfloat16 if has else None}.get(precision)
    return torch.autocast(device.type, half) if half else contextlib.nullcontext()


def validate(config: TrainConfig, model: VLM, eyes: Eyes) -> dict[str, float]:
    """Cross-entropy by group, of one annotation a picture and group; processes all compute the same, as a sharded model asks.

    A split that is not there, or is broken, has none, and is told.
    """
    losses: dict[str, float] = {}
    for split, groups in VALIDATED.items():
        try:
            tokens = (config.tokens, config.tokens)
            found = split_losses(model, config.shards, split, groups, config.validate_samples, True, eyes, tokens=tokens)
            losses |= {group: sum(loss.value for loss in values) / len(values) for group, values in found.items()}
        except (EvaluationError, DatasetError) as error:
            logger.warning("no validation of %s: %s", ", ".join(sorted(groups)), error)
    return losses


if __name__ == "__main__":
    sys.exit(main())
