"""Broken shards: named and raised, or skipped with a count, and a run with them goes on as exactly as one without."""

from __future__ import annotations

import itertools
import json
import logging
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from torch.utils.data import DataLoader

import shards
from shards import open_dataset
from shards.manifest import Manifest
from shards.reader import DatasetError

if TYPE_CHECKING:
    from conftest import Tamper

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


def overwrite(path: Path, position: int, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(position)
        file.write(data)


def remove(path: Path) -> None:
    path.unlink()


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-512])


def spoil_header(path: Path) -> None:
    overwrite(path, 20, b"?")


def spoil_text(path: Path) -> None:
    overwrite(path, path.stat().st_size - 1500, b"?")


def spoil_sidecar(path: Path) -> None:
    path.with_suffix(".parquet").write_bytes(b"?" * 100)


FAULTS = [
    (remove, "train-00000.tar: is not there"),
    (shorten, "train-00000.tar: has [0-9]+ bytes, the manifest says [0-9]+"),
    (spoil_header, "train-00000.tar: has sha256 [0-9a-f]{64}, the manifest says [0-9a-f]{64}"),
    (spoil_text, "train-00000.tar: has sha256 [0-9a-f]{64}, the manifest says [0-9a-f]{64}"),
    (spoil_sidecar, "train-00000.tar: its sidecar: has 100 bytes, the manifest says [0-9]+"),
]


@pytest.mark.parametrize(("damage", "message"), FAULTS)
def test_a_broken_shard(out: Path, damage: Callable[[Path], None], message: str, caplog: pytest.LogCaptureFixture) -> None:
    whole = [sample.key for shard in open_dataset(str(out)).shards[1:] for sample in open_dataset(str(out)).read(shard)]
    damage(out / "shards/train-00000.tar")
    with pytest.raises(DatasetError, match=f"{message}; get the file again, or build the dataset again"):
        list(shards.loader(str(out), hashes=True))
    caplog.set_level(logging.WARNING)
    stream = shards.loader(str(out), hashes=True, skip_broken=True, epochs=3)
    found = [draw.key for draw in stream]
    assert sorted(found) == sorted(whole * 3)
    assert stream.broken == {"train-00000": 4}
    (record,) = caplog.records
    assert record.getMessage().endswith("; its 4 samples are skipped")


def test_headers_are_looked_at_without_hashes(out: Path) -> None:
    spoil_header(out / "shards/train-00001.tar")
    with pytest.raises(
        DatasetError, match=r"train-00001.tar: holds '\w{20}\?\w{11}.jpg' at byte 0, the sidecar has \w{32}.jpg or .webp or .png there; get"
    ):
        list(shards.loader(str(out)))


def test_every_shard_is_broken(out: Path) -> None:
    for path in (out / "shards").glob("train-*.tar"):
        spoil_header(path)
    for shuffle in (True, False):
        with pytest.raises(DatasetError, match="every shard that 'train' has here is broken; get the files again"):
            list(shards.loader(str(out), skip_broken=True, epochs=None, shuffle=shuffle))
    for path in (out / "shards").glob("train-*.tar"):
        path.unlink()
    with pytest.raises(DatasetError, match="every shard of 'train' is broken; get the files again"):
        shards.loader(str(out), skip_broken=True)


def test_a_sidecar_that_cannot_be_counted(out: Path) -> None:
    spoil_sidecar(out / "shards/train-00001.tar")
    with pytest.raises(DatasetError, match=r"train-00001.tar: its sidecar: has 100 bytes, the manifest says [0-9]+; get the file again"):
        shards.loader(str(out), langs=["fr"])
    stream = shards.loader(str(out), langs=["fr"], skip_broken=True)
    assert (stream.broken, stream.samples, len(list(stream))) == ({"train-00001": 4}, 4, 4)


def test_a_manifest_that_counts_wrong(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["splits"]["train"][1].update(annotations={"caption": {"en": 1, "de": 2}}))
    with pytest.raises(DatasetError, match=r"the manifest counts 3 annotations for 4 samples of train-00001; run shards.verify"):
        shards.loader(str(out))


def test_a_sidecar_of_another_shard(out: Path, tamper: Tamper) -> None:
    (out / "shards/train-00000.parquet").write_bytes((out / "shards/train-00001.parquet").read_bytes())
    tamper.seal()
    with pytest.raises(DatasetError, match=r"train-00000.tar: holds '[0-9a-f]+.jpg' at byte 0, the sidecar has [0-9a-f]+.jpg or"):
        list(shards.loader(str(out)))


def test_pictures_that_cannot_be_decoded(out: Path, tamper: Tamper) -> None:
    contents = tamper.members("train-00000")
    key = contents[2][0].removesuffix(".jpg")
    tamper.write("train-00000", [(name, b"?" * 40 if number == 2 else data) for number, (name, data) in enumerate(contents)])
    with pytest.raises(DatasetError, match=f"train-00000.tar: sample {key}: is not a picture that can be decoded: of no format"):
        list(shards.loader(str(out), decode=True))
    assert len(list(shards.loader(str(out)))) == 8
    stream = shards.loader(str(out), decode=True, skip_broken=True, shuffle=False)
    stand_in = contents[4][0].removesuffix(".jpg")
    keys = [sample.key for sample in open_dataset(str(out))]
    assert [draw.key for draw in stream] == [stand_in if one == key else one for one in keys]
    assert (stream.damaged, stream.broken) == (1, {})
    tamper.write("train-00000", [(name, b"?" if name.endswith("jpg") else data) for name, data in contents])
    stream = shards.loader(str(out), decode=True, skip_broken=True, shuffle=False)
    assert [draw.key for draw in stream] == keys[4:]
    assert stream.broken == {"train-00000": 4}


