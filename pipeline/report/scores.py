"""Distributions of the scores in the sidecars, read a batch at a time into fine bins, so that memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shards.manifest import Manifest
from shards.storage import open_file

BINS = 2000
"""Fine bins over the range of a score; what lies beyond falls into the outermost."""
BATCH = 4096


@dataclass(frozen=True)
class Measure:
    """A score of some of the annotations, and the setting that bounds it from below."""

    score: str
    title: str
    about: str
    threshold: str
    low: float
    high: float
    origins: frozenset[str]
    task: str | None = None
    by_lang: bool = False


TEACHERS, BITEXT = frozenset({"captioner", "translator"}), frozenset({"bitext"})
WRITTEN = TEACHERS | {"human"}

MEASURES = (
    Measure("clip", "Picture and caption", "Cosine of the picture and the caption", "min_clip", -1, 1, WRITTEN, "caption", True),
    Measure("clip", "Picture and bitext", "Cosine of the picture and the English side", "min_align", -1, 1, BITEXT),
    Measure("margin", "Margin of bitexts", "That cosine over the mean cosine of their nearest neighbours", "min_margin", 0, 10, BITEXT),
    Measure("pair_score", "Sides of bitexts", "Cosine of the English and the other side", "min_pair_score", -1, 1, BITEXT),
    Measure("lang_prob", "Language", "Probability that a text is in its language", "min_lang_prob", 0, 1, WRITTEN | BITEXT),
    Measure("logprob", "Teachers' certainty", "Mean log probability a token", "min_logprob", -10, 0, TEACHERS),
)


@dataclass(frozen=True)
class Distribution:
    """How often a score has which values: ``counts`` [BINS], of bins of one width from ``measure.low`` to ``measure.high``."""

    measure: Measure
    lang: str | None
    counts: np.ndarray
    threshold: float | None

    @property
    def total(self) -> int:
        """Number of annotations that have the score."""
        return int(self.counts.sum())

    def quantile(self, share: float) -> float:
        """The middle of the fine bin that holds the quantile; there must be counts."""
        bin = int(np.searchsorted(np.cumsum(self.counts), share * self.total))
        return self.measure.low + (min(bin, BINS - 1) + 0.5) * (self.measure.high - self.measure.low) / BINS


def distributions(out: str, manifest: Manifest) -> list[Distribution]:
    """The distributions of all measures that some annotation has, those by language in the order of the languages."""
    counts: dict[tuple[int, str | None], np.ndarray] = {}
    for texts in _annotations(out, manifest):
        for number, measure in enumerate(MEASURES):
            _count(measure, number, texts, counts)
    return [
        Distribution(measure, lang, counts[number, lang], _number(manifest.config, measure.threshold))
        for number, measure in enumerate(MEASURES)
        for lang in (manifest.langs if measure.by_lang else (None,))
        if (number, lang) in counts
    ]


def _annotations(out: str, manifest: Manifest) -> Iterator[pa.Table]:
    for _, shard in manifest.shards:
        with open_file(f"{out}/{shard.parquet}") as file:
            for batch in pq.ParquetFile(file).iter_batches(BATCH, columns=["annotations"]):
                yield pa.Table.from_batches([pa.RecordBatch.from_struct_array(batch["annotations"].flatten())])


def _count(measure: Measure, number: int, annotations: pa.Table, counts: dict[tuple[int, str | None], np.ndarray]) -> None:
    wanted = pc.and_(pc.is_valid(annotations[measure.score]), pc.is_in(annotations["origin"], pa.array(sorted(measure.origins))))
    if measure.task:
        wanted = pc.and_(wanted, pc.equal(annotations["task"], measure.task))
    chosen = annotations.filter(wanted)
    for lang in pc.unique(chosen["lang"]).to_pylist() if measure.by_lang else [None]:
        values = (chosen.filter(pc.equal(chosen["lang"], lang)) if lang else chosen)[measure.score].to_numpy()
        if len(values):
            place = np.floor((values.astype(np.float64) - measure.low) / (measure.high - measure.low) * BINS)
            found = np.bincount(np.clip(place, 0, BINS - 1).astype(np.int64), minlength=BINS)
            counts[number, lang] = counts.get((number, lang), np.zeros(BINS, np.int64)) + found


def _number(config: Mapping[str, object], name: str) -> float | None:
    value = config.get(name)
    return float(value) if isinstance(value, (int, float)) else None
