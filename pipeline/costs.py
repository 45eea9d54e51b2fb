"""What a run is expected to take, told before it starts."""

from __future__ import annotations

import math
import os

from pipeline.benchmark_pictures import benchmark_pictures, benchmarks_of
from pipeline.config import MICROWORLD, Config
from pipeline.inputs import image_columns
from pipeline.plan import Plan
from pipeline.sources import open_bitext, open_images

CORE_SECONDS = {
    "fetch": 0.006,
    "decontaminate": 0.0001,
    "caption": 0.03,
    "translate": 0.04,
    "embed": 0.015,
    "language": 0.002,
    "quality": 0.00003,
    "language_bitext": 0.0002,
    "language_english": 0.0002,
    "embed_english": 0.0008,
    "compare_pair": 0.0005,
    "judge_bitext": 0.00001,
    "search_images": 0.0001,
    "search_bitexts": 0.003,
    "judge": 0.0005,
}
"""Seconds of one core that a row takes, with the demo teachers. Larger teachers take as much longer as they are larger."""

STORED_BYTES = {"image": 120_000, "bitext": 1_000, "english": 1_000}
"""Disk for a row: what the store keeps, and for an image what the shards hold."""


def show(plan: Plan) -> None:
    """Prints stages with their chunks, models, and the disk and time that the run is expected to take."""
    config, rows = plan.config, expected_rows(plan.config)
    chunks = {"image": config.image_chunk, "bitext": config.bitext_chunk, "english": config.bitext_chunk}
    print(f"{rows['image'] or 'unknown many'} images, {rows['bitext'] or 'no or unknown many'} bitexts, into {config.out}")
    print(f"captions in {','.join(config.caption_langs)}; held out {','.join(config.held_out) or 'none'}")
    if benchmarks := benchmarks_of(config, config.images):
        names = ", ".join(dict.fromkeys(name for name, _ in benchmarks))
        print(f"kept out of train and val: {len(benchmark_pictures(benchmarks)):,} pictures of {names}")
    print("models" if (models := plan.teachers.reached(config)) else "no models")
    for name, card in models.items():
        print(f"  {name:<12}{card.spec}  {card.name} {card.revision or ''} sha256 {card.sha256[:12]}")
    print("stages")
    total = 0.0
    for item, stage in plan.steps():
        seconds = rows[item] * CORE_SECONDS.get(stage.name, 0.0)
        total += seconds
        print(f"  {stage.name:<16}{math.ceil(rows[item] / chunks[item]):>8} {item} chunks  {_duration(seconds):>10} of one core")
    if plan.config.reaches("pack"):
        print(f"  {'pack':<16}{math.ceil(rows['image'] / config.shard_size):>8} shards or less")
    cores = config.workers or os.cpu_count() or 1
    disk = sum(rows[item] * size for item, size in STORED_BYTES.items())
    print(f"about {_duration(total / cores)} on {cores} cores with teachers of the demo's size, {disk / 1e9:.1f} GB in {config.out}")


def expected_rows(config: Config) -> dict[str, int]:
    """Rows of images, of bitexts and at most of their English sides, 0 where they cannot be told without reading everything."""
    images, bitexts = config.microworld_images, config.microworld_lines * len(config.targets)
    if config.images != MICROWORLD:
        images = open_images(config.images, image_columns(config.image_columns)).count() or 0
    if config.bitext != MICROWORLD:
        bitexts = (open_bitext(config.bitext).count() or 0) if config.bitext else 0
    return {"image": min(images, config.limit) if config.limit else images, "bitext": bitexts, "english": bitexts}


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min" if seconds < 36000 else f"{seconds / 3600:,.0f} h"
