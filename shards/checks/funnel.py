"""Checks that nothing is lost untold: rows in = rows out + rejects, from the rows of the inputs to the samples, stage by stage."""

from __future__ import annotations

import itertools
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from shards.checks.files import read_table
from shards.checks.problems import Problems
from shards.manifest import FETCH, NAME, FunnelStage, InputRows, Manifest
from shards.plain import PlainError, made_of

ITEMS = ("image", "bitext", "english", "annotation")
FIRST = "list"
"""The stage that an item's rows enter when a reader has found them."""

BUG = "build again, and report a bug"
REJECT_COLUMNS = {name: pa.string() for name in ("item", "key", "stage", "reason", "detail")}
"""Those that rejects have at least."""


def check_funnel(manifest: Manifest, problems: Problems) -> None:
    """Checks the manifest's counts against one another: of each stage, from stage to stage, from the inputs and to the samples."""
    for stage in manifest.funnel:
        rejected = sum(stage.rejected.values())
        if stage.item not in ITEMS:
            problems.add("funnel", NAME, f"counts items '{stage.item}', there are {', '.join(ITEMS)}", BUG, stage.stage)
        if stage.entered != stage.left + rejected:
            what = f"{stage.entered} entered, {stage.left} left and {rejected} were rejected"
            problems.add("funnel", NAME, what, BUG, f"{stage.stage} of {_named(stage.item)}")
    chains = {item: [stage for stage in manifest.funnel if stage.item == item] for item in ITEMS}
    for item in ("image", "bitext", "english"):
        _check_chain(item, chains[item], problems)
    if len(chains["annotation"]) > 1:
        names = ", ".join(stage.stage for stage in chains["annotation"])
        problems.add("funnel", NAME, f"are counted by {names}, not by one stage", BUG, "annotations")
    _check_inputs(manifest, chains, problems)
    samples = sum(shard.samples for _, shard in manifest.shards)
    if chains["image"] and (last := chains["image"][-1]).left != samples:
        what = f"{last.left} images left the last stage, the shards list {samples} samples"
        problems.add("funnel", NAME, what, BUG, last.stage)
    if not samples:
        what = "have no sample; rejects/*.parquet says what became of the images"
        problems.add("empty", NAME, what, "build again from other images or with other thresholds", "splits")


def _named(item: str) -> str:
    """The items of a kind, for a message."""
    return "English sides" if item == "english" else f"{item}s"


def _check_chain(item: str, chain: list[FunnelStage], problems: Problems) -> None:
    """Checks that an item's stages begin with the readers', and that what one left entered the next."""
    if (chain or item == "image") and [stage.stage for stage in chain[:1]] != [FIRST]:
        begins = f"begins with {chain[0].stage}, not with {FIRST}" if chain else f"has no stage {FIRST}"
        problems.add("funnel", NAME, f"{begins}: rows that readers refused are not counted", "build again", _named(item))
    for before, after in itertools.pairwise(chain):
        if after.entered != before.left:
            what = f"{after.entered} entered, {before.left} left {before.stage} before it"
            problems.add("funnel", NAME, what, BUG, f"{after.stage} of {_named(item)}")


def _check_inputs(manifest: Manifest, chains: dict[str, list[FunnelStage]], problems: Problems) -> None:
    """Checks that all rows of the inputs entered the funnel, and that each of the image list has its row in the ledger."""
    entered = {item: chain[0].entered if chain else 0 for item, chain in chains.items()}
    if manifest.fetch.rows != entered["image"]:
        what = f"has {manifest.fetch.rows} rows, {entered['image']} images entered the funnel; it has one a row of the image list"
        problems.add("rows", FETCH, what, BUG)
    try:
        rows = made_of(InputRows, manifest.inputs.get("rows"))
    except PlainError as error:
        problems.add("rows", NAME, f"the rows of the inputs are not told: {error}", "build again", "inputs.rows")
        return
    for item, number in (("image", rows.image), ("bitext", sum(rows.bitext.values()))):
        if number != entered[item]:
            what = f"the inputs have {number} {item} rows, {entered[item]} entered the funnel"
            problems.add("rows", NAME, what, BUG, "inputs.rows")


def check_rejects(out: str, manifest: Manifest, problems: Problems) -> pa.ChunkedArray | None:
    """Checks the rejects, and their numbers against the funnel; the keys of the rejected images, None if not all could be read."""
    tables = [read_table(out, file, REJECT_COLUMNS, problems) for file in manifest.rejects]
    counted: Counter[tuple[str, str, str]] = Counter()
    for file, table in zip(manifest.rejects, tables, strict=True):
        for row in table.group_by(["item", "stage", "reason"]).aggregate([([], "count_all")]).to_pylist() if table is not None else ():
            if not (row["item"] and row["stage"] and row["reason"]):
                problems.add("rejects", file.path, f"{row['count_all']} rows have no item, no stage or no reason", BUG)
            counted[row["item"] or "", row["stage"] or "", row["reason"] or ""] += row["count_all"]
    read = [table for table in tables if table is not None]
    if len(read) < len(tables):
        return None
    said = Counter[tuple[str, str, str]]()
    for stage in manifest.funnel:
        said.update({(stage.item, stage.stage, reason): number for reason, number in stage.rejected.items()})
    for item, name, reason in sorted(said.keys() | counted.keys()):
        if (held := counted[item, name, reason]) != (told := said[item, name, reason]):
            what = f"hold {held} rows of reason {reason}, the manifest's funnel says {told}"
            problems.add("rejects", "rejects", what, BUG, f"{name} of {_named(item)}")
    images = [table.filter(pc.equal(table["item"], "image"))["key"] for table in read]
    return pa.chunked_array([chunk for keys in images for chunk in keys.chunks], pa.string())
