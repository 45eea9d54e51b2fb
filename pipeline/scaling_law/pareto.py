"""The Pareto frontier: runs that none beats at no more compute."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.scaling_law.runs import Run


def frontier(runs: Sequence[Run], group: str) -> list[Run]:
    """Runs, by compute, such that no other costs no more and loses no more, with one of both less. Equal runs are both on it."""
    measured = sorted((run for run in runs if group in run.losses), key=lambda run: (run.compute, run.losses[group]))
    found: list[Run] = []
    for run in measured:
        if not found or run.losses[group] < found[-1].losses[group] or _same(run, found[-1], group):
            found.append(run)
    return found


def _same(one: Run, other: Run, group: str) -> bool:
    return one.compute == other.compute and one.losses[group] == other.losses[group]
