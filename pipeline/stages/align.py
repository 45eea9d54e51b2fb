"""Finds for each image the bitexts whose English side lies nearest, with the ratio margin.

Every image is compared with every bitext, in two passes of the same shape: chunk against block of chunks (search), then
all blocks of a chunk together (merge). The first pass gives each bitext its density, the mean cosine to its k nearest
images; the second each image its nearest bitexts. The margin is the cosine over the mean of both densities (Artetxe and
Schwenk 2019, "Margin-based parallel corpus mining", ratio), which takes sentences down that lie near every image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.stages.base import Stage
from pipeline.stages.topk import Neighbours, merge, nearest
from pipeline.tables import CANDIDATE, VERDICT, matrix, rejected, table


@dataclass(frozen=True)
class SearchImages(Stage):
    """The cosines of each bitext's ``k`` nearest images among the given image chunks, falling."""

    k: int

    name, reads, reads_given = "search_images", ("vector",), ("image_vector",)
    adds = {"image_cosines": pa.list_(pa.float32())}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        found = _search(matrix(chunk["vector"]), (matrix(images["image_vector"]) for images in given), self.k)
        return table({"image_cosines": found.scores.tolist()} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class Density(Stage):
    """``density``, the mean cosine of each bitext to its ``k`` nearest images, and ``closest``, that of the nearest.

    Given are the searches of all blocks of images.
    """

    k: int

    name, reads_given, joins = "density", ("image_cosines",), True
    adds = {"density": pa.float32(), "closest": pa.float32()}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        cosines: list[list[float]] = [[] for _ in range(chunk.num_rows)]
        for block in given:
            cosines = [
                sorted(mine + more, reverse=True)[: self.k] for mine, more in zip(cosines, block["image_cosines"].to_pylist(), strict=True)
            ]
        means = [float(np.mean(row, dtype=np.float32)) if row else None for row in cosines]
        closest = [row[0] if row else None for row in cosines]
        return table({"density": means, "closest": closest} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class SearchBitexts(Stage):
    """The ``k`` nearest bitexts of each image among the given bitext chunks, which are of one language: ``nearest``."""

    k: int

    name, reads = "search_bitexts", ("image_vector",)
    reads_given = ("id", "lang", "en", "text", "vector", "density", "lang_prob", "pair_score")
    adds = {"nearest": pa.list_(CANDIDATE)}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        images = matrix(chunk["image_vector"])
        best: list[list[dict[str, Any]]] = [[] for _ in range(chunk.num_rows)]
        for bitexts in given:
            found = nearest(images, matrix(bitexts["vector"]), self.k)
            rows = bitexts.drop_columns("vector").take(pa.array(found.ids.reshape(-1))).to_pylist()
            width = found.ids.shape[1]
            for image, cosines in enumerate(found.scores.tolist()):
                near = [_candidate(row, cosine) for row, cosine in zip(rows[image * width : (image + 1) * width], cosines, strict=True)]
                best[image] = closest(best[image] + near, self.k)
        return table({"nearest": best} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class Align(Stage):
    """The ``k`` nearest bitexts of each image in each language, with their margins, best margin first: ``candidates``.

    Given are the searches of all blocks of bitexts. The image's density in a language is the mean cosine of its
    ``neighbours`` nearest bitexts.
    """

    k: int
    neighbours: int

    name, reads_given, joins = "align", ("nearest",), True
    adds = {"candidates": pa.list_(CANDIDATE)}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        by_image: list[dict[str, list[dict[str, Any]]]] = [{} for _ in range(chunk.num_rows)]
        for block in given:
            for image, found in zip(by_image, block["nearest"].to_pylist(), strict=True):
                for candidate in found:
                    image.setdefault(candidate["lang"], []).append(candidate)
        rows = [[c for lang in sorted(image) for c in self._margins(closest(image[lang], self.k))] for image in by_image]
        return table({"candidates": rows} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})

    def _margins(self, candidates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        density = float(np.mean([c["clip"] for c in candidates[: self.neighbours]]))
        scored = [c | {"margin": float(np.float32(c["clip"] / ((density + c["density"]) / 2)))} for c in candidates]
        return sorted(scored, key=lambda c: (-c["margin"], c["id"]))


def closest(candidates: list[dict[str, Any]], k: int) -> list[dict[str, Any]]:
    """The ``k`` candidates of the greatest cosine, ties by id: an exact, associative merge."""
    return sorted(candidates, key=lambda candidate: (-candidate["clip"], candidate["id"]))[:k]


def _search(queries: np.ndarray, bases: Iterator[np.ndarray], k: int) -> Neighbours:
    found, first = nearest(queries, np.zeros((0, 0), np.float32), k), 0
    for base in bases:
        found, first = merge(found, nearest(queries, base, k, first), k), first + len(base)
    return found


def _candidate(row: dict[str, Any], cosine: float) -> dict[str, Any]:
    named = {name: row[name] for name in ("lang", "id", "text", "lang_prob", "pair_score", "density")}
    return named | {"source": row["en"], "clip": cosine, "margin": None}
