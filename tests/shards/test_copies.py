"""Copies in a cache: whole, or fetched again; and once by all processes of a machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch.utils.data import DataLoader

import shards
from shards.copies import Copies
from shards.manifest import Manifest
from shards.reader import DatasetError
from shards.whole import DamagedFile
from tests.shards.web import Web, serve

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture
def web(out: Path) -> Iterator[Web]:
    with serve(out) as web:
        yield web


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-700])


def overwrite(path: Path) -> None:
    path.write_bytes(b"?" + path.read_bytes()[1:])


@pytest.mark.parametrize(("damage", "hashes"), [(shorten, False), (overwrite, True), (Path.unlink, False)])
def test_a_copy_that_is_not_whole_is_fetched_again(out: Path, web: Web, cache: Path, damage, hashes: bool) -> None:  # type: ignore[no-untyped-def]
    whole = list(shards.loader(web.url, cache=str(cache)))
    kept = {path: path.read_bytes() for path in cache.iterdir()}
    for path in kept:
        damage(path)
    stream = shards.loader(web.url, cache=str(cache), hashes=hashes, skip_broken=True)
    assert (list(stream), stream.broken) == (whole, {})
    assert {path: path.read_bytes() for path in cache.iterdir()} == kept
    assert {web.got[f"/shards/train-0000{shard}.{end}"] for shard in (0, 1) for end in ("tar", "parquet")} == {2}


def test_errors_name_the_copy(out: Path, web: Web, cache: Path) -> None:
    list(shards.loader(web.url, cache=str(cache)))
    kept = cache / f"{Manifest.read(str(out)).splits['train'][1].sha256}.tar"
    overwrite(kept)
    with pytest.raises(DatasetError, match=rf"/shards/train-00001.tar \(copied to {kept}\): holds '\?"):
        list(shards.loader(web.url, cache=str(cache)))


def test_a_copy_that_shrinks_while_it_is_read(out: Path, web: Web, cache: Path) -> None:
    stream = iter(shards.loader(web.url, cache=str(cache), shuffle=False))
    next(stream)
    kept = cache / f"{Manifest.read(str(out)).splits['train'][0].sha256}.tar"
    os.truncate(kept, 700)
    with pytest.raises(DatasetError, match=rf"00000.tar \(copied to {kept}\): ends before byte [0-9]+, within a picture; remove the copy"):
        list(stream)


def test_workers_fetch_each_file_once(out: Path, web: Web, cache: Path) -> None:
    stream = shards.loader(web.url, cache=str(cache), window=2)
    batches = DataLoader(stream, batch_size=1, num_workers=4, collate_fn=list)
    assert len(list(batches)) == 8
    got = {path: times for path, times in web.got.items() if "/train-" in path}
    assert got == {f"/shards/train-0000{shard}.{end}": 1 for shard in (0, 1) for end in ("tar", "parquet")}
    assert {path.suffix for path in cache.iterdir()} == {".tar", ".parquet"}


def _open(url: str, cache: str, path: str, size: int, sha256: str, ready: threading.Barrier) -> None:
    ready.wait()
    for _ in range(20):
        Copies(url, cache, hashes=True).open(path, size, sha256).close()


def test_many_processes_at_once(out: Path, web: Web, cache: Path) -> None:
    context = multiprocessing.get_context("fork")
    info, ready = Manifest.read(str(out)).splits["train"][0], context.Barrier(6)
    asked = (web.url, str(cache), info.tar, info.bytes, info.sha256, ready)
    processes = [context.Process(target=_open, args=asked) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 6
    assert web.got[f"/{info.tar}"] == 1
    assert [path.name for path in cache.iterdir()] == [f"{info.sha256}.tar"]


def test_what_came_is_compared(out: Path, web: Web, cache: Path) -> None:
    info = Manifest.read(str(out)).splits["train"][0]
    overwrite(out / info.tar)
    for folder in (str(cache), None):
        with pytest.raises(DamagedFile, match=f"has sha256 [0-9a-f]{{64}}, the manifest says {info.sha256}"):
            Copies(web.url, folder, hashes=False).open(info.tar, info.bytes, info.sha256)
    assert list(cache.iterdir()) == []


def test_a_lock_that_a_killed_process_left(out: Path, web: Web, cache: Path) -> None:
    info = Manifest.read(str(out)).splits["train"][0]
    (cache / f"{info.sha256}.tar.lock").touch()
    Copies(web.url, str(cache), hashes=False).open(info.tar, info.bytes, info.sha256).close()
    assert [path.name for path in cache.iterdir()] == [f"{info.sha256}.tar"]
