"""The trainer beside a bare PyTorch loop over the same model and batches that lie in memory, in samples a second.

``python -m bench.train --shards data/demo`` on an idle machine. Prints two lines: both paces, their ratio, and the share of time that the
trainer waits for the loader, which decodes the pictures. Both take the last two fifths of the steps, in which a small dataset's pictures
have all been looked at: once with the frozen tower's output kept, as on a CPU, and once with pictures decoded and looked at in every
step, which the bare loop has decoded in memory.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

import torch

from models.vlm import IGNORED
from pipeline import train
from pipeline.training import eyes as sight
from pipeline.training.batches import Collate
from pipeline.training.config import TrainConfig, parse
from shards.loader import loader

PARTS = 5
"""Into so many a run is parted; the last two are the measure."""
WARM = 3
"""Steps of the bare loop before its measure."""


def trainer(config: TrainConfig) -> list[tuple[float, float]]:
    """Samples a second, and the share of time spent waiting for data, of the last two parts of a run."""
    train.train(config)
    with (Path(config.out) / "log.csv").open(newline="") as file:
        return [(float(row["samples_per_second"]), float(row["data_share"])) for row in csv.DictReader(file)][-2:]


def bare(config: TrainConfig) -> list[float]:
    """Samples a second of a loop that does nothing but forward, backward and step, over the batches that the trainer had in each part."""
    model, _ = train.start(config, Path(config.out), None)
    eyes, collate = sight.Eyes(model), Collate(model, config.batch, config.tokens, config.tokens)
    bucket = config.bucket(config.batch, model.image_size)
    stream = loader(config.shards, "train", balance=config.balance, seed=config.seed, epochs=None, prepare=eyes.prepare())
    samples = iter(stream)
    batches = [batch for _ in range(-(-config.steps // bucket)) for batch in collate(list(islice(samples, config.batch * bucket)))]
    part = config.log_every
    held = batches[config.steps - 2 * part - WARM : config.steps]
    for batch in held:
        eyes(batch.pictures)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=config.lr, betas=(0.9, 0.98), weight_decay=config.weight_decay, fused=True)
    model.train()
    paces = []
    for chosen in (held[:WARM], held[WARM : WARM + part], held[WARM + part :]):
        begun = time.monotonic()
        for batch in chosen:
            prompt_ids, prompt_mask, labels = (tensor.to(model.device) for tensor in (batch.prompt_ids, batch.prompt_mask, batch.labels))
            with train.autocast(config.precision, model.device):
                seen = eyes(batch.pictures)
                logits = model(None, prompt_ids, prompt_mask, labels, seen=seen)
            loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
        # Waits for a GPU, as the trainer does at each step.
        loss.item()
        paces.append(len(chosen) * config.batch / (time.monotonic() - begun))
    return paces[1:]


def main() -> None:
    """Prints the pace of both and their ratio."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shards", default="data/demo", help="a dataset, as make dataset builds it; default %(default)s")
    parser.add_argument("--model", default="nano", help="size; default %(default)s")
    parser.add_argument("--steps", type=int, default=200, help="of each run, 10 at least; default %(default)s")
    parser.add_argument("--batch", type=int, help="samples a step; the trainer's own without it")
    parser.add_argument("--workers", type=int, default=0, help="processes of the loader; default %(default)s")
    parser.add_argument("--rounds", type=int, default=2, help="times that both run, in turn; default %(default)s")
    options = parser.parse_args()
    part = options.steps // PARTS
    if part < 2:
        parser.error(f"--steps {options.steps}: give {2 * PARTS} or more")
    for kept, words in ((sight.KEPT_BYTES, "what the tower sees is kept"), (0, "every picture is decoded and looked at in every step")):
        sight.KEPT_BYTES = kept
        print(f"training {options.model}, {words}: {measured(options, part)}", flush=True)


def measured(options: argparse.Namespace, part: int) -> str:
    """Both paces, in turns."""
    ours: list[tuple[float, float]] = []
    theirs: list[float] = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            where = [f"--shards={options.shards}", f"--model={options.model}", f"--out={scratch}/run"]
            size = [f"--steps={part * PARTS}", f"--workers={options.workers}", f"--log-every={part}"]
            size += [f"--batch={options.batch}"] if options.batch else []
            more = [f"--checkpoint-every={part * PARTS}", "--validate-every=0", "--validate-samples=8"]
            config, _ = parse([*where, *size, *more])
            ours += trainer(config)
            theirs += bare(config)
    mine, other = statistics.median(pace for pace, _ in ours), statistics.median(theirs)
    waits = statistics.median(share for _, share in ours)
    return (
        f"{mine:.1f} samples/s; a bare loop over tensors in memory {other:.1f}; ratio {mine / other:.2f}; "
        f"the trainer waits for the loader {waits:.1%} of the time"
    )


if __name__ == "__main__":
    main()
