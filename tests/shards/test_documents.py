"""The card and croissant.json say what the manifest says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from shards.card import card
from shards.croissant import croissant
from shards.manifest import Manifest
from shards.sample import FIELDS
from shards.writer import SIDECAR


@pytest.fixture(scope="module")
def manifest(pristine: Path) -> Manifest:
    return Manifest.read(str(pristine))


def test_header_of_the_card(manifest: Manifest) -> None:
    _, header, _ = card(manifest).split("---\n", 2)
    assert yaml.safe_load(header) == {
        "pretty_name": "Captions and image-aligned translations (en, de, fr)",
        "language": ["en", "de", "fr"],
        "multilinguality": "multilingual",
        "license": "other",
        "license_name": "pictures-under-the-terms-of-their-sources",
        "task_categories": ["image-to-text", "translation"],
        "size_categories": ["n<1K"],
        "tags": ["webdataset", "croissant", "image-captioning", "multimodal-machine-translation", "synthetic"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"shards/{split}-*.tar"} for split in ("train", "val", "test")],
            }
        ],
    }


def test_tables_of_the_card(manifest: Manifest) -> None:
    lines = card(manifest).splitlines()
    for expected in (
        "| train | 2 | 8 | 0.0 |",
        "| captions in | train | val | test |",
        "| fr | 0 | 0 | 2 |",
        "| fr | 16 | 4 | 4 |",
        "| captioner | florence2:tiny | 1 | abababababab |",
        "| fetch | image | 15 | 13 | dns 2 |",
        "Captions in train and val are in **en, de** only. Held out: **fr**.",
        "- The teachers know the microworld only; so does this dataset.",
        'samples = webdataset.WebDataset("OUT/shards/train-{00000..00001}.tar", shardshuffle=False).decode("pil")',
    ):
        assert lines.count(expected) == 1


def test_croissant_refers_to_what_is_there(pristine: Path, manifest: Manifest) -> None:
    """`mlcroissant validate` and its reading of all records were run by hand; this holds what they look at."""
    made = json.loads((pristine / "croissant.json").read_bytes())
    assert made == croissant(manifest)
    assert (made["@type"], made["conformsTo"], made["name"]) == (
        "sc:Dataset",
        "http://mlcommons.org/croissant/1.0",
        "captions-and-translations-en-de-fr",
    )
    files = {entry["@id"]: entry for entry in made["distribution"]}
    objects = {entry["contentUrl"]: entry["sha256"] for entry in files.values() if entry["@type"] == "cr:FileObject"}
    assert objects == {file.path: file.sha256 for file in (manifest.fetch, *manifest.rejects)}
    sets = {
        name: sorted(path.name for path in pristine.glob(entry["includes"]))
        for name, entry in files.items()
        if entry["@type"] == "cr:FileSet"
    }
    assert {name: len(found) for name, found in sets.items()} == {
        "tars": 4,
        "sidecars": 4,
        "sidecars-train": 2,
        "sidecars-val": 1,
        "sidecars-test": 1,
    }
    names = [record["@id"] for record in made["recordSet"]]
    assert names == ["splits", "train", "val", "test"]
    for record in made["recordSet"][1:]:
        assert sorted(field["name"] for field in record["field"]) == sorted(FIELDS)
        for source in _sources(record["field"]):
            assert source["fileSet"]["@id"] == f"sidecars-{record['@id']}"
            assert source["extract"]["column"] in SIDECAR.names
            if "transform" in source:
                assert source["transform"]["jsonPath"] in SIDECAR.field("annotations").type.value_type.names


def _sources(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [source for field in fields for source in ([field["source"]] if "source" in field else _sources(field["subField"]))]


def test_manifest_round_trip(pristine: Path, manifest: Manifest) -> None:
    assert Manifest.from_content("x", json.loads(manifest.to_json())) == manifest
    assert (pristine / "manifest.json").read_bytes() == manifest.to_json()
    content = json.loads(manifest.to_json())
    assert (list(content), content["identity"]) == (sorted(content), manifest.identity())
    assert [name for _, shard in manifest.shards for name in (shard.name,)] == ["train-00000", "train-00001", "val-00000", "test-00000"]
    assert manifest.annotations("train") == {"caption": {"de": 8, "en": 8}, "translation": {"de": 8, "fr": 16}}


def test_split_without_samples(tmp_path: Path, build_dataset: Any) -> None:
    made = build_dataset(tmp_path, {"train": [range(3)], "val": [], "test": []})
    assert "val" not in yaml.safe_load(card(made).split("---\n", 2)[1])["configs"][0]["data_files"][0].values()
    assert [record["@id"] for record in croissant(made)["recordSet"]] == ["splits", "train"]
