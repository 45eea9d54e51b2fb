"""Checks that the files are there that the manifest lists, of the right size, and no others; that numbers have no holes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shards.checks.problems import Problems
from shards.checks.shard import AGAIN
from shards.manifest import FETCH, NAME, Manifest, TableFile, content_faults
from shards.parquet import open_parquet, read_columns
from shards.plain import one_line, parse
from shards.sample import SPLITS
from shards.storage import open_file, read_bytes, sizes
from shards.whole import DamagedFile
from shards.writer import shard_name

FETCH_COLUMNS: Mapping[str, pa.DataType] = {
    **{name: pa.string() for name in ("url", "final_url", "key", "reason", "sha256")},
    **{name: pa.int32() for name in ("status", "attempts", "width", "height")},
    **{name: pa.int64() for name in ("bytes", "milliseconds")},
}
"""Those that the ledger has at least."""


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
        objects = [entry for entry in parse(read_bytes(f"{out}/croissant.json"))["distribution"] if "sha256" in entry]
        wrong = [o["contentUrl"] for o in objects if o["contentUrl"] in listed and listed[o["contentUrl"]] != o["sha256"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.add("croissant", "croissant.json", f"is not Croissant: {error!r}", "start the build again, which writes it")
        return
    for path in wrong:
        problems.add("croissant", "croissant.json", "has another sha256 than the manifest", "start the build again, which writes it", path)


def read_table(out: str, file: TableFile, columns: Mapping[str, pa.DataType], problems: Problems) -> pa.Table | None:
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
            parquet = open_parquet(opened)
            if parquet.metadata.num_rows != file.rows:
                problems.add("count", file.path, f"holds {parquet.metadata.num_rows} rows, the manifest says {file.rows}", AGAIN)
                return None
            if wrong := _wrong_columns(parquet.schema_arrow, columns):
                problems.add("columns", file.path, wrong, "build again")
                return None
            return read_columns(parquet, list(columns))
    except FileNotFoundError:
        return None
    except (DamagedFile, OSError) as error:
        problems.add("parquet", file.path, f"cannot be read: {one_line(str(error))}", AGAIN)
        return None


def _wrong_columns(schema: pa.Schema, columns: Mapping[str, pa.DataType]) -> str:
    """What is wrong with the columns of a file, empty where nothing is."""
    if absent := [name for name in columns if schema.names.count(name) != 1]:
        return f"has no columns {', '.join(absent)}; it has {', '.join(schema.names)}"
    others = [f"{name} of type {found}, not {kind}" for name, kind in columns.items() if (found := schema.field(name).type) != kind]
    return f"has {'; '.join(others)}" if others else ""


def check_fetch(out: str, manifest: Manifest, problems: Problems) -> pa.Table | None:
    """Checks the ledger: each row has a key or a reason. ``key`` and ``sha256`` of the rows that have a key."""
    table = read_table(out, manifest.fetch, FETCH_COLUMNS, problems)
    if table is None:
        return None
    fetched, failed = pc.is_valid(table["key"]), pc.is_valid(table["reason"])
    for lost, what in (
        (pc.invert(pc.or_(fetched, failed)), "have neither a key nor a reason"),
        (pc.and_(fetched, failed), "have both a key and a reason"),
    ):
        if number := pc.sum(lost).as_py():
            problems.add("fetch", FETCH, f"{number} rows {what}", "build again, and report a bug")
    return table.select(["key", "sha256"]).filter(fetched)
