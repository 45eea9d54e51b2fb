"""DOCCI (Onoe et al. 2024): its test split, and the small one for looking at by eye."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.published import docci

_TESTS = {"test": 5000, "qual_test": 100}


def read_docci(folder: Path) -> list[Benchmark]:
    """Long descriptions, one a picture; a split that the list does not have is left out.

    Raises:
        EvaluationError: the list has no picture of a test split.
        SourceError: the list is missing, or a line of it is not what it should be.
    """
    found: dict[str, list[CaptionItem]] = {}
    for picture, split in docci.read_with_split(folder):
        if split in _TESTS:
            item = CaptionItem(picture.id, picture.image, tuple(text.text for text in picture.texts), picture.names)
            found.setdefault(split, []).append(item)
    listed = docci.lists(folder)[0]
    if not found:
        raise EvaluationError(f"{listed}: no picture has a split of {', '.join(_TESTS)}; get the file again")
    return [
        Benchmark(f"DOCCI {split}", "en", tuple(found[split]), size, "more_detailed", files={"references": listed})
        for split, size in _TESTS.items()
        if split in found
    ]
