"""A mix of published datasets as an image source: ``mix:coco=DIR,multi30k=DIR``. Pictures lie on the disk; no network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.sources.columns import Row
from pipeline.sources.files import SourceError, fingerprint, fingerprint_pictures
from pipeline.sources.places import place_of
from pipeline.sources.published import DATASETS, Described, read_published

PREFIX = "mix:"


def members(spec: str) -> tuple[tuple[str, str], ...]:
    """The datasets of a mix and their folders, in the order of the spec; none where the spec is of another source.

    Raises:
        SourceError: it begins like a mix and is none.
    """
    if not spec.startswith(PREFIX):
        return ()
    found = []
    for part in filter(None, spec.removeprefix(PREFIX).split(",")):
        name, sign, folder = part.partition("=")
        if not sign or not folder or name not in DATASETS:
            raise SourceError(f"--images {spec}: '{part}' must be NAME=DIR with one of {', '.join(DATASETS)}")
        found.append((name, os.path.abspath(folder)))
    if not found:
        raise SourceError(f"--images {spec}: names no dataset; write mix:NAME=DIR,... with one of {', '.join(DATASETS)}")
    return tuple(found)


def places(spec: str) -> tuple[str, ...]:
    """Each dataset of a mix as one string, ``NAME://DIR``."""
    return tuple(f"{name}://{folder}" for name, folder in members(spec))


def count_mix(place: str) -> int:
    """Pictures of a dataset."""
    return len(_read(place))


def read_mix(place: str, first: int = 0) -> Iterator[Row]:
    """Pictures of a dataset from the ``first`` on, with what people wrote. One that is not on the disk has no bytes: a reject."""
    name, _, folder = place.partition("://")
    dataset = DATASETS[name].name
    for picture in islice(_read(place), first, None):
        lies = place_of(picture.image) if picture.image.is_file() else None
        texts = [{"lang": text.lang, "source": text.source, "text": text.text, "model": dataset} for text in picture.texts]
        yield {
            "url": f"{name}/{os.path.relpath(picture.image, folder)}",
            "source_key": picture.id,
            "image": b"" if lies is None else None,
            "place": lies,
            "source_split": picture.split,
            "names": list(picture.names),
            "human": texts,
        }


def fingerprint_mix(place: str) -> dict[str, Any]:
    """What a dataset's lists hold, by content, and its pictures, as `fingerprint_pictures` has it."""
    name, _, folder = place.partition("://")
    files = [fingerprint(str(path)) for path in DATASETS[name].lists(Path(folder))]
    return {"dataset": name, "lists": files, **fingerprint_pictures(folder, (picture.image for picture in _read(place)))}


def _read(place: str) -> tuple[Described, ...]:
    name, _, folder = place.partition("://")
    return read_published(name, folder)
