import numpy as np
import pytest

from pipeline.stages.topk import Neighbours, merge, nearest


def flat(queries, base, k):
    scores = np.round(queries @ base.T, 5)
    order = np.stack([np.lexsort((np.arange(len(base)), -row))[:k] for row in scores])
    return Neighbours(np.take_along_axis(scores, order, 1), order)


def same(left, right):
    return (left.ids == right.ids).all() and np.allclose(left.scores, right.scores, atol=2e-5)


@pytest.fixture
def world():
    source = np.random.default_rng(7)
    base, queries = (source.integers(-2, 3, size=(n, 6)).astype(np.float32) for n in (61, 9))  # small integers: many ties
    return queries, base


@pytest.mark.parametrize("cuts", [[], [1], [60], [7, 8, 30], [20, 40]])
def test_pieces_merge_to_what_a_flat_search_finds(world, cuts):
    queries, base = world
    pieces = [nearest(queries, piece, 5, first) for piece, first in zip(np.split(base, cuts), [0, *cuts], strict=True)]
    found = pieces[0]
    for piece in pieces[1:]:
        found = merge(found, piece, 5)
    assert same(found, flat(queries, base, 5))


def test_merging_is_associative_and_knows_no_order(world):
    queries, base = world
    a, b, c = (nearest(queries, piece, 4, first) for piece, first in zip(np.split(base, [20, 33]), [0, 20, 33], strict=True))
    left, right = merge(merge(a, b, 4), c, 4), merge(b, merge(c, a, 4), 4)
    assert same(left, right)


def test_fewer_rows_than_asked_for(world):
    queries, base = world
    assert nearest(queries, base[:2], 5).ids.shape == (9, 2)
    assert nearest(queries, base[:0], 5).ids.shape == (9, 0)
    assert nearest(queries[:0], base, 5).ids.shape == (0, 0)
