"""Others read the shards too: webdataset through a DataLoader, and Hugging Face datasets, both with no code of this project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import pytest
import webdataset
from torch.utils.data import DataLoader

from shards import Sample
from shards.card import LOADING
from shards.writer import write_shard

Make = Callable[[str, range], list[Sample]]


def test_webdataset_in_a_dataloader(pristine: Path, make_samples: Make) -> None:
    urls = str(pristine / "shards/train-{00000..00001}.tar")
    dataset = webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8").to_tuple("__key__", "jpg", "json")
    found = list(DataLoader(dataset, batch_size=None, num_workers=2))
    expected = {s.key: s.record() for s in (*make_samples("train", range(4)), *make_samples("train", range(4, 8)))}
    assert {key: record for key, _, record in found} == expected
    assert {pixels.shape for _, pixels, _ in found} == {(16, 24, 3)}


def test_datasets(pristine: Path, make_samples: Make, tmp_path: Path) -> None:
    files = {split: str(pristine / f"shards/{split}-*.tar") for split in ("train", "val", "test")}
    found = datasets.load_dataset("webdataset", data_files=files, cache_dir=str(tmp_path))
    expected = {
        "train": [*make_samples("train", range(4)), *make_samples("train", range(4, 8))],
        "val": make_samples("val", range(8, 10)),
        "test": make_samples("test", range(10, 12)),
    }
    assert set(found) == set(expected)
    for split, samples in expected.items():
        assert [row["__key__"] for row in found[split]] == [sample.key for sample in samples]
        assert [without_nulls(row["json"]) for row in found[split]] == [json.loads(sample.to_json()) for sample in samples]
        assert {row["jpg"].size for row in found[split]} == {(24, 16)}


def test_datasets_as_the_card_says(make_samples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first samples, by which datasets would take the columns of all, lack what later ones have."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    samples = make_samples("train", range(12))
    poor = [replace(s, alt=None, url=None, annotations=tuple(a for a in s.annotations if a.task == "caption")) for s in samples[:8]]
    write_shard(str(tmp_path / "out" / "shards"), "train", 0, [*poor, *samples[8:]])
    code = LOADING.format(split="train", files="00000", lang="en", picture="jpg").replace("OUT", str(tmp_path / "out"))
    told = code.partition("import datasets\n")[2].partition("import duckdb")[0]
    names = {"datasets": datasets}
    exec(told, names)
    found = names["samples"]["train"]
    assert [Sample.from_record(row["json"]).record() for row in found] == [sample.record() for sample in (*poor, *samples[8:])]
    assert {row["jpg"].size for row in found} == {(24, 16)}


def test_datasets_streaming(pristine: Path, make_samples: Make) -> None:
    found = datasets.load_dataset("webdataset", data_files={"val": str(pristine / "shards/val-*.tar")}, split="val", streaming=True)
    assert [row["json"]["key"] for row in found] == [sample.key for sample in make_samples("val", range(8, 10))]


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value
