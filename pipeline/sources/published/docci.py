"""DOCCI (Onoe et al. 2024) as published: ``docci_descriptions.jsonlines`` and ``images``. One long English description a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pipeline.sources.files import SourceError
from pipeline.sources.published.layout import find_image, read_lines
from pipeline.sources.published.records import Described, Written

NAME = "DOCCI"
SPLITS = {"train": "train", "qual_dev": "val", "test": "test", "qual_test": "test"}
"""Ours by the dataset's: the two small ones are for looking at by eye."""


def lists(folder: Path) -> tuple[Path, ...]:
    """The files that say what the dataset holds."""
    return (folder / "docci_descriptions.jsonlines",)


def read(folder: Path) -> Iterator[Described]:
    """All pictures of all splits, in the order of the list.

    Raises:
        SourceError: the list is missing, or a line of it is not what it should be.
    """
    return (described for described, _ in read_with_split(folder))


def read_with_split(folder: Path) -> Iterator[tuple[Described, str]]:
    """The same, each with the split as the dataset names it."""
    (path,) = lists(folder)
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, split, text = row["image_file"], row["split"], row["description"].strip()
            ours = SPLITS[split]
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise SourceError(
                f"{path}: line {number}: {type(error).__name__} {error}; it should be an object with image_file, description and a "
                f"split of {', '.join(SPLITS)}"
            ) from None
        yield Described(Path(name).stem, find_image(folder, name, ("images", ".")), ours, (), (Written("en", text),)), split
