"""What evaluations leave when one follows another, or one fails."""

import json
import logging
import os
from pathlib import Path

import pytest

from models.vlm import load, save
from tests.pipeline import tiny
from tests.pipeline.evaluation import folders
from tests.pipeline.evaluation.command import evaluated, run, told

pytestmark = pytest.mark.usefixtures("one_thread")


class ColourBlind(tiny.Embedder):
    """Fails on blue."""

    def embed_images(self, images):
        if "blue" in map(tiny.nearest_colour, images):
            raise ValueError("what is blue?")
        return super().embed_images(images)


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, str]:
    """Benchmarks of a picture or two, as arguments."""
    return {
        "coco": f"--benchmark=coco={folders.coco(tmp_path / 'coco', {1: 'red'})}",
        "commute": f"--benchmark=commute={folders.commute(tmp_path / 'commute', 'de', {'a.png': 'red', 'b.png': 'blue'})}",
        "task1": f"--benchmark=multi30k-task1={folders.task1(tmp_path / 'task1', {'test_2016_flickr': {'1.jpg': 'red'}})}",
        "task2": f"--benchmark=multi30k-task2={folders.task2(tmp_path / 'task2', {'1.jpg': 'blue'})}",
    }


def test_an_error_late_takes_nothing_from_what_was_measured(speaker: Path, tmp_path: Path, asked, capsys) -> None:
    out = tmp_path / "told.json"
    assert run(speaker, out, asked["coco"], asked["task2"], f"--clip-score=python:{__name__}:ColourBlind") == 2
    assert "what is blue?" in capsys.readouterr().err
    found = told(out)
    assert {name for (name,) in found.scores("benchmark")} == {"COCO Karpathy test"} == {row["set"] for row in found.rows}
    assert found.summary["finished"] is False and found.table.startswith("**Not finished**")
    again = evaluated(speaker, out, asked["task2"])
    assert {name for (name,) in again.scores("benchmark")} == {"COCO Karpathy test", "Multi30K task 2 Test2016"}
    assert again.summary["finished"] is True and "Not finished" not in again.table


def test_what_is_not_measured_again_stays_and_what_is_is_replaced(speaker: Path, tmp_path: Path, asked) -> None:
    out, clip = tmp_path / "told.json", "--clip-score=python:tests.pipeline.tiny:Embedder"
    first = evaluated(speaker, out, asked["coco"], clip)
    both = evaluated(speaker, out, asked["task2"])
    assert both.scores("benchmark", "metric")[:4] == first.scores("benchmark", "metric")
    assert both.rows[: len(first.rows)] == first.rows
    assert {row["set"] for row in both.rows} == {"COCO Karpathy test", "Multi30K task 2 Test2016"}
    folders.coco(tmp_path / "coco", {1: "red", 2: "blue"})
    replaced = evaluated(speaker, out, asked["coco"])
    assert replaced.scores("benchmark", "items") == [("Multi30K task 2 Test2016", 1)] * 4 + [("COCO Karpathy test", 2)] * 2
    assert sorted((row["set"], row["id"], row["prefix"]) for row in replaced.rows if row["set"].startswith("COCO")) == [
        ("COCO Karpathy test", "1", False), ("COCO Karpathy test", "1", True),
        ("COCO Karpathy test", "2", False), ("COCO Karpathy test", "2", True),
    ]  # fmt: skip
    assert "clip_score" not in json.dumps(replaced.rows) and replaced.table.count("| COCO") == 2
    assert evaluated(speaker, out, asked["coco"]) == replaced


def test_a_mean_goes_with_its_parts(speaker: Path, tmp_path: Path) -> None:
    out, sets = tmp_path / "told.json", {"test_2016_flickr": {"1.jpg": "red"}, "test_2017_flickr": {"2.jpg": "red"}}
    before = evaluated(speaker, out, f"--benchmark=multi30k-task1={folders.task1(tmp_path / 'one', sets)}")
    assert before.score("Multi30K task 1", "de", "BLEU")["items"] == 2
    after = evaluated(
        speaker, out, f"--benchmark=multi30k-task1={folders.task1(tmp_path / 'other', {'test_2016_flickr': {'1.jpg': 'blue'}})}"
    )
    assert after.score("Multi30K task 1", "de", "BLEU")["items"] == 1
    assert after.score("Multi30K task 1 Test2017", "de", "exact")["mean"] == 100.0


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("--beams=2", "decoding"),
        ("--max-new-tokens=4", "decoding"),
        ("--precision=bf16", "precision"),
        ("--image-size=96", "image_size"),
        ("--no-image", "no_image"),
        ("--tokens=64", "tokens"),
    ],
)
def test_other_settings_begin_anew(speaker: Path, tmp_path: Path, asked, caplog, more: str, name: str) -> None:
    out = tmp_path / "told.json"
    evaluated(speaker, out, asked["commute"])
    with caplog.at_level(logging.INFO):
        found = evaluated(speaker, out, asked["task1"], more)
    assert {name for (name,) in found.scores("benchmark")} == {"Multi30K task 1 Test2016", "Multi30K task 1"}
    assert {row["set"] for row in found.rows} == {"Multi30K task 1 Test2016"}
    (line,) = (message for record in caplog.records if (message := record.getMessage()).endswith("so it is begun anew"))
    assert line.startswith(f"{out}: was made with other settings (") and name in line


