"""The loader: every sample once an epoch for any ranks and workers, what it gives, and what it refuses."""

from __future__ import annotations

import io
import itertools
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

import shards
from shards import Sample, open_dataset
from shards.drawn import Draw
from shards.manifest import Manifest
from shards.reader import DatasetError

Make = Callable[[str, range], list[Sample]]
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> Path:
    """Shards of 7, 1, 12 and 3 samples."""
    out = tmp_path_factory.mktemp("uneven") / "out"
    build_dataset(out, {"train": [range(7), range(7, 8), range(8, 20), range(20, 23)], "val": [range(23, 24)], "test": [range(24, 25)]})
    return out


def batched(stream: object, workers: int, size: int = 4) -> list[list[Draw]]:
    return list(DataLoader(stream, batch_size=size, num_workers=workers, collate_fn=list))  # type: ignore[arg-type]


@pytest.mark.parametrize(("ranks", "workers"), [(1, 0), (1, 3), (2, 2), (5, 0), (4, 3)])
def test_every_sample_once_an_epoch(uneven: Path, ranks: int, workers: int) -> None:
    everything = sorted(sample.key for sample in open_dataset(str(uneven)))
    parts = []
    for rank in range(ranks):
        stream = shards.loader(str(uneven), rank=rank, ranks=ranks, window=5)
        parts.append([draw.key for batch in batched(stream, workers) for draw in batch])
    assert sorted(itertools.chain(*parts)) == everything
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= max(workers, 1)
    assert stream.samples == len(everything)


def test_more_workers_than_samples(uneven: Path) -> None:
    everything = sorted(sample.key for sample in open_dataset(str(uneven)))
    parts = [list(shards.loader(str(uneven), rank=rank, ranks=40)) for rank in range(40)]
    assert sorted(draw.key for part in parts for draw in part) == everything
    assert {len(part) for part in parts} == {0, 1}


def test_two_loaders_of_one_seed_agree(uneven: Path) -> None:
    one, other = (shards.loader(str(uneven), seed=5, epochs=2) for _ in range(2))
    assert list(one) == list(other)
    one.set_epoch(0)
    assert list(one) != list(shards.loader(str(uneven), seed=6, epochs=2))
    for stream in (one, other):
        stream.set_epoch(0)
    assert batched(one, 2) == batched(other, 2)


def test_epochs(uneven: Path) -> None:
    stream = shards.loader(str(uneven))
    epochs = []
    for epoch in range(3):
        stream.set_epoch(epoch)
        epochs.append(list(stream))
    assert len({tuple(draw.key for draw in epoch) for epoch in epochs}) == 3
    assert list(shards.loader(str(uneven), epochs=3)) == list(itertools.chain(*epochs))
    assert list(itertools.islice(shards.loader(str(uneven), epochs=None), 23 * 3)) == list(itertools.chain(*epochs))


def test_workers_that_stay_know_of_the_epoch(uneven: Path) -> None:
    stream = shards.loader(str(uneven))
    batches: DataLoader[Draw] = DataLoader(stream, batch_size=4, num_workers=2, collate_fn=list, persistent_workers=True)
    for epoch in (0, 1):
        stream.set_epoch(epoch)
        again = shards.loader(str(uneven))
        again.set_epoch(epoch)
        assert list(batches) == batched(again, 2)


def test_it_can_be_pickled_as_for_workers_that_are_spawned(uneven: Path) -> None:
    stream = shards.loader(str(uneven), seed=1)
    assert list(pickle.loads(pickle.dumps(stream))) == list(stream)


def test_what_it_gives(pristine: Path) -> None:
    known = {sample.key: sample for sample in open_dataset(str(pristine))}
    order = list(known)
    for draw in shards.loader(str(pristine), shuffle=False, epochs=3):
        sample = known[draw.key]
        assert draw.image == sample.jpg
        assert (draw.task, draw.lang, draw.style, draw.source, draw.text) in {
            (a.task, a.lang, a.style, a.source, a.text) for a in sample.annotations
        }
    assert [draw.key for draw in shards.loader(str(pristine), shuffle=False)] == order


