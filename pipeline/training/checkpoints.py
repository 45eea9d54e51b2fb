"""Checkpoints of a run: folders ``step-000500`` with the model and what it takes to go on, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_optimizer_state_dict, set_optimizer_state_dict

from models.vlm import VLM, save
from pipeline.training import ranks

STATE = "state.pt"
_STEP = re.compile(r"step-[0-9]+")


def latest(run: Path) -> Path | None:
    """The newest checkpoint of a run, if there is one."""
    found = [path for path in run.glob("step-*") if _STEP.fullmatch(path.name) and path.is_dir()]
    return max(found, key=lambda path: int(path.name.removeprefix("step-")), default=None)


def read_record(run: Path) -> dict[str, Any]:
    """What a run says of itself in ``run.json``, its configuration under ``config``.

    Raises:
        ValueError: the file is none that a run wrote.
    """
    path = run / "run.json"
    try:
        record = json.loads(path.read_bytes())
        if not isinstance(record["config"]["batch"], int):
            raise TypeError("config.batch is no number")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: pipeline.train did not write this ({type(error).__name__} {error}); put back the file, or give another run"
        ) from None
    return record


def write(run: Path, step: int, model: VLM, optimiser: torch.optim.Optimizer, more: dict[str, Any]) -> Path:
    """Writes a checkpoint and removes older ones. All processes must call, and the first one writes.

    Beside ``more`` it holds the optimiser's state and where each process's random numbers stand.
    """
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    state = {"step": step, "optimiser": get_optimizer_state_dict(model, optimiser, options=options), "random": ranks.gathered(_random())}
    state |= more
    partial, folder = run / f"step-{step:06d}.partial", run / f"step-{step:06d}"
    save(model, partial)
    if ranks.rank() != 0:
        return folder
    torch.save(state, partial / STATE)
    for path in (*partial.iterdir(), partial):
        _to_disk(path)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    _to_disk(run)  # before older ones go: a power cut must leave one
    for other in run.glob("step-*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


def read(folder: Path) -> dict[str, Any]:
    """What `write` was given, and ``step``.

    Raises:
        ValueError: the checkpoint cannot be read.
    """
    try:
        return torch.load(folder / STATE, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ValueError(f"{folder / STATE}: {error}; remove this checkpoint, and the run begins again") from None


def restore(model: VLM, optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Gives an optimiser of the same model its state back, and this process its random numbers.

    Raises:
        ValueError: the checkpoint is of another number of processes.
    """
    if (theirs := len(state["random"])) != ranks.count():
        raise ValueError(f"the checkpoint is of a run of {theirs} processes, not {ranks.count()}; start as many, or --init from the run")
    options = StateDictOptions(full_state_dict=True)
    set_optimizer_state_dict(model, optimiser, state["optimiser"], options=options)
    random = state["random"][ranks.rank()]
    torch.set_rng_state(random["cpu"])
    if "cuda" in random and torch.cuda.is_available():
        torch.cuda.set_rng_state(random["cuda"])


def _to_disk(path: Path) -> None:
    """Waits until a file or the names in a folder are on the disk."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _random() -> dict[str, torch.Tensor]:
    return {"cpu": torch.get_rng_state()} | ({"cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes a JSON file, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
