"""What a training run tells while it runs: two tables and lines about where it is."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pipeline.training import ranks
from pipeline.training.batches import Batch
from shards.stream import Stream

logger = logging.getLogger(__name__)


class Log:
    """``log.csv`` and ``validation.csv``, and lines about where the run is; of several processes the first writes, for all."""

    def __init__(self, run: Path, steps: int, every: int, langs: Sequence[str], step: int) -> None:
        """Args: ``steps`` of the whole run, ``every`` so many a line; ``step`` where it goes on."""
        self.steps, self.every, self.first, self.begun, self.at = steps, every, ranks.rank() == 0, time.monotonic(), step
        self.pairs = [(task, lang) for task in ("caption", "translation") for lang in langs]
        self.sums = torch.zeros(len(self.pairs), 2, dtype=torch.float64)  # of the losses, and how many they are
        self.waited = self.looked = self.rate = 0.0
        self.said: set[str] = set()
        if self.first:
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
            self.sums[self.pairs.index((sample.task, sample.lang))] += torch.tensor([loss, 1.0])

    def step(self, step: int, stream: Stream, device: torch.device) -> None:
        """Writes a line now and then; all processes must call. ``device`` is the model's."""
        if step % self.every and step != self.steps:
            return
        sums = ranks.total(self.sums.to(device)).tolist()
        if self.first:
            self._write(step, dict(zip(self.pairs, sums, strict=True)), stream)
        self.sums.zero_()
        self.at, self.begun, self.waited, self.looked = step, time.monotonic(), 0.0, 0.0

    def _write(self, step: int, sums: dict[tuple[str, str], list[float]], stream: Stream) -> None:
        seconds = time.monotonic() - self.begun
        means = {pair: loss / samples for pair, (loss, samples) in sums.items() if samples}
        samples = sum(number for _, number in sums.values())
        loss, speed = sum(value for value, _ in sums.values()) / samples, samples / seconds
        self.table.writerow(
            [step, f"{self.rate:.3g}", f"{loss:.4f}", f"{speed:.1f}", f"{self.waited / seconds:.3f}",
             *(f"{means[pair]:.4f}" if pair in means else "" for pair in self.pairs)]
        )  # fmt: skip
        self.file.flush()
        shown = " ".join(f"{task[0]}-{lang} {mean:.2f}" for (task, lang), mean in means.items())
        left = (self.steps - step) * seconds / (step - self.at)
        logger.info(
            f"step {step}/{self.steps}  loss {loss:.3f}  {shown}  {speed:.0f} samples/s  "
            f"data {self.waited / seconds:.1%}  pictures {self.looked / seconds:.1%}  {left // 60:.0f}:{left % 60:02.0f} left"
        )
        for name, lost in stream.broken.items():
            if name not in self.said:
                self.said.add(name)
                logger.warning("shard %s is broken: its %d samples are skipped", name, lost)

    def validation(self, step: int, losses: dict[str, float], seconds: float) -> None:
        """Writes a line of losses by group; the ``seconds`` that they took are no part of the pace."""
        if self.first:
            self.checked.writerow([step, *(f"{losses[group]:.4f}" if group in losses else "" for group in ("SC", "ST", "UC"))])
            self.checks.flush()
        logger.info("step %d  validation  %s", step, "  ".join(f"{group} {loss:.3f}" for group, loss in sorted(losses.items())))
        self.begun += seconds

    def state_dict(self) -> dict[str, Any]:
        """What has been noted since the last line; plain values."""
        seconds = time.monotonic() - self.begun
        return {"sums": self.sums.tolist(), "at": self.at, "seconds": seconds, "waited": self.waited, "looked": self.looked}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on with what had been noted, so that a line holds what it would hold in an unbroken run."""
        self.sums, self.at = torch.tensor(state["sums"], dtype=torch.float64), state["at"]
        self.begun, self.waited, self.looked = time.monotonic() - state["seconds"], state["waited"], state["looked"]

    def close(self) -> None:
        """Closes the files."""
        if self.first:
            self.file.close()
            self.checks.close()
