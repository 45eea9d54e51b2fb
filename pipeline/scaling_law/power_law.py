"""Power laws with a floor, y = k·x1^b1·x2^b2·… + ε, fitted robustly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from pipeline.scaling_law.runs import TableError

HUBER = 0.01
"""Residual of ln y beyond which a run counts linearly and no longer squared (Hoffmann et al. 2022 fit so): 1 % of the loss."""
_STARTS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)
"""Floors to start from, as shares of the smallest loss. Given the floor the rest of a start is linear in logarithms."""


@dataclass(frozen=True)
class PowerLaw:
    """``scale`` = log10 k, as v1 of the paper states it; one exponent a variable; ``floor`` ε ≥ 0, in nats."""

    variables: tuple[str, ...]
    scale: float
    exponents: tuple[float, ...]
    floor: float

    @property
    def values(self) -> np.ndarray:
        """All fitted numbers [2 + variables]: scale, exponents, floor."""
        return np.array([self.scale, *self.exponents, self.floor])

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Losses [n] at ``x`` [n, variables], each above 0."""
        return 10 ** (self.scale + np.log10(x) @ np.array(self.exponents)) + self.floor

    def __str__(self) -> str:
        powers = " · ".join(f"{name}^{exponent:.3f}" for name, exponent in zip(self.variables, self.exponents, strict=True))
        return f"y = 10^{self.scale:.2f} · {powers} + {self.floor:.3f}"


def fit_power_law(variables: Sequence[str], x: np.ndarray, y: np.ndarray, near: PowerLaw | None = None) -> PowerLaw:
    """The law that fits ``y`` [n] at ``x`` [n, variables] best: least Huber loss of ln y over all starts.

    Args:
        near: a law that the fit will not be far from, as in a bootstrap; it alone is started from.

    Raises:
        TableError: fewer runs than numbers to fit and one more, or variables that do not vary apart from each other.
    """
    check_fit(variables, x)
    logs = np.log(x)
    centre = logs.mean(0)
    design = np.column_stack([np.ones(len(x)), logs - centre])
    target = np.log(y)
    floors = [start * y.min() for start in _STARTS] if near is None else [min(near.floor, _STARTS[-1] * y.min())]
    best = min((_from(floor, design, y, target) for floor in floors), key=lambda found: found[0])[1]
    exponents = best[1:-1]
    scale = (best[0] - float(exponents @ centre)) / np.log(10)
    return PowerLaw(tuple(variables), float(scale), tuple(float(value) for value in exponents), float(best[-1]))


def check_fit(variables: Sequence[str], x: np.ndarray) -> None:
    """Whether the law can be fitted at all; raises as `fit_power_law`."""
    numbers = len(variables) + 2
    if len(x) <= numbers:
        raise TableError(f"{len(x)} runs for {numbers} numbers to fit; needs {numbers + 1} or more")
    logs = np.log(x)
    if np.linalg.matrix_rank(logs - logs.mean(0), tol=1e-6) < len(variables):
        raise TableError(f"{', '.join(variables)} do not vary apart from each other; add runs in which only one of them differs")


def _from(floor: float, design: np.ndarray, y: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    first = np.linalg.lstsq(design, np.log(y - floor), rcond=None)[0]

    def power(values: np.ndarray) -> np.ndarray:
        return np.exp(np.clip(design @ values[:-1], -700, 700))

    def residuals(values: np.ndarray) -> np.ndarray:
        return np.log(power(values) + values[-1]) - target

    def slopes(values: np.ndarray) -> np.ndarray:
        part = power(values)
        return np.column_stack([design * part[:, None], np.ones(len(part))]) / (part + values[-1])[:, None]

    width = len(first)
    bounds = ([-np.inf] * width + [0.0], [np.inf] * width + [float(y.min())])
    start = np.append(first, min(floor, 0.999 * y.min()))
    found = least_squares(residuals, start, slopes, bounds, loss="huber", f_scale=HUBER, x_scale="jac", xtol=1e-10, ftol=1e-10, gtol=1e-10)
    return float(found.cost), found.x
