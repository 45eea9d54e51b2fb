"""The demo in small: microworld, loopback web, the repository's own teachers, and what the truth says of the result."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import truth
from pipeline.microworld.grammar import describe
from pipeline.microworld.grammar.plan import usual_caption
from pipeline.microworld.scenes import sample_scene
from shards.manifest import Manifest
from shards.reader import open_dataset
from shards.verify import main as verify


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    sizes = ["microworld_images: 120", "microworld_lines: 600", "image_chunk: 60", "test_share: 0.3", "val_share: 0.1"]
    settings = out.parent / "small.yaml"
    settings.write_text("\n".join(sizes) + "\n")
    build = [sys.executable, "-m", "pipeline.build", "--preset", "demo", "--config", str(settings), "--out", str(out)]
    made = subprocess.run(build, capture_output=True, text=True, timeout=600, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert made.returncode == 0, made.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def measures(demo: Path) -> dict:
    return truth.measure(str(demo))


def test_it_verifies(demo: Path) -> None:
    assert verify([str(demo)]) == 0


def test_it_holds_all_six_languages(demo: Path) -> None:
    manifest = Manifest.read(str(demo))
    assert manifest.langs == ("en", "de", "fr", "es", "ru", "zh") and manifest.caption_langs == ("en", "de")
    captions = {note.lang for sample in open_dataset(str(demo), "test") for note in sample.annotations if note.task == "caption"}
    assert captions == set(manifest.langs)


def test_captions_are_mostly_true(measures: dict) -> None:
    found = measures["captions"]
    assert found["readable"] > 0.97
    for kind, least in {"object": 0.9, "colour": 0.95, "count": 0.93, "relation": 0.82, "place": 0.95, "light": 0.95}.items():
        assert found[f"{kind}_precision"] >= least, (kind, found)
    assert found["object_recall"] >= 0.9


def test_translations_are_mostly_exact(measures: dict) -> None:
    for lang, found in measures["translations"].items():
        assert found["exact"] >= 0.85 and found["chrf"] >= 90, (lang, found)


def test_alignment_knows_the_picture(measures: dict) -> None:
    for lang, found in measures["alignment"].items():
        assert found["statements@1"] > 3 * found["statements_shuffled"], (lang, found)


def test_each_fault_of_the_web_becomes_its_reject(measures: dict) -> None:
    assert {fault: row["as_expected"] for fault, row in measures["fetch"].items() if fault != "placeholder"} == {
        fault: 1.0 for fault in measures["fetch"] if fault != "placeholder"
    }


def test_filters_find_planted_faults(measures: dict) -> None:
    found = measures["bitexts"]
    for fault in ("copied", "duplicate", "wrong_language", "wrong_english", "repeated", "number_changed", "too_short", "garbled"):
        assert found[fault]["rejected"] >= 0.9, (fault, found[fault])
    assert found["sound"]["rejected"] <= 0.05


def test_the_command_prints_and_writes_it(demo: Path, tmp_path: Path, capsys) -> None:
    assert truth.main([str(demo), "--json", str(tmp_path / "truth.json")]) == 0
    told = capsys.readouterr().out
    assert all(part in told for part in ("captions", "translations", "alignment", "fetch", "bitexts"))
    assert json.loads((tmp_path / "truth.json").read_text())["captions"]["captions"] > 80


def test_what_a_model_writes_is_held_against_the_scenes(demo: Path, tmp_path: Path) -> None:
    sample = next(iter(open_dataset(str(demo), "test")))
    world = truth.World.of(dict(Manifest.read(str(demo)).config))
    scene = sample_scene(world.by_url[str(sample.url)].scene)
    plan = usual_caption(scene)
    other = usual_caption(sample_scene(12345))
    caption = {"set": "test captions", "id": sample.key, "lang": "en", "prefix": False}
    pair = {"set": "test translations", "id": sample.key, "lang": "de", "source": describe("en", plan)}
    rows = [
        caption | {"text": describe("en", plan)}, caption | {"text": "No sentence of the grammar."},
        pair | {"text": describe("de", plan)}, pair | {"text": describe("de", other)},
    ]  # fmt: skip
    found = truth.written_quality(str(demo), rows)
    assert {name: found["captions en"][name] for name in ("texts", "readable", "facts")} == {"texts": 2, "readable": 0.5, "facts": 1.0}
    assert found["translations de"] == {"texts": 2, "exact": 0.5}


def test_a_dataset_of_other_pictures_has_no_truth(built: Path, capsys) -> None:
    assert truth.main([str(built)]) == 2
    assert "not the microworld" in capsys.readouterr().err
