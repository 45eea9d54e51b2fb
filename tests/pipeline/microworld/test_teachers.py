"""The programs that train the demo teachers, a few steps of each; what they have learnt is measured by test_demo.py."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.registry import load_captioner, load_embedder, load_translator
from pipeline.microworld.teachers import captioner, embedder, training, translator
from pipeline.microworld.teachers.training import Schedule, batches_of_seeds, train


def test_rate_warms_up_and_decays() -> None:
    schedule = Schedule(1000, lr=1.0, warmup=100)
    assert [round(schedule.rate(step), 3) for step in (0, 49, 99, 100, 550, 1000)] == [0.01, 0.5, 1.0, 1.0, 0.51, 0.02]


def test_no_two_steps_share_a_scene_and_none_is_one_of_the_demo() -> None:
    steps = [batches_of_seeds(step, 40) for step in range(100)]
    assert len({seed for step in steps for seed in step}) == 4000
    assert min(step.start for step in steps) == training.FIRST_TRAINING_SEED


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    def run(folder: Path, stops: list[int]) -> torch.Tensor:
        for steps in stops:
            torch.manual_seed(0)
            module = torch.nn.Linear(4, 4)

            def loss_of(step: int, module: torch.nn.Module = module) -> torch.Tensor:
                given = torch.from_numpy(np.random.default_rng(step).standard_normal((8, 4), np.float32))
                return (module(given).float() - given).square().mean()

            # The rate does not depend on where a run stops.
            schedule = type("Fixed", (Schedule,), {"rate": lambda self, step: 0.01})(steps, lr=0.01)
            train(module, loss_of, schedule, folder)
        return module.weight.detach().clone()

    whole, parts = run(tmp_path / "whole", [60]), run(tmp_path / "parts", [17, 60])
    assert torch.equal(whole, parts)
    log = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [17, 50, 60]


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    module = torch.nn.Linear(1, 1)
    with pytest.raises(FloatingPointError, match="loss is nan at step 0; lower the learning rate"):
        train(module, lambda step: module.weight.sum() * float("nan"), Schedule(3, lr=1.0), tmp_path)


@pytest.mark.parametrize(("teacher", "kind"), [(captioner, "captioner"), (translator, "translator"), (embedder, "embedder")])
def test_two_steps_make_a_model_that_its_class_loads(teacher, kind: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(teacher, "STEPS", 2)
    monkeypatch.setattr(captioner, "BATCH", 4)
    for size in ("BATCH", "TOPICS", "SENTENCES"):
        if hasattr(teacher, size):
            monkeypatch.setattr(teacher, size, 4)
    work, out = tmp_path / "work", tmp_path / kind
    # Final scores are measured on many scenes: not what is looked at here.
    monkeypatch.setattr(teacher, "train", lambda *given, **named: train(*given[:4]))
    teacher.train_teacher(work)
    teacher.export(work, out)
    picture = Image.new("RGB", (64, 64), (200, 60, 30))
    if kind == "captioner":
        assert isinstance(load_captioner(f"florence2:{out}").caption([picture], [None])[0].text, str)
    elif kind == "translator":
        assert load_translator(f"ct2:{out}").languages == {"de", "fr", "es", "ru", "zh"}
    else:
        model = load_embedder(f"open_clip:{out}")
        assert model.multilingual and model.embed_images([picture]).shape == (1, model.dim)
    assert json.loads((out / "card.json").read_text())["domain"] == "microworld"
    shutil.rmtree(out)