def test_other_weights_begin_anew(speaker: Path, tmp_path: Path, asked) -> None:
    out, other = tmp_path / "told.json", tmp_path / "other"
    model = load(speaker)
    model.encoder.layers[0].fc1.weight.data[0] += 0.1
    save(model, other)
    evaluated(speaker, out, asked["commute"])
    assert "CoMMuTE" not in evaluated(other, out, asked["task1"]).table


def test_settings_tell_what_must_be_the_same(speaker: Path, tmp_path: Path, asked) -> None:
    out = tmp_path / "told.json"
    settings = evaluated(speaker, out, asked["commute"], "--tokens=96").summary["settings"]
    versions, weights = settings.pop("versions"), settings.pop("weights")
    assert settings == {
        "checkpoint": str(speaker), "step": None, "model": "femto", "image_size": 64, "no_image": False, "tokens": 96,
        "precision": "fp32", "decoding": {"beams": 1, "max_new_tokens": 12, "search": {}},
        "shards": None, "dataset": None, "split": None,
    }  # fmt: skip
    assert {"captions-from-translations", "torch", "transformers", "sacrebleu", "pycocoevalcap"} <= versions.keys()
    assert len(weights) == 16
    record = json.loads(out.read_text())
    record["settings"]["versions"]["torch"] = "2.0.0"
    out.write_text(json.dumps(record))
    assert evaluated(speaker, out, asked["task1"], "--tokens=96").summary["settings"]["versions"] == versions | {
        "torch": f"2.0.0, {versions['torch']}"
    }


def test_half_precision_is_near_to_whole(speaker: Path, tmp_path: Path, asked) -> None:
    whole, half = (evaluated(speaker, tmp_path / f"{name}.json", asked["commute"], f"--precision={name}") for name in ("fp32", "bf16"))
    assert half.summary["settings"]["precision"] == "bf16"
    assert [row["text"] for row in half.rows] == [row["text"] for row in whole.rows]
    for name in ("perplexity_correct", "perplexity_wrong"):
        mine, theirs = ([row[name] for row in found.rows] for found in (half, whole))
        assert mine != theirs and mine == pytest.approx(theirs, rel=0.1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "nothing to evaluate on: give --shards OUT, or --benchmark NAME=DIR"),
        (["--benchmark=coco"], "--benchmark coco: write NAME=DIR, with one of multi30k-task1"),
        (["--benchmark=flickr=."], "benchmark 'flickr': unknown; write one of multi30k-task1"),
        (["--benchmark=coco=/nowhere"], "benchmark 'coco': there is no folder '/nowhere'"),
        (["--shards=/nowhere"], "/nowhere"),
        (["COCO", "--generate=2"], "--generate 2: is about the pictures of a dataset; give --shards OUT too"),
        (["COCO", "--beams=0"], "--beams 0: give 1 or more"),
        (["COCO", "--clip-score=nothing"], "nothing"),
        (["COCO", "--out=FOLDER"], "name a file that ends in .json"),
        (["COCO", "--out=FOLDER/told.md"], "name a file that ends in .json"),
        (["COCO", "--out=FOLDER/other.json"], "other.json: pipeline.evaluate did not write this (KeyError 'cross_entropy'); remove it"),
    ],
)
def test_what_cannot_be_evaluated_is_told_before_the_model_is_loaded(tmp_path: Path, asked, capsys, more: list[str], message: str) -> None:
    (tmp_path / "other.json").write_text("{}")
    arguments = [asked["coco"] if argument == "COCO" else argument.replace("FOLDER", str(tmp_path)) for argument in more]
    assert run("no/such-model", tmp_path / "told.json", *arguments) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and message in error
    assert not (tmp_path / "told.json").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_into_is_told_first(tmp_path: Path, asked, capsys) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    assert run("no/such-model", tmp_path / "shut" / "told.json", asked["coco"]) == 2
    assert "nothing may be written into" in capsys.readouterr().err


def test_a_checkpoint_that_is_no_folder_needs_a_place_for_its_results(asked, capsys) -> None:
    from pipeline import evaluate

    assert evaluate.main(["--checkpoint=no/such-model", asked["coco"]]) == 2
    assert "no/such-model is no folder: say by --out FILE where the summary goes" in capsys.readouterr().err
