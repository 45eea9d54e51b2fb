"""Counts what went into and out of each stage, from what lies in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow.compute as pc

from pipeline.chunks import Chunk, Part, in_order
from pipeline.store import Store


@dataclass(frozen=True)
class Step:
    """A stage's line of the funnel: rows in, out and rejected, why, and the seconds that the stage itself took in all."""

    stage: str
    item: str
    rows: int
    rejected: int
    reasons: tuple[tuple[str, int], ...]
    seconds: float

    @property
    def left(self) -> int:
        return self.rows - self.rejected


def funnel(store: Store, chunks: Iterable[Chunk]) -> list[Step]:
    """A step for each stage, images first, in the order in which they ran. ``rows = left + rejected`` at each."""
    rows: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    seconds: Counter[tuple[str, str]] = Counter()
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for chunk in in_order(chunks):
        for part in chunk.parts:
            step = (chunk.item, part.stage)
            rows[step] += part.rows
            lost[step] += part.rejected
            seconds[step] += part.seconds  # type: ignore[assignment]
            if "dropped" in dict(part.digests):
                _add_texts(store, part, rows, lost, reasons)
            why = reasons.setdefault(step, Counter())
            if part.rejected:
                verdicts = store.read(part, ["reject"])["reject"]
                why.update(verdicts.filter(pc.is_valid(verdicts)).to_pylist())
    return [
        Step(stage, item, rows[item, stage], lost[item, stage], tuple(sorted(reasons[item, stage].items())), round(seconds[item, stage], 3))
        for item, stage in rows
    ]


def _add_texts(
    store: Store, part: Part, rows: Counter[tuple[str, str]], lost: Counter[tuple[str, str]], reasons: dict[tuple[str, str], Counter[str]]
) -> None:
    """Counts the texts that judging kept and dropped."""
    step, table = ("annotation", part.stage), store.read(part, ["annotations", "dropped"])
    dropped = [text["reason"] for texts in table["dropped"].to_pylist() for text in texts or ()]
    rows[step] += len(dropped) + (pc.sum(pc.list_value_length(table["annotations"])).as_py() or 0)
    lost[step] += len(dropped)
    reasons.setdefault(step, Counter()).update(dropped)
