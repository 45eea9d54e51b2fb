"""COCO captions (Chen et al. 2015) in the splits of Karpathy and Fei-Fei 2015, in the layout of Karpathy's ``dataset_coco.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.sources.files import SourceError
from pipeline.sources.published.layout import HOW, find_image, read_json
from pipeline.sources.published.records import Described, Written

NAME = "COCO"
_LISTS = ("dataset_coco.json", "karpathy/dataset_coco.json")
_SPLITS = {"train": "train", "restval": "train", "val": "val", "test": "test"}


def lists(folder: Path) -> tuple[Path, ...]:
    """The files that say what the dataset holds.

    Raises:
        SourceError: they are not there.
    """
    path = next((folder / name for name in _LISTS if (folder / name).is_file()), None)
    if path is None:
        raise SourceError(f"{folder}: there is neither {' nor '.join(_LISTS)}; {HOW}")
    return (path,)


def read(folder: Path) -> Iterator[Described]:
    """All pictures of all splits, in the order of the list.

    Raises:
        SourceError: the list is missing or is no such list.
    """
    (path,) = lists(folder)
    found = read_json(path)
    try:
        for row in found["images"]:
            image = find_image(folder, row["filename"], (row["filepath"], "images"))
            texts = tuple(Written("en", sentence["raw"].strip()) for sentence in row["sentences"])
            yield Described(str(row["cocoid"]), image, _SPLITS[row["split"]], (f"coco:{row['cocoid']}",), texts)
    except (KeyError, TypeError) as error:
        raise SourceError(f"{path}: {type(error).__name__} {error}; it should be Karpathy's dataset_coco.json") from None
