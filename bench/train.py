"""The trainer beside a bare PyTorch loop over the same model and batches that lie in memory, in samples a second."""

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
from pipeline.training.batches import Collate, Eyes
from shards.loader import loader

STEPS, PART = 200, 40
"""Steps of the trainer, and how many of them are one measure; the first ones see pictures for the first time, and are left out."""


def trainer(config: train.TrainConfig) -> list[float]:
    """Samples a second of the last parts of a run."""
    train.train(config)
    with (Path(config.out) / "log.csv").open(newline="") as file:
        return [float(row["samples_per_second"]) for row in csv.DictReader(file)][-2:]


def bare(config: train.TrainConfig) -> list[float]:
    """Samples a second of a loop that does nothing but forward, backward and step."""
    model, _ = train.start(config, Path(config.out), None)
    eyes, collate = Eyes(model), Collate(model, config.batch, config.tokens, config.tokens)
    stream = loader(config.shards, "train", epochs=None)
    draws = list(islice(iter(stream), config.batch * train.BUCKET * 5))
    size = config.batch * train.BUCKET
    batches = [batch for start in range(0, len(draws), size) for batch in collate(draws[start : start + size])]
    held = [(batch.prompt_ids, batch.prompt_mask, batch.labels, eyes(batch.pictures)) for batch in batches]
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=config.lr, betas=(0.9, 0.98), weight_decay=config.weight_decay)
    model.train()
    paces = []
    for part in range(2):
        begun = time.monotonic()
        for prompt_ids, prompt_mask, labels, seen in held[part * PART : (part + 1) * PART]:
            with train.autocast(config.precision, model.device):
                logits = model(None, prompt_ids, prompt_mask, labels, seen=seen)
            loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
        paces.append(PART * config.batch / (time.monotonic() - begun))
    return paces


def main() -> None:
    """Prints the pace of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", default="data/demo", help="a dataset, as make dataset builds it")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    ours, theirs = [], []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            more = [f"--steps={STEPS}", f"--log-every={PART}", f"--checkpoint-every={STEPS}", "--validate-every=0", "--validate-samples=8"]
            config, _dry = train.parse([f"--shards={options.shards}", f"--model={options.model}", f"--out={scratch}/run", *more])
            ours += trainer(config)
            theirs += bare(config)
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"training {options.model}: {mine:.1f} samples/s; a bare loop over tensors in memory: {other:.1f}; ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
