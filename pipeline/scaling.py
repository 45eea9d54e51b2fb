"""The paper's scaling laws on runs of one's own: ``python -m pipeline.scaling run | fit | plot``.

  run   trains and evaluates a grid of models and steps, and writes the table of runs (runs.csv); goes on where it was stopped
  fit   fits the laws to a table, prints them and writes JSON
  plot  draws them

Law 1: y = k·C^a + ε on the Pareto frontier of every group, with C = S·F·(1 + P_t/P) in 10^9 multiply-accumulates.
Law 2: y = k·P^b1·S^b2·T^b3 + ε on all runs, once without T and once with it.
y is the test cross-entropy in nats of UC (unseen captioning), ST (seen translation) and SC (seen captioning).
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.scaling_law.figures import draw_compute, draw_size_and_samples
from pipeline.scaling_law.fits import LAWS, Fit, fit_all
from pipeline.scaling_law.grid import Grid, line, parse_models, parse_steps
from pipeline.scaling_law.runs import COLUMNS, GROUPS, TableError, read_runs
from shards.storage import write_bytes


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 not."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        options.command(options)
    except (TableError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    more = shlex.split(options.train), shlex.split(options.evaluate)
    steps, models = parse_steps(options.steps), parse_models(options.models)
    grid = Grid(options.shards, options.out, models, steps, options.init, tuple(more[0]), tuple(more[1]))
    if options.dry_run:
        for cell in grid.cells:
            if cell.is_there:
                print(f"# {cell.folder}: there already")
            else:
                print("\n".join(line(name, arguments) for name, arguments in grid.commands(cell).items()))
        return
    grid.run()
    print(grid.out / "runs.csv")


def _fit(options: argparse.Namespace) -> None:
    runs = read_runs(options.table)
    fits = fit_all(runs, options.resamples, options.seed, options.held_out)
    print(describe(fits))
    write_bytes(options.out, (json.dumps(as_json(fits), indent=1) + "\n").encode())
    print(options.out)


def _plot(options: argparse.Namespace) -> None:
    runs = read_runs(options.table)
    fits = fit_all(runs, resamples=0)
    compute, both = (f"{options.out.rstrip('/')}/{name}.{options.format}" for name in ("compute", "size-and-samples"))
    draw_compute(runs, fits, compute)
    draw_size_and_samples(fits, both)
    print(f"{compute}\n{both}")


def as_json(fits: Mapping[str, Mapping[str, Fit | str]]) -> dict[str, object]:
    """What ``fit`` writes: by group and law the fit, or the reason why there is none."""
    return {
        group: {name: fit.as_json() if isinstance(fit, Fit) else {"skipped": fit} for name, fit in laws.items()}
        for group, laws in fits.items()
    }


def describe(fits: Mapping[str, Mapping[str, Fit | str]]) -> str:
    """The fits in words."""
    lines = []
    for group, laws in fits.items():
        for law in LAWS:
            fit = laws[law.name]
            if isinstance(fit, str):
                lines.append(f"{group}, {law.words}: not fitted: {fit}")
                continue
            lines.append(f"{group}, {law.words}: {fit.law}  ({len(fit.runs)} runs, R² of ln y {fit.r2:.4f})")
            names = ["log10 k", *law.variables, "ε"]
            bounds = zip(names, fit.low, fit.high, strict=True)
            lines.append("    95 %: " + ", ".join(f"{name} {low:.3f} to {high:.3f}" for name, low, high in bounds))
            lines += [
                f"    held out {one.run.model}, S = {one.run.samples:,.0f}: predicted {one.predicted:.4f}, measured {one.measured:.4f} "
                f"({100 * one.error:+.1f} %)"
                for one in fit.held_out
            ]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.scaling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="run | fit | plot")
    table = f"CSV with a line of names, or .jsonl: {', '.join(COLUMNS)}; T and any of {', '.join(GROUPS)} may be empty"

    run = commands.add_parser("run", help="train and evaluate a grid")
    run.add_argument("--shards", required=True, metavar="OUT", help="the dataset, as pipeline.build wrote it")
    run.add_argument("--out", required=True, type=Path, metavar="DIR", help="holds a folder a run, and runs.csv")
    run.add_argument("--models", required=True, help="sizes, as nano,micro,mini")
    run.add_argument("--steps", required=True, help="numbers of steps, as 100,300,1000; each is a training of its own, as its schedule is")
    run.add_argument("--init", default="", choices=("", "random"), help="random: from nothing, not from a pretrained encoder")
    run.add_argument("--train", default="", metavar="ARGUMENTS", help="more arguments of pipeline.train, in one string")
    run.add_argument("--evaluate", default="", metavar="ARGUMENTS", help="more arguments of pipeline.evaluate, in one string")
    run.add_argument("--dry-run", action="store_true", help="print the commands that are still to be run, and run none")
    run.set_defaults(command=_run)

    fit = commands.add_parser("fit", help="fit the laws")
    fit.add_argument("table", help=table)
    fit.add_argument("--out", default="scaling.json", help="where the fits go; default %(default)s")
    fit.add_argument("--held-out", type=int, metavar="N", help="runs of the largest C to leave out and predict; default a quarter of them")
    fit.add_argument("--resamples", type=int, default=200, help="draws of the bootstrap; default %(default)s")
    fit.add_argument("--seed", type=int, default=0)
    fit.set_defaults(command=_fit)

    plot = commands.add_parser("plot", help="draw the laws")
    plot.add_argument("table", help=table)
    plot.add_argument("--out", default=".", metavar="DIR", help="folder of the figures")
    plot.add_argument("--format", default="svg", choices=("svg", "png", "pdf"))
    plot.set_defaults(command=_plot)
    return parser


if __name__ == "__main__":
    sys.exit(main())
