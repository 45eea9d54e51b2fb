"""Runs that are stopped, given again, or meet what is broken."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from models.vlm import PRESETS, load, sizes, sizes_of
from pipeline import train
from pipeline.training import checkpoints
from shards.manifest import Manifest
from tests.pipeline.runs import losses

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 10


def command(built: Path, out: Path, *more: str) -> list[str]:
    sizes = ["--batch=4", f"--steps={STEPS}", "--warmup=2", "--checkpoint-every=3", "--log-every=2", "--validate-every=0"]
    return [
        f"--shards={built}", "--model=femto", "--init=random", f"--out={out}", "--lr=3e-3", "--validate-samples=1", *sizes, *more
    ]  # fmt: skip


def weights(run: Path) -> list[torch.Tensor]:
    newest = checkpoints.latest(run)
    assert newest is not None
    return list(load(newest).parameters())


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("plain", []),
        ("dropout", []),
        ("workers", ["--workers=2"]),
        ("micro-batches", ["--micro-batch=3"]),
        ("pretrained", ["--init=pretrained"]),
    ],
)
def test_stopped_after_a_checkpoint_it_goes_on_to_the_same(
    built: Path, tmp_path: Path, kind: str, more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "dropout":
        monkeypatch.setitem(PRESETS["femto"].text, "dropout", 0.2)
    assert train.main(command(built, tmp_path / "whole", *more)) == 0
    write = checkpoints.write

    def write_and_stop(*given: object) -> Path:
        write(*given)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(checkpoints, "write", write_and_stop)
        assert [train.main(command(built, tmp_path / "cut", *more)) for _ in range(2)] == [130, 130]
    assert train.main(command(built, tmp_path / "cut", *more)) == 0
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    assert all(torch.equal(one, other) for one, other in zip(weights(tmp_path / "cut"), weights(tmp_path / "whole"), strict=True))


def test_a_run_that_is_through_stays_as_it_is(built: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = tmp_path / "run"
    assert train.main(command(built, run)) == 0
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in run.rglob("*") if path.is_file()}
    with caplog.at_level("INFO"):
        assert train.main(command(built, run)) == 0
    assert f"has its {STEPS} steps; nothing to do" in caplog.text
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in run.rglob("*") if path.is_file()} == before


def test_micro_batches_give_the_same_step(built: Path, tmp_path: Path) -> None:
    for size in (0, 1, 3):
        assert train.main(command(built, tmp_path / f"by{size}", f"--micro-batch={size}")) == 0
    whole = [float(row[2]) for row in losses(tmp_path / "by0")[1:]]
    for size in (1, 3):
        assert [float(row[2]) for row in losses(tmp_path / f"by{size}")[1:]] == pytest.approx(whole, abs=2e-3)


def damaged(built: Path, copy: Path) -> str:
    """A copy in which the first picture of a shard has other bytes in its middle; its key."""
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns("work"))
    info = Manifest.read(str(copy)).splits["train"][0]
    tar = copy / info.tar
    data = bytearray(tar.read_bytes())
    data[512 + 2 : 512 + 400] = bytes(398)
    tar.write_bytes(data)
    return data[:36].rstrip(b"\0").decode()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_picture_ends_no_run(built: Path, tmp_path: Path, workers: int) -> None:
    damaged(built, tmp_path / "copy")
    assert train.main(command(tmp_path / "copy", tmp_path / "run", "--steps=30", f"--workers={workers}", "--log-every=30")) == 0
    assert len(losses(tmp_path / "run")) == 2


def test_the_start_must_be_of_the_size(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(command(built, tmp_path / "run", "--steps=1")) == 0
    assert train.main([*command(built, tmp_path / "other"), "--model=nano", f"--init={tmp_path / 'run'}"]) == 2
    assert "is no 'nano' but a 'femto'" in capsys.readouterr().err


def test_a_folder_of_a_model_is_a_start(built: Path, tmp_path: Path) -> None:
    assert train.main(command(built, tmp_path / "run", "--steps=1")) == 0
    newest = checkpoints.latest(tmp_path / "run")
    assert newest is not None
    model = shutil.copytree(newest, tmp_path / "model", ignore=shutil.ignore_patterns(checkpoints.STATE))
    assert train.main([*command(built, tmp_path / "next", "--steps=1"), f"--init={model}"]) == 0
    assert (
        json.loads((tmp_path / "next" / "run.json").read_text())["before"]
        != json.loads((tmp_path / "run" / "run.json").read_text())["before"]
    )


def test_a_steep_loss_leaves_no_ruined_checkpoint(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert train.main([*command(built, run), "--lr=1e30", "--precision=fp32", "--checkpoint-every=1"]) == 2
    assert "give a lower --lr than 1e+30 and another --out" in capsys.readouterr().err
    newest = checkpoints.latest(run)
    assert newest is None or all(weight.isfinite().all() for weight in weights(run))


@pytest.mark.parametrize("lost", ["val", "test"])
def test_a_split_that_cannot_be_validated_on_is_told_and_ends_no_run(
    built: Path, tmp_path: Path, lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    copy = shutil.copytree(built, tmp_path / "copy", ignore=shutil.ignore_patterns("work"))
    for info in Manifest.read(str(copy)).splits[lost]:
        (copy / info.tar).write_bytes((copy / info.tar).read_bytes()[:700])
    assert train.main(command(copy, tmp_path / "run", "--steps=2")) == 0
    assert f"no validation of {'SC, ST' if lost == 'val' else 'UC'}" in caplog.text
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert set(record["before"]) == ({"UC"} if lost == "val" else {"SC", "ST"})


def test_fine_tuning_wants_a_dataset_without_test_pictures(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main([*command(built, tmp_path / "run"), "--preset=finetune"]) == 2
    assert "may hold pictures of test sets in train; build it with --preset finetune" in capsys.readouterr().err
    copy = shutil.copytree(built, tmp_path / "copy", ignore=shutil.ignore_patterns("work"))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["inputs"]["decontaminate"] = {"benchmarks": []}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert train.main([*command(copy, tmp_path / "run", "--steps=1"), "--preset=finetune"]) == 0


def test_a_run_tells_its_sizes(built: Path, tmp_path: Path) -> None:
    assert train.main(command(built, tmp_path / "run", "--steps=1", "--image-size=96")) == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    newest = checkpoints.latest(tmp_path / "run")
    assert newest is not None
    found = sizes_of(load(newest).config)
    assert (record["parameters"], record["trained"], record["macs"]) == (found.parameters, found.trained, found.macs)
    assert found.macs < sizes("femto", pretrained=False).macs
