"""Pictures are stored as WebP or PNG where a dataset was built so: members are named by what they are, and checked for it."""

import dataclasses
import hashlib
import io

import pytest
from PIL import Image

from shards.manifest import Manifest
from shards.reader import open_dataset, read_samples
from shards.sample import Sample, ending
from shards.tar import END, entry, members
from shards.verify import main
from shards.writer import write_shard
from tests.shards import conftest


def encoded(jpg: bytes, kind: str) -> bytes:
    sink = io.BytesIO()
    Image.open(io.BytesIO(jpg)).save(sink, kind)
    return sink.getvalue()


def stored(sample: Sample, kind: str) -> Sample:
    jpg = encoded(conftest.picture(1), kind)
    return dataclasses.replace(sample, jpg=jpg, jpg_sha256=hashlib.sha256(jpg).hexdigest())


@pytest.mark.parametrize(("kind", "name"), [("WEBP", "webp"), ("PNG", "png"), ("JPEG", "jpg")])
def test_a_member_is_named_by_its_format(tmp_path, kind, name):
    wanted = [stored(sample, kind) for sample in conftest.samples("train", range(3))]
    write_shard(str(tmp_path), "train", 0, wanted)
    with open(tmp_path / "train-00000.tar", "rb") as file:
        assert [member for member, _ in members(file)] == [f"{s.key}.{end}" for s in wanted for end in (name, "json")]
    with open(tmp_path / "train-00000.tar", "rb") as file:
        assert list(read_samples(file)) == wanted
    assert {ending(sample.jpg or b"") for sample in wanted} == {name}


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_a_dataset_of_another_format_is_whole(tmp_path, monkeypatch, capsys, kind):
    drawn = conftest.picture
    monkeypatch.setattr(conftest, "picture", lambda number: encoded(drawn(number), kind))
    conftest.build(tmp_path)
    assert main([str(tmp_path)]) == 0, capsys.readouterr().out
    assert len([sample.jpg for sample in open_dataset(str(tmp_path), "train")]) == 8


def test_a_picture_of_another_format_than_its_name_says_is_found(tmp_path, capsys):
    manifest: Manifest = conftest.build(tmp_path)
    path = tmp_path / manifest.splits["val"][0].tar
    with open(path, "rb") as file:
        (name, jpg), *rest = members(file)
    path.write_bytes(b"".join(entry(*member) for member in [(name.replace(".jpg", ".png"), jpg), *rest]) + END)
    assert main([str(tmp_path)]) == 1
    assert f"{name.replace('.jpg', '.png')}: is JPEG, not PNG" in capsys.readouterr().out
