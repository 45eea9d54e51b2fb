"""COCO captions (Chen et al. 2015), the test split of Karpathy and Fei-Fei 2015, in the layout of Karpathy's ``dataset_coco.json``."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.evaluation.benchmarks.images import find_image
from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem
from pipeline.evaluation.errors import EvaluationError

_LISTS = ("dataset_coco.json", "karpathy/dataset_coco.json")


def read_coco(folder: Path) -> list[Benchmark]:
    """The test split, with all captions of a picture.

    Raises:
        EvaluationError: the list is missing, is no such list, or has no test picture.
    """
    path = next((folder / name for name in _LISTS if (folder / name).is_file()), None)
    if path is None:
        raise EvaluationError(f"{folder}: there is neither {' nor '.join(_LISTS)}; see docs/benchmarks.md for where to get it")
    try:
        pictures = [row for row in json.loads(path.read_bytes())["images"] if row["split"] == "test"]
        items = tuple(
            CaptionItem(
                str(row["cocoid"]),
                find_image(folder, row["filename"], (row["filepath"], "images")),
                tuple(sentence["raw"].strip() for sentence in row["sentences"]),
            )
            for row in pictures
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(f"{path}: {type(error).__name__} {error}; it should be Karpathy's dataset_coco.json") from None
    if not items:
        raise EvaluationError(f"{path}: no picture has the split 'test'; it should be Karpathy's dataset_coco.json")
    return [Benchmark("COCO Karpathy test", "en", items, 5000)]
