"""What a report says in numbers, from the manifest and the ledger of the fetch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from pipeline.report.words import reason_words, stage_words
from shards.manifest import FETCH, FunnelStage, Manifest
from shards.sample import SPLITS, TASKS
from shards.storage import open_file

ITEMS = {
    "image": "Pictures",
    "bitext": "Bitexts",
    "english": "English sides of bitexts, each once",
    "annotation": "Captions and translations by teachers",
}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart; ``share`` of the longest possible bar, 0 to 1."""

    name: str
    words: str
    number: float
    share: float


@dataclass(frozen=True)
class Step:
    """A stage of the funnel: what entered and left, both also as shares of what entered the first stage, and the reasons."""

    stage: FunnelStage
    words: str
    left: float
    lost: float
    reasons: tuple[Bar, ...]


@dataclass(frozen=True)
class Funnel:
    """The stages that items of a kind went through."""

    item: str
    title: str
    steps: tuple[Step, ...]

    @property
    def entered(self) -> int:
        return self.steps[0].stage.entered

    @property
    def left(self) -> int:
        return self.steps[-1].stage.left


@dataclass(frozen=True)
class Cell:
    """Annotations of a task and language in a split: their number, and whether there may be any."""

    number: int
    state: str  # open, held-out, or none where the pair does not exist


@dataclass(frozen=True)
class Times:
    """Quantiles of the milliseconds that rows of the image list took."""

    name: str
    rows: int
    quantiles: tuple[int, ...]


@dataclass(frozen=True)
class Ledger:
    """What the fetch had to do."""

    rows: int
    fetched: int
    bytes: int
    reasons: tuple[Bar, ...]
    attempts: tuple[Bar, ...]
    times: tuple[Times, ...]


def annotation_count(manifest: Manifest, split: str) -> int:
    """Number of annotations of a split."""
    return sum(number for by_lang in manifest.annotations(split).values() for number in by_lang.values())


def funnels(manifest: Manifest) -> list[Funnel]:
    """The funnel of each kind of item that there was."""
    made = []
    for item in dict.fromkeys((*ITEMS, *(stage.item for stage in manifest.funnel))):
        stages = [stage for stage in manifest.funnel if stage.item == item]
        if stages and stages[0].entered:
            most = stages[0].entered
            steps = tuple(_step(stage, most) for stage in stages)
            made.append(Funnel(item, ITEMS.get(item, item), steps))
    return made


def _step(stage: FunnelStage, most: int) -> Step:
    reasons = _bars(stage.rejected, stage.item)
    return Step(stage, stage_words(stage.stage), stage.left / most, (stage.entered - stage.left) / most, reasons)


def table(manifest: Manifest) -> list[tuple[str, list[Cell]]]:
    """Counts by language: for each task, for each split, a cell."""
    counts = {split: manifest.annotations(split) for split in SPLITS}
    return [(lang, [_cell(manifest, counts[split], split, task, lang) for task in TASKS for split in SPLITS]) for lang in manifest.langs]


def _cell(manifest: Manifest, counts: Mapping[str, Mapping[str, int]], split: str, task: str, lang: str) -> Cell:
    policy = manifest.policy
    state = "none" if (task, lang) not in policy.pairs else "open" if policy.allows(split, task, lang) else "held-out"
    return Cell(counts.get(task, {}).get(lang, 0), state)


def ledger(out: str) -> Ledger:
    """What fetch.parquet says. Counters of its few different values are all that is held of it."""
    reasons: Counter[str] = Counter()
    attempts: Counter[int] = Counter()
    taken: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    rows = size = 0
    for row in _rows(f"{out}/{FETCH}"):
        rows += 1
        size += row["bytes"] or 0
        if row["reason"] is not None:
            reasons[row["reason"]] += 1
        if row["attempts"] is not None:
            attempts[row["attempts"]] += 1
        if row["milliseconds"] is not None:
            taken[row["reason"] is None][row["milliseconds"]] += 1
    times = [_times(name, taken[fetched]) for name, fetched in (("fetched", True), ("not to be had", False)) if taken[fetched]]
    tried = {_tries(number): count for number, count in sorted(attempts.items())}
    bars = tuple(Bar(name, name, count, count / max(tried.values())) for name, count in tried.items())
    return Ledger(rows, rows - reasons.total(), size, _bars(reasons, "image"), bars, tuple(times))


def _rows(path: str) -> Iterator[dict[str, Any]]:
    with open_file(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(columns=["reason", "attempts", "milliseconds", "bytes"]):
            yield from batch.to_pylist()


def _tries(number: int) -> str:
    return {0: "never asked", 1: "asked once"}.get(number, f"asked {number} times")


def _times(name: str, milliseconds: Counter[int]) -> Times:
    total, found, below = milliseconds.total(), [], 0
    ordered = iter(sorted(milliseconds.items()))
    value = 0
    for share in QUANTILES:
        while below < share * total:
            value, count = next(ordered)
            below += count
        found.append(value)
    return Times(name, total, tuple(found))


def stage_times(manifest: Manifest) -> tuple[Bar, ...]:
    """The seconds of each stage as the run has them, longest first."""
    seconds = {name: float(value) for name, value in manifest.run.get("stage_seconds", {}).items() if value}
    most = max(seconds.values(), default=1.0)
    ordered = sorted(seconds.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bar(name, name, value, value / most) for name, value in ordered)


def _bars(counts: Mapping[str, int], item: str) -> tuple[Bar, ...]:
    """By falling number."""
    most = max(counts.values(), default=1) or 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bar(name, reason_words(name, item), number, number / most) for name, number in ordered)
