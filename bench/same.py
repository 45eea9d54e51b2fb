"""The demo built in several ways, which have to give the same bytes: by threads, one worker, two processes; killed in every stage.

No measure, but it takes as long as one: four demo builds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

WAYS = {
    "one worker": ["--workers", "1"],
    "two processes": ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
}
STAGES = (
    "fetch", "quality", "dedup", "caption", "translate", "embed", "language", "language_english", "embed_english", "search_images",
    "density", "take_english", "compare_pair", "language_bitext", "judge_bitext", "search_bitexts", "align", "judge", "pack",
)  # fmt: skip
"""Folders of the store, in the order in which they come."""


def command(out: Path, flags: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pipeline.build", "--preset", "demo", "--out", str(out), *flags]


def build(out: Path, flags: Sequence[str]) -> float:
    """Seconds of a build.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    start = time.monotonic()
    subprocess.run(command(out, flags), check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def kill_in(out: Path, stage: str, flags: Sequence[str]) -> bool:
    """Starts a build and kills it as soon as the store has a new result of the stage; whether it lived until then."""
    folder = out / "work" / stage
    before = results(folder)
    with subprocess.Popen(command(out, flags), stderr=subprocess.DEVNULL, start_new_session=True) as run:
        while run.poll() is None and results(folder) <= before:
            time.sleep(0.02)
        lived = run.poll() is None
        if lived:
            os.killpg(run.pid, signal.SIGKILL)
    return lived


def results(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.suffix in (".parquet", ".json")}


def contents(out: Path) -> dict[str, str]:
    """Hashes of shards and rejects, and of the manifest without its run times."""
    manifest = json.loads((out / "manifest.json").read_text())
    del manifest["run"]
    files = sorted(path for folder in ("shards", "rejects") for path in (out / folder).iterdir())
    found = {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return found | {"manifest.json": hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()}


def main(arguments: Sequence[str] = ()) -> int:
    """Builds and compares; returns 1 if a byte differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.same", description=__doc__)
    parser.add_argument("flags", nargs="*", help="further flags of the build, after --, as -- --microworld-images 300")
    flags = parser.parse_args(arguments).flags
    differences = 0
    with tempfile.TemporaryDirectory() as scratch:
        first = Path(scratch) / "threads"
        print(f"{'threads':<16}{build(first, flags):6.0f} s", flush=True)
        expected = contents(first)
        for way, more in WAYS.items():
            out = Path(scratch) / way.replace(" ", "-")
            seconds = build(out, [*flags, *more])
            differences += told(way, seconds, expected, contents(out))
        out, start = Path(scratch) / "killed", time.monotonic()
        killed = [stage for stage in STAGES if kill_in(out, stage, flags)]
        build(out, flags)
        differences += told(f"killed {len(killed)} x", time.monotonic() - start, expected, contents(out))
        print(f"killed in {', '.join(killed)}")
    return 1 if differences else 0


def told(way: str, seconds: float, expected: dict[str, str], made: dict[str, str]) -> int:
    """Prints what a way made otherwise; returns how many files that are."""
    differ = sorted(name for name in expected.keys() | made.keys() if expected.get(name) != made.get(name))
    words = "differs in " + ", ".join(differ) if differ else f"the same {len(expected)} files"
    print(f"{way:<16}{seconds:6.0f} s  {words}", flush=True)
    return len(differ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
