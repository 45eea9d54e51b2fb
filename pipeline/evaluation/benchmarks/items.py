"""Items of benchmarks, and the rule that a headline needs all of them."""

from __future__ import annotations

import gzip
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class CaptionItem:
    """A picture and what people said of it in the benchmark's language."""

    id: str
    image: Path
    references: tuple[str, ...]


@dataclass(frozen=True)
class TranslationItem:
    """A picture, an English sentence and its translation."""

    id: str
    image: Path
    source: str
    reference: str


@dataclass(frozen=True)
class ContrastItem:
    """A picture, an ambiguous English sentence, the translation that fits the picture and the one that does not."""

    id: str
    image: Path
    source: str
    correct: str
    wrong: str


Item = CaptionItem | TranslationItem | ContrastItem


@dataclass(frozen=True)
class Benchmark:
    """A test set in one language.

    ``items`` are those of the benchmark's own list in its order, whether their picture is there or not; ``published`` is how many it has
    when whole, None where the list is the only source.
    """

    name: str
    lang: str
    items: tuple[Item, ...]
    published: int | None

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


def read_lines(path: Path) -> list[str]:
    """Lines of a text file, ``.gz`` or not; the plain one is read where both are there.

    Raises:
        EvaluationError: there is neither.
    """
    packed = path.with_name(path.name + ".gz")
    if path.is_file():
        text = path.read_text(encoding="utf-8")
    elif packed.is_file():
        text = gzip.decompress(packed.read_bytes()).decode()
    else:
        raise EvaluationError(
            f"{path}: there is neither this file nor {packed.name}; see docs/benchmarks.md for how the folder should look"
        )
    # Only a newline ends a line: str.splitlines would also part at characters that captions hold.
    return [line.strip("\r") for line in text.removeprefix("\ufeff").removesuffix("\n").split("\n")]


def check_aligned(files: dict[str, list[str]]) -> None:
    """Line-aligned files have the same number of lines.

    Raises:
        EvaluationError: they have not.
    """
    if len({len(lines) for lines in files.values()}) > 1:
        counts = ", ".join(f"{name}: {len(lines):,} lines" for name, lines in files.items())
        raise EvaluationError(f"{counts}; line-aligned files must have the same length")
