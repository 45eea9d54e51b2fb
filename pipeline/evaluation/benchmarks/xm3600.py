"""Crossmodal-3600 (Thapliyal et al. 2022) as published: ``captions.jsonl`` and pictures named after their key."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.published.layout import find_image, read_lines

LANGS = ("en", "de", "fr", "es", "ru", "zh")
"""The paper's; XM3600 has 36."""


def read_xm3600(folder: Path, langs: tuple[str, ...] = LANGS) -> list[Benchmark]:
    """One benchmark a language; the references are the raw captions, not Google's tokenised ones.

    Raises:
        EvaluationError: a line of the list is not what it should be.
        SourceError: the list is missing.
    """
    path = folder / "captions.jsonl"
    items: dict[str, list[CaptionItem]] = {lang: [] for lang in langs}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            key = row["image/key"]
            captions = {lang: _captions(row[lang]["caption"]) for lang in langs}
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise EvaluationError(
                f"{path}: line {number}: {type(error).__name__} {error}; it should be an object with image/key and, for each of "
                f"{', '.join(langs)}, a list 'caption'"
            ) from None
        image = find_image(folder, f"{key}.jpg", ("images", "."))
        for lang in langs:
            items[lang].append(CaptionItem(key, image, captions[lang], (f"openimages:{key}",)))
    return [Benchmark("XM3600", lang, tuple(items[lang]), 3600, words=True, files={"references": path}) for lang in langs]


def _captions(given: object) -> tuple[str, ...]:
    """Raises TypeError where it is no list of texts: a text would be a list of its characters."""
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise TypeError(f"{given!r:.40} is no list of texts")
    return tuple(given)
