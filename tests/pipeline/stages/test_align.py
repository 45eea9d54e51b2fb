import numpy as np
import pyarrow as pa
import pytest

from pipeline.stages.align import Align, Density, SearchBitexts, SearchImages
from pipeline.tables import vectors


def unit(rows):
    return [(row / np.linalg.norm(row)).astype(np.float16) for row in np.asarray(rows, np.float32)]


SOURCE = np.random.default_rng(3)
IMAGES = unit(SOURCE.normal(size=(12, 8)))
TEXTS = unit(SOURCE.normal(size=(30, 8)))
COSINES = np.stack(IMAGES).astype(np.float32) @ np.stack(TEXTS).astype(np.float32).T


def images(rows):
    return pa.table({"row": rows, "image_vector": vectors([IMAGES[row] for row in rows])})


def bitexts(rows, density):
    ids = [f"{row:032x}" for row in rows]
    same = {"en": ids, "text": ids, "lang": ["de"] * len(rows), "lang_prob": [0.9] * len(rows), "pair_score": [0.8] * len(rows)}
    return pa.table(
        {"row": rows, "id": ids, "vector": vectors([TEXTS[row] for row in rows]), "density": [density[row] for row in rows], **same}
    )


@pytest.mark.parametrize("cuts", [[30], [4, 30], [7, 8, 29, 30]])
def test_candidates_and_margins_are_those_of_a_full_comparison_however_it_is_cut(cuts):
    density = np.sort(COSINES, axis=0)[-3:].mean(0)
    expected = []
    for cosines in COSINES:
        near = np.argsort(-cosines)[:5]
        margin = cosines[near] / ((cosines[near[:3]].mean() + density[near]) / 2)
        expected.append([f"{near[i]:032x}" for i in np.argsort(-margin)])

    base = pa.table({"vector": vectors(TEXTS)})
    blocks = [SearchImages(3).run(base, iter([images(block)])) for block in (list(range(5)), list(range(5, 12)))]
    found = Density(3).run(base, iter(blocks))["density"].to_pylist()
    assert np.allclose(found, density, atol=1e-4)

    starts = [0, *cuts[:-1]]
    searched = [SearchBitexts(5).run(images(range(12)), iter([bitexts(range(a, b), found)])) for a, b in zip(starts, cuts, strict=True)]
    made = Align(5, 3).run(images(range(12)), iter(reversed(searched)))["candidates"].to_pylist()
    assert [[candidate["id"] for candidate in row] for row in made] == expected


def test_nothing_to_search():
    nothing = SearchBitexts(5).run(images([0, 1]), iter(()))
    assert nothing["nearest"].to_pylist() == [[], []]
    assert Align(5, 3).run(images([0, 1]), iter([nothing]))["candidates"].to_pylist() == [[], []]
    assert Align(5, 3).run(images([]), iter(()))["candidates"].to_pylist() == []
