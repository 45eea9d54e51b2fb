"""What a training run tells while it runs: two tables and lines about where it is."""

from __future__ import annotations

import csv
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.training.batches import Batch
from shards.stream import Stream

logger = logging.getLogger(__name__)


class Log:
    """``log.csv`` and ``validation.csv``, and lines about where the run is."""

    def __init__(self, run: Path, steps: int, every: int, langs: Sequence[str], step: int, first: bool) -> None:
        """Args: ``steps`` of the whole run, ``every`` so many a line; ``step`` where it goes on; ``first`` for the process that writes."""
        self.steps, self.every, self.first, self.begun, self.at = steps, every, first, time.monotonic(), step
        self.pairs = [(task, lang) for task in ("caption", "translation") for lang in langs]
        self.sums: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.waited = self.looked = self.rate = 0.0
        self.said: set[str] = set()
        if first:
            self.file, self.table = self._open(
                run / "log.csv", step, ["step", "lr", "loss", "samples_per_second", "data_share", *map("_".join, self.pairs)]
            )
            self.checks, self.checked = self._open(run / "validation.csv", step, ["step", "SC", "ST", "UC"])

    def _open(self, path: Path, step: int, header: list[str]) -> tuple[Any, Any]:
        """The file with the rows up to ``step``: a run that was killed may have written more than it will remember."""
        rows = (
            [row for row in csv.reader(path.open(newline="")) if row and row[0].isdecimal() and int(row[0]) <= step]
            if path.exists()
            else []
        )
        file = path.open("w", newline="")
        table = csv.writer(file)
        table.writerows([header, *rows])
        file.flush()
        return file, table

    def add(self, batch: Batch, losses: Sequence[float], rate: float) -> None:
        """Notes the losses of a step's samples."""
        self.rate = rate
        for sample, loss in zip(batch.samples, losses, strict=True):
            self.sums[sample.task, sample.lang].append(loss)

    def step(self, step: int, stream: Stream) -> None:
        """Writes a line now and then."""
        if (step % self.every and step != self.steps) or not self.first:
            return
        seconds = time.monotonic() - self.begun
        means = {pair: sum(values) / len(values) for pair, values in self.sums.items()}
        losses = [value for values in self.sums.values() for value in values]
        pace, share = (step - self.at) / seconds, self.waited / seconds
        self.table.writerow(
            [step, f"{self.rate:.3g}", f"{sum(losses) / len(losses):.4f}", f"{len(losses) / seconds:.1f}", f"{share:.3f}",
             *(f"{means[pair]:.4f}" if pair in means else "" for pair in self.pairs)]
        )  # fmt: skip
        self.file.flush()
        shown = " ".join(f"{task[0]}-{lang} {means[task, lang]:.2f}" for task, lang in self.pairs if (task, lang) in means)
        left = (self.steps - step) / pace
        loss, speed = sum(losses) / len(losses), len(losses) / seconds
        looked = self.looked / seconds
        logger.info(
            f"step {step}/{self.steps}  loss {loss:.3f}  {shown}  {speed:.0f} samples/s  "
            f"data {share:.1%}  pictures {looked:.1%}  {left // 60:.0f}:{left % 60:02.0f} left"
        )
        for name, samples in stream.broken.items():
            if name not in self.said:
                self.said.add(name)
                logger.warning("shard %s is broken: its %d samples are skipped", name, samples)
        self.sums.clear()
        self.at, self.begun, self.waited, self.looked = step, time.monotonic(), 0.0, 0.0

    def validation(self, step: int, losses: dict[str, float]) -> None:
        """Writes a line of losses by group."""
        self.checked.writerow([step, *(f"{losses[group]:.4f}" if group in losses else "" for group in ("SC", "ST", "UC"))])
        self.checks.flush()
        logger.info("step %d  validation  %s", step, "  ".join(f"{group} {loss:.3f}" for group, loss in sorted(losses.items())))
        # What validation took is no part of the pace.
        self.begun = time.monotonic()

    def close(self) -> None:
        """Closes the files."""
        if self.first:
            self.file.close()
            self.checks.close()
