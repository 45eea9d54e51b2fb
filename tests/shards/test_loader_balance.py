"""Balance: dealing out is the best that the pictures admit, and classes come as often as one another over a run."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import shards
from shards import Annotation, Sample
from shards.balance import class_of, spread
from shards.drawn import Draw
from shards.manifest import Manifest, TableFile, config_hash
from shards.order import random_bits
from shards.writer import write_shard

DRAWS = 10_000
PAIRS = (("caption", "en"), ("caption", "de"), *(("translation", lang) for lang in ("de", "fr", "es", "ru", "zh")))

Make = Callable[[str, range], list[Sample]]


def annotation(task: str, lang: str, copy: int) -> Annotation:
    if task == "caption":
        return Annotation(task=task, lang=lang, style="short", text=f"{lang} {copy}", origin="captioner")
    return Annotation(task=task, lang=lang, source=f"English {copy}", text=f"{lang} {copy}", origin="translator")


def annotations(key: str) -> tuple[Annotation, ...]:
    """Up to three of a pair, or none: the later ones in `PAIRS` lack the more often."""
    bits = bytes.fromhex(key)
    held = [place for place in range(len(PAIRS)) if bits[place] > 25 + 20 * place] or [bits[7] % len(PAIRS)]
    return tuple(annotation(*PAIRS[place], copy) for place in held for copy in range(1 + bits[8 + place] % 3))


def write_lopsided(out: Path, sizes: list[int], make_samples: Make) -> None:
    """A dataset whose train split has shards of such sizes."""
    ends = list(itertools.accumulate(sizes))
    made = [make_samples("train", range(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    splits = tuple(
        write_shard(str(out / "shards"), "train", number, [replace(sample, annotations=annotations(sample.key)) for sample in shard])
        for number, shard in enumerate(made)
    )
    Manifest(
        config={},
        config_sha256=config_hash({}),
        code={},
        models={},
        inputs={},
        langs=("en", "de", "fr", "es", "ru", "zh"),
        caption_langs=("en", "de"),
        splits={"train": splits},
        rejects=(),
        fetch=TableFile("fetch.parquet", 0, 0, ""),
        funnel=(),
    ).write(str(out))


def best(sizes: np.ndarray, limits: np.ndarray, targets: np.ndarray) -> float:
    """The least sum of squares, by looking at every dealing."""
    rows = [
        [row for row in itertools.product(*(range(limit + 1) for limit in limit_row)) if sum(row) == size]
        for size, limit_row in zip(sizes.tolist(), limits.tolist(), strict=True)
    ]
    return min(float(((np.sum(dealing, axis=0) - targets) ** 2).sum()) for dealing in itertools.product(*rows))


@pytest.mark.parametrize("seed", range(60))
def test_no_dealing_is_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups, columns = random.integers(1, 4), random.integers(1, 4)
    limits = random.integers(0, 4, (groups, columns))
    sizes = np.minimum(random.integers(0, 5, groups), limits.sum(axis=1))
    targets = random.integers(0, 6, columns) if seed % 2 else np.full(columns, sizes.sum() / columns)
    dealt = spread(sizes, limits, targets, random_bits(limits.size, seed, 0, 0, 0))
    assert (dealt >= 0).all() and (dealt <= limits).all() and (dealt.sum(axis=1) == sizes).all()
    assert float(((dealt.sum(axis=0) - targets) ** 2).sum()) == pytest.approx(best(sizes, limits, targets))


def test_too_many_for_their_columns() -> None:
    with pytest.raises(ValueError, match="a group has more members than its columns may take"):
        spread(np.array([3]), np.array([[1, 1]]), np.array([1, 1]), random_bits(2, 0, 0, 0, 0))


@pytest.fixture(scope="module")
def lopsided(tmp_path_factory: pytest.TempPathFactory, make_samples: Make) -> Path:
    """Every picture lacks some task-language pairs, some pairs are far rarer than others, and shards differ in size."""
    out = tmp_path_factory.mktemp("lopsided")
    write_lopsided(out, [700, 40, 300, 3], make_samples)
    return out


def draws(out: Path, count: int, **options: object) -> list[Draw]:
    return list(itertools.islice(shards.loader(str(out), epochs=None, **options), count))  # type: ignore[arg-type]


@pytest.mark.parametrize("balance", ["task", "language", "task-language"])
@pytest.mark.parametrize(("ranks", "window"), [(1, 10_000), (4, 100)])
def test_within_one_per_cent_over_ten_thousand_draws(lopsided: Path, balance: str, ranks: int, window: int) -> None:
    found: Counter[str] = Counter()
    for rank in range(ranks):
        drawn = draws(lopsided, DRAWS // ranks, balance=balance, rank=rank, ranks=ranks, window=window)
        found.update(class_of(balance, draw.task, draw.lang) for draw in drawn)
    even = DRAWS / len(found)
    assert len(found) == {"task": 2, "language": 6, "task-language": 7}[balance]
    assert max(abs(count - even) for count in found.values()) <= 0.01 * even, found


def test_uniform_over_the_annotations_of_a_picture(lopsided: Path) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for sample in shards.open_dataset(str(lopsided)):
        for annotation in sample.annotations:
            expected[annotation.task, annotation.lang] += DRAWS / 1043 / len(sample.annotations)  # type: ignore[assignment]
    found = Counter((draw.task, draw.lang) for draw in draws(lopsided, DRAWS, balance="uniform"))
    assert {pair: pytest.approx(share, abs=0.01 * DRAWS) for pair, share in expected.items()} == found


def test_every_annotation_of_a_picture_comes(pristine: Path) -> None:
    first = next(iter(shards.open_dataset(str(pristine))))
    drawn = {(d.task, d.lang, d.style, d.source, d.text) for d in draws(pristine, 8 * 40) if d.key == first.key}
    assert drawn == {(a.task, a.lang, a.style, a.source, a.text) for a in first.annotations}


def test_what_a_picture_gets_does_not_depend_on_the_ranks(lopsided: Path) -> None:
    whole = list(shards.loader(str(lopsided), window=200))
    parts = [list(shards.loader(str(lopsided), window=200, rank=rank, ranks=3)) for rank in range(3)]
    assert [draw for part in parts for draw in part] == whole
