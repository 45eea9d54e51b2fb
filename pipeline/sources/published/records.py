"""What a published dataset has of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """A text by people: a caption, or with ``source`` the translation of that English text."""

    lang: str
    text: str
    source: str | None = None


@dataclass(frozen=True)
class Described:
    """A picture of a dataset, and what people wrote about it. ``image`` is where it should lie, whether it does or not."""

    id: str
    image: Path
    split: str  # train, val or test, as the dataset has it
    names: tuple[str, ...]  # see `pipeline.sources.published.names`
    texts: tuple[Written, ...]
