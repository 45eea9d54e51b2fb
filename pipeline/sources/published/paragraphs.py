"""Stanford Image Paragraphs (Krause et al. 2017): a paragraph about each of some pictures of Visual Genome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.sources.files import SourceError
from pipeline.sources.published.layout import find_image, read_json
from pipeline.sources.published.records import Described, Written

NAME = "Image Paragraphs"
_SPLITS = ("train", "val", "test")
_PLACES = ("VG_100K", "VG_100K_2", "images")


def lists(folder: Path) -> tuple[Path, ...]:
    """The files that say what the dataset holds. ``image_data.json`` is Visual Genome's: it says which pictures are COCO's."""
    return tuple(folder / name for name in ("paragraphs_v1.json", *(f"{split}_split.json" for split in _SPLITS), "image_data.json"))


def read(folder: Path) -> Iterator[Described]:
    """All pictures of all splits, in the order of the splits; a picture with several paragraphs has all of them.

    Raises:
        SourceError: a list is missing or is not what it should be, or a picture of a split has no paragraph.
    """
    path, *splits, _ = lists(folder)
    texts: dict[int, list[Written]] = {}
    try:
        for row in read_json(path):
            texts.setdefault(row["image_id"], []).append(Written("en", row["paragraph"].strip()))
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: {type(error).__name__} {error}; it should be a list of objects with image_id and paragraph") from None
    known = names_of(folder)
    for split, listed in zip(_SPLITS, splits, strict=True):
        numbers = read_json(listed)
        if not isinstance(numbers, list):
            raise SourceError(f"{listed}: is a {type(numbers).__name__}; it should be a list of numbers of pictures")
        for number in numbers:
            if not isinstance(number, int) or number not in texts:
                raise SourceError(f"{listed}: {path.name} has no paragraph about picture {number}; get the files again")
            names = known.get(number, (f"vg:{number}",))
            yield Described(str(number), find_image(folder, f"{number}.jpg", _PLACES), split, names, tuple(texts[number]))


def names_of(folder: Path) -> dict[int, tuple[str, ...]]:
    """The names of every picture of Visual Genome, by its number, from ``image_data.json``.

    Raises:
        SourceError: the file is missing or is not what it should be.
    """
    path = lists(folder)[-1]
    try:
        return {row["image_id"]: _names(row) for row in read_json(path)}
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path}: {type(error).__name__} {error}; it should be Visual Genome's list of objects with image_id, coco_id and flickr_id"
        ) from None


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    named = {"vg": row["image_id"], "coco": row.get("coco_id"), "flickr": row.get("flickr_id")}
    return tuple(f"{source}:{number}" for source, number in named.items() if number is not None)
