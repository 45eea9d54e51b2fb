"""The demo build: wall time, peak memory of all its processes, Beam's share, a run with nothing to do, and the start of --help."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = 4096


def tree_bytes(root: int) -> int:
    """Resident memory of a process and of all below it, from /proc; pages that they share count once for each."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    total, todo = 0, [root]
    while todo:
        process = todo.pop()
        todo += children.get(process, [])
        try:
            total += int((Path("/proc") / str(process) / "statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total


def timed(command: list[str]) -> tuple[float, int]:
    """Seconds and peak memory of a command.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    start, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            time.sleep(0.2)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.monotonic() - start, peak


def main() -> None:
    """Prints the measures; ``--out`` keeps the dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="where the dataset goes; by default nowhere that lasts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or f"{scratch}/demo"
        build = [sys.executable, "-m", "pipeline.build", "--preset", "demo", "--out", out]
        seconds, peak = timed(build)
        print(f"demo: {seconds:.0f} s, peak memory of all processes {peak / 1e9:.2f} GB")
        run = json.loads((Path(out) / "manifest.json").read_text())["run"]
        stages = sum(run["stage_seconds"].values())
        print(f"stages: {stages:.0f} s of worker time in {run['wall_seconds']:.0f} s of the graph and its inputs")
        for name, spent in sorted(run["stage_seconds"].items(), key=lambda pair: -pair[1])[:8]:
            print(f"  {name:<28}{spent:8.1f} s")
        again, _ = timed(build)
        alone = json.loads((Path(out) / "manifest.json").read_text())["run"]["wall_seconds"]
        print(f"again, nothing changed: {again:.1f} s, of these {alone:.1f} s for the graph and its inputs")
        print(f"so the graph adds at most {alone / (run['wall_seconds'] - alone):.1%} to the stages' own time")
        judged, _ = timed([*build, "--min-clip", "0.25"])
        print(f"again, another --min-clip: {judged:.1f} s")
        if options.out:
            timed(build)  # what is kept is the demo's own
    begun, _ = timed([sys.executable, "-m", "pipeline.build", "--help"])
    print(f"--help: {begun:.2f} s")


if __name__ == "__main__":
    main()
