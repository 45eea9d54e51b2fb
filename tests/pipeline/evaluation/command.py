"""Evaluations by the command line, and what they leave."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import evaluate


@dataclass(frozen=True)
class Told:
    """The files of an evaluation."""

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    table: str

    def scores(self, *names: str) -> list[tuple[Any, ...]]:
        """These fields of each score."""
        return [tuple(score[name] for name in names) for score in self.summary["scores"]]

    def score(self, benchmark: str, lang: str, metric: str, prefix: bool = False) -> dict[str, Any]:
        """The one score of this kind."""
        wanted = (benchmark, lang, metric, prefix)
        (found,) = (
            score for score in self.summary["scores"] if (score["benchmark"], score["lang"], score["metric"], score["prefix"]) == wanted
        )
        return found


def told(out: Path) -> Told:
    """What there is at ``out``."""
    items = out.with_suffix(".items.jsonl")
    rows = [json.loads(line) for line in items.read_text(encoding="utf-8").splitlines()] if items.exists() else []
    return Told(json.loads(out.read_text(encoding="utf-8")), rows, out.with_suffix(".md").read_text(encoding="utf-8"))


def run(checkpoint: Path | str, out: Path, *more: str) -> int:
    """The exit code of an evaluation that writes few tokens, by one beam where ``more`` does not say otherwise."""
    return evaluate.main([f"--checkpoint={checkpoint}", f"--out={out}", "--beams=1", "--max-new-tokens=12", *more])


def evaluated(checkpoint: Path | str, out: Path, *more: str) -> Told:
    """What an evaluation to its good end leaves."""
    assert run(checkpoint, out, *more) == 0
    return told(out)
