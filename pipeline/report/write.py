"""Fills the template with what is known of a dataset."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, StrictUndefined

from pipeline.report import facts, words
from pipeline.report.histogram import decimal, histogram, label, span
from pipeline.report.samples import choose, scores
from pipeline.report.scores import distributions
from shards.manifest import Manifest
from shards.sample import SPLITS, TASKS
from shards.storage import write_bytes

NAME = "report.html"


def write_report(out: str, manifest: Manifest | None = None) -> None:
    """Writes OUT/report.html: one file that loads nothing from elsewhere.

    Args:
        out: the dataset, a folder or any fsspec URL.
        manifest: its manifest, where that is not yet among the files.

    Raises:
        ManifestError: the dataset has no manifest that this version reads.
        DatasetError: a shard is damaged.
    """
    out = str(out).rstrip("/")
    write_bytes(f"{out}/{NAME}", render(out, manifest or Manifest.read(out)).encode())


def render(out: str, manifest: Manifest) -> str:
    """The report: depends on the dataset only, of which ``manifest.run`` and the ledger's times differ from run to run."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"count": _count, "seconds": _seconds, "milliseconds": _milliseconds, "size": _size, "score": _score}
    environment.filters |= {"json": lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True)}
    template = environment.from_string(files("pipeline.report").joinpath("report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        manifest=manifest,
        splits=SPLITS,
        tasks=TASKS,
        quantiles=facts.QUANTILES,
        annotations={split: facts.annotation_count(manifest, split) for split in SPLITS},
        funnels=facts.funnels(manifest),
        table=facts.table(manifest),
        measures=_histograms(out, manifest),
        ledger=facts.ledger(out),
        samples=choose(out, manifest),
        times=facts.stage_times(manifest),
        scores=scores,
        language=words.language,
        listing=words.listing,
    )


def _histograms(out: str, manifest: Manifest) -> list[dict[str, object]]:
    """For each measure, its histograms over the same range."""
    made: list[dict[str, object]] = []
    for measure, group in groupby(distributions(out, manifest), key=lambda found: found.measure):
        found = list(group)
        shown = span(found)
        charts = [{"lang": one.lang, "svg": histogram(one, shown), "label": label(one)} for one in found]
        made.append({"measure": measure, "threshold": found[0].threshold, "charts": charts})
    return made


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _seconds(value: float) -> str:
    if value < 60:
        return f"{value:.1f} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _milliseconds(value: int) -> str:
    return f"{value:,} ms" if value < 1000 else f"{value / 1000:,.1f} s"


def _size(value: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def _score(value: float) -> str:
    return decimal(value, 2)
