"""A list of ten million rows: how long until the first picture is asked for, and the memory of the build's processes till then and on."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.build import tree_bytes
from bench.web import LIVE, Web, running

PIECE = 1_000_000


def write_list(path: Path, web: Web, rows: int) -> None:
    """A parquet file of URLs, alt texts and two more columns."""
    schema = pa.schema({"URL": pa.string(), "TEXT": pa.string(), "WIDTH": pa.int32(), "similarity": pa.float64()})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, rows, PIECE):
            numbers = pa.array(range(first, min(first + PIECE, rows)))
            text = numbers.cast(pa.string())
            host = pa.scalar(f"http://{LIVE[0]}:{web.port}/jpeg")
            url = pc.binary_join_element_wise(host, text, "/")
            alt = pc.binary_join_element_wise("a picture of", text, "boats beside a white house", " ")
            writer.write_table(
                pa.table([url, alt, pc.add(numbers, 200).cast(pa.int32()), pc.divide(numbers.cast(pa.float64()), rows)], schema=schema)
            )


def cpu_seconds(process: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(prog="python -m bench.list", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=60, help="how long to watch the memory after the first picture was asked for")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running() as web:
        images, settings, out = (Path(folder) / name for name in ("list.parquet", "settings.yaml", "out"))
        write_list(images, web, options.rows)
        settings.write_text(json.dumps({"fetch": {"size": 224}}))  # JSON is YAML
        build = [sys.executable, "-m", "pipeline.build", "--preset", "demo", "--config", str(settings), "--force", "--until", "fetch"]
        build += ["--bitext", "", "--images", str(images), "--out", str(out), "--allow-private", f"{LIVE[0]}:{web.port}"]
        begun, first, peak, peak_before, cpu = time.time(), 0.0, 0, 0, 0.0
        with subprocess.Popen(build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and (not first or time.time() < first + options.seconds):
                peak = max(peak, tree_bytes(process.pid))
                if not first and (first := web.status()["first"]):
                    peak_before, cpu = peak, cpu_seconds(process.pid)
                time.sleep(0.1)
            ended = process.poll()
            process.send_signal(signal.SIGINT)
        if not first or ended:
            raise RuntimeError(f"{' '.join(build)}: ended with {ended} before a picture was asked for")
        size, pictures = images.stat().st_size, web.status()["pictures"]
        print(f"list of {options.rows} rows ({size / 1e6:.0f} MB of parquet)")
        print(f"  first picture asked for after {first - begun:.1f} s, {cpu:.1f} s of CPU")
        print(f"  memory {peak_before / 1e6:.0f} MB till then, {peak / 1e6:.0f} MB with the first {pictures:.0f} pictures")


if __name__ == "__main__":
    main(sys.argv[1:])
