"""Evaluates a checkpoint: cross-entropy by group, and what the model writes, on a dataset's test split or on benchmarks.

``python -m pipeline.evaluate --checkpoint RUN --shards OUT`` or ``... --benchmark coco=DIR`` (docs/benchmarks.md). Writes
RUN/evaluation.json (or ``--out``) with, beside it, ``evaluation.items.jsonl`` (one text a line) and ``evaluation.md``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from models.registry import load_embedder, load_language_identifier
from models.vlm import VLM, load
from pipeline.evaluation.benchmarks import READERS, read_benchmark
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.generation import Decoding
from pipeline.evaluation.losses import split_losses
from pipeline.evaluation.scoring import Row, Scorer
from pipeline.evaluation.summary import CrossEntropy, Group, Score, Summary, cross_entropy, write_items
from pipeline.training import checkpoints
from pipeline.training.batches import Eyes
from shards.manifest import Manifest, ManifestError
from shards.reader import DatasetError

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluates; returns the exit code. What goes wrong is told in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", required=True, help="folder of a run or of a model, a Florence-2 of transformers, or a hub name")
    parser.add_argument("--shards", help="dataset: a folder or fsspec URL")
    parser.add_argument("--benchmark", action="append", default=[], metavar="NAME=DIR", help=f"{', '.join(READERS)}; repeatable")
    parser.add_argument("--out", help="the JSON summary; default RUN/evaluation.json")
    parser.add_argument("--split", default="test", choices=("val", "test"))
    parser.add_argument("--generate", type=int, default=0, metavar="N", help="also write texts about the first N pictures of the split")
    parser.add_argument("--beams", type=int, default=4)
    parser.add_argument("--max-new-tokens", type=int, default=128)
    parser.add_argument("--batch", type=int, default=16, help="texts written side by side")
    parser.add_argument("--tokens", type=int, default=128, help="most tokens of a prompt, and of a text, whose loss is taken")
    parser.add_argument("--no-image", action="store_true", help="ablation: show no picture, as to a run that was trained so anyway")
    parser.add_argument("--clip-score", metavar="SPEC", help="also the CLIPScore of captions, by any embedder; see models/registry.py")
    parser.add_argument("--image-size", type=int, default=0, help="pixels a side; 0 is the model's own")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    options = parser.parse_args(arguments)
    try:
        evaluate(options)
    except (EvaluationError, DatasetError, ManifestError, FileNotFoundError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def evaluate(options: argparse.Namespace) -> None:
    """Runs what the command line asks for and writes the results.

    Raises:
        EvaluationError: nothing to evaluate on, or nowhere to write.
    """
    if not options.shards and not options.benchmark:
        raise EvaluationError("nothing to evaluate on: give --shards OUT, or --benchmark NAME=DIR")
    model, record = open_checkpoint(options.checkpoint, options.image_size or None)
    out = Path(options.out) if options.out else Path(options.checkpoint) / "evaluation.json"
    if not options.out and not Path(options.checkpoint).is_dir():
        raise EvaluationError(f"--checkpoint {options.checkpoint} is no folder: say by --out FILE where the summary goes")
    # A model that was trained blind has never seen a picture, and must be asked as it was trained.
    blind = options.no_image or bool(record.get("config", {}).get("no_image"))
    eyes = Eyes(model, blind)
    decoding = Decoding(options.beams, options.max_new_tokens, options.batch)
    losses: dict[Group, CrossEntropy] = {}
    scores: list[Score] = []
    rows: list[Row] = []
    langs = tuple(record.get("langs", ()))
    if options.shards:
        langs = Manifest.read(options.shards).langs
        tokens = (options.tokens, options.tokens)
        found = split_losses(model, options.shards, options.split, eyes=eyes, size=options.batch, tokens=tokens)
        losses = {group: cross_entropy(values, options.seed) for group, values in found.items()}
    embedder = load_embedder(options.clip_score) if options.clip_score else None
    scorer = Scorer(model, eyes, load_language_identifier("lid:"), langs, decoding, options.seed, embedder)
    if options.shards and options.generate:
        made, texts = scorer.dataset(options.shards, options.split, options.generate)
        scores += made
        rows += texts
    for given in options.benchmark:
        name, equals, folder = given.partition("=")
        if not equals:
            raise EvaluationError(f"--benchmark {given}: write NAME=DIR, with one of {', '.join(READERS)}")
        for benchmark in read_benchmark(name, folder):
            made, texts = scorer.benchmark(benchmark)
            scores += made
            rows += texts
    settings: dict[str, Any] = {"checkpoint": options.checkpoint, "model": model.config.preset, "image_size": model.image_size}
    settings |= {"no_image": blind, "decoding": asdict(decoding), "shards": options.shards, "split": options.split}
    summary = Summary(losses, record.get("T"), record.get("samples_seen"), scores, settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    if rows:
        write_items(str(out.with_suffix(".items.jsonl")), rows)
    out.with_suffix(".md").write_text(summary.markdown(), encoding="utf-8")
    summary.write(str(out))
    print(summary.markdown())


def open_checkpoint(name: str, image_size: int | None = None) -> tuple[VLM, dict[str, Any]]:
    """The model of a run's newest checkpoint, of a folder or of a hub's repository, and what its run says of itself.

    Raises:
        EvaluationError: a run without a checkpoint.
    """
    device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")
    run = Path(name)
    if not (run / "run.json").exists():
        return load(name, image_size=image_size).to(device), {}
    newest = checkpoints.latest(run)
    if newest is None:
        raise EvaluationError(f"--checkpoint {name}: the run has no checkpoint yet; train it on by the same command")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    seen = int(newest.name.removeprefix("step-")) * record["config"]["batch"]
    return load(newest, image_size=image_size).to(device), record | {"samples_seen": seen}


if __name__ == "__main__":
    sys.exit(main())
