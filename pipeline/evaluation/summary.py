"""What an evaluation leaves: a line an item, one JSON summary, one Markdown table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.evaluation.bootstrap import Interval, bootstrap_mean
from pipeline.evaluation.errors import EvaluationError
from shards.storage import replacing, write_bytes

Group = Literal["UC", "ST", "SC"]
GROUPS: dict[Group, str] = {"UC": "unseen captioning", "ST": "seen translation", "SC": "seen captioning"}


@dataclass(frozen=True)
class Loss:
    """Cross-entropy of one annotation: mean over its tokens, in nats."""

    key: str
    lang: str
    value: float


@dataclass(frozen=True)
class CrossEntropy:
    """Mean over tokens, then over samples; by language too."""

    interval: Interval
    samples: int
    langs: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        return {**self.interval.as_json(), "samples": self.samples, "langs": self.langs}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> CrossEntropy:
        """What `as_json` wrote."""
        return cls(Interval.from_json(record), record["samples"], record["langs"])


def cross_entropy(losses: Sequence[Loss], seed: int = 0) -> CrossEntropy:
    """The loss of a group of samples; the interval draws pictures, as texts of one picture are not independent.

    Raises:
        EvaluationError: no losses, or one that is not finite.
    """
    for loss in losses:
        if not abs(loss.value) < float("inf"):
            raise EvaluationError(f"sample {loss.key} ({loss.lang}): cross-entropy is {loss.value}; look for NaN in the model's output")
    interval = bootstrap_mean([loss.value for loss in losses], [loss.key for loss in losses], seed)
    values: dict[str, list[float]] = {}
    for loss in losses:
        values.setdefault(loss.lang, []).append(loss.value)
    return CrossEntropy(interval, len(losses), {lang: sum(each) / len(each) for lang, each in sorted(values.items())})


@dataclass(frozen=True)
class Score:
    """One score of one test set in one language, or the mean of some, see `pipeline.evaluation.means`.

    ``headline`` is off where the set was not complete; ``note`` then says why. ``fidelity`` is the share of outputs in the language that
    was asked for, None where nothing was generated.
    """

    benchmark: str
    lang: str
    metric: str
    interval: Interval
    items: int
    signature: str
    fidelity: Interval | None = None
    prefix: bool = False
    headline: bool = True
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"benchmark": self.benchmark, "lang": self.lang, "metric": self.metric, **self.interval.as_json()}
        row |= {"items": self.items, "signature": self.signature, "prefix": self.prefix, "headline": self.headline, "note": self.note}
        return row | {"fidelity": self.fidelity.as_json() if self.fidelity else None}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Score:
        """What `as_json` wrote."""
        names = ("items", "signature", "prefix", "headline", "note")
        fidelity = Interval.from_json(record["fidelity"]) if record["fidelity"] else None
        plain = {name: record[name] for name in names}
        return cls(record["benchmark"], record["lang"], record["metric"], Interval.from_json(record), fidelity=fidelity, **plain)


@dataclass(frozen=True)
class Summary:
    """An evaluation.

    Attributes:
        cross_entropy: by group.
        initial: T of the scaling laws, the cross-entropy before training, in nats; None where it was not measured.
        samples_seen: S of the scaling laws, annotations that the model was trained on; None where it is not known.
        scores: one a test set, language, metric and prefix.
        settings: weights, decoding, precision, versions: whatever must be the same for two summaries to be compared, see
            `pipeline.evaluation.settings`.
        finished: whether all that was asked for has been measured.
    """

    cross_entropy: Mapping[Group, CrossEntropy]
    initial: float | None = None
    samples_seen: int | None = None
    scores: Sequence[Score] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    finished: bool = True

    def as_json(self) -> dict[str, Any]:
        """The contract of ``python -m pipeline.evaluate``."""
        return {
            "cross_entropy": {group: self.cross_entropy[group].as_json() for group in GROUPS if group in self.cross_entropy},
            "T": self.initial,
            "samples_seen": self.samples_seen,
            "scores": [score.as_json() for score in self.scores],
            "settings": dict(self.settings),
            "finished": self.finished,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Summary:
        """What `as_json` wrote.

        Raises:
            KeyError, TypeError, AttributeError: it is something else.
        """
        losses = {group: CrossEntropy.from_json(record["cross_entropy"][group]) for group in GROUPS if group in record["cross_entropy"]}
        scores = [Score.from_json(score) for score in record["scores"]]
        return cls(losses, record["T"], record["samples_seen"], scores, dict(record["settings"]), record.get("finished", True))

    def write(self, url: str) -> None:
        """Writes the JSON, whole or not at all."""
        write_bytes(url, (json.dumps(self.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())

    def markdown(self) -> str:
        """Tables of losses and scores; incomplete sets are marked, and never without their reason."""
        lines: list[str] = [] if self.finished else ["**Not finished**: what is asked for and not here was not measured yet.", ""]
        if self.cross_entropy:
            lines += ["| cross-entropy | mean | 95 % | samples | by language |", "|---|---|---|---|---|"]
            for group, name in GROUPS.items():
                if group in self.cross_entropy:
                    found = self.cross_entropy[group]
                    langs = ", ".join(f"{lang} {value:.3f}" for lang, value in found.langs.items())
                    lines.append(
                        f"| {group}, {name} | {found.interval.mean:.3f} | {_bounds(found.interval, 3)} | {found.samples:,} | {langs} |"
                    )
            lines.append("")
        if self.scores:
            lines += [
                "| benchmark | language | prefix | metric | score | 95 % | in language | items |",
                "|---|---|---|---|---|---|---|---|",
            ]
            lines += [_row(score) for score in self.scores]
            lines.append("")
            partial: dict[tuple[str, str, str], list[str]] = {}
            for score in self.scores:
                if not score.headline:
                    partial.setdefault((score.benchmark, score.lang, score.note), []).append(score.metric)
            lines += [
                f"- {name} {lang}, {', '.join(dict.fromkeys(metrics))}: no headline. {note}"
                for (name, lang, note), metrics in partial.items()
            ]
            lines += [f"- `{signature}`" for signature in dict.fromkeys(score.signature for score in self.scores)]
            lines.append("")
        return "\n".join(lines)


def write_items(url: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """A JSON object a line and item, whole or not at all; returns how many."""
    count = 0
    with replacing(url) as sink:
        for row in rows:
            sink.write((json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n").encode())
            count += 1
    return count


def _row(score: Score) -> str:
    shown = f"{score.interval.mean:.1f}" if score.headline else f"({score.interval.mean:.1f})"
    fidelity = f"{100 * score.fidelity.mean:.1f} %" if score.fidelity else ""
    cells = [score.benchmark, score.lang, "yes" if score.prefix else "no", score.metric, shown, _bounds(score.interval, 1), fidelity]
    return f"| {' | '.join(cells)} | {score.items:,} |"


def _bounds(interval: Interval, places: int) -> str:
    return f"{interval.low:.{places}f} to {interval.high:.{places}f}"
