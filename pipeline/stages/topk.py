"""Exact nearest neighbours over chunks: search a piece, merge the pieces.

`merge` is associative and independent of order, so the neighbours do not depend on how the base was cut. Ties go to the
smaller id.
"""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np

faiss.omp_set_num_threads(1)  # a chunk a core; two runtimes that fight for the cores are slower


@dataclass(frozen=True)
class Neighbours:
    """The nearest of each query so far.

    Attributes:
        scores: float32 [queries, at most k], cosines, falling.
        ids: int64 [queries, at most k]: numbers of the rows searched, whose order breaks ties.
    """

    scores: np.ndarray
    ids: np.ndarray


def nearest(queries: np.ndarray, base: np.ndarray, k: int, first: int = 0) -> Neighbours:
    """The ``k`` rows of ``base`` with the greatest inner product with each query, numbered from ``first``.

    Args:
        queries: float32 [queries, dim].
        base: float32 [rows, dim].
    """
    if len(queries) == 0 or len(base) == 0:
        return Neighbours(np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64))
    # Asked for more than k so that rows tied at the edge are all there to be ordered by id.
    scores, ids = faiss.knn(queries, base, min(len(base), 2 * k + 8), metric=faiss.METRIC_INNER_PRODUCT)
    return _best(scores, ids.astype(np.int64) + first, k)


def merge(left: Neighbours, right: Neighbours, k: int) -> Neighbours:
    """The ``k`` best of both, for each query."""
    return _best(np.concatenate([left.scores, right.scores], 1), np.concatenate([left.ids, right.ids], 1), k)


def _best(scores: np.ndarray, ids: np.ndarray, k: int) -> Neighbours:
    # Rounded, so that the order of a tie does not hang on how a matrix product was blocked.
    scores = np.round(scores.astype(np.float32), 5)
    order = np.lexsort((ids, -scores), axis=1)[:, :k]
    return Neighbours(np.take_along_axis(scores, order, 1), np.take_along_axis(ids, order, 1))