def test_a_remote_copy_is_checked(pristine: Path) -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(pristine), "/broken", recursive=True)
    try:
        path = "/broken/shards/train-00001.tar"
        data = filesystem.cat_file(path)
        filesystem.pipe_file(path, data[:-1500] + b"?" + data[-1499:])
        with pytest.raises(DatasetError, match=r"train-00001.tar: has sha256 [0-9a-f]{64}, the manifest says"):
            list(shards.loader("memory://broken"))
        stream = shards.loader("memory://broken", skip_broken=True)
        assert (len(list(stream)), stream.broken) == (4, {"train-00001": 4})
    finally:
        filesystem.rm("/broken", recursive=True)


@pytest.mark.parametrize("damage", [remove, spoil_header])
@pytest.mark.parametrize(("workers", "epochs"), [(2, None), (2, 3), (0, None)])
def test_resume_with_a_broken_shard(
    tmp_path: Path, build_dataset: Callable[..., Manifest], damage: Callable[[Path], None], workers: int, epochs: int | None
) -> None:
    out = tmp_path / "out"
    build_dataset(out, {"train": [range(6), range(6, 9), range(9, 20)], "val": [range(20, 21)], "test": [range(21, 22)]})
    damage(out / "shards/train-00001.tar")

    def run(state: dict[str, Any] | None, count: int | None) -> tuple[list[Any], dict[str, Any], dict[str, int]]:
        stream = shards.loader(str(out), skip_broken=True, epochs=epochs, window=8)
        step = 0
        if state is not None:
            stream.load_state_dict(state)
            step = state["batches"]
        batches: DataLoader[Any] = DataLoader(stream, batch_size=3, num_workers=workers, collate_fn=list)
        had = list(itertools.islice(batches, count))
        return had, stream.state_dict(step + len(had), batch_size=3, workers=workers), stream.broken

    whole, _, broken = run(None, None if epochs else 20)
    assert broken == {"train-00001": 3}
    assert len({draw.key for batch in whole for draw in batch}) == 17
    for cut in (4, 13):
        had, state, _ = run(None, cut)
        rest, _, _ = run(state, len(whole) - cut)
        assert had + rest == whole


class Truncate:
    """Empties a tar when a process has prepared so many pictures, and leaves the pictures as they are."""

    def __init__(self, path: Path, after: int) -> None:
        self.path, self.left = path, after

    def __call__(self, data: bytes) -> bytes:
        self.left -= 1
        if not self.left:
            os.truncate(self.path, 0)
        return data


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, build_dataset: Callable[..., Manifest]) -> Path:
    """Shards of 6, 9 and 11 samples, of all of which each window has some."""
    out = tmp_path_factory.mktemp("mixed") / "out"
    build_dataset(out, {"train": [range(6), range(6, 15), range(15, 26)], "val": [range(26, 27)], "test": [range(27, 28)]})
    return out


@pytest.mark.parametrize(("workers", "epochs", "after"), [(0, None, 9), (0, 3, 40), (2, None, 5), (2, 3, 4), (2, 3, 17), (3, None, 14)])
def test_resume_where_a_shard_breaks_in_mid_epoch(mixed: Path, workers: int, epochs: int | None, after: int) -> None:
    """What a shard gave before it broke counts as given: no batch comes twice or never, wherever the run goes on."""
    path = mixed / "shards/train-00001.tar"
    whole_tar = path.read_bytes()
    sound = {
        sample.key
        for shard in open_dataset(str(mixed)).shards
        if shard.name != "train-00001"
        for sample in open_dataset(str(mixed)).read(shard)
    }

    def loading(stream: Any) -> DataLoader[Any]:
        return DataLoader(stream, batch_size=2, num_workers=workers, collate_fn=list)

    def saved(stream: Any, step: int) -> dict[str, Any]:
        return json.loads(json.dumps(stream.state_dict(step, batch_size=2, workers=workers)))

    try:
        stream = shards.loader(str(mixed), skip_broken=True, epochs=epochs, seed=6, prepare=Truncate(path, after))
        run, early = [], []
        for batch in itertools.islice(loading(stream), None if epochs else 30):
            run.append(batch)
            early.append(saved(stream, len(run)))
        assert stream.broken == {"train-00001": 9}
        given = {draw.key for batch in run for draw in batch}
        assert sound < given, "the shard gave some before it broke"
        late = [saved(stream, step + 1) for step in range(len(run))]
        for cut in (1, len(run) // 2):
            again = shards.loader(str(mixed), skip_broken=True, epochs=epochs, seed=6)
            again.load_state_dict(early[cut])  # the shard is still broken, and the first state may not know of it yet
            rest = list(itertools.islice(loading(again), len(run) - cut - 1))
            after_cut = Counter(draw.key for batch in run[: cut + 1] + rest for draw in batch)
            if epochs:
                assert {after_cut[key] for key in sound} == {epochs}
        path.write_bytes(whole_tar)
        for cut in range(0, len(run), 7 if workers else 1):
            again = shards.loader(str(mixed), skip_broken=True, epochs=epochs, seed=6)
            again.load_state_dict(late[cut])
            assert list(itertools.islice(loading(again), len(run) - cut - 1)) == run[cut + 1 :], cut
    finally:
        path.write_bytes(whole_tar)
