"""The whole Beam graph, on one screen: what happens to images, to bitexts, and where the two meet."""

from __future__ import annotations

from collections.abc import Sequence

import apache_beam as beam

from pipeline.chunks import Chunk
from pipeline.plan import Plan
from pipeline.sources import Block
from pipeline.store import Store
from pipeline.transforms import Compare, Deduplicate, Enter, Gather, PackShards, Run, Spread, Take, WriteOutcome

AHEAD = 16
"""Chunks that a worker fetches at once: as many as go by while a host that never answers is waited for."""


def build_graph(pipeline: beam.Pipeline, plan: Plan, store: Store, images: Sequence[Block], bitexts: Sequence[Chunk], outcome: str) -> None:
    """Adds everything from image list and bitexts to written shards; ``--until`` cuts it short.

    Args:
        images: blocks of the image list, which no one has read yet.
        bitexts: chunks of bitexts, of one language each.
        outcome: path in the store to which, at last, `pipeline.outcome.Outcome` goes.
    """
    block, describe = plan.config.search_block, [stage for stage in plan.describe if plan.config.reaches(stage.name)]
    made = []

    seen = pipeline | "Images" >> beam.Create(images) | "SpreadImages" >> Spread() | "Fetch" >> Enter(store, plan.fetch, AHEAD)
    if plan.config.reaches("dedup"):
        if plan.decontaminate:
            seen = seen | "KeepOut" >> Run(store, plan.decontaminate)
        seen = seen | "FirstImages" >> Deduplicate(store, ("key", "url", "index"), plan.config.placeholder_urls)
        seen = seen | "Describe" >> Run(store, describe)
    if plan.config.reaches("align"):
        read = pipeline | "Bitexts" >> beam.Create(bitexts) | "SpreadBitexts" >> Spread() | "Clean" >> Run(store, plan.clean)
        read = read | "FirstBitexts" >> Deduplicate(store, ("id", "file", "index"))
        english = read | "EnglishSides" >> Gather(store, plan.config.langs) | "ScoreEnglish" >> Run(store, plan.score_english)
        english = english | "NearImages" >> Compare(store, plan.search_images, plan.density, seen, block)
        read = read | "TakeEnglish" >> Take(store, plan.take_english, english, plan.config.langs)
        read = read | "JudgeBitexts" >> Run(store, plan.judge_bitexts)
        seen = seen | "NearBitexts" >> Compare(store, plan.search_bitexts, plan.align, read, block)
        made += [english, read]
    if plan.config.reaches("judge"):
        seen = seen | "Judge" >> Run(store, [plan.judge])
    if plan.config.reaches("pack"):
        made.append(seen | "Pack" >> PackShards(store, plan.pack))

    (seen, *made) | beam.Flatten() | "Outcome" >> WriteOutcome(store, outcome)
