"""Shows how far a run is, by looking at what lies in the store: the same on every runner."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from types import TracebackType

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.chunks import Chunk
from pipeline.funnel import Step
from pipeline.plan import Plan
from pipeline.report.words import reason_words
from pipeline.sources import Block
from pipeline.stages.english import english_ids
from pipeline.store import Store

SECONDS = 0.5
MOST_OFTEN = 8
"""Reasons of a stage that the final table names."""


class Watcher:
    """A bar a stage on a terminal, else a line whenever a stage is through. Used in a ``with`` block around the run."""

    def __init__(self, plan: Plan, store: Store, images: Sequence[Block], bitexts: Sequence[Chunk]) -> None:
        self._store, self._plain = store, not sys.stderr.isatty()
        self._chunks = {"image": {chunk for block in images for chunk in block.ids}, "bitext": {chunk.id for chunk in bitexts}}
        self._chunks["english"] = set(english_ids(self._chunks["bitext"], plan.config.langs))
        self._steps = [(item, stage.name, f"{stage.name}/{stage.digest()}") for item, stage in plan.steps() if self._chunks[item]]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        columns = TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TextColumn("chunks"), TimeElapsedColumn()
        self._bars = Progress(*columns, console=Console(stderr=True), disable=self._plain)
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._told: set[tuple[str, str]] = set()

    def __enter__(self) -> Watcher:
        for item, name, _ in self._steps:
            self._tasks[item, name] = self._bars.add_task(_label(item, name), total=len(self._chunks[item]), start=False)
        self._bars.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(timeout=5)
        self._look()
        self._bars.stop()

    def _watch(self) -> None:
        while not self._ended.wait(SECONDS):
            self._look()

    def _look(self) -> None:
        for item, name, folder in self._steps:
            if (item, name) in self._told:
                continue
            chunks = self._chunks[item]
            done = len(chunks & {file.rsplit("-", 1)[0] for file in self._store.names(folder) if file.endswith(".parquet")})
            task = self._tasks[item, name]
            if done and not self._bars.tasks[task].started:
                self._bars.start_task(task)
            self._bars.update(task, completed=done)
            if done == len(chunks):
                self._told.add((item, name))
                self._bars.stop_task(task)
                if self._plain:
                    print(f"{_label(item, name)}: {done} chunks", file=sys.stderr, flush=True)


def _label(item: str, name: str) -> str:
    return f"{name} ({item}s)" if name == "dedup" else name


def summary(steps: Sequence[Step]) -> None:
    """Prints the final table, rows in, out and rejected, rate and time a stage; and why rows were rejected, where most often."""
    table = Table(box=box.SIMPLE)
    for header in ("stage", "of"):
        table.add_column(header, no_wrap=True)
    for header in ("in", "out", "rejected", "rows/s", "seconds"):
        table.add_column(header, justify="right")
    for step in steps:
        rate = f"{step.rows / step.seconds:,.0f}" if step.seconds else "-"
        table.add_row(
            step.stage,
            _items(step),
            f"{step.rows:,}",
            f"{step.left:,}",
            f"{step.rejected:,}",
            rate,
            f"{step.seconds:,.1f}",
        )
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 100, highlight=False)
    console.print(table)
    if any(step.rejected for step in steps):
        console.print(_why(steps))


def _why(steps: Sequence[Step]) -> Table:
    table = Table("stage", "of", "rejected because", box=box.SIMPLE)
    for step in steps:
        often = sorted(step.reasons, key=lambda reason: -reason[1])
        told = [f"{number:,} {reason_words(reason, step.item)}" for reason, number in often[:MOST_OFTEN]]
        if rest := sum(number for _, number in often[MOST_OFTEN:]):
            told.append(f"{rest:,} for other reasons, see rejects/{step.stage}.parquet")
        if told:
            table.add_row(step.stage, _items(step), "\n".join(told))
    return table


def _items(step: Step) -> str:
    return f"{step.item}s" if step.item != "english" else "English"
