"""Evaluates a checkpoint: cross-entropy by group, and what the model writes, on a dataset's test split or on benchmarks.

``python -m pipeline.evaluate --checkpoint RUN --shards OUT`` or ``... --benchmark coco=DIR`` (docs/benchmarks.md). Writes
RUN/evaluation.json (or ``--out``) with, beside it, ``evaluation.items.jsonl`` (one text a line) and ``evaluation.md``, after each test set.
What an earlier evaluation of the same checkpoint with the same settings left there stays, but for what is measured again.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.protocols import Embedder
from models.registry import load_embedder, load_language_identifier
from models.vlm import load
from pipeline.evaluation.benchmarks import READERS, Benchmark, CaptionItem, read_benchmark
from pipeline.evaluation.cider import check_installed
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.generation import Decoding
from pipeline.evaluation.losses import split_losses
from pipeline.evaluation.means import means_of
from pipeline.evaluation.pictures import Faults
from pipeline.evaluation.results import Earlier, Measured, Results, read_earlier
from pipeline.evaluation.scoring import Scorer
from pipeline.evaluation.settings import PRECISIONS, digest_of, dtype_of, precision_of, versions
from pipeline.evaluation.summary import Score, Summary, cross_entropy
from pipeline.training import checkpoints
from pipeline.training.eyes import Eyes
from shards.manifest import Manifest, ManifestError
from shards.reader import DatasetError, open_dataset

logger = logging.getLogger(__name__)

LEAST = {"generate": 0, "beams": 1, "max_new_tokens": 1, "batch": 1, "tokens": 1, "image_size": 0, "seed": 0}
"""Of each number of the command line."""


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
    parser.add_argument("--tokens", type=int, default=128, help="most tokens of a prompt, and of a text whose loss is taken")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="auto is bf16 on a GPU that has it, else fp32")
    parser.add_argument("--no-image", action="store_true", help="ablation: show no picture, as to a run that was trained so anyway")
    parser.add_argument("--clip-score", metavar="SPEC", help="also the CLIPScore of captions, by any embedder; see models/registry.py")
    parser.add_argument("--image-size", type=int, default=0, help="pixels a side; 0 is the model's own")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    options = parser.parse_args(arguments)
    try:
        evaluate(options)
    except (EvaluationError, DatasetError, ManifestError, OSError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


@dataclass(frozen=True)
class Checkpoint:
    """Where a model is loaded from, what its run says of itself (``run.json``, empty where there is no run), and the step it is of."""

    source: str
    record: dict[str, Any]
    step: int | None

    @property
    def samples_seen(self) -> int | None:
        """S of the scaling laws: how many annotations it was trained on."""
        return None if self.step is None else self.step * self.record["config"]["batch"]


@dataclass(frozen=True)
class Asked:
    """What is to be measured, by what and where it goes: all that can be told to be wrong before the model is loaded."""

    checkpoint: Checkpoint
    manifest: Manifest | None
    benchmarks: list[list[Benchmark]]
    embedder: Embedder | None
    out: Path
    earlier: Earlier | None


def evaluate(options: argparse.Namespace) -> None:
    """Runs what the command line asks for, and writes the results after each test set.

    Raises:
        EvaluationError: nothing to evaluate on, nowhere to write, or no picture of any benchmark that can be read.
    """
    asked = read(options)
    device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")
    precision = precision_of(options.precision, device)
    model = load(asked.checkpoint.source, dtype_of(precision), options.image_size or None).to(device)
    # A model that was trained blind has never seen a picture, and must be asked as it was trained.
    blind = options.no_image or bool(asked.checkpoint.record.get("config", {}).get("no_image"))
    eyes, tokens = Eyes(model, blind), options.tokens
    settings = {
        "checkpoint": options.checkpoint, "step": asked.checkpoint.step, "weights": digest_of(model), "model": model.config.preset,
        "image_size": model.image_size, "no_image": blind, "tokens": tokens, "precision": precision,
        "decoding": {"beams": options.beams, "max_new_tokens": options.max_new_tokens, "search": model.config.search},
        "shards": options.shards, "dataset": asked.manifest.config_sha256 if asked.manifest else None,
        "split": options.split if asked.manifest else None, "versions": versions(),
    }  # fmt: skip
    record = asked.checkpoint.record
    results = Results(asked.out, Summary({}, record.get("T"), asked.checkpoint.samples_seen, (), settings), asked.earlier)
    decoding = Decoding(options.beams, options.max_new_tokens, options.batch, tokens)
    langs = tuple(record.get("langs", ()))
    scorer = Scorer(model, eyes, load_language_identifier("lid:"), langs, decoding, tokens, options.seed, asked.embedder, Faults())
    if options.shards:
        losses = split_losses(model, options.shards, options.split, eyes=eyes, size=options.batch, tokens=(tokens, tokens))
        results.add_losses({group: cross_entropy(values, options.seed) for group, values in losses.items()})
        for made in scorer.dataset(options.shards, options.split, options.generate) if options.generate else ():
            results.add(made)
    scored = 0
    for sets in asked.benchmarks:
        scores: list[Score] = []
        for benchmark in sets:
            if measured := scorer.benchmark(benchmark, [one.lang for one in sets]):
                results.add(measured)
                scores += measured.scores
        if means := means_of(scores):
            results.add(Measured(means, []))
        scored += len(scores)
    if asked.benchmarks and not scored:
        raise EvaluationError(f"none of the pictures of {', '.join(options.benchmark)} can be read; get them again")
    results.finish()
    print(results.summary.markdown())


def read(options: argparse.Namespace) -> Asked:
    """Looks at everything that a command line names, but the model.

    Raises:
        EvaluationError: nothing to evaluate on, nowhere to write, a run without a checkpoint, or whatever a benchmark's reader finds.
        DatasetError: there is no dataset, or no sample in the split.
        FileNotFoundError, ValueError: the embedder cannot be had.
    """
    for name, least in LEAST.items():
        if (given := getattr(options, name)) < least:
            raise EvaluationError(f"--{name.replace('_', '-')} {given}: give {least} or more")
    if not options.shards and not options.benchmark:
        raise EvaluationError("nothing to evaluate on: give --shards OUT, or --benchmark NAME=DIR")
    if options.generate and not options.shards:
        raise EvaluationError(f"--generate {options.generate}: is about the pictures of a dataset; give --shards OUT too")
    checkpoint = find_checkpoint(options.checkpoint)
    out = where_to(options.out, options.checkpoint)
    earlier = read_earlier(out)
    manifest = open_dataset(options.shards, options.split).manifest if options.shards else None
    names = [given.partition("=")[0] for given in options.benchmark]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise EvaluationError(
            f"--benchmark {twice}: is given twice, and scores of one would replace those of the other; give one --out each"
        )
    benchmarks = [read_sets(given) for given in options.benchmark]
    if options.benchmark and not any(benchmarks):
        raise EvaluationError(f"none of the pictures of {', '.join(options.benchmark)} is there; see docs/benchmarks.md for where they go")
    if options.generate or any(isinstance(one.items[0], CaptionItem) for sets in benchmarks for one in sets):
        check_installed()
    embedder = load_embedder(options.clip_score) if options.clip_score else None
    return Asked(checkpoint, manifest, benchmarks, embedder, out, earlier)


def find_checkpoint(name: str) -> Checkpoint:
    """The newest checkpoint of a run; a folder without ``run.json``, or a hub's repository, is a model by itself.

    Raises:
        EvaluationError: a run without a checkpoint.
        ValueError: its ``run.json`` is none.
    """
    run = Path(name)
    if not (run / "run.json").exists():
        return Checkpoint(name, {}, None)
    newest = checkpoints.latest(run)
    if newest is None:
        raise EvaluationError(f"--checkpoint {name}: the run has no checkpoint yet; train it on by the same command")
    record = checkpoints.read_record(run)
    return Checkpoint(str(newest), record, int(newest.name.removeprefix("step-")))


def where_to(out: str | None, checkpoint: str) -> Path:
    """The file of the summary; its folder is made where it is not there.

    Raises:
        EvaluationError: no file is named and the checkpoint is no folder, or it cannot be written.
    """
    if not out and not Path(checkpoint).is_dir():
        raise EvaluationError(f"--checkpoint {checkpoint} is no folder: say by --out FILE where the summary goes")
    path = Path(out) if out else Path(checkpoint) / "evaluation.json"
    if path.suffix != ".json" or path.is_dir():
        raise EvaluationError(f"--out {path}: name a file that ends in .json; the items and the table go beside it")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise EvaluationError(f"--out {path}: nothing may be written into {path.parent}; give another --out")
    return path


def read_sets(given: str) -> list[Benchmark]:
    """The test sets of ``NAME=DIR``, without those of which no picture is there, which is logged.

    Raises:
        EvaluationError: it is something else, an item cannot be scored, or whatever `read_benchmark` finds.
    """
    name, equals, folder = given.partition("=")
    if not equals:
        raise EvaluationError(f"--benchmark {given}: write NAME=DIR, with one of {', '.join(READERS)}")
    found = []
    for benchmark in read_benchmark(name, folder):
        if benchmark.fault:
            raise EvaluationError(benchmark.fault)
        if any(path.is_file() for path in benchmark.images):
            found.append(benchmark)
        else:
            where = f", the first should be {benchmark.images[0]}" if benchmark.images else ""
            logger.warning(
                "%s %s: skipped: none of its %d pictures is there%s", benchmark.name, benchmark.lang, len(benchmark.images), where
            )
    return found


if __name__ == "__main__":
    sys.exit(main())
