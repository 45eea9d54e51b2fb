"""The table of runs that laws are fitted to: CSV with a line of names, or JSON a line."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shards.storage import read_bytes, write_bytes

GROUPS = ("UC", "ST", "SC")
"""Unseen captioning, seen translation, seen captioning."""
_NEEDED = ("P", "P_t", "F", "S")
_LOSSES = ("T", *GROUPS)
COLUMNS = ("model", *_NEEDED, *_LOSSES)
MACS = 1e9
"""The unit of C in the fits. With it the factors of v1 give losses of the size that v1 shows; with single MACs they would not."""


class TableError(ValueError):
    """A table that cannot be read or is too small for a law; the message names file, line, column and mend."""


@dataclass(frozen=True)
class Run:
    """One trained and evaluated model.

    Attributes:
        parameters, trained: P and P_t.
        macs: F, multiply-accumulates of one sample's forward pass.
        samples: S, how many samples were seen in training.
        initial: T, cross-entropy before training, in nats; None where it was not measured.
        losses: y by group, in nats; groups that were not measured are not there.
    """

    model: str
    parameters: float
    trained: float
    macs: float
    samples: float
    initial: float | None
    losses: Mapping[str, float]

    @property
    def compute(self) -> float:
        """C = S·F·(1 + P_t/P), in 10^9 multiply-accumulates."""
        return self.samples * self.macs * (1 + self.trained / self.parameters) / MACS

    def as_row(self) -> dict[str, Any]:
        """The run by column names; what is not known is None."""
        row = {"model": self.model, "P": self.parameters, "P_t": self.trained, "F": self.macs, "S": self.samples, "T": self.initial}
        return row | {group: self.losses.get(group) for group in GROUPS}


def read_runs(url: str) -> list[Run]:
    """The runs of a table, ``.jsonl`` or CSV; columns may stand in any order, others are ignored.

    Raises:
        TableError: names file, line and column of what is wrong.
        FileNotFoundError: there is no such file.
    """
    try:
        text = read_bytes(url).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{url}: byte {error.start} is not UTF-8; save the table as UTF-8") from None
    rows = _json_rows(url, text) if url.endswith(".jsonl") else _csv_rows(url, text)
    runs = [_run(f"{url}: line {line}", row) for line, row in rows]
    if not runs:
        raise TableError(f"{url}: no runs; write a line of names ({','.join(COLUMNS)}) and one line a run")
    return runs


def write_runs(url: str, runs: Iterable[Run]) -> None:
    """Writes the table as CSV, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _exact(value) for name, value in run.as_row().items()} for run in runs)
    write_bytes(url, text.getvalue().encode())


def _exact(value: Any) -> Any:
    return "" if value is None else int(value) if isinstance(value, float) and value.is_integer() and value >= 1000 else value


def _csv_rows(url: str, text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(text))
    names = [name.strip() for name in next(reader, [])]
    if lacking := [name for name in _NEEDED if name not in names]:
        raise TableError(f"{url}: line 1: no column {', '.join(lacking)} among {', '.join(names) or 'none'}; name them {','.join(COLUMNS)}")
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise TableError(f"{url}: line {reader.line_num}: {len(cells)} cells for {len(names)} columns; give each column one cell")
        yield reader.line_num, dict(zip(names, cells, strict=True))


def _json_rows(url: str, text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise TableError(f"{url}: line {number}: no JSON ({error}); write one object a line") from None
        if not isinstance(row, dict):
            raise TableError(f"{url}: line {number}: no JSON object; write one a line, with {', '.join(COLUMNS)}")
        yield number, row


def _run(place: str, row: Mapping[str, Any]) -> Run:
    needed = {name: _number(place, name, row.get(name)) for name in _NEEDED}
    for name, value in needed.items():
        if value is None:
            raise TableError(f"{place}, column {name}: empty; every run needs {', '.join(_NEEDED)}")
    losses = {name: value for name in _LOSSES if (value := _number(place, name, row.get(name))) is not None}
    parameters, trained, macs, samples = (needed[name] or 0.0 for name in _NEEDED)
    if trained > parameters:
        raise TableError(f"{place}, column P_t: {trained:g} trained of {parameters:g} parameters; P_t is at most P")
    initial = losses.pop("T", None)
    return Run(str(row.get("model") or f"{parameters:.3g}"), parameters, trained, macs, samples, initial, losses)


def _number(place: str, name: str, value: Any) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TableError(f"{place}, column {name}: '{value}' is no number; write digits, as 230000000 or 2.3e8") from None
    if isinstance(value, bool) or not math.isfinite(number) or number <= 0:
        raise TableError(f"{place}, column {name}: {value} is not above 0 and finite; the laws are in logarithms")
    return number
