"""What a check finds: one line a problem, a bounded number of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shards.plain import one_line

SHOWN = 20
"""How many problems of a kind are printed."""


@dataclass(frozen=True)
class Problem:
    """Something that does not hold: where, what, and what mends it."""

    kind: str
    file: str  # relative to the dataset
    member: str  # of the file; "-" for the whole file
    what: str
    mend: str

    def __str__(self) -> str:
        return one_line(f"{self.file}: {self.member}: {self.what}; {self.mend}")


@dataclass
class Problems:
    """Problems by kind: all are counted, the first `SHOWN` of each kind are kept."""

    kept: dict[str, list[Problem]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, file: str, what: str, mend: str, member: str = "-") -> None:
        """Counts a problem."""
        self.counts[kind] += 1
        kept = self.kept.setdefault(kind, [])
        if len(kept) < SHOWN:
            kept.append(Problem(kind, file, member, what, mend))

    def merge(self, others: Iterable[Problems]) -> None:
        """Adds the problems of other checks, in their order."""
        for other in others:
            self.counts += other.counts
            for kind, problems in other.kept.items():
                kept = self.kept.setdefault(kind, [])
                kept += problems[: SHOWN - len(kept)]

    def lines(self) -> Iterator[str]:
        """The problems as lines, kind by kind in the order in which they were met."""
        for kind, problems in self.kept.items():
            yield from map(str, problems)
            if (hidden := self.counts[kind] - len(problems)) > 0:
                yield f"... and {hidden:,} more of kind {kind}, {self.counts[kind]:,} in all"

    def __bool__(self) -> bool:
        return bool(self.counts)
