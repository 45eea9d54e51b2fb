"""Items of benchmarks, and the rule that a headline needs all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MISSING = "is not there"
"""The fault of a picture that does not lie where it should."""


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

TEXTS = {
    "references": "reference",
    "reference": "reference",
    "source": "English sentence",
    "correct": "right translation",
    "wrong": "wrong translation",
}
"""What items are scored by, by field, in words."""


@dataclass(frozen=True)
class Benchmark:
    """A test set in one language.

    ``items`` are those of the benchmark's own list in its order, whether their picture is there or not; ``published`` is how many it has
    when whole, None where the list is the only source. Captions are asked for in ``style``, and compared on ``words`` as the paper
    treats XM3600, or else on PTB tokens. ``files`` says of each field of the items in which file, or files, it stands.
    """

    name: str
    lang: str
    items: tuple[Item, ...]
    published: int | None
    style: str = "short"
    words: bool = False
    files: Mapping[str, Path] = field(default_factory=dict, compare=False)

    @property
    def images(self) -> tuple[Path, ...]:
        """Where the pictures should lie, each once."""
        return tuple(dict.fromkeys(item.image for item in self.items))

    @property
    def fault(self) -> str:
        """Why it cannot be scored at all: an item is there twice, or has none of a text that it is scored by. Empty where it can."""
        listed = next(iter(self.files.values()), "its list")
        for name, number in Counter(item.id for item in self.items).items():
            if number > 1:
                return f"{listed}: item {name} of {self.name} in {self.lang} is there {number} times; leave one of them"
        for item in self.items:
            for name, what in TEXTS.items():
                if not _has_text(getattr(item, name, "-")):
                    place = self.files.get(name, listed)
                    return f"{place}: item {item.id} of {self.name} in {self.lang} has no {what}; get the file again, or leave the item out"
        return ""

    def shortfall(self, faults: Mapping[Path, str]) -> str:
        """Why scores of the items whose picture has no fault are no headline: the list is not whole, or not all of it is scored.

        ``faults`` are what is wrong with pictures, see `pipeline.evaluation.pictures`. Empty where the scores are a headline.
        """
        reasons = []
        if self.published is not None and len(self.items) != self.published:
            reasons.append(f"the list has {len(self.items)} items, the published one {self.published}")
        lost = [item for item in self.items if item.image in faults]
        gone = [item for item in lost if faults[item.image] == MISSING]
        broken = [item for item in lost if faults[item.image] != MISSING]
        for items, what in ((gone, "are not there"), (broken, "cannot be read")):
            if items:
                first = items[0].image
                words = "" if items is gone else f" ({faults[first]})"
                reasons.append(f"pictures of {len(items)} of {len(self.items)} items {what} ({_named(items)}), the first is {first}{words}")
        return f"{'; '.join(reasons)}; complete it" if reasons else ""


def _has_text(value: str | Sequence[str]) -> bool:
    return any(text.strip() for text in ([value] if isinstance(value, str) else value))


def _named(items: Sequence[Item]) -> str:
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return ", ".join(item.id for item in items[:5]) + more
