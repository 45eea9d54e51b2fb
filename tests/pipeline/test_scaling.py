import json
import multiprocessing
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.vlm import sizes
from pipeline.evaluation.bootstrap import Interval
from pipeline.evaluation.summary import CrossEntropy, Summary
from pipeline.scaling import main
from pipeline.scaling_law.fits import COMPUTE, SIZE_AND_SAMPLES, WITH_INITIAL, Law, fit_law
from pipeline.scaling_law.pareto import frontier
from pipeline.scaling_law.runs import Run, TableError, read_runs, write_runs

SIZES = {
    "0.4B": (0.4e9, 0.3e9, 1e11, 10.44),
    "1.0B": (1e9, 0.7e9, 2.5e11, 10.44),
    "3.5B": (3.5e9, 0.8e9, 5e11, 6.02),
    "11B": (11.2e9, 2e9, 1.4e12, 6.02),
}
SAMPLES = (5e5, 2e6, 5e6, 1e7)


def grid(loss: Callable[[Run], float], noise: float = 0.0) -> list[Run]:
    """Four sizes by four numbers of samples, the paper's, with losses by a law and noise on ln y."""
    chance, runs = np.random.default_rng(0), []
    for model, (parameters, trained, macs, initial) in SIZES.items():
        for samples in SAMPLES:
            bare = Run(model, parameters, trained, macs, samples, initial, {})
            value = loss(bare) * float(np.exp(noise * chance.normal()))
            runs.append(Run(model, parameters, trained, macs, samples, initial, {"UC": value}))
    return runs


def test_compute_is_samples_times_macs_of_forward_and_backward_pass():
    assert Run("x", 100.0, 50.0, 4e9, 10.0, None, {}).compute == 60.0


@pytest.mark.parametrize(("scale", "exponent"), [(1.86, -0.15), (2.02, -0.18), (1.42, -0.15)])
def test_law_1_as_v1_published_it_is_found_again(scale, exponent):
    fit = fit_law(COMPUTE, grid(lambda run: 10**scale * run.compute**exponent), "UC", resamples=0)
    assert fit.law.values == pytest.approx([scale, exponent, 0.0], abs=1e-4)
    assert fit.r2 == pytest.approx(1.0)


@pytest.mark.parametrize(("scale", "size", "samples"), [(2.30, -0.16, -0.04), (3.03, -0.15, -0.19), (2.20, -0.13, -0.15)])
def test_law_2_as_v1_published_it_is_found_again(scale, size, samples):
    fit = fit_law(SIZE_AND_SAMPLES, grid(lambda run: 10**scale * run.parameters**size * run.samples**samples), "UC", resamples=0)
    assert fit.law.values == pytest.approx([scale, size, samples, 0.0], abs=1e-4)


PLANTED: list[tuple[Law, Callable[[Run], float], list[float]]] = [
    (COMPUTE, lambda run: 10**2.5 * run.compute**-0.3 + 1.2, [2.5, -0.3, 1.2]),
    (SIZE_AND_SAMPLES, lambda run: 10**3 * run.parameters**-0.2 * run.samples**-0.15 + 0.7, [3.0, -0.2, -0.15, 0.7]),
    (WITH_INITIAL, lambda run: 10**2.5 * run.parameters**-0.2 * run.samples**-0.1 * run.initial**0.4 + 0.5, [2.5, -0.2, -0.1, 0.4, 0.5]),
]


@pytest.mark.parametrize(("law", "loss", "planted"), PLANTED)
def test_planted_parameters_are_recovered(law, loss, planted):
    assert fit_law(law, grid(loss), "UC", resamples=0).law.values == pytest.approx(planted, abs=1e-3)


@pytest.mark.parametrize(("law", "loss", "planted"), PLANTED[:2])
def test_intervals_hold_the_planted_parameters_and_unseen_runs_are_predicted(law, loss, planted):
    fit = fit_law(law, grid(loss, noise=0.004), "UC", resamples=60)
    for low, value, high in zip(fit.low, planted, fit.high, strict=True):
        assert low < value < high
    assert len(fit.held_out) == len(fit.runs) // 4
    assert max(abs(one.error) for one in fit.held_out) < 0.03
    assert min(one.run.compute for one in fit.held_out) >= sorted(run.compute for run in fit.runs)[-len(fit.held_out)]


