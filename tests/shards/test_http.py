"""Datasets on a web server: read as those on a disk, whatever of listing, sizes and ranges the server knows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

import shards
from shards import open_dataset
from shards.reader import DatasetError
from shards.storage import sizes, sizes_of
from shards.verify import main as verify
from tests.shards import conftest
from tests.shards.web import Web, serve


@pytest.fixture
def web(out: Path) -> Iterator[Web]:
    with serve(out) as web:
        yield web


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("tells_sizes", [True, False])
def test_as_from_a_disk(out: Path, web: Web, lists: bool, tells_sizes: bool) -> None:
    web.lists, web.tells_sizes = lists, tells_sizes
    assert list(open_dataset(web.url)) == list(open_dataset(str(out)))
    assert list(shards.loader(web.url, window=3)) == list(shards.loader(str(out), window=3))
    assert list(shards.loader(web.url, langs=["fr"])) == list(shards.loader(str(out), langs=["fr"]))


def test_workers(out: Path, web: Web) -> None:
    batches: list[DataLoader] = [
        DataLoader(shards.loader(url, window=3), batch_size=3, num_workers=2, collate_fn=list) for url in (web.url, str(out))
    ]
    assert list(batches[0]) == list(batches[1])


def test_it_can_be_verified(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify([web.url]) == 0, capsys.readouterr().out


def test_shards_larger_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a server that knows no ranges, only a stream can be had."""
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    sink = io.BytesIO()
    Image.fromarray(noise).save(sink, "PNG", compress_level=1)
    monkeypatch.setattr(conftest, "picture", lambda number: sink.getvalue())
    manifest = conftest.build(tmp_path)
    assert manifest.splits["train"][0].bytes > 1 << 23
    with serve(tmp_path) as web:
        assert [sample.jpg for sample in open_dataset(web.url, "val")] == [sink.getvalue()] * 2
        assert [sample.key for sample in open_dataset(web.url)] == [sample.key for sample in open_dataset(str(tmp_path))]


def test_sizes(out: Path, web: Web) -> None:
    assert sizes(f"{web.url}/shards") == sizes(str(out / "shards"))
    names = ["train-00000.tar", "train-00009.tar"]
    size = (out / "shards/train-00000.tar").stat().st_size
    assert sizes_of(f"{web.url}/shards", names) == sizes_of(str(out / "shards"), names) == {"train-00000.tar": size}
    web.tells_sizes = False
    assert sizes_of(f"{web.url}/shards", names) == {"train-00000.tar": None}
    with pytest.raises(OSError, match=r"shards/\w+-0000\d.\w+: the server does not say how many bytes it has; copy the dataset to a disk"):
        sizes(f"{web.url}/shards")


def test_what_is_not_there_or_of_another_size(out: Path, web: Web) -> None:
    path = out / "shards/train-00001.tar"
    whole = path.read_bytes()
    path.write_bytes(whole[:-512])
    with pytest.raises(DatasetError, match=rf"train-00001.tar: has {len(whole) - 512} bytes, the manifest says {len(whole)}; get the file"):
        open_dataset(web.url)
    web.tells_sizes = False
    with pytest.raises(DatasetError, match=rf"train-00001.tar: has {len(whole) - 512} bytes, the manifest says {len(whole)}; get the file"):
        list(shards.loader(web.url))
    path.unlink()
    with pytest.raises(DatasetError, match=r"train-00001.tar: is not there; get the file again"):
        shards.loader(web.url)
    stream = shards.loader(web.url, skip_broken=True)
    assert (len(list(stream)), stream.broken) == (4, {"train-00001": 4})


def test_a_server_that_fails_for_a_while(out: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shards.retry.PAUSES", (0.01, 0.01, 0.01))
    web.failures = {"/shards/train-00000.tar": [503, 500], "/shards/train-00001.parquet": [502]}
    stream = shards.loader(web.url, skip_broken=True)
    assert list(stream) == list(shards.loader(str(out)))
    assert stream.broken == {}
    web.failures = {"/shards/train-00000.tar": [503] * 4}
    stream = shards.loader(web.url, skip_broken=True, epochs=2)
    found = [draw.key for draw in stream]
    assert (len(found), len(set(found)), stream.broken) == (12, 8, {})
    web.failures = {"/shards/train-00000.tar": [503] * 9}
    with pytest.raises(DatasetError, match=r"train-00000.tar: .*503.*; see to the storage, and go on from the last state"):
        list(shards.loader(web.url))
