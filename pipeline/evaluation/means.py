"""The means over test sets or languages that the paper's tables print."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.evaluation.bootstrap import mean_of
from pipeline.evaluation.summary import Score


@dataclass(frozen=True)
class Mean:
    """A mean of ``metric``: what it is called, as a benchmark and a language, and the benchmarks and languages of its parts."""

    benchmark: str
    lang: str
    metric: str
    parts: tuple[tuple[str, str], ...]


MEANS = (
    *(
        Mean(
            "Multi30K task 1", lang, "BLEU", tuple((f"Multi30K task 1 {name}", lang) for name in ("Test2016", "Test2017", "AmbiguousCOCO"))
        )
        for lang in ("de", "fr")
    ),
    Mean("CoMMuTE", "X", "accuracy", tuple(("CoMMuTE", lang) for lang in ("fr", "ru", "zh"))),
    Mean("XM3600", "unseen", "CIDEr", tuple(("XM3600", lang) for lang in ("fr", "es", "ru", "zh"))),
)


def means_of(scores: Sequence[Score]) -> list[Score]:
    """The means of which some part is among the scores that one evaluation made; no headline where one is not, or is none itself.

    Intervals are of the means of the parts' draws, see `pipeline.evaluation.bootstrap.mean_of`, and so are those of the fidelity.
    """
    found = []
    for mean in MEANS:
        for prefix in (False, True):
            by_part = {(score.benchmark, score.lang): score for score in scores if (score.metric, score.prefix) == (mean.metric, prefix)}
            if parts := [by_part[part] for part in mean.parts if part in by_part]:
                found.append(_mean(mean, parts))
    return found


def means_with(sets: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Benchmark and language of the means that have some of these as parts."""
    return {(mean.benchmark, mean.lang) for mean in MEANS if not {*mean.parts}.isdisjoint(sets)}


def _mean(mean: Mean, parts: Sequence[Score]) -> Score:
    whole = {(score.benchmark, score.lang) for score in parts if score.headline}
    there = {(score.benchmark, score.lang) for score in parts}
    absent = [" ".join(part) for part in mean.parts if part not in there]
    partial = [" ".join(part) for part in mean.parts if part in there - whole]
    reasons = [f"{', '.join(absent)}: not scored beside the others"] if absent else []
    reasons += [f"{', '.join(partial)}: not complete"] if partial else []
    fidelities = [score.fidelity for score in parts if score.fidelity]
    return Score(
        mean.benchmark,
        mean.lang,
        mean.metric,
        mean_of([score.interval for score in parts]),
        sum(score.items for score in parts),
        f"mean of {mean.metric} of {', '.join(' '.join((score.benchmark, score.lang)) for score in parts)}",
        mean_of(fidelities) if fidelities else None,
        parts[0].prefix,
        not reasons,
        "; ".join(reasons),
    )
