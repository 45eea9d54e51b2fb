"""Histograms as inline SVG, which takes its colours from the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from pipeline.report.scores import BINS, Distribution

WIDTH, HEIGHT = 320, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 16, 20
_BARS = 50
"""Bars a histogram, at most."""


def span(distributions: Sequence[Distribution]) -> tuple[int, int]:
    """First and past-the-last fine bin that the histograms of one measure should show: all that is there, and the threshold."""
    low, high, last = distributions[0].measure.low, distributions[0].measure.high, 0
    first = BINS
    for distribution in distributions:
        filled = np.flatnonzero(distribution.counts)
        first, last = min(first, int(filled[0])), max(last, int(filled[-1]))
        if distribution.threshold is not None:
            place = min(max(math.floor((distribution.threshold - low) / (high - low) * BINS + 1e-9), 0), BINS - 1)
            first, last = min(first, place), max(last, place)
    pad = max(2, (last - first) // 25)
    return max(0, first - pad), min(BINS, last + 1 + pad)


def histogram(distribution: Distribution, shown: tuple[int, int]) -> Markup:
    """The SVG of a distribution over the fine bins ``shown``, with its threshold as a line."""
    measure, (first, end) = distribution.measure, shown
    merged = next(size for size in (1, 2, 4, 5, 8, 10, 20, 25, 40, 50) if (end - first) / size <= _BARS)
    first, end = first // merged * merged, -(-end // merged) * merged
    counts = distribution.counts[first:end]
    bars = np.pad(counts, (0, end - first - len(counts))).reshape(-1, merged).sum(1)
    unit = (measure.high - measure.low) / BINS
    low, high = measure.low + first * unit, measure.low + end * unit
    return Markup("").join(
        [
            Markup('<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, label(distribution)),
            Markup('<path class="bars" d="{}"/>').format(_path(bars)),
            Markup('<path class="axis" d="M{} {}H{}"/>').format(_LEFT, HEIGHT - _BOTTOM, WIDTH - _RIGHT),
            *(_tick(value, low, high) for value in ticks(low, high)),
            _line(distribution.threshold, low, high),
            Markup("</svg>"),
        ]
    )


def label(distribution: Distribution) -> str:
    """A histogram in words: number, median, spread."""
    low, middle, high = (decimal(distribution.quantile(share), 2) for share in (0.05, 0.5, 0.95))
    return f"{distribution.total:,} texts; median {middle}, 90\N{NO-BREAK SPACE}% between {low} and {high}"


def decimal(value: float, places: int) -> str:
    """A number as it is printed: a real minus sign, and none before zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "\N{MINUS SIGN}")


def ticks(low: float, high: float) -> list[float]:
    """Up to five round numbers between two."""
    magnitude = 10.0 ** math.floor(math.log10(high - low))
    step = next(s for m in (0.1, 1.0) for f in (1, 2, 2.5, 5) if (high - low) / (s := m * f * magnitude) <= 5)
    return [round(n * step, 6) for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _path(bars: np.ndarray) -> str:
    room, tallest, floor = WIDTH - _LEFT - _RIGHT, max(1, int(bars.max())), HEIGHT - _BOTTOM
    width = room / len(bars)
    gap = min(1.0, width / 6)
    drawn = []
    for place, count in enumerate(bars.tolist()):
        if count:
            height = max(1.0, (floor - _TOP) * count / tallest)  # so that a single text still shows
            drawn.append(f"M{_LEFT + place * width:.1f} {floor}v{-height:.1f}h{width - gap:.1f}V{floor}z")
    return "".join(drawn)


def _x(value: float, low: float, high: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low)


def _tick(value: float, low: float, high: float) -> Markup:
    x = _x(value, low, high)
    anchor = "start" if x < 16 else "end" if x > WIDTH - 16 else "middle"
    shown = f"{value + 0:g}".replace("-", "\N{MINUS SIGN}")
    return Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(x, HEIGHT - 5, anchor, shown)


def _line(threshold: float | None, low: float, high: float) -> Markup:
    if threshold is None or not low <= threshold <= high:
        return Markup("")
    x = _x(threshold, low, high)
    anchor, dx = ("start", 4) if x < WIDTH / 2 else ("end", -4)
    words = f"at least {threshold:g}".replace("-", "\N{MINUS SIGN}")
    line = Markup('<path class="threshold" d="M{:.1f} 4V{}"/>').format(x, HEIGHT - _BOTTOM)
    return line + Markup('<text class="threshold" x="{:.1f}" y="12" text-anchor="{}">{}</text>').format(x + dx, anchor, words)