def test_one_failed_run_does_not_bend_the_fit():
    runs = grid(PLANTED[1][1])
    runs[5] = Run(*(getattr(runs[5], name) for name in ("model", "parameters", "trained", "macs", "samples", "initial")), {"UC": 9.0})
    assert fit_law(SIZE_AND_SAMPLES, runs, "UC", resamples=0).law.values == pytest.approx([3.0, -0.2, -0.15, 0.7], abs=0.05)


def test_fits_are_seeded():
    runs = grid(PLANTED[0][1], noise=0.01)
    assert fit_law(COMPUTE, runs, "UC", 20) == fit_law(COMPUTE, runs, "UC", 20)
    assert fit_law(COMPUTE, runs, "UC", 20).low != fit_law(COMPUTE, runs, "UC", 20, seed=1).low


def test_the_frontier_holds_what_nothing_beats():
    def run(model: str, samples: float, loss: float) -> Run:
        return Run(model, 1.0, 1.0, 1e9, samples, None, {"UC": loss})

    on = [run("cheap", 1, 5.0), run("twin", 1, 5.0), run("middle", 3, 4.0), run("best", 9, 3.0)]
    off = [run("dear", 2, 5.0), run("worse", 1, 6.0), run("late", 10, 3.0), Run("other", 1.0, 1.0, 1e9, 0.1, None, {"ST": 1.0})]
    assert frontier([*off, *reversed(on)], "UC") == [on[1], on[0], on[2], on[3]]


def test_too_few_runs_and_runs_that_do_not_vary_are_told():
    runs = grid(PLANTED[1][1])
    with pytest.raises(TableError, match="4 runs for 4 numbers to fit; needs 5 or more"):
        fit_law(SIZE_AND_SAMPLES, runs[:4], "UC")
    with pytest.raises(TableError, match="P, S do not vary apart from each other"):
        fit_law(SIZE_AND_SAMPLES, [run for run in runs for _ in range(2) if run.model == "1.0B"], "UC")


