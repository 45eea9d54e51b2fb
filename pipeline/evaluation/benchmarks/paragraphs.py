"""Stanford Image Paragraphs (Krause et al. 2017), the test split."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem
from pipeline.sources.published import paragraphs


def read_paragraphs(folder: Path) -> list[Benchmark]:
    """A paragraph a picture, more where it has more.

    Raises:
        SourceError: a list is missing or is not what it should be.
    """
    items = tuple(
        CaptionItem(picture.id, picture.image, tuple(text.text for text in picture.texts), picture.names)
        for picture in paragraphs.read(folder)
        if picture.split == "test"
    )
    return [Benchmark("Image Paragraphs test", "en", items, 2489, "more_detailed", files={"references": paragraphs.lists(folder)[0]})]
