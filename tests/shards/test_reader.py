"""Reading: what was written comes back, here and in webdataset, and what is wrong shows when the dataset is opened."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
import pytest
import webdataset

from shards import Annotation, Sample, open_dataset
from shards.reader import DatasetError

if TYPE_CHECKING:
    from conftest import Tamper

Make = Callable[[str, range], list[Sample]]


def test_round_trip(pristine: Path, make_samples: Make) -> None:
    dataset = open_dataset(str(pristine))
    assert list(dataset) == [*make_samples("train", range(4)), *make_samples("train", range(4, 8))]
    assert list(dataset) == list(dataset)
    assert list(open_dataset(str(pristine), "val")) == make_samples("val", range(8, 10))
    assert list(open_dataset(str(pristine) + "/", split="test")) == make_samples("test", range(10, 12))


def test_tasks_and_langs(pristine: Path) -> None:
    def held(split: str, **wanted: list[str]) -> set[tuple[str, str]]:
        return {(a.task, a.lang) for sample in open_dataset(str(pristine), split, **wanted) for a in sample.annotations}  # type: ignore[arg-type]

    assert held("train", tasks=["caption"]) == {("caption", "en"), ("caption", "de")}
    assert held("train", langs=["fr"]) == {("translation", "fr")}
    assert held("test", langs=["fr"]) == {("caption", "fr"), ("translation", "fr")}
    assert held("test", langs=["fr", "de"], tasks=["caption"]) == {("caption", "fr"), ("caption", "de")}


def test_samples_without_a_wanted_annotation_are_left_out(out: Path, tamper: Tamper) -> None:
    tamper.edit("train-00000", 0, lambda record: record.update(annotations=record["annotations"][3:]))
    assert len(list(open_dataset(str(out), langs=["de"]))) == 7


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"split": "dev"}, "has no samples in split 'dev'; splits with samples: train, val, test"),
        ({"langs": ["it"]}, "language 'it': the dataset has en, de, fr"),
        ({"tasks": "vqa"}, "task 'vqa': the dataset has caption, translation"),
        (
            {"tasks": ["caption"], "langs": ["fr"]},
            "split 'train' has no annotation of the wanted tasks and languages; it has caption in de, en; "
            "translation in de, fr, held out there: fr",
        ),
    ],
)
def test_asking_for_what_is_not_there(pristine: Path, asked: dict[str, str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        open_dataset(str(pristine), **asked)  # type: ignore[arg-type]


def test_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest.json: is not there; name the folder of a dataset, or start its build again"):
        open_dataset(str(tmp_path))


def test_what_is_wrong_shows_at_once(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["splits"]["train"][1].update(name="train-00002"))
    with pytest.raises(DatasetError, match=r"the manifest lists train-00002 where train-00001 should be; run python -m shards.verify"):
        open_dataset(str(out))
    tamper.manifest(lambda content: content["splits"]["train"][1].update(name="train-00001"))
    path = out / "shards/train-00001.tar"
    data = path.read_bytes()
    path.write_bytes(data[:-512])
    with pytest.raises(
        DatasetError, match=f"train-00001.tar: has {len(data) - 512} bytes, the manifest says {len(data)}; get the file again"
    ):
        open_dataset(str(out))
    path.unlink()
    with pytest.raises(DatasetError, match=r"train-00001.tar: is not there; get the file again, or build the dataset again"):
        open_dataset(str(out))


def test_damage_within_a_shard_is_named(out: Path, tamper: Tamper) -> None:
    contents = tamper.members("val-00000")
    tamper.write("val-00000", [contents[0], contents[3]])
    with pytest.raises(DatasetError, match=rf"val-00000.tar: member {contents[3][0]} is not next to its other half"):
        list(open_dataset(str(out), "val"))
    tamper.write("val-00000", contents[:1])
    with pytest.raises(DatasetError, match=rf"val-00000.tar: member {contents[0][0]} is not next to its other half"):
        list(open_dataset(str(out), "val"))
    tamper.write("val-00000", [contents[0], (contents[1][0], b"{")])
    with pytest.raises(DatasetError, match=r"val-00000.tar: is not JSON"):
        list(open_dataset(str(out), "val"))


def test_webdataset_reads_the_shards(pristine: Path, make_samples: Make) -> None:
    urls = str(pristine / "shards/train-{00000..00001}.tar")
    found = list(webdataset.WebDataset(urls, shardshuffle=False))
    expected = [*make_samples("train", range(4)), *make_samples("train", range(4, 8))]
    assert [(s["__key__"], s["jpg"], json.loads(s["json"])) for s in found] == [(s.key, s.jpg, s.record()) for s in expected]
    decoded = next(iter(webdataset.WebDataset(urls, shardshuffle=False).decode("pil").to_tuple("jpg", "json")))
    assert (decoded[0].size, decoded[1]["key"]) == ((24, 16), expected[0].key)


def test_over_fsspec(pristine: Path, make_samples: Make) -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(pristine), "/reader", recursive=True)
    try:
        assert list(open_dataset("memory://reader", "val")) == make_samples("val", range(8, 10))
    finally:
        filesystem.rm("/reader", recursive=True)


def test_import_is_light() -> None:
    code = "import shards, sys; print([name for name in ('torch', 'pyarrow', 'numpy', 'PIL', 'pipeline', 'models') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert found.stdout == "[]\n"
    assert Annotation.__module__ == "shards.sample"
