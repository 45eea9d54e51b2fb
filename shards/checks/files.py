"""Checks that the files are there that the manifest lists, of the right size, and no others; that numbers have no holes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shards.checks.problems import Problems
from shards.checks.shard import AGAIN
from shards.manifest import FETCH, NAME, Manifest, TableFile, content_faults
from shards.sample import SPLITS
from shards.storage import open_file, read_bytes, sizes
from shards.writer import shard_name

REJECT_COLUMNS = ("key", "stage", "reason", "detail")
FETCH_COLUMNS = ("url", "final_url", "key", "reason", "status", "attempts", "bytes", "milliseconds", "sha256", "width", "height")


def check_manifest(content: dict[str, Any], manifest: Manifest, problems: Problems) -> None:
    """Checks that the manifest does not contradict itself, and that shards are numbered from 0 without holes."""
    for fault in content_faults(content):
        problems.add("manifest", NAME, fault, "put back the manifest that the build wrote, or build again")
    for split in manifest.splits:
        if split not in SPLITS:
            problems.add("manifest", NAME, f"lists a split '{split}', there are {', '.join(SPLITS)}", "build again")
    for split in SPLITS:
        names = [shard.name for shard in manifest.splits.get(split, ())]
        for number, name in enumerate(names):
            if name != shard_name(split, number):
                problems.add("numbering", NAME, f"lists {name} where {shard_name(split, number)} should be", "build again", split)
                break
    for stage in manifest.funnel:
        rejected = sum(stage.rejected.values())
        if stage.entered != stage.left + rejected:
            what = f"{stage.entered} entered, {stage.left} left and {rejected} were rejected"
            problems.add("funnel", NAME, what, "build again, and report a bug", f"{stage.stage} of {stage.item}s")
    images = [stage for stage in manifest.funnel if stage.item == "image"]
    samples = sum(shard.samples for _, shard in manifest.shards)
    if images and images[-1].left != samples:
        what = f"{images[-1].left} images left the last stage, the shards list {samples} samples"
        problems.add("funnel", NAME, what, "build again, and report a bug", images[-1].stage)


def check_files(out: str, manifest: Manifest, problems: Problems) -> None:
    """Checks names and sizes of all files."""
    listed = {file.path: file.bytes for file in (*manifest.rejects, manifest.fetch)}
    for _, shard in manifest.shards:
        listed |= {shard.tar: shard.bytes, shard.parquet: shard.parquet_bytes}
    there: dict[str, int] = {}
    for folder in ("", "shards/", "rejects/"):
        there |= {f"{folder}{name}": size for name, size in sizes(f"{out}/{folder}".rstrip("/")).items()}
    for path, size in listed.items():
        if path not in there:
            problems.add("missing", path, "is not there", AGAIN)
        elif there[path] != size:
            problems.add("bytes", path, f"has {there[path]} bytes, the manifest says {size}", AGAIN)
    for path in sorted(there):
        if path.startswith(("shards/", "rejects/")) and path.endswith((".tar", ".parquet")) and path not in listed:
            problems.add("unlisted", path, "is not in the manifest", "remove it; it is from another run")
    for path in ("README.md", "croissant.json"):
        if path not in there:
            problems.add("missing", path, "is not there", "start the build again, which writes it")
    if "croissant.json" in there:
        _check_croissant(out, manifest, problems)


def _check_croissant(out: str, manifest: Manifest, problems: Problems) -> None:
    listed = {file.path: file.sha256 for file in (*manifest.rejects, manifest.fetch)}
    try:
        objects = [entry for entry in json.loads(read_bytes(f"{out}/croissant.json"))["distribution"] if "sha256" in entry]
        wrong = [o["contentUrl"] for o in objects if o["contentUrl"] in listed and listed[o["contentUrl"]] != o["sha256"]]
    except (ValueError, KeyError, TypeError) as error:
        problems.add("croissant", "croissant.json", f"is not Croissant: {error!r}", "start the build again, which writes it")
        return
    for path in wrong:
        problems.add("croissant", "croissant.json", "has another sha256 than the manifest", "start the build again, which writes it", path)


def read_table(out: str, file: TableFile, columns: tuple[str, ...], problems: Problems) -> pa.Table | None:
    """Columns of a Parquet file besides the shards, after checking its bytes, rows and columns; None if it cannot be read."""
    path = f"{out}/{file.path}"
    digest, size = hashlib.sha256(), 0
    try:
        with open_file(path) as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
                size += len(block)
            if size == file.bytes and digest.hexdigest() != file.sha256:
                problems.add("sha256", file.path, f"has sha256 {digest.hexdigest()}, the manifest says {file.sha256}", AGAIN)
            opened.seek(0)
            parquet = pq.ParquetFile(opened)
            if parquet.metadata.num_rows != file.rows:
                problems.add("count", file.path, f"holds {parquet.metadata.num_rows} rows, the manifest says {file.rows}", AGAIN)
            absent = [name for name in columns if name not in parquet.schema_arrow.names]
            if absent:
                what = f"has no columns {', '.join(absent)}; it has {', '.join(parquet.schema_arrow.names)}"
                problems.add("columns", file.path, what, "build again")
                return None
            return parquet.read(columns=[name for name in (*columns, "item") if name in parquet.schema_arrow.names])
    except FileNotFoundError:
        return None
    except (pa.ArrowException, OSError) as error:
        problems.add("parquet", file.path, f"cannot be read: {' '.join(str(error).split())}", AGAIN)
        return None


def check_rejects(out: str, manifest: Manifest, problems: Problems) -> pa.ChunkedArray | None:
    """Checks the rejects, and their numbers against the funnel; the keys of the rejected images, None if not all could be read."""
    tables = [read_table(out, file, REJECT_COLUMNS, problems) for file in manifest.rejects]
    counted: dict[tuple[str, str], int] = {}
    for file, table in zip(manifest.rejects, tables, strict=True):
        if table is None:
            continue
        nameless = sum(
            1 for stage, reason in zip(table["stage"].to_pylist(), table["reason"].to_pylist(), strict=True) if not stage or not reason
        )
        if nameless:
            problems.add("rejects", file.path, f"{nameless} rows have no stage or no reason", "build again, and report a bug")
        for row in table.group_by(["stage", "reason"]).aggregate([([], "count_all")]).to_pylist():
            pair = row["stage"], row["reason"]
            counted[pair] = counted.get(pair, 0) + row["count_all"]
    if any(table is None for table in tables):
        return None
    said: dict[tuple[str, str], int] = {}
    for stage in manifest.funnel:
        for reason, number in stage.rejected.items():
            said[stage.stage, reason] = said.get((stage.stage, reason), 0) + number
    for pair in sorted(said.keys() | counted.keys(), key=str):
        if said.get(pair, 0) != counted.get(pair, 0):
            what = f"hold {counted.get(pair, 0)} rows of reason {pair[1]}, the manifest's funnel says {said.get(pair, 0)}"
            problems.add("rejects", "rejects", what, "build again, and report a bug", str(pair[0]))
    images = [
        table.filter(pc.equal(table["item"], "image")) if "item" in table.column_names else table for table in tables if table is not None
    ]
    return pa.chunked_array([chunk for table in images for chunk in table["key"].cast(pa.string()).chunks], pa.string())


def check_fetch(out: str, manifest: Manifest, problems: Problems) -> pa.Table | None:
    """Checks the ledger: each row has a key or a reason. ``key`` and ``sha256`` of the rows that have a key."""
    if manifest.fetch.path != FETCH:
        problems.add("manifest", NAME, f"fetch is at {manifest.fetch.path}, not at {FETCH}", "build again")
    table = read_table(out, manifest.fetch, FETCH_COLUMNS, problems)
    if table is None:
        return None
    fetched, failed = pc.is_valid(table["key"]), pc.is_valid(table["reason"])
    lost = pc.sum(pc.invert(pc.or_(fetched, failed))).as_py() or 0
    if lost:
        problems.add("fetch", FETCH, f"{lost} rows have neither a key nor a reason", "build again, and report a bug")
    return table.select(["key", "sha256"]).filter(fetched)
