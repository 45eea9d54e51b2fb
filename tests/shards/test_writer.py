"""The writer: the same bytes for the same samples, whole files or none, and nothing that does not keep to the format."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

from shards.manifest import Manifest, ShardInfo
from shards.sample import Sample, SampleError
from shards.writer import remove_unlisted, write_shard

Make = Callable[[str, range], list[Sample]]
Build = Callable[..., Manifest]


def test_same_samples_same_bytes(tmp_path: Path, build_dataset: Build) -> None:
    build_dataset(tmp_path / "a")
    build_dataset(tmp_path / "b")
    files = [
        {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
        for out in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]
    assert Manifest.read(str(tmp_path / "a")).identity() == Manifest.read(str(tmp_path / "b")).identity()


def test_fixed_bytes(tmp_path: Path, make_samples: Make) -> None:
    jpg = b"\xff\xd8 no picture, the same bytes with every version of Pillow"
    samples = [dataclasses.replace(s, jpg=jpg, jpg_sha256=hashlib.sha256(jpg).hexdigest()) for s in make_samples("val", range(3))]
    info = write_shard(str(tmp_path), "val", 7, samples)
    assert (info.name, info.samples, info.annotations) == (
        "val-00007",
        3,
        {"caption": {"de": 3, "en": 3}, "translation": {"de": 3, "fr": 6}},
    )
    assert (info.bytes, info.sha256) == (10240, "e1f8c3b71ecba5d0cea447afec890a2c0983c9850b2f84ba14f1fb155cc4bfe2")


def test_tar_is_what_tarfile_writes(tmp_path: Path, make_samples: Make) -> None:
    samples = make_samples("train", range(5))
    write_shard(str(tmp_path), "train", 0, samples)
    with (
        tarfile.open(tmp_path / "again.tar", "w", format=tarfile.USTAR_FORMAT) as tar,
        tarfile.open(tmp_path / "train-00000.tar") as written,
    ):
        names = [member.name for member in written]
        for member in written:
            tar.addfile(member, written.extractfile(member))
    assert names == [f"{sample.key}.{extension}" for sample in samples for extension in ("jpg", "json")]
    again, ours = (tmp_path / "again.tar").read_bytes(), (tmp_path / "train-00000.tar").read_bytes()
    assert again.rstrip(b"\0") == ours.rstrip(b"\0")


def test_info_is_true(tmp_path: Path, make_samples: Make) -> None:
    info = write_shard(str(tmp_path), "train", 0, make_samples("train", range(4)))
    tar, parquet = ((tmp_path / f"train-00000.{extension}").read_bytes() for extension in ("tar", "parquet"))
    annotations = {"caption": {"de": 4, "en": 4}, "translation": {"de": 4, "fr": 8}}
    expected = ShardInfo(
        "train-00000", 4, annotations, len(tar), hashlib.sha256(tar).hexdigest(), len(parquet), hashlib.sha256(parquet).hexdigest()
    )
    assert info == expected
    assert (info.tar, info.parquet) == ("shards/train-00000.tar", "shards/train-00000.parquet")


def test_sidecar_says_what_the_json_says(tmp_path: Path, make_samples: Make) -> None:
    samples = make_samples("test", range(4))
    write_shard(str(tmp_path), "test", 0, iter(samples))
    rows = pq.read_table(tmp_path / "test-00000.parquet").to_pylist()
    assert [Sample.from_record(row).record() for row in rows] == [sample.record() for sample in samples]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": "a.b"}, "key is 'a.b', not 32 lower-case hex digits"),
        ({"split": "val"}, "is of split val"),
        ({"jpg": None}, "has not the picture that jpg_sha256 says"),
        ({"jpg": b"other"}, "has not the picture that jpg_sha256 says"),
        ({"annotations": ()}, r"annotations is \[\], not a list of at least one"),
        ({"key": "0" * 32}, "comes after [0-9a-f]{32}; keys must rise"),
    ],
)
def test_bad_sample_leaves_nothing(tmp_path: Path, make_samples: Make, change: dict[str, object], message: str) -> None:
    good, bad = make_samples("train", range(2))
    with pytest.raises(SampleError, match=f"shard train-00000: sample .*: .*{message}"):
        write_shard(str(tmp_path), "train", 0, [good, dataclasses.replace(bad, **change)])  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_no_samples(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=r"shard val-00000: has no samples; leave it out"):
        write_shard(str(tmp_path), "val", 0, [])
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_when_writing_fails(tmp_path: Path, make_samples: Make) -> None:
    samples = make_samples("train", range(4))
    write_shard(str(tmp_path), "train", 0, samples)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SampleError):
        write_shard(str(tmp_path), "train", 0, reversed(samples))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from shards.writer import write_shard
from shards.reader import open_dataset
samples = sorted(open_dataset(sys.argv[2], "train"), key=lambda sample: sample.key)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), resource.RLIM_INFINITY))
try:
    write_shard(sys.argv[3], "train", 0, samples)
except OSError as error:
    print(error)
"""


def test_no_room(tmp_path: Path, pristine: Path) -> None:
    """A limit on the size of files stands in for a full disk: the same failing write, another errno."""
    arguments = [str(Path(__file__).parents[2]), str(pristine), str(tmp_path / "shards"), "9000"]
    found = subprocess.run([sys.executable, "-c", FULL, *arguments], capture_output=True, text=True)
    assert (
        found.stdout == f"[Errno 27] {tmp_path}/shards/train-00000.tar: cannot be written: File too large; "
        "allow larger files (ulimit -f), or choose another place\n"
    )
    assert list((tmp_path / "shards").iterdir()) == []


def test_unwritable(tmp_path: Path, make_samples: Make) -> None:
    (tmp_path / "shards").write_text("a file, not a folder")
    with pytest.raises(OSError, match=r"shards/train-00000.tar: cannot be written: .*; make it writable, or choose another place"):
        write_shard(str(tmp_path / "shards"), "train", 0, make_samples("train", range(1)))


def test_url(tmp_path: Path, make_samples: Make) -> None:
    local = write_shard(str(tmp_path), "train", 0, make_samples("train", range(3)))
    filesystem = fsspec.filesystem("memory")
    try:
        assert write_shard("memory://writer/shards", "train", 0, make_samples("train", range(3))) == local
        for name in ("train-00000.tar", "train-00000.parquet"):
            assert filesystem.cat_file(f"/writer/shards/{name}") == (tmp_path / name).read_bytes()
        with pytest.raises(SampleError):
            write_shard("memory://writer/bad", "train", 0, make_samples("val", range(3)))
        assert not filesystem.exists("/writer/bad/train-00000.tar")
    finally:
        filesystem.rm("/writer", recursive=True)


def test_remove_unlisted(out: Path) -> None:
    manifest = Manifest.read(str(out))
    before = sorted(path for path in out.rglob("*") if path.is_file())
    left = ["shards/train-00009.tar", "shards/train-00009.parquet", "shards/.train-00000.tar.0f.tmp", "rejects/old.parquet"]
    for path in left:
        (out / path).write_bytes(b"old")
    (out / "shards/NOTES.txt").write_text("somebody's own")
    assert remove_unlisted(str(out), manifest) == [
        "shards/.train-00000.tar.0f.tmp",
        "shards/train-00009.parquet",
        "shards/train-00009.tar",
        "rejects/old.parquet",
    ]
    assert sorted(path for path in out.rglob("*") if path.is_file()) == sorted([*before, out / "shards/NOTES.txt"])
