"""The trainer on a small real dataset of coloured pictures."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from models.vlm import load
from pipeline import train
from pipeline.evaluation.losses import annotations_of, sample_losses, split_losses
from pipeline.training import checkpoints
from pipeline.training.batches import Collate
from pipeline.training.eyes import Eyes
from shards.manifest import Manifest
from tests.pipeline.runs import losses

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 12


def command(built: Path, out: Path, *more: str) -> list[str]:
    sizes = [
        "--batch=4",
        f"--steps={STEPS}",
        "--warmup=2",
        "--checkpoint-every=4",
        "--log-every=1",
        "--validate-every=6",
        "--validate-samples=4",
    ]
    return [f"--shards={built}", "--model=femto", "--init=random", f"--out={out}", "--lr=3e-3", *sizes, *more]


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("train") / "run"
    assert train.main(command(built, out)) == 0
    return out


def test_a_run_leaves_its_losses_and_its_newest_checkpoint(run: Path) -> None:
    rows = losses(run)
    assert [row[0] for row in rows] == ["step", *map(str, range(1, STEPS + 1))]
    first, last = (sum(float(row[2]) for row in part) / 3 for part in (rows[1:4], rows[-3:]))
    assert last < first
    assert [path.name for path in sorted(run.glob("step-*"))] == [f"step-{STEPS:06d}"]
    with (run / "validation.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["6", "12"]
    record = json.loads((run / "run.json").read_text())
    assert record["T"] == pytest.approx(sum(record["before"].values()) / 3)
    assert record["trained"] == record["parameters"]


def test_killed_it_goes_on_to_the_same_losses(built: Path, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-m", "pipeline.train", *command(built, out)], env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while checkpoints.latest(out) is None:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert train.main(command(built, out)) == 0
    assert losses(out) == losses(run)
    ours, theirs = (load(checkpoints.latest(folder)) for folder in (out, run))
    assert all(torch.equal(mine, other) for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_the_newest_checkpoint_is_that_of_the_most_steps(tmp_path: Path) -> None:
    for name in ("step-999999", "step-1000000", "step-1000001.partial"):
        (tmp_path / name).mkdir()
    assert checkpoints.latest(tmp_path) == tmp_path / "step-1000000"


def test_another_run_in_the_same_folder_is_refused(built: Path, run: Path, capsys) -> None:
    assert train.main(command(built, run, "--seed=1")) == 2
    assert "holds a run with seed 0, not 1; make them equal, or give another folder" in capsys.readouterr().err


def test_a_loss_that_is_no_number_stops_the_run(built: Path, tmp_path: Path, capsys) -> None:
    assert train.main(command(built, tmp_path / "run", "--lr=1e30", "--precision=fp32")) == 2
    assert "give a lower --lr than 1e+30" in capsys.readouterr().err


def test_a_broken_shard_is_skipped_and_told(built: Path, tmp_path: Path, caplog) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns("work"))
    name = Manifest.read(str(copy)).splits["train"][1].name
    tar = copy / "shards" / f"{name}.tar"
    tar.write_bytes(tar.read_bytes()[:1000])
    assert train.main(command(copy, tmp_path / "run", "--steps=2")) == 0
    assert any(name in record.getMessage() and "skipped" in record.getMessage() for record in caplog.records)


def test_a_run_can_start_from_another(built: Path, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert train.main([*command(built, out), f"--init={run}", "--lr=1e-12", "--steps=1"]) == 0
    before, after = (load(checkpoints.latest(folder)) for folder in (run, out))
    assert all(torch.allclose(old, new, atol=1e-6) for old, new in zip(before.parameters(), after.parameters(), strict=True))


def test_a_dry_run_tells_sizes_and_trains_nothing(built: Path, tmp_path: Path, capsys) -> None:
    assert train.main([*command(built, tmp_path / "run"), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "12 steps of 4 are 48 samples" in told and "parameters" in told
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--model=tiny"], "there is no such size; write one of femto"),
        (["--shards=/nowhere"], "/nowhere"),
        (["--init=/nowhere"], "write pretrained, random, or a run or model to start from"),
        (["--steps=0"], "--steps 0: give 1 or more"),
        (["--checkpoint-every=0"], "--checkpoint-every 0: give 1 or more"),
        (["--weight-decay=-1"], "--weight-decay -1.0: give 0 or more"),
    ],
)
def test_what_cannot_be_trained_is_told_in_one_line(built: Path, tmp_path: Path, capsys, more: list[str], message: str) -> None:
    assert train.main([*command(built, tmp_path / "run"), *more]) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("error: ") and message in told


def test_batches_hold_every_sample_once_in_an_order_of_their_own(built: Path, run: Path) -> None:
    model = load(checkpoints.latest(run))
    draws = list(annotations_of(str(built), "val"))
    batches = Collate(model, 8)(draws)
    assert sorted(sample for batch in batches for sample in batch.samples) == sorted(draws)
    assert [batch.samples for batch in batches] == [batch.samples for batch in Collate(model, 8)(draws)]
    for batch in batches:
        assert batch.prompt_ids.shape == batch.prompt_mask.shape
        assert [model.decode(row[row >= 0].tolist()) for row in batch.labels] == [sample.text for sample in batch.samples]


def test_losses_do_not_depend_on_the_size_of_a_batch(built: Path, run: Path) -> None:
    model = load(checkpoints.latest(run))
    alone, together = (split_losses(model, str(built), "val", limit=3, size=size) for size in (1, 16))
    for group in alone:
        mine, theirs = (sorted((loss.key, loss.lang, loss.value) for loss in found[group]) for found in (alone, together))
        assert [name for *name, _ in mine] == [name for *name, _ in theirs]
        assert [value for *_, value in mine] == pytest.approx([value for *_, value in theirs], abs=1e-3)


def test_a_blind_model_is_the_same_before_every_picture(built: Path, run: Path) -> None:
    model = load(checkpoints.latest(run))
    draws = [draw for draw in annotations_of(str(built), "val") if draw.task == "caption"]
    one, other = draws[0], next(draw for draw in draws if draw.key != draws[0].key)
    swapped = other._replace(text=one.text, style=one.style, lang=one.lang)
    (batch,) = Collate(model, 2)([one, swapped])
    with torch.inference_mode():
        blind, seeing = (sample_losses(model, Eyes(model, blind=hide), batch) for hide in (True, False))
    assert blind[0] == pytest.approx(blind[1], abs=1e-5)
    assert seeing[0] != pytest.approx(seeing[1], abs=1e-5)


def test_fp16_scales_its_gradients_and_is_near_to_fp32(built: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "fp32", tmp_path / "fp16"]
    for out in runs:
        more = [f"--precision={out.name}", "--init=pretrained", "--steps=3", "--validate-samples=1"]
        assert train.main([*command(built, out), *more]) == 0
    whole, half = ([float(row[2]) for row in losses(out)[1:]] for out in runs)
    assert half == pytest.approx(whole, abs=0.02)
    states = [checkpoints.read(checkpoints.latest(out))["scaler"] for out in runs]
    assert states[0] == {} and (states[1]["scale"], states[1]["_growth_tracker"]) == (2.0**16, 3)