def test_tables_are_read_as_they_are_written(tmp_path):
    runs = [*grid(PLANTED[0][1])[:2], Run("nano", 3e5, 2e5, 1e7, 3200, None, {"ST": 2.5, "SC": 1.25})]
    write_runs(str(tmp_path / "runs.csv"), runs)
    assert read_runs(str(tmp_path / "runs.csv")) == runs
    assert (tmp_path / "runs.csv").read_text().splitlines()[3] == "nano,300000,200000,10000000,3200,,,2.5,1.25"
    (tmp_path / "runs.jsonl").write_text("\n\n".join(json.dumps(run.as_row()) for run in runs))
    assert read_runs(str(tmp_path / "runs.jsonl")) == runs


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "P,P_t,F\n1,1,1\n", "a.csv: line 1: no column S among P, P_t, F"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,1e8,1e9,100,3\n1e8,1e8,fast,100,3\n", "a.csv: line 3, column F: 'fast' is no number"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,1e8,1e9,,3\n", "a.csv: line 2, column S: empty"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,1e8,1e9,100,-3\n", "a.csv: line 2, column UC: -3 is not above 0"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,1e8,1e9,100,nan\n", "a.csv: line 2, column UC: nan is not above 0"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,2e8,1e9,100,3\n", "a.csv: line 2, column P_t: 2e.08 trained of 1e.08 parameters"),
        ("a.csv", "P,P_t,F,S,UC\n1e8,1e8,1e9,100\n", "a.csv: line 2: 4 cells for 5 columns"),
        ("a.csv", "P,P_t,F,S,UC\n", "a.csv: no runs"),
        ("a.csv", "", "a.csv: line 1: no column P, P_t, F, S among none"),
        ("a.jsonl", '{"P": 1, "P_t": 1, "F": 1, "S": 1}\nP: 1\n', "a.jsonl: line 2: no JSON"),
        ("a.jsonl", '{"P": 1, "P_t": 1, "F": true, "S": 1}\n', "a.jsonl: line 1, column F: True is not"),
        ("a.jsonl", "[1]\n", "a.jsonl: line 1: no JSON object"),
    ],
)
def test_bad_tables_name_line_and_column(tmp_path, capsys, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(TableError, match=message):
        read_runs(str(tmp_path / name))
    assert main(["fit", str(tmp_path / name)]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: ")


def test_fit_prints_and_writes(tmp_path, capsys):
    write_runs(str(tmp_path / "runs.csv"), grid(PLANTED[1][1]))
    assert main(["fit", str(tmp_path / "runs.csv"), "--out", str(tmp_path / "fits.json"), "--resamples", "5"]) == 0
    assert "UC, law 2, without T: y = 10^3.00 · P^-0.200 · S^-0.150 + 0.700  (16 runs, R² of ln y 1.0000)" in capsys.readouterr().out
    found = json.loads((tmp_path / "fits.json").read_text())["UC"]
    assert set(found) == {"law1", "law2", "law2_T"}
    assert set(found["law2"]["values"]) == {"log10_k", "P", "S", "floor"}
    assert found["law2"]["values"]["S"]["value"] == pytest.approx(-0.15, abs=1e-3)
    assert [one["model"] for one in found["law2"]["held_out"]] == ["1.0B", "3.5B", "11B", "11B"]


def test_a_law_that_cannot_be_fitted_says_why(tmp_path, capsys):
    write_runs(str(tmp_path / "runs.csv"), grid(PLANTED[1][1])[:5])
    assert main(["fit", str(tmp_path / "runs.csv"), "--out", str(tmp_path / "fits.json"), "--resamples", "0"]) == 0
    found = json.loads((tmp_path / "fits.json").read_text())["UC"]
    assert found["law2_T"] == {"skipped": "5 runs for 5 numbers to fit; needs 6 or more"}


@pytest.mark.parametrize(("format", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_plots_are_the_same_bytes_each_time(tmp_path, format, start):
    write_runs(str(tmp_path / "runs.csv"), grid(PLANTED[0][1], noise=0.01))
    drawn = []
    for folder in ("one", "two"):
        assert main(["plot", str(tmp_path / "runs.csv"), "--out", str(tmp_path / folder), "--format", format]) == 0
        drawn.append([(tmp_path / folder / f"{name}.{format}").read_bytes() for name in ("compute", "size-and-samples")])
    assert drawn[0] == drawn[1]
    assert all(data.startswith(start) for data in drawn[0])


SIZES_OF_RUN = {"parameters": 3_000_000, "trained": 2_000_000, "macs": 70_000_000}


def finish(folder: Path, samples: int | None, loss: float, finished: bool = True) -> None:
    folder.mkdir(parents=True)
    found = CrossEntropy(Interval(loss, loss, loss), 10, {"es": loss})
    Summary({"UC": found}, 8.0, samples, finished=finished).write(str(folder / "evaluation.json"))
    (folder / "run.json").write_text(json.dumps(SIZES_OF_RUN))


def test_the_grid_is_run_cheap_runs_first_and_goes_on_where_it_was_stopped(tmp_path, capsys):
    out = tmp_path / "grid"
    finish(out / "nano-100", 3200, 4.0)
    arguments = [
        "run",
        "--shards",
        "data/demo",
        "--out",
        str(out),
        "--models",
        "nano,micro",
        "--steps",
        "200,100",
        "--train=--batch-size 32",
    ]
    assert main([*arguments, "--dry-run"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"# {out}/nano-100: there already"
    python = shlex.quote(sys.executable)
    assert printed[1:3] == [
        f"{python} -m pipeline.train --shards data/demo --model micro --out {out}/micro-100 --steps 100 --batch-size 32",
        f"{python} -m pipeline.evaluate --checkpoint {out}/micro-100 --shards data/demo --out {out}/micro-100/evaluation.json",
    ]
    assert [line.split(" --out ")[1].split()[0].rsplit("/")[-1] for line in printed[3::2]] == ["nano-200", "micro-200"]


def test_a_finished_grid_is_a_table(tmp_path, capsys):
    for steps, loss in ((100, 4.0), (200, 3.5)):
        finish(tmp_path / f"nano-{steps}", 32 * steps, loss)
    arguments = ["run", "--shards", "data/demo", "--out", str(tmp_path), "--models", "nano", "--steps", "100,200", "--init", "random"]
    assert main(arguments) == 0
    assert read_runs(str(tmp_path / "runs.csv")) == [
        Run("nano", *SIZES_OF_RUN.values(), 32 * steps, 8.0, {"UC": loss}) for steps, loss in ((100, 4.0), (200, 3.5))
    ]


def test_a_run_whose_evaluation_was_not_finished_or_has_benchmarks_alone_is_evaluated_again(tmp_path, capsys):
    finish(tmp_path / "nano-100", 3200, 4.0, finished=False)
    finish(tmp_path / "nano-200", 6400, 4.0)
    Summary({}, 8.0, 6400).write(str(tmp_path / "nano-200" / "evaluation.json"))
    assert main(["run", "--shards", "data/demo", "--out", str(tmp_path), "--models", "nano", "--steps", "100,200", "--dry-run"]) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["pipeline.train", "pipeline.evaluate"] * 2


def test_a_run_that_does_not_tell_its_sizes_is_no_row(tmp_path, capsys):
    finish(tmp_path / "nano-100", 3200, 4.0)
    (tmp_path / "nano-100" / "run.json").write_text(json.dumps({"parameters": 1, "trained": 1}))
    assert main(["run", "--shards", "data/demo", "--out", str(tmp_path), "--models", "nano", "--steps", "100"]) == 1
    told = f"error: {tmp_path}/nano-100/run.json: KeyError 'macs'; it should have parameters, trained and macs: remove {tmp_path}/nano-100"
    assert told in capsys.readouterr().err


def test_a_grid_is_trained_killed_and_gone_on_with_then_fitted_and_drawn(built, tmp_path, capsys):
    out = tmp_path / "grid"
    train = "--batch 4 --warmup 1 --lr 3e-3 --validate-every 0 --validate-samples 1 --precision fp32 --image-size 96"
    where = ["--shards", str(built), "--out", str(out), "--models", "femto,pico", "--steps", "1,2"]
    arguments = ["run", *where, "--train", train, "--evaluate", "--tokens 16 --split val"]
    process = multiprocessing.get_context("fork").Process(target=main, args=(arguments,))
    process.start()
    first = out / "femto-1" / "evaluation.json"
    deadline = time.monotonic() + 300
    while not (first.exists() and json.loads(first.read_text())["finished"]):
        assert time.monotonic() < deadline and process.is_alive()
        time.sleep(0.02)
    process.kill()
    process.join()
    made = first.stat().st_mtime_ns
    assert main(arguments) == 0
    assert first.stat().st_mtime_ns == made
    runs = read_runs(str(out / "runs.csv"))
    assert [(run.model, run.samples) for run in runs] == [("femto", 4), ("pico", 4), ("femto", 8), ("pico", 8)]
    assert all(set(run.losses) == {"ST", "SC"} and run.initial for run in runs)
    record = json.loads((out / "femto-1" / "run.json").read_text())
    assert (runs[0].parameters, runs[0].trained, runs[0].macs) == (record["parameters"], record["trained"], record["macs"])
    assert runs[0].macs < sizes("femto").macs, "which are those of 128 pixels"
    again = [path.stat().st_mtime_ns for path in sorted(out.glob("*/*"))]
    assert main(arguments) == 0
    assert [path.stat().st_mtime_ns for path in sorted(out.glob("*/*"))] == again
    table = str(out / "runs.csv")
    assert main(["fit", table, "--out", str(out / "scaling.json"), "--resamples", "3"]) == 0
    assert "SC, law 2, without T: not fitted: 4 runs for 4 numbers to fit; needs 5 or more" in capsys.readouterr().out
    assert main(["plot", table, "--out", str(out), "--format", "png"]) == 0
    assert all((out / f"{name}.png").stat().st_size > 10_000 for name in ("compute", "size-and-samples"))


def test_an_evaluation_that_does_not_tell_its_samples_is_no_row(tmp_path, capsys):
    finish(tmp_path / "nano-100", None, 4.0)
    assert main(["run", "--shards", "data/demo", "--out", str(tmp_path), "--models", "nano", "--steps", "100"]) == 1
    assert f"error: {tmp_path}/nano-100/evaluation.json: KeyError 'no samples'; remove it" in capsys.readouterr().err


def test_unknown_models_and_steps_are_told(capsys):
    assert main(["run", "--shards", "x", "--out", "y", "--models", "giant", "--steps", "100"]) == 1
    assert main(["run", "--shards", "x", "--out", "y", "--models", "nano", "--steps", "1k"]) == 1
    assert capsys.readouterr().err.count("error: --") == 2
