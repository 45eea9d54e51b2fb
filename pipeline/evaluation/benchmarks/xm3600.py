"""Crossmodal-3600 (Thapliyal et al. 2022) as published: ``captions.jsonl`` and pictures named after their key."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.evaluation.benchmarks.images import find_image
from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem, read_lines
from pipeline.evaluation.errors import EvaluationError

LANGS = ("en", "de", "fr", "es", "ru", "zh")
"""The paper's; XM3600 has 36."""


def read_xm3600(folder: Path, langs: tuple[str, ...] = LANGS) -> list[Benchmark]:
    """One benchmark a language; the references are the raw captions, not Google's tokenised ones.

    Raises:
        EvaluationError: the list is missing, or a line of it is not what it should be.
    """
    path = folder / "captions.jsonl"
    items: dict[str, list[CaptionItem]] = {lang: [] for lang in langs}
    for number, line in enumerate(read_lines(path), 1):
        try:
            row = json.loads(line)
            key = row["image/key"]
            captions = {lang: tuple(row[lang]["caption"]) for lang in langs}
        except (KeyError, TypeError, ValueError) as error:
            raise EvaluationError(
                f"{path}: line {number}: {type(error).__name__} {error}; it should be an object with image/key and, for each of "
                f"{', '.join(langs)}, a list 'caption'"
            ) from None
        image = find_image(folder, f"{key}.jpg", ("images", "."))
        for lang in langs:
            items[lang].append(CaptionItem(key, image, captions[lang]))
    return [Benchmark("XM3600", lang, tuple(items[lang]), 3600) for lang in langs]
