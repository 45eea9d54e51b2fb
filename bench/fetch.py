"""Fetching beside img2dataset: the same loopback web, list, sizes, threads and cores, in turns. Images a second, CPU, memory.

What a tool takes to start is measured by a short list and taken off, so that rates are those of long runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.build import tree_bytes
from bench.web import KINDS, LIVE, Web, encoded, picture, running

IMG2DATASET = "img2dataset==1.47.0"
SIZE, THREADS, PATIENCE = 224, 64, 10
"""Pixels of the shorter side; pictures under way at once; seconds for one."""
FEW = 20
"""Rows of the list by which the start is measured."""


@dataclass(frozen=True)
class Usage:
    """What a command took: seconds, CPU seconds of all its processes, bytes of them together at their most."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Tool:
    name: str
    command: Callable[[Path, Path], list[str]]
    """From the list and the folder of the results."""
    images: Callable[[Path], int]
    """How many pictures came, from the folder of the results."""


def measured(command: Sequence[str], cores: Sequence[int]) -> Usage:
    """Runs a command on some cores.

    Raises:
        RuntimeError: it failed; with the end of its output.
    """
    before, start, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=lambda: os.sched_setaffinity(0, cores)) as process,
    ):
        while process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            time.sleep(0.2)
        seconds = time.monotonic() - start
        if process.returncode:
            log.seek(0)
            raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}\n{log.read()[-2000:].decode(errors='replace')}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Usage(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


def this_project(web: Web, scratch: Path) -> Tool:
    """The build up to its fetch stage, with the ledger."""
    settings = scratch / "settings.yaml"
    fetch = {"size": SIZE, "concurrency": THREADS, "deadline_seconds": PATIENCE, "subsampling": 420}  # as img2dataset encodes
    settings.write_text(json.dumps({"fetch": fetch}))  # JSON is YAML

    def command(images: Path, out: Path) -> list[str]:
        allowed = [flag for place in web.allowed() for flag in ("--allow-private", place)]
        build = [sys.executable, "-m", "pipeline.build", "--preset", "demo", "--config", str(settings), "--force", "--until", "fetch"]
        return [*build, "--bitext", "", "--images", str(images), "--out", str(out), *allowed]

    def images(out: Path) -> int:
        return pq.read_table(out / "fetch.parquet", columns=["reason"])["reason"].null_count

    return Tool("this project", command, images)


def img2dataset(program: Path, cores: Sequence[int]) -> Tool:
    """img2dataset with a process a core, its threads shared out among them."""

    def command(images: Path, out: Path) -> list[str]:
        rows = pq.ParquetFile(images).metadata.num_rows
        flags = {
            "url_list": images, "input_format": "parquet", "url_col": "url", "caption_col": "alt", "output_folder": out,
            "output_format": "webdataset", "image_size": SIZE, "resize_mode": "keep_ratio", "resize_only_if_bigger": True,
            "processes_count": len(cores), "thread_count": THREADS, "number_sample_per_shard": min(10000, -(-rows // len(cores))),
            "timeout": PATIENCE, "min_image_size": 32,
        }  # fmt: skip
        return [str(program), *(f"--{name}={value}" for name, value in flags.items())]

    def images(out: Path) -> int:
        return sum(json.loads(file.read_text())["successes"] for file in out.glob("*_stats.json"))

    return Tool("img2dataset", command, images)


def installed(folder: Path) -> Path:
    """The program of img2dataset, installed into an environment of its own unless it is there.

    Raises:
        RuntimeError: it cannot be installed.
    """
    program = folder / "bin" / "img2dataset"
    if not program.exists():
        if uv := shutil.which("uv"):
            steps = [
                [uv, "venv", "--python", "3.11", str(folder)],
                [uv, "pip", "install", "--python", str(folder / "bin/python"), IMG2DATASET],
            ]
        elif sys.version_info < (3, 13):
            steps = [[sys.executable, "-m", "venv", str(folder)], [str(folder / "bin/pip"), "install", IMG2DATASET]]
        else:
            raise RuntimeError(
                "img2dataset needs Python 3.12 or older; install uv, which fetches one, or name an environment by --img2dataset"
            )
        for step in steps:
            subprocess.run(step, check=True)
    return program


def write_list(path: Path, urls: Sequence[str]) -> Path:
    pq.write_table(pa.table({"url": urls, "alt": [f"picture {number}" for number in range(len(urls))]}), path)
    return path


def formats(tools: Sequence[Tool], web: Web, scratch: Path, cores: Sequence[int], kinds: Sequence[str], count: int, rounds: int) -> None:
    """Prints what each tool takes for a picture of each format."""
    for kind in kinds:
        size = len(encoded(picture(0), kind))
        lists = [write_list(scratch / f"{kind}-{rows}.parquet", [web.url(n, kind) for n in range(rows)]) for rows in (FEW, FEW + count)]
        runs: dict[str, list[tuple[Usage, Usage]]] = {tool.name: [] for tool in tools}
        for number in range(rounds):
            for tool in tools if number % 2 else reversed(tools):
                few, many = (run(tool, images, scratch, cores, rows) for images, rows in zip(lists, (FEW, FEW + count), strict=True))
                runs[tool.name].append((few, many))
        print(f"{kind} of 1 megapixel ({size / 1000:.0f} kB) to {SIZE} px, {count} pictures, medians of {rounds}")
        spent = {name: (_above(found, "seconds") / count, _above(found, "cpu") / count) for name, found in runs.items()}
        for name, (seconds, cpu) in spent.items():
            peak = statistics.median(many.peak for _, many in runs[name])
            print(f"  {name:<14}{1 / seconds:7.1f} images/s {1000 * cpu:7.2f} CPU ms an image {peak / 1e6:6.0f} MB")
        if len(tools) < 2:
            continue
        own, others = (runs[tool.name] for tool in tools)
        by_cpu, by_clock = (_spread(_ratios(own, others, what)) for what in ("cpu", "seconds"))
        print(f"  {by_cpu} times the images of a CPU second, {by_clock} times the images of a second: median and range of the rounds")


def _above(runs: Sequence[tuple[Usage, Usage]], what: str) -> float:
    """How much more of something the long runs took than the short ones."""
    few, many = (statistics.median(getattr(used, what) for used in side) for side in zip(*runs, strict=True))
    return many - few


def _ratios(runs: Sequence[tuple[Usage, Usage]], others: Sequence[tuple[Usage, Usage]], what: str) -> list[float]:
    """How many times as much of something the others took, round by round: a machine that others use too is not always as fast."""
    return [_above([other], what) / _above([own], what) for own, other in zip(runs, others, strict=True)]


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def run(tool: Tool, images: Path, scratch: Path, cores: Sequence[int], expected: int) -> Usage:
    """One run from an empty folder; all pictures have to come."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    used = measured(tool.command(images, out), cores)
    came = tool.images(out)
    if came != expected:
        raise RuntimeError(f"{tool.name}: {came} of {expected} pictures came")
    return used


def dead(tools: Sequence[Tool], web: Web, scratch: Path, cores: Sequence[int], count: int) -> None:
    """Prints how long a list takes of which two in five are dead, how long without these, and the memory of shorter such lists.

    Its pictures are at more hosts than connections can be kept to.
    """
    hosts = len(LIVE)
    urls = [web.dead(number // 5 * 2 + number % 5) if number % 5 < 2 else web.url(number, hosts=hosts) for number in range(count)]
    live = [url for number, url in enumerate(urls) if number % 5 >= 2]
    alone = write_list(scratch / "live.parquet", live)
    mixed = {rows: write_list(scratch / f"dead-{rows}.parquet", urls[:rows]) for rows in (count // 50, count // 5, count)}
    print(f"{count} URLs of {hosts} hosts that answer and others, 40 % of them dead (gone, no such host, refused, never answered)")
    for tool in tools:
        without = run(tool, alone, scratch, cores, len(live))
        used = {rows: run(tool, images, scratch, cores, rows - rows // 5 * 2 - min(rows % 5, 2)) for rows, images in mixed.items()}
        whole = used[count]
        print(
            f"  {tool.name:<14}{whole.seconds:7.0f} s, without the dead ones {without.seconds:.0f} s; "
            f"CPU {whole.cpu:.0f} s, without them {without.cpu:.0f} s; "
            f"memory {', '.join(f'{side.peak / 1e6:.0f} MB at {rows}' for rows, side in used.items())} URLs"
        )


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(prog="python -m bench.fetch", description=__doc__)
    parser.add_argument(
        "--img2dataset", type=Path, default=Path("build/bench/img2dataset"), help="environment with img2dataset, made if it is not there"
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="formats of pictures")
    parser.add_argument("--pictures", type=int, default=2000, help="pictures of each format")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each tool and format, in turns")
    parser.add_argument("--urls", type=int, default=50000, help="URLs of the list with dead ones")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)), help="cores for either tool")
    parser.add_argument("--alone", action="store_true", help="only this project, without img2dataset beside it")
    parser.add_argument("--only", choices=("formats", "dead"), help="only one of the two cases")
    options = parser.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))[-options.cores :]
    program = None if options.alone else installed(options.img2dataset).absolute()
    with tempfile.TemporaryDirectory() as folder, running() as web:
        scratch = Path(folder)
        tools = [this_project(web, scratch), *([img2dataset(program, cores)] if program else [])]
        if options.only != "dead":
            formats(tools, web, scratch, cores, options.kinds, options.pictures, options.rounds)
        if options.only != "formats":
            dead(tools, web, scratch, cores, options.urls)


if __name__ == "__main__":
    main(sys.argv[1:])
