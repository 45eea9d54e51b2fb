"""COCO captions (Chen et al. 2015), the test split of Karpathy and Fei-Fei 2015."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.published import coco


def read_coco(folder: Path) -> list[Benchmark]:
    """The test split, with all captions of a picture.

    Raises:
        EvaluationError: the list has no test picture.
        SourceError: the list is missing or is no such list.
    """
    items = tuple(
        CaptionItem(picture.id, picture.image, tuple(text.text for text in picture.texts), picture.names)
        for picture in coco.read(folder)
        if picture.split == "test"
    )
    if not items:
        raise EvaluationError(f"{coco.lists(folder)[0]}: no picture has the split 'test'; it should be Karpathy's dataset_coco.json")
    return [Benchmark("COCO Karpathy test", "en", items, 5000, files={"references": coco.lists(folder)[0]})]
