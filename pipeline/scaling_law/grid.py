"""A grid of trainings and evaluations, models by steps, which goes on where it was stopped."""

from __future__ import annotations

import json
import logging
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.scaling_law.runs import GROUPS, Run, TableError, write_runs

logger = logging.getLogger(__name__)

EVALUATION, RECORD = "evaluation.json", "run.json"


@dataclass(frozen=True)
class Cell:
    """One model trained for a number of steps, in a folder of its own."""

    model: str
    steps: int
    folder: Path

    @property
    def evaluation(self) -> Path:
        return self.folder / EVALUATION

    @property
    def is_there(self) -> bool:
        """Whether its losses were measured, in an evaluation that came to its end: the evaluator writes after each test set."""
        if not self.evaluation.is_file():
            return False
        found = read_evaluation(self.evaluation)
        return bool(found["cross_entropy"]) and found.get("finished", True)


@dataclass(frozen=True)
class Grid:
    """Every model for every number of steps.

    Attributes:
        shards: the dataset.
        out: holds a folder a run, and ``runs.csv``.
        init: ``random`` trains from nothing; empty leaves it to the trainer.
        train, evaluate: more arguments of the two commands.
    """

    shards: str
    out: Path
    models: tuple[str, ...]
    steps: tuple[int, ...]
    init: str = ""
    train: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """Runs, cheap ones first: a law can be looked at long before the grid is full."""
        return [Cell(model, steps, self.out / f"{model}-{steps}") for steps in sorted(self.steps) for model in self.models]

    def commands(self, cell: Cell) -> dict[str, list[str]]:
        """The arguments of what makes a run: ``train``, which resumes by itself, and ``evaluate``."""
        run = str(cell.folder)
        init = ["--init", self.init] if self.init else []
        train = ["--shards", self.shards, "--model", cell.model, "--out", run, "--steps", str(cell.steps), *init, *self.train]
        evaluate = ["--checkpoint", run, "--shards", self.shards, "--out", str(cell.evaluation), *self.evaluate]
        return {"train": train, "evaluate": evaluate}

    def run(self) -> list[Run]:
        """Makes what is not there, all in this process, and writes ``runs.csv`` after every run.

        Raises:
            TableError: a command failed, or an evaluation lacks what the table needs.
        """
        from pipeline import evaluate, train

        mains = {"train": train.main, "evaluate": evaluate.main}
        runs: list[Run] = []
        for cell in self.cells:
            if cell.is_there:
                logger.info("%s: there already", cell.folder)
            else:
                for name, arguments in self.commands(cell).items():
                    logger.info("%s", line(name, arguments))
                    if code := mains[name](arguments):
                        raise TableError(f"{line(name, arguments)} ended with {code}; mend it and start again: finished runs are kept")
            runs.append(self._collect(cell))
            write_runs(str(self.out / "runs.csv"), runs)
        return runs

    def _collect(self, cell: Cell) -> Run:
        found = read_evaluation(cell.evaluation)
        losses = {group: float(found["cross_entropy"][group]["mean"]) for group in GROUPS if group in found["cross_entropy"]}
        return Run(cell.model, *read_sizes(cell.folder / RECORD), found["samples_seen"], found.get("T"), losses)


def line(name: str, arguments: Sequence[str]) -> str:
    """A command as one would type it."""
    return shlex.join([sys.executable, "-m", f"pipeline.{name}", *arguments])


def read_evaluation(path: Path) -> dict[str, Any]:
    """What ``python -m pipeline.evaluate`` wrote.

    Raises:
        TableError: it is no such file, or it does not say how many samples were seen.
    """
    try:
        found = json.loads(path.read_bytes())
        if not isinstance(found["cross_entropy"], dict) or not found["samples_seen"]:
            raise KeyError("no samples")
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{path}: {type(error).__name__} {error}; remove it, so that the run is evaluated again") from None
    return found


def read_sizes(path: Path) -> tuple[float, float, float]:
    """P, P_t and F of a run, as the trainer counted them of the very model: at its image size, with its tokenizer.

    Raises:
        TableError: there is no such file, or it does not say them.
    """
    try:
        found = json.loads(path.read_bytes())
        return found["parameters"], found["trained"], found["macs"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TableError(
            f"{path}: {type(error).__name__} {error}; it should have parameters, trained and macs: remove {path.parent}, so that the "
            "run is made again"
        ) from None


def parse_models(text: str) -> tuple[str, ...]:
    """Models of a comma-separated list.

    Raises:
        TableError: one is no preset.
    """
    from models.vlm import PRESETS

    names = _split(text)
    for name in names:
        if name not in PRESETS:
            raise TableError(f"--models: '{name}' is no size; write some of {','.join(PRESETS)}")
    return names


def parse_steps(text: str) -> tuple[int, ...]:
    """Numbers of a comma-separated list.

    Raises:
        TableError: one is no number above 0.
    """
    for name in (names := _split(text)):
        if not name.isdecimal() or not int(name):
            raise TableError(f"--steps: '{name}' is no number of steps; write some as 100,300,1000")
    return tuple(int(name) for name in names)


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
