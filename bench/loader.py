"""The loader beside plain webdataset: samples a second with and without decoding, time to the first batch, memory over epochs.

Both read the same shards in a DataLoader of the same workers and batch size, shuffle, and give each picture with one annotation, drawn at
random; webdataset parses the JSON of each sample for it, as it must. Its samples with their JSON unread are timed too, for what the
parsing costs: that is less work than the loader does, and has no bar. They take turns, so that what else the machine does falls on both.

Exit status 1 where a bar is missed: fewer than 1.2 times the samples of webdataset for the same work, more than a second to the first
batch, or memory that grows by more than a tenth from the first epoch to the last.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import io
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import webdataset
from PIL import Image
from torch.utils.data import DataLoader

import shards
from bench.build import tree_bytes
from shards.manifest import Manifest, TableFile, config_hash
from shards.sample import Annotation, Sample
from shards.writer import write_shard

LANGS = ("en", "de", "fr", "es", "ru", "zh")
TEXT = "Two small red boats lie beside a white house, and a dog waits on the shore in the morning light."
BATCH, PIXELS = 64, 256

FASTER, FIRST_BATCH, GROWTH = 1.2, 1.0, 1.1
"""Bars: times webdataset's samples a second, seconds, and times the memory of the first epoch."""

Make = Callable[[], Iterable[Any]]


