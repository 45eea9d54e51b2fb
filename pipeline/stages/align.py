"""Finds for each image the bitexts whose English side lies nearest, with the ratio margin.

Every image is compared with every bitext, in two passes of the same shape: chunk against block of chunks (search), then
all blocks of a chunk together (merge). The first pass gives each bitext its density, the mean cosine to its k nearest
images; the second each image its nearest bitexts. The margin is the cosine over the mean of both densities (Artetxe and
Schwenk 2019, "Margin-based parallel corpus mining", ratio), which takes sentences down that lie near every image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
        cosines = _lists(found.scores)
        return table({"image_cosines": cosines} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class Density(Stage):
    """``density``, the mean cosine of each bitext to its ``k`` nearest images, and ``closest``, that of the nearest.

    Given are the searches of all blocks of images. Both are null where there are no images.
    """

    k: int

    name, reads_given, joins = "density", ("image_cosines",), True
    adds = {"density": pa.float32(), "closest": pa.float32()}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        cosines = np.zeros((chunk.num_rows, 0), np.float32)
        for block in given if chunk.num_rows else ():
            found = matrix(block["image_cosines"])
            cosines = -np.sort(-np.concatenate([cosines, found], 1), 1)[:, : self.k]
        columns = {"density": cosines.mean(1), "closest": cosines[:, 0]} if cosines.shape[1] else {}
        return table(columns | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class SearchBitexts(Stage):
    """The ``k`` nearest bitexts of each image among the given bitext chunks, which are of one language: ``nearest``."""

    k: int

    name, reads = "search_bitexts", ("image_vector",)
    reads_given = ("id", "lang", "en", "text", "vector", "density", "lang_prob", "pair_score")
    adds = {"nearest": pa.list_(CANDIDATE)}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        images, found = matrix(chunk["image_vector"]), _no_candidates()
        for bitexts in given:
            near = nearest(images, matrix(bitexts["vector"]), self.k)
            rows = bitexts.drop_columns(["row", "vector"]).rename_columns({"en": "source"}).take(pa.array(near.ids.reshape(-1)))
            scored = rows.append_column("clip", pa.array(near.scores.reshape(-1)))
            found = _closest(pa.concat_tables([found, _candidates(scored, np.repeat(np.arange(len(images)), near.ids.shape[1]))]), self.k)
        return table({"nearest": _by_image(found, chunk.num_rows)} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


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
        found = _no_candidates()
        for block in given:
            near = block["nearest"].combine_chunks()
            rows = pa.table(pc.list_flatten(near).flatten(), names=list(found.column_names[1:]))
            found = pa.concat_tables([found, _candidates(rows, pc.list_parent_indices(near))])
        found = self._with_margins(_closest(found, self.k))
        return table({"candidates": _by_image(found, chunk.num_rows)} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})

    def _with_margins(self, found: pa.Table) -> pa.Table:
        """Candidates with their margins, best first within an image and language; given in the order of `_closest`."""
        group, place = _groups(found)
        clip, density = (found[name].to_numpy().astype(np.float64) for name in ("clip", "density"))
        counted = place < self.neighbours
        groups = int(group[-1]) + 1 if len(group) else 0
        means = np.bincount(group[counted], clip[counted], groups) / np.bincount(group[counted], minlength=groups)
        margins = (clip / ((means[group] + density) / 2)).astype(np.float32)
        order = np.lexsort((_codes(found["id"]), -margins, group))
        return found.set_column(found.column_names.index("margin"), "margin", pa.array(margins)).take(pa.array(order))


def _candidates(rows: pa.Table, images: pa.Array | np.ndarray) -> pa.Table:
    """A flat table: ``image`` (row of its chunk) and the fields of `CANDIDATE`, null where ``rows`` have them not."""
    columns = {"image": pa.array(images, pa.int64()), **{name: rows[name] for name in rows.column_names}}
    return table(columns, {"image": pa.int64(), **{field.name: field.type for field in CANDIDATE}})


def _no_candidates() -> pa.Table:
    return _candidates(pa.table({"id": pa.array([], pa.string())}), np.zeros(0, np.int64))


def _closest(found: pa.Table, k: int) -> pa.Table:
    """The ``k`` candidates of the greatest cosine of each image and language, ties by id: an exact, associative merge."""
    order = np.lexsort((_codes(found["id"]), -found["clip"].to_numpy(), _codes(found["lang"]), found["image"].to_numpy()))
    found = found.take(pa.array(order))
    return found.filter(pa.array(_groups(found)[1] < k))


def _groups(found: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Of candidates in order: the number of each one's group, an image and language, and its place there; int64 [rows] both."""
    image, lang = found["image"].to_numpy(), _codes(found["lang"])
    begins = np.ones(len(image), bool)
    begins[1:] = (image[1:] != image[:-1]) | (lang[1:] != lang[:-1])
    group = np.cumsum(begins) - 1
    return group, np.arange(len(image)) - np.flatnonzero(begins)[group] if len(image) else group


def _codes(texts: pa.ChunkedArray) -> np.ndarray:
    """Numbers in the order of the texts, equal for equal ones."""
    return pc.rank(texts, tiebreaker="dense").to_numpy()


def _by_image(found: pa.Table, images: int) -> pa.Array:
    """Candidates, in the order of their images, as a list an image."""
    offsets = np.searchsorted(found["image"].to_numpy(), np.arange(images + 1)).astype(np.int32)
    fields = [found[field.name].combine_chunks() for field in CANDIDATE]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.StructArray.from_arrays(fields, fields=list(CANDIDATE)))


def _lists(rows: np.ndarray) -> pa.Array:
    """The rows of a matrix as lists."""
    count, width = rows.shape
    return pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32) * width), pa.array(rows.reshape(-1)))


def _search(queries: np.ndarray, bases: Iterator[np.ndarray], k: int) -> Neighbours:
    found, first = nearest(queries, np.zeros((0, 0), np.float32), k), 0
    for base in bases:
        found, first = merge(found, nearest(queries, base, k, first), k), first + len(base)
    return found
