"""The loader beside plain webdataset: samples a second with and without decoding, time to the first batch, memory over an epoch.

Both read the same shards in a DataLoader of the same workers and batch size, shuffle, and give each picture with one annotation, drawn at
random. They take turns, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import io
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
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
    return sample["__key__"], sample["jpg"], annotation["task"], annotation["lang"], annotation.get("source"), annotation["text"]


def untouched(sample: dict[str, Any]) -> tuple[Any, ...]:
    """The members as they are."""
    return sample["__key__"], sample["jpg"], sample["json"]


def peers(out: str, count: int, workers: int) -> dict[str, tuple[Make, Make]]:
    """By what is measured: this project's DataLoader and webdataset's."""
    urls = f"{out}/shards/train-{{00000..{count - 1:05d}}}.tar"

    def batches(dataset: Any) -> Iterable[Any]:
        return DataLoader(dataset, batch_size=BATCH, num_workers=workers, collate_fn=list)

    def plain() -> Any:
        return webdataset.WebDataset(urls, shardshuffle=count, seed=0).shuffle(1000)

    def ours(decode: bool) -> Make:
        return lambda: batches(shards.loader(out, decode=decode))

    return {
        "decoding off": (ours(False), lambda: batches(plain().decode().map(one_annotation))),
        "decoding off, its JSON unread": (ours(False), lambda: batches(plain().map(untouched))),
        "decoding on": (ours(True), lambda: batches(plain().decode("rgb8").map(one_annotation))),
    }


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
    """Resident MB of this process and its workers, at ten points of a run over so many epochs."""
    stream = shards.loader(out, decode=True, epochs=epochs, window=1000)
    batches = DataLoader(stream, batch_size=BATCH, num_workers=workers, collate_fn=list)
    every = max(1, stream.samples * epochs // BATCH // 10)
    root = multiprocessing.current_process().pid or 0
    return [tree_bytes(root) / 1e6 for number, _ in enumerate(batches) if number % every == every - 1]


def main() -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shards", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--samples", type=int, default=500, help="of a shard (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="of a DataLoader (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as out:
        write_dataset(out, options.shards, options.samples)
        for name, (ours, theirs) in peers(out, options.shards, options.workers).items():
            rate(ours), rate(theirs)  # the files are in memory from here on
            rounds = [(rate(ours), rate(theirs)) for _ in range(options.rounds)]
            mine, other = (statistics.median(column) for column in zip(*rounds, strict=True))
            least = min(one / another for one, another in rounds)
            print(f"{name}: {mine:,.0f} samples/s, webdataset {other:,.0f}: {mine / other:.2f} x, {least:.2f} x in the worst of the turns")
        for decode in (False, True):
            first = statistics.median(first_batch(out, options.workers, decode) for _ in range(options.rounds))
            print(f"first batch, decoding {'on' if decode else 'off'}: {first:.2f} s")
        print(f"memory over three epochs, MB: {', '.join(f'{used:.0f}' for used in memory(out, options.workers, 3))}")


if __name__ == "__main__":
    main()