def test_pixels(pristine: Path) -> None:
    for draw in shards.loader(str(pristine), decode=True):
        jpg = next(sample.jpg for sample in open_dataset(str(pristine)) if sample.key == draw.key)
        pixels = np.asarray(Image.open(io.BytesIO(jpg or b"")).convert("RGB"))
        assert draw.image.dtype == np.uint8 and draw.image.shape == (16, 24, 3)
        assert np.array_equal(draw.image, pixels)


def test_tasks_and_langs(pristine: Path) -> None:
    held = {(draw.task, draw.lang) for draw in shards.loader(str(pristine), tasks=["caption"], epochs=4)}
    assert held == {("caption", "en"), ("caption", "de")}
    held = {(draw.task, draw.lang) for draw in shards.loader(str(pristine), "test", langs="fr", epochs=9)}
    assert held == {("caption", "fr"), ("translation", "fr")}


def test_samples_without_a_wanted_annotation_are_left_out(out: Path, tamper: Any) -> None:
    for shard, position in (("train-00000", 0), ("train-00000", 2), ("train-00001", 3)):
        tamper.edit(shard, position, lambda record: record.update(annotations=record["annotations"][:1]))
    keys = [sample.key for sample in open_dataset(str(out), langs=["fr"])]
    assert len(keys) == 5
    parts = [list(shards.loader(str(out), langs=["fr"], rank=rank, ranks=3, window=2)) for rank in range(3)]
    assert sorted(draw.key for part in parts for draw in part) == sorted(keys)
    assert sorted(map(len, parts)) == [1, 2, 2]


def test_sizes_are_flat_where_annotations_are_many(uneven: Path) -> None:
    """A second epoch opens no more files than a first."""
    descriptors = Path("/proc/self/fd")
    stream = iter(shards.loader(str(uneven), epochs=4, window=5))
    opened = []
    for _ in range(4):
        list(itertools.islice(stream, 23))
        opened.append(len(list(descriptors.iterdir())))
    assert max(opened) - min(opened) <= 3
    before = len(list(descriptors.iterdir()))
    list(stream)
    assert len(list(descriptors.iterdir())) <= before


@pytest.fixture
def remote(pristine: Path) -> Iterator[str]:
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(pristine), "/loader", recursive=True)
    yield "memory://loader"
    filesystem.rm("/loader", recursive=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_remote(pristine: Path, remote: str, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(passing))
    local = batched(shards.loader(str(pristine), window=3), workers)
    assert batched(shards.loader(remote, window=3), workers) == local
    assert list(passing.iterdir()) == []
    cache = tmp_path / "cache"
    assert batched(shards.loader(remote, window=3, cache=str(cache)), workers) == local
    infos = Manifest.read(str(pristine)).splits["train"]
    wanted = {f"{shard.sha256}.tar" for shard in infos} | {f"{shard.parquet_sha256}.parquet" for shard in infos}
    assert {file.name for file in cache.iterdir()} == wanted


def test_a_cache_serves_without_the_remote(pristine: Path, remote: str, tmp_path: Path) -> None:
    stream = shards.loader(remote, cache=str(tmp_path))
    first = list(stream)
    fsspec.filesystem("memory").rm("/loader/shards", recursive=True)
    stream.set_epoch(0)
    assert list(stream) == first


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"balance": "pairs"}, "balance 'pairs': choose one of uniform, task, language, task-language"),
        ({"window": 0}, "window 0: give 1 or more"),
        ({"epochs": 0}, "epochs 0: give 1 or more"),
        ({"seed": -1}, "seed -1: give 0 or more"),
        ({"rank": 1}, "rank and ranks: give both, or none for torch.distributed's"),
        ({"rank": 2, "ranks": 2}, "rank 2 of 2: ranks count from 0"),
        ({"split": "dev"}, "has no samples in split 'dev'"),
        ({"langs": ["it"]}, "language 'it': the dataset has en, de, fr"),
    ],
)
def test_refusals(pristine: Path, asked: dict[str, object], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        shards.loader(str(pristine), **asked)  # type: ignore[arg-type]
