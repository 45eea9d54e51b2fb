"""Training over two processes, as torchrun starts them, beside one process that takes the same samples."""

import contextlib
import csv
import json
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import time
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

from models.vlm import load
from pipeline import evaluate, train
from pipeline.training import checkpoints
from pipeline.training.batches import Collate, loss_per_sample
from pipeline.training.eyes import Eyes
from shards.loader import loader
from shards.manifest import Manifest
from tests.pipeline.runs import losses

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS, BATCH = 8, 4
_processes = multiprocessing.get_context("fork")  # torch and transformers are imported: half a minute less than torchrun itself


def command(built: Path, out: Path, *more: str) -> list[str]:
    sizes = [f"--batch={BATCH}", f"--steps={STEPS}", "--warmup=2", "--checkpoint-every=3", "--log-every=1", "--validate-every=4"]
    where = [f"--shards={built}", f"--out={out}"]
    return [*where, "--model=femto", "--lr=3e-3", "--validate-samples=4", "--precision=fp32", *sizes, *more]


def _rank(rank: int, port: int, arguments: list[str], log: str) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    logging.getLogger().handlers.clear()  # pytest's
    with open(log, "w", buffering=1) as file, contextlib.redirect_stderr(file):
        code = train.main(arguments)
    os._exit(code)


def start(arguments: list[str], folder: Path) -> list[BaseProcess]:
    """Two processes of a run; each says what it has to say in a file of ``folder``."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [_processes.Process(target=_rank, args=(rank, port, arguments, f"{folder}/rank{rank}.txt")) for rank in range(2)]
    for process in started:
        process.start()
    return started


def finish(started: list[BaseProcess], folder: Path) -> list[str]:
    """Waits for the two; what each has said."""
    for process in started:
        process.join(300)
    told = [(folder / f"rank{rank}.txt").read_text() for rank in range(2)]
    assert [process.exitcode for process in started] == [0, 0], "\n".join(told)
    return told


@pytest.fixture(scope="module", params=["random", "pretrained"])
def init(request: pytest.FixtureRequest) -> str:
    """From nothing all is trained, the tower too; from the captioner the tower is frozen."""
    return request.param


@pytest.fixture(scope="module")
def run(built: Path, init: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    told = finish(start(command(built, folder / "run", f"--init={init}"), folder), folder)
    assert f"step {STEPS}/{STEPS}" in told[0]
    assert told[1] == ""
    return folder / "run"


def alone(built: Path, init: str, out: Path) -> tuple[list[float], torch.nn.Module]:
    """Losses and model of one process that takes both processes' batches."""
    config, _ = train.parse(command(built, out, f"--init={init}"))
    model, _ = train.start(config, out, None)
    eyes, collate = Eyes(model), Collate(model, BATCH // 2)
    streams = [loader(str(built), "train", seed=config.seed, epochs=None, rank=rank, ranks=2) for rank in range(2)]
    drawn = [collate(list(islice(iter(stream), BATCH // 2 * config.bucket(BATCH // 2, model.image_size)))) for stream in streams]
    optimiser = torch.optim.AdamW(train.groups_of(model, config.weight_decay), betas=(0.9, 0.98))
    model.train()
    found = []
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = config.rate(step)
        parts = [
            loss_per_sample(model(None, batch.prompt_ids, batch.prompt_mask, batch.labels, seen=eyes(batch.pictures)), batch.labels)
            for batch in (batches[step] for batches in drawn)
        ]
        sums, counts = (torch.cat(each) for each in zip(*parts, strict=True))
        optimiser.zero_grad()
        (sums.sum() / counts.sum()).backward()
        torch.nn.utils.clip_grad_norm_([parameter for parameter in model.parameters() if parameter.requires_grad], 1.0)
        optimiser.step()
        found.append((sums / counts).mean().item())
    return found, model


def test_two_processes_train_as_one_on_the_same_samples(built: Path, run: Path, init: str, tmp_path: Path) -> None:
    expected, model = alone(built, init, tmp_path)
    assert [float(row[2]) for row in losses(run)[1:]] == pytest.approx(expected, abs=1e-3)
    trained = load(checkpoints.latest(run)).state_dict()
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(trained[name], tensor, rtol=1e-2, atol=2e-3)


def test_processes_draw_each_sample_once_an_epoch(built: Path) -> None:
    drawn = [draw.key for rank in range(2) for draw in loader(str(built), "train", rank=rank, ranks=2)]
    assert len(drawn) == len(set(drawn)) == Manifest.read(str(built)).samples("train")


def test_what_two_processes_wrote_is_evaluated_by_one(built: Path, run: Path) -> None:
    with (run / "validation.csv").open(newline="") as file:
        watched = list(csv.DictReader(file))
    assert [row["step"] for row in watched] == ["4", "8"]
    config, _ = train.parse(command(built, run))
    model = load(checkpoints.latest(run))
    found = train.validate(config, model, Eyes(model))
    assert {group: float(watched[-1][group]) for group in found} == pytest.approx(found, abs=1e-3)
    assert evaluate.main([f"--checkpoint={run}", f"--shards={built}"]) == 0
    summary = json.loads((run / "evaluation.json").read_text())
    assert summary["samples_seen"] == STEPS * BATCH and set(summary["cross_entropy"]) == {"UC", "ST", "SC"}


@pytest.mark.parametrize("init", ["pretrained"], indirect=True)
def test_killed_they_go_on_to_the_same_losses(built: Path, run: Path, init: str, tmp_path: Path, capsys) -> None:
    arguments = command(built, tmp_path / "run", f"--init={init}")
    started = start(arguments, tmp_path)
    deadline = time.monotonic() + 300
    while not list((tmp_path / "run").glob("step-*[0-9]")):
        assert time.monotonic() < deadline and all(process.is_alive() for process in started)
        time.sleep(0.02)
    for process in started:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert train.main(arguments) == 2
    assert "of a run of 2 processes, not 1; start as many" in capsys.readouterr().err
    told = finish(start(arguments, tmp_path), tmp_path)
    assert "going on from step 3" in told[0]
    assert losses(tmp_path / "run") == losses(run)
    ours, theirs = (load(checkpoints.latest(folder)) for folder in (tmp_path / "run", run))
    assert all(torch.equal(mine, other) for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True))


@pytest.mark.parametrize("init", ["pretrained"], indirect=True)
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_over_processes_is_near_to_whole(built: Path, run: Path, init: str, precision: str, tmp_path: Path) -> None:
    more = [f"--init={init}", f"--precision={precision}", "--steps=2", "--validate-every=0", "--validate-samples=1"]
    finish(start(command(built, tmp_path / "run", *more), tmp_path), tmp_path)
    found, whole = ([float(row[2]) for row in losses(folder)[1:3]] for folder in (tmp_path / "run", run))
    assert found == pytest.approx(whole, abs=0.02)
    newest = checkpoints.latest(tmp_path / "run")
    assert newest is not None
    assert checkpoints.read(newest)["scaler"].get("_growth_tracker") == {"bf16": None, "fp16": 2}[precision]


def test_a_shard_that_one_process_finds_broken_is_skipped(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns("work"))
    tar = copy / "shards" / f"{Manifest.read(str(copy)).splits['train'][1].name}.tar"
    tar.write_bytes(tar.read_bytes()[:1000])
    told = finish(start(command(copy, tmp_path / "run", "--steps=1", "--validate-every=0", "--validate-samples=1"), tmp_path), tmp_path)
    assert "are skipped" in told[0]
