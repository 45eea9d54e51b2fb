"""Figures of the laws, by matplotlib: losses over compute, and losses as measured beside losses as law 2 gives them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from pipeline.scaling_law.fits import COMPUTE, SIZE_AND_SAMPLES, Fit
from pipeline.scaling_law.runs import Run, TableError
from shards.storage import write_bytes

WORDS = {"UC": "unseen captioning", "ST": "seen translation", "SC": "seen captioning"}
FORMATS = ("svg", "png", "pdf")


def draw_compute(runs: Sequence[Run], fits: Mapping[str, Mapping[str, Fit | str]], url: str) -> None:
    """Cross-entropy over C, a panel a group: runs, those on the frontier filled, and law 1.

    Raises:
        TableError: matplotlib is not installed, or a format that it is not asked for.
    """
    figure, axes = _panels(list(fits))
    for axis, (group, laws) in zip(axes, fits.items(), strict=True):
        fit = laws[COMPUTE.name]
        measured = [run for run in runs if group in run.losses]
        for number, model in enumerate(dict.fromkeys(run.model for run in measured)):
            own = [run for run in measured if run.model == model]
            axis.plot(
                [run.compute for run in own], [run.losses[group] for run in own],
                "o", color=f"C{number}", fillstyle="none", label=model,
            )  # fmt: skip
        if isinstance(fit, Fit):
            axis.plot([run.compute for run in fit.runs], [run.losses[group] for run in fit.runs], "k.", label="frontier")
            compute = [run.compute for run in measured]
            line = np.geomspace(min(compute), max(compute), 100)
            axis.plot(line, fit.law.predict(line[:, None]), "k-", linewidth=1, label=str(fit.law))
        axis.set(xscale="log", yscale="log", title=f"{group}: {WORDS[group]}", xlabel="C, 10⁹ MACs", ylabel="cross-entropy, nats")
        _mark_losses(axis.yaxis)
        axis.legend(fontsize=7)
    _save(figure, url)


def draw_size_and_samples(fits: Mapping[str, Mapping[str, Fit | str]], url: str) -> None:
    """Losses as measured over losses as law 2 (without T) gives them; crosses are predictions of runs that the fit had not seen.

    Raises:
        TableError: as `draw_compute`.
    """
    figure, axes = _panels(list(fits))
    for axis, (group, laws) in zip(axes, fits.items(), strict=True):
        fit = laws[SIZE_AND_SAMPLES.name]
        if isinstance(fit, Fit):
            given = fit.law.predict(SIZE_AND_SAMPLES.x(fit.runs))
            measured = np.array([run.losses[group] for run in fit.runs])
            ends = [min(given.min(), measured.min()), max(given.max(), measured.max())]
            axis.plot(ends, ends, "k-", linewidth=0.5)
            axis.plot(given, measured, "o", fillstyle="none", label=str(fit.law))
            if fit.held_out:
                axis.plot(
                    [one.predicted for one in fit.held_out], [one.measured for one in fit.held_out], "rx", label="held out, predicted"
                )
            axis.legend(fontsize=7)
        axis.set(xscale="log", yscale="log", title=f"{group}: {WORDS[group]}", xlabel="law 2, nats", ylabel="measured, nats")
        _mark_losses(axis.xaxis)
        _mark_losses(axis.yaxis)
    _save(figure, url)


def _panels(groups: list[str]) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise TableError("figures need matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(4.5 * len(groups), 4), layout="constrained")
    return figure, figure.subplots(1, len(groups), squeeze=False)[0]


def _mark_losses(axis: Any) -> None:
    """Round numbers on a logarithmic axis: losses lie within a decade, where powers of ten tell nothing."""
    from matplotlib.ticker import MaxNLocator, NullLocator

    axis.set_major_locator(MaxNLocator(5))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")


def _save(figure: Any, url: str) -> None:
    import matplotlib

    kind = PurePosixPath(url).suffix.removeprefix(".")
    if kind not in FORMATS:
        raise TableError(f"{url}: figures are written as {', '.join(FORMATS)}; end the name in one of them")
    data = io.BytesIO()
    # Neither date nor random names: the same table gives the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "scaling", "svg.fonttype": "none"}):
        figure.savefig(data, format=kind, dpi=150, metadata={"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind])
    write_bytes(url, data.getvalue())
