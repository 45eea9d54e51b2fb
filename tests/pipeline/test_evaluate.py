"""The evaluator on runs of the trainer and a small real dataset of coloured pictures."""

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import evaluate, train
from shards.manifest import Manifest
from tests.pipeline.evaluation import folders
from tests.pipeline.evaluation.command import evaluated, told

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 2


def trained(built: Path, out: Path, *more: str) -> Path:
    """A run of few steps."""
    sizes = ["--batch=4", f"--steps={STEPS}", "--warmup=1", "--validate-every=0", "--validate-samples=1"]
    assert train.main([f"--shards={built}", "--model=femto", "--init=random", f"--out={out}", *sizes, *more]) == 0
    return out


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory) -> Path:
    return trained(built, tmp_path_factory.mktemp("evaluate") / "run")


def test_evaluation_has_the_form_that_others_rely_on(built: Path, run: Path) -> None:
    found = evaluated(run, run / "evaluation.json", f"--shards={built}", "--generate=2")
    losses = found.summary["cross_entropy"]
    assert set(losses) == {"UC", "ST", "SC"}
    for group, langs in (("UC", {"fr"}), ("SC", {"en", "de"}), ("ST", {"de", "fr"})):
        entry = losses[group]
        assert entry["low"] <= entry["mean"] <= entry["high"] and entry["samples"] > 0
        assert set(entry["langs"]) == langs
    assert found.summary["samples_seen"] == STEPS * 4 and found.summary["T"] > 0
    assert {(lang, prefix) for lang, metric, prefix in found.scores("lang", "metric", "prefix") if metric == "BLEU-4"} == {
        (lang, prefix) for lang in ("en", "de", "fr") for prefix in (False, True)
    }
    assert {row["set"] for row in found.rows} == {"test captions", "test translations"}
    assert "UC" in found.table
    settings = found.summary["settings"]
    dataset = Manifest.read(str(built)).config_sha256
    assert (settings["step"], settings["shards"], settings["dataset"], settings["split"]) == (STEPS, str(built), dataset, "test")


def test_losses_and_texts_of_a_dataset_stay_beside_benchmarks(built: Path, run: Path, tmp_path: Path) -> None:
    out, coco = tmp_path / "told.json", f"--benchmark=coco={folders.coco(tmp_path, {1: 'red'})}"
    first = evaluated(run, out, f"--shards={built}", "--generate=2")
    beside = evaluated(run, out, coco)
    assert beside.summary["cross_entropy"] == first.summary["cross_entropy"]
    assert beside.summary["settings"] == first.summary["settings"]
    assert beside.rows[: len(first.rows)] == first.rows and {row["set"] for row in beside.rows[len(first.rows) :]} == {"COCO Karpathy test"}
    assert "UC" in beside.table and "COCO" in beside.table
    other = evaluated(run, out, f"--shards={built}", "--split=val")
    assert set(other.summary["cross_entropy"]) == {"SC", "ST"} and other.rows == beside.rows


def test_of_another_dataset_neither_losses_nor_texts_stay(built: Path, run: Path, tmp_path: Path, caplog) -> None:
    out, coco = tmp_path / "told.json", f"--benchmark=coco={folders.coco(tmp_path, {1: 'red'})}"
    evaluated(run, out, f"--shards={built}", "--generate=1", coco)
    record = json.loads(out.read_text())
    record["settings"] |= {"dataset": "f" * 64, "shards": "data/other"}
    out.write_text(json.dumps(record))
    with caplog.at_level(logging.INFO):
        found = evaluated(run, out, f"--shards={built}")
    assert {name for (name,) in found.scores("benchmark")} == {"COCO Karpathy test"} == {row["set"] for row in found.rows}
    assert f"{out}: losses and texts of the dataset data/other are replaced" in [record.getMessage() for record in caplog.records]


def test_items_of_another_evaluation_do_not_stay(built: Path, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "told.json"
    assert evaluated(run, out, f"--shards={built}", "--generate=1").rows
    assert evaluated(run, out, f"--shards={built}", "--beams=2").rows == []
    assert not out.with_suffix(".items.jsonl").exists()


def test_a_run_that_was_trained_blind_is_evaluated_blind(built: Path, tmp_path: Path) -> None:
    run = trained(built, tmp_path / "run", "--no-image")
    more = [f"--shards={built}", "--generate=1", "--max-new-tokens=4"]
    alone, asked = (evaluated(run, tmp_path / f"{name}.json", *more, *blind) for name, blind in (("a", []), ("b", ["--no-image"])))
    assert alone == asked
    assert alone.summary["settings"]["no_image"] is True


def test_a_part_of_a_benchmark_has_scores_but_no_headline(run: Path, tmp_path: Path) -> None:
    folder, out = folders.coco(tmp_path, {1: "red", 2: None}), tmp_path / "told.json"
    found = evaluated(run, out, f"--benchmark=coco={folder}", "--clip-score=python:tests.pipeline.tiny:Embedder")
    assert found.scores("metric", "prefix", "items", "headline") == [
        ("BLEU-4", False, 1, False), ("CLIPScore", False, 1, False), ("BLEU-4", True, 1, False), ("CLIPScore", True, 1, False)
    ]  # fmt: skip
    first, second = found.summary["scores"][1], found.summary["scores"][3]
    assert "tests.pipeline.tiny:Embedder" in first["signature"] and 0 <= first["mean"] <= 250
    assert [row["clip_score"] for row in found.rows] == [first["mean"], second["mean"]]
    assert "no headline" in found.table and "published one 5000" in found.table
    assert told(out) == found


def test_a_split_without_samples_and_a_run_that_is_none_are_told_before_anything_is_loaded(built: Path, tmp_path: Path, capsys) -> None:
    out = Path(shutil.copytree(built, tmp_path / "out"))
    manifest = Manifest.read(str(out))
    replace(manifest, splits={**manifest.splits, "train": (), "test": ()}).write(str(out))
    asked = [f"--out={tmp_path}/told.json", f"--shards={out}"]
    assert evaluate.main(["--checkpoint=/no/model", *asked]) == 2
    assert "has no samples in split 'test'; splits with samples: val" in capsys.readouterr().err
    assert train.main([f"--shards={out}", "--model=femto", "--init=random", f"--out={tmp_path}/run"]) == 2
    assert "has no samples in split 'train'; splits with samples: val" in capsys.readouterr().err
    (tmp_path / "run/step-000001").mkdir(parents=True)
    (tmp_path / "run/step-old").mkdir()
    (tmp_path / "run/run.json").write_text("{}")
    assert evaluate.main([f"--checkpoint={tmp_path}/run", *asked, "--split=val"]) == 2
    assert f"{tmp_path}/run/run.json: pipeline.train did not write this (KeyError 'config'); put back" in capsys.readouterr().err
