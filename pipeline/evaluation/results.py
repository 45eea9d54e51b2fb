"""The files of an evaluation, written anew after each test set, so that an error late in the day takes nothing away."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.means import means_with
from pipeline.evaluation.settings import differences, joined_versions
from pipeline.evaluation.summary import CrossEntropy, Group, Score, Summary, write_items
from shards.storage import write_bytes

logger = logging.getLogger(__name__)

Row = dict[str, Any]
OWN_SETS = frozenset(f"{split} {kind}" for split in ("val", "test") for kind in ("captions", "translations"))
"""What the sets of a dataset's own texts are called, beside the benchmarks."""
_OF_DATASET = ("shards", "dataset", "split")
"""The settings that say what the cross-entropy and `OWN_SETS` were measured on."""


class Measured(NamedTuple):
    """The scores of a test set in one language, and a row a text."""

    scores: list[Score]
    rows: list[Row]


@dataclass(frozen=True)
class Earlier:
    """What an evaluation left."""

    summary: Summary
    rows: list[Row]


class Results:
    """The summary, its table and the items of an evaluation: ``evaluation.json``, ``evaluation.md``, ``evaluation.items.jsonl``.

    It goes on with what an earlier one of the same weights with the same settings left (`pipeline.evaluation.settings.IDENTITY`): what is
    measured again is replaced, a test set and language as a whole, and the rest stays. With other settings it begins anew. Of
    another dataset neither losses nor texts stay.
    """

    def __init__(self, out: Path, summary: Summary, earlier: Earlier | None) -> None:
        """Args: ``summary`` has the settings, and no scores yet; ``earlier`` is what `read_earlier` found."""
        self.out, self.summary, self.rows = out, replace(summary, finished=False), list[Row]()
        if earlier is None:
            return
        if others := differences(earlier.summary.settings, summary.settings):
            logger.info("%s: was made with other settings (%s), so it is begun anew", out, ", ".join(others))
            return
        self._go_on(earlier.summary, earlier.rows)

    def _go_on(self, theirs: Summary, rows: Sequence[Row]) -> None:
        before, settings = theirs.settings, dict(self.summary.settings)
        losses, scores = theirs.cross_entropy, theirs.scores
        if settings["shards"] is None:
            settings |= {name: before.get(name) for name in _OF_DATASET}
        elif before.get("dataset") not in (None, settings["dataset"]):
            logger.info("%s: losses and texts of the dataset %s are replaced", self.out, before.get("shards"))
            losses, scores = {}, [score for score in scores if score.benchmark not in OWN_SETS]
            rows = [row for row in rows if row["set"] not in OWN_SETS]
        settings["versions"] = joined_versions(before.get("versions", {}), settings["versions"])
        self.summary = replace(self.summary, cross_entropy=losses, scores=scores, settings=settings)
        self.rows = list(rows)

    def add_losses(self, losses: Mapping[Group, CrossEntropy]) -> None:
        """Replaces the cross-entropy, and writes."""
        self.summary = replace(self.summary, cross_entropy=losses)
        self._write()

    def add(self, measured: Measured) -> None:
        """Replaces or adds test sets, and writes. Means of what is replaced are gone until they are added again."""
        sets = {(score.benchmark, score.lang) for score in measured.scores}
        replaced = sets | means_with(sets)
        kept = [score for score in self.summary.scores if (score.benchmark, score.lang) not in replaced]
        self.summary = replace(self.summary, scores=[*kept, *measured.scores])
        self.rows = [row for row in self.rows if (row["set"], row["lang"]) not in sets] + measured.rows
        self._write()

    def finish(self) -> None:
        """Notes that all has been measured, and writes."""
        self.summary = replace(self.summary, finished=True)
        self._write()

    def _write(self) -> None:
        items = items_of(self.out)
        if self.rows:
            write_items(str(items), self.rows)
        else:
            items.unlink(missing_ok=True)
        write_bytes(str(self.out.with_suffix(".md")), self.summary.markdown().encode())
        self.summary.write(str(self.out))


def items_of(out: Path) -> Path:
    """Where the items of a summary lie."""
    return out.with_suffix(".items.jsonl")


def read_earlier(out: Path) -> Earlier | None:
    """What an evaluation left at ``out``; None where there is nothing.

    Raises:
        EvaluationError: there is something else.
    """
    if not out.exists():
        return None
    path = out
    try:
        summary = Summary.from_json(json.loads(path.read_bytes()))
        path = items_of(out)
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n") if path.exists() else []
        rows = [json.loads(line) for line in lines]
        if not all({"set", "lang"} <= row.keys() for row in rows):
            raise KeyError("set and lang")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EvaluationError(
            f"{path}: pipeline.evaluate did not write this ({type(error).__name__} {error}); remove it, or give another --out"
        ) from None
    return Earlier(summary, rows)
