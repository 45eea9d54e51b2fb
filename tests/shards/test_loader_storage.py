"""Storage that fails in a way that can pass takes no shard out for good, and a machine's own limits are told as such."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import torch

import shards
from shards import open_dataset
from shards.manifest import Manifest
from shards.reader import DatasetError


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does not wait long for storage to come back."""
    monkeypatch.setattr("shards.retry.PAUSES", (0.01, 0.02))


class Away:
    """A file whose name leads in a circle until it is put back: an OSError of the real kind, as a disk that is not mounted gives."""

    def __init__(self, path: Path) -> None:
        self.path, self._kept = path, path.with_suffix(".kept")
        path.rename(self._kept)
        path.symlink_to(path)

    def back(self) -> None:
        self._kept.replace(self.path)


def test_a_failure_that_passes(out: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = list(shards.loader(str(out)))
    for name in ("train-00000.tar", "train-00001.parquet"):
        stream = shards.loader(str(out))
        away = Away(out / "shards" / name)
        timer = threading.Timer(0.3, away.back)
        timer.start()
        assert list(stream) == whole
        timer.join()
    assert caplog.records == []


def test_counting_waits_too(out: Path) -> None:
    whole = list(shards.loader(str(out), langs=["fr"]))
    timer = threading.Timer(0.3, Away(out / "shards/train-00001.parquet").back)
    timer.start()
    assert list(shards.loader(str(out), langs=["fr"], skip_broken=True)) == whole
    timer.join()


@pytest.mark.usefixtures("quick")
def test_a_failure_that_lasts(out: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = [sample.key for sample in open_dataset(str(out))]
    for name in ("train-00000.tar", "train-00000.parquet"):
        stream = shards.loader(str(out), shuffle=False)
        away = Away(out / "shards" / name)
        with pytest.raises(DatasetError, match=r"train-00000.tar: .*symbolic links.*; see to the storage, and go on from the last state"):
            list(stream)
        away.back()
        caplog.clear()
        stream = shards.loader(str(out), shuffle=False, skip_broken=True)
        away = Away(out / "shards" / name)
        assert [draw.key for draw in stream] == keys[4:]
        assert stream.broken == {}
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage().endswith("; its 4 samples are skipped for the rest of epoch 0")
        away.back()
        assert [draw.key for draw in stream] == keys


@pytest.mark.usefixtures("quick")
def test_storage_that_is_gone(out: Path) -> None:
    stream = shards.loader(str(out), skip_broken=True, epochs=None)
    for path in sorted((out / "shards").glob("train-*.tar")):
        Away(path)
    begun = time.monotonic()
    with pytest.raises(DatasetError, match="no shard of 'train' could be read here in 3 epochs; see to the storage"):
        list(stream)
    assert time.monotonic() - begun < 5


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> Path:
    """150 shards of two samples."""
    out = tmp_path_factory.mktemp("many") / "out"
    build_dataset(out, {"train": [range(n, n + 2) for n in range(0, 300, 2)], "val": [range(300, 301)], "test": [range(301, 302)]})
    return out


def _limit(more: int) -> int:
    """The limit with which so many more files may be open: a fork has those of its parent."""
    taken = {int(name) for name in os.listdir("/dev/fd")}
    return next(limit for limit in itertools.count(more) if limit - sum(1 for number in taken if number < limit) >= more)


def _read(url: str, cache: str | None) -> tuple[int, dict[str, int]]:
    torch.set_num_threads(1)  # as a DataLoader does: torch's threads do not outlive a fork
    limit = _limit(100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    stream = shards.loader(url, skip_broken=True, cache=cache)
    return len({draw.key for draw in stream}), stream.broken


def read(url: str, cache: str | None = None) -> tuple[int, dict[str, int]]:
    """The number of samples read and the broken shards, in a process that may have 100 more files open."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        return pool.submit(_read, url, cache).result()


def test_more_shards_in_a_window_than_files_may_be_open(many: Path, tmp_path: Path) -> None:
    assert read(str(many)) == (300, {})
    assert read(f"simplecache::{many.as_uri()}", str(tmp_path / "cache")) == (300, {})


def test_too_many_open_files(many: Path) -> None:
    """Of copies that have no name any more all must stay open."""
    with pytest.raises(DatasetError, match=r"train-\d{5}.tar: .*Too many open files.*; raise ulimit -n, or give a smaller window"):
        read(f"simplecache::{many.as_uri()}")
