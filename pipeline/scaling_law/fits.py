"""Fits of the paper's two laws, with intervals and a check on runs that the fit has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.scaling_law.pareto import frontier
from pipeline.scaling_law.power_law import PowerLaw, check_fit, fit_power_law
from pipeline.scaling_law.runs import GROUPS, Run, TableError


@dataclass(frozen=True)
class Law:
    """A law of the paper: which runs it is fitted to, and what it reads of each."""

    name: str
    words: str
    variables: tuple[str, ...]
    choose: Callable[[Sequence[Run], str], list[Run]]

    def x(self, runs: Sequence[Run]) -> np.ndarray:
        """The variables of runs [n, variables]."""
        return np.array([[_READ[name](run) for name in self.variables] for run in runs], np.float64).reshape(-1, len(self.variables))


def _measured(runs: Sequence[Run], group: str) -> list[Run]:
    return [run for run in runs if group in run.losses]


def _with_initial(runs: Sequence[Run], group: str) -> list[Run]:
    return [run for run in _measured(runs, group) if run.initial is not None]


_READ: dict[str, Callable[[Run], Any]] = {
    "C": lambda run: run.compute,
    "P": lambda run: run.parameters,
    "S": lambda run: run.samples,
    "T": lambda run: run.initial,
}
COMPUTE = Law("law1", "law 1, on the Pareto frontier", ("C",), frontier)
SIZE_AND_SAMPLES = Law("law2", "law 2, without T", ("P", "S"), _measured)
WITH_INITIAL = Law("law2_T", "law 2", ("P", "S", "T"), _with_initial)
LAWS = (COMPUTE, SIZE_AND_SAMPLES, WITH_INITIAL)


@dataclass(frozen=True)
class HeldOut:
    """A run that the law was fitted without, and what the law says of it; ``error`` = (predicted - measured) / measured."""

    run: Run
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


@dataclass(frozen=True)
class Fit:
    """``low`` and ``high`` bound each number of ``law.values`` at 95 %; ``r2`` is the explained share of the variance of ln y."""

    law: PowerLaw
    low: tuple[float, ...]
    high: tuple[float, ...]
    r2: float
    runs: tuple[Run, ...]
    held_out: tuple[HeldOut, ...]

    def as_json(self) -> dict[str, Any]:
        names = ["log10_k", *self.law.variables, "floor"]
        rows = zip(names, self.law.values.tolist(), self.low, self.high, strict=True)
        return {
            "values": {name: {"value": value, "low": low, "high": high} for name, value, low, high in rows},
            "r2": self.r2,
            "runs": len(self.runs),
            "held_out": [
                {"model": one.run.model, "S": one.run.samples, "C": one.run.compute}
                | {"measured": one.measured, "predicted": one.predicted, "error": one.error}
                for one in self.held_out
            ],
        }


def fit_law(law: Law, runs: Sequence[Run], group: str, resamples: int = 200, seed: int = 0, held_out: int | None = None) -> Fit:
    """Fits a law to the losses of a group.

    Intervals come from the residual bootstrap: residuals of ln y are drawn again and added to the fit. Runs themselves are not drawn, as a
    frontier of five points drawn again often is too small a set to fit.

    Args:
        held_out: how many runs of the largest C to leave out and predict; a quarter by default, none where too few would remain.

    Raises:
        TableError: too few runs, or variables that do not vary.
    """
    chosen = law.choose(runs, group)
    x, y = law.x(chosen), _losses(chosen, group)
    fitted = fit_power_law(law.variables, x, y)
    smooth = fitted.predict(x)
    residuals = np.log(y / smooth)
    spread = np.sqrt(len(y) / (len(y) - len(fitted.values)))
    chance = np.random.default_rng(seed)
    draws = [
        fit_power_law(law.variables, x, smooth * np.exp(spread * chance.choice(residuals, len(y))), fitted).values for _ in range(resamples)
    ]
    low, high = np.quantile(draws, [0.025, 0.975], axis=0) if draws else (fitted.values, fitted.values)
    variance = float(np.var(np.log(y)))
    r2 = 1 - float(np.mean(residuals**2)) / variance if variance else 1.0
    checked = _held_out(law, chosen, group, held_out)
    return Fit(fitted, tuple(low.tolist()), tuple(high.tolist()), r2, tuple(chosen), checked)


def fit_all(runs: Sequence[Run], resamples: int = 200, seed: int = 0, held_out: int | None = None) -> dict[str, dict[str, Fit | str]]:
    """Every law of every group that any run measured, by group and name of the law; the reason where one cannot be fitted."""
    found: dict[str, dict[str, Fit | str]] = {}
    for group in GROUPS:
        if not any(group in run.losses for run in runs):
            continue
        found[group] = {}
        for law in LAWS:
            try:
                found[group][law.name] = fit_law(law, runs, group, resamples, seed, held_out)
            except TableError as error:
                found[group][law.name] = str(error)
    return found


def _held_out(law: Law, chosen: Sequence[Run], group: str, count: int | None) -> tuple[HeldOut, ...]:
    count = max(1, len(chosen) // 4) if count is None else count
    by_compute = sorted(chosen, key=lambda run: run.compute)
    smaller, largest = by_compute[: len(chosen) - count], by_compute[len(chosen) - count :]
    try:
        check_fit(law.variables, law.x(smaller))
    except TableError:
        return ()
    fitted = fit_power_law(law.variables, law.x(smaller), _losses(smaller, group))
    predicted = fitted.predict(law.x(largest))
    return tuple(HeldOut(run, run.losses[group], float(value)) for run, value in zip(largest, predicted, strict=True))


def _losses(runs: Sequence[Run], group: str) -> np.ndarray:
    return np.array([run.losses[group] for run in runs], np.float64)