def picture(random_numbers: np.random.Generator) -> bytes:
    """A JPEG of soft colours and fine grain, of about 15 kB."""
    coarse = Image.fromarray(random_numbers.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize(
        (PIXELS, PIXELS), Image.Resampling.BICUBIC
    )
    pixels = np.asarray(coarse, dtype=np.int16) + random_numbers.integers(-12, 13, (PIXELS, PIXELS, 1), dtype=np.int16)
    sink = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(sink, "JPEG", quality=90)
    return sink.getvalue()


def annotated(number: int) -> tuple[Annotation, ...]:
    """Seven task-language pairs, as many of each as a build makes."""
    captions = [
        Annotation(task="caption", lang=lang, style="detailed", text=f"{TEXT} {number} {lang}", origin="captioner", clip=0.31)
        for lang in ("en", "de")
    ]
    translations = [
        Annotation(task="translation", lang=lang, source=f"{TEXT} {copy}", text=f"{TEXT} {copy} {lang}", origin="bitext", margin=1.07)
        for lang in LANGS[1:]
        for copy in range(3)
    ]
    return (*captions, *translations)


def write_dataset(out: str, count: int, samples: int) -> None:
    """``count`` shards of so many samples."""
    random_numbers = np.random.default_rng(0)
    pictures = [picture(random_numbers) for _ in range(200)]
    infos = []
    for shard in range(count):
        made = []
        for number in range(shard * samples, (shard + 1) * samples):
            jpg, sha256 = pictures[number % len(pictures)], hashlib.sha256(str(number).encode()).hexdigest()
            known = {"sha256": sha256, "jpg_sha256": hashlib.sha256(jpg).hexdigest(), "width": PIXELS, "height": PIXELS}
            made.append(Sample(key=sha256[:32], split="train", annotations=annotated(number), jpg=jpg, **known))  # type: ignore[arg-type]
        infos.append(write_shard(f"{out}/shards", "train", shard, sorted(made, key=lambda one: one.key)))
    nothing = Manifest(
        config={},
        config_sha256=config_hash({}),
        code={},
        models={},
        inputs={},
        langs=LANGS,
        caption_langs=("en", "de"),
        splits={},
        rejects=(),
        fetch=TableFile("fetch.parquet", 0, 0, ""),
        funnel=(),
    )
    dataclasses.replace(nothing, splits={"train": tuple(infos)}).write(out)


def one_annotation(sample: dict[str, Any]) -> tuple[Any, ...]:
    """What a reader of the shards does with webdataset."""
    annotation = random.choice(sample["json"]["annotations"])
    texts = (annotation["task"], annotation["lang"], annotation.get("style"), annotation.get("source"), annotation["text"])
    return sample["__key__"], sample["jpg"], *texts


def untouched(sample: dict[str, Any]) -> tuple[Any, ...]:
    """The members as they are."""
    return sample["__key__"], sample["jpg"], sample["json"]


@dataclass(frozen=True)
class Comparison:
    """Two DataLoaders, this project's and webdataset's, and whether they do the same work."""

    name: str
    ours: Make
    theirs: Make
    same_work: bool


def comparisons(out: str, count: int, workers: int) -> list[Comparison]:
    """What is compared."""
    urls = f"{out}/shards/train-{{00000..{count - 1:05d}}}.tar"

    def batches(dataset: Any) -> Iterable[Any]:
        return DataLoader(dataset, batch_size=BATCH, num_workers=workers, collate_fn=list)

    def plain() -> Any:
        return webdataset.WebDataset(urls, shardshuffle=count, seed=0).shuffle(1000)

    def ours(decode: bool) -> Make:
        return lambda: batches(shards.loader(out, decode=decode))

    return [
        Comparison("decoding off; webdataset parses its JSON", ours(False), lambda: batches(plain().decode().map(one_annotation)), True),
        Comparison(
            "decoding on; webdataset parses its JSON", ours(True), lambda: batches(plain().decode("rgb8").map(one_annotation)), True
        ),
        Comparison("decoding off; webdataset leaves its JSON unread", ours(False), lambda: batches(plain().map(untouched)), False),
    ]


def rate(make: Make) -> float:
    """Samples a second over an epoch, the start of the workers included."""
    start = time.perf_counter()
    samples = sum(len(batch) for batch in make())
    return samples / (time.perf_counter() - start)


def first_batch(out: str, workers: int, decode: bool) -> float:
    """Seconds from nothing but imports to a batch."""
    start = time.perf_counter()
    batches = DataLoader(shards.loader(out, decode=decode), batch_size=BATCH, num_workers=workers, collate_fn=list)
    iterator = iter(batches)  # held, so that the end of its workers is not timed
    next(iterator)
    return time.perf_counter() - start


def memory(out: str, workers: int, epochs: int) -> list[float]:
    """The most resident MB of this process and its workers in each of so many epochs of one iteration."""
    stream = shards.loader(out, decode=True, epochs=epochs, window=1000)
    most = [0.0] * epochs
    root = multiprocessing.current_process().pid or 0
    for number, _ in enumerate(DataLoader(stream, batch_size=BATCH, num_workers=workers, collate_fn=list)):
        epoch = min(number * BATCH // stream.samples, epochs - 1)
        most[epoch] = max(most[epoch], tree_bytes(root) / 1e6)
    return most


def measure(out: str, options: argparse.Namespace) -> list[str]:
    """Prints the measures; the bars that were missed."""
    missed = []
    for one in comparisons(out, options.shards, options.workers):
        rate(one.ours), rate(one.theirs)  # the files are in memory from here on
        rounds = [(rate(one.ours), rate(one.theirs)) for _ in range(options.rounds)]
        mine, other = (statistics.median(column) for column in zip(*rounds, strict=True))
        least = min(ours / theirs for ours, theirs in rounds)
        work = "" if one.same_work else " (less work than the loader's: no bar)"
        print(f"{one.name}: {mine:,.0f} samples/s, webdataset {other:,.0f}: {mine / other:.2f} x, {least:.2f} x in the worst turn{work}")
        if one.same_work and mine / other < FASTER:
            missed.append(f"{one.name}: {mine / other:.2f} x, the bar is {FASTER} x")
    for decode in (False, True):
        name = f"first batch, decoding {'on' if decode else 'off'}"
        first = statistics.median(first_batch(out, options.workers, decode) for _ in range(options.rounds))
        print(f"{name}: {first:.2f} s")
        if first > FIRST_BATCH:
            missed.append(f"{name}: {first:.2f} s, the bar is {FIRST_BATCH} s")
    most = memory(out, options.workers, 3)
    print(f"most memory in each of three epochs, MB: {', '.join(f'{used:.0f}' for used in most)}")
    if most[-1] > GROWTH * most[0]:
        missed.append(f"memory: {most[0]:.0f} MB in the first epoch, {most[-1]:.0f} MB in the last; the bar is {GROWTH} x")
    return missed


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shards", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--samples", type=int, default=500, help="of a shard (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="of a DataLoader (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: %(default)s)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as out:
        write_dataset(out, options.shards, options.samples)
        missed = measure(out, options)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
