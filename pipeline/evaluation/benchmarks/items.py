"""Items of benchmarks, and the rule that a headline needs all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class CaptionItem:
    """A picture and what people said of it in the benchmark's language. ``names``, here and below, are what other datasets call it."""

    id: str
    image: Path
    references: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class TranslationItem:
    """A picture, an English sentence and its translation."""

    id: str
    image: Path
    source: str
    reference: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContrastItem:
    """A picture, an ambiguous English sentence, the translation that fits the picture and the one that does not."""

    id: str
    image: Path
    source: str
    correct: str
    wrong: str
    names: tuple[str, ...] = ()


Item = CaptionItem | TranslationItem | ContrastItem


@dataclass(frozen=True)
class Benchmark:
    """A test set in one language.

    ``items`` are those of the benchmark's own list in its order, whether their picture is there or not; ``published`` is how many it has
    when whole, None where the list is the only source. Captions are asked for in ``style``, and compared on ``words`` as the paper
    treats XM3600, or else on PTB tokens.
    """

    name: str
    lang: str
    items: tuple[Item, ...]
    published: int | None
    style: str = "short"
    words: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Items whose picture is not on the disk."""
        return tuple(item.id for item in self.items if not item.image.is_file())

    def check_complete(self, scored: Collection[str]) -> None:
        """Allows a headline: the list is whole, and every item of it has been scored.

        Raises:
            EvaluationError: it has not; the message counts and names what is missing.
        """
        if self.published is not None and len(self.items) != self.published:
            raise EvaluationError(
                f"{self.name} {self.lang}: the list has {len(self.items)} items, the published one {self.published}; no headline from a "
                "part of a benchmark: complete the list"
            )
        have = set(scored)
        lost = [item for item in self.items if item.id not in have]
        if lost:
            named = ", ".join(item.id for item in lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            gone = [item for item in lost if not item.image.is_file()]
            mend = (
                f"{len(gone)} of their pictures are not there, the first is {gone[0].image}"
                if gone
                else "their pictures are there: run them"
            )
            raise EvaluationError(f"{self.name} {self.lang}: {len(lost)} of {len(self.items)} items are not scored ({named}); {mend}")
