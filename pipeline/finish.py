"""What is written when the graph is through: ledger, rejects, card, and the manifest last of all."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import asdict

from pipeline.config import SPLITS
from pipeline.export import write_fetch, write_rejects, write_table
from pipeline.funnel import Step, funnel
from pipeline.inputs import Inputs
from pipeline.outcome import Outcome
from pipeline.plan import Plan
from pipeline.report.write import write_report
from pipeline.store import Store
from shards.card import write_card
from shards.croissant import write_croissant
from shards.manifest import FunnelStage, Manifest, describe_table
from shards.writer import remove_unlisted

DISTRIBUTION = "captions-from-translations"


def finish(plan: Plan, out: Store, store: Store, inputs: Inputs, outcome: Outcome, wall_seconds: float) -> list[Step]:
    """Writes all of OUT but the shards; after ``--until``, the ledger, the rejects and the table so far instead; where there is no
    sample, the ledger and the rejects.

    Args:
        wall_seconds: how long the run took up to here.
    """
    images = outcome.images()
    steps = funnel(store, outcome.chunks)
    write_fetch(out, store, images)
    rejects = write_rejects(out, store, outcome.chunks)
    if not plan.config.reaches("pack"):
        write_table(out, store, images)
        return steps
    if not outcome.shards:
        return steps
    out.remove("table.parquet")
    manifest = _manifest(plan, out, inputs, outcome, steps, rejects, wall_seconds)
    remove_unlisted(out.root, manifest)
    write_card(out.root, manifest)
    write_croissant(out.root, manifest)
    write_report(out.root, manifest)
    manifest.write(out.root)
    return steps


def _manifest(
    plan: Plan, out: Store, inputs: Inputs, outcome: Outcome, steps: Sequence[Step], rejects: Sequence[str], wall_seconds: float
) -> Manifest:
    shards = {split: tuple(shard for shard in outcome.shards if shard.name.startswith(f"{split}-")) for split in SPLITS}
    return Manifest(
        config=plan.config.identity(),
        config_sha256=plan.config.sha256(),
        code=versions(),
        models={role: asdict(card) for role, card in vars(plan.teachers).items()},
        inputs=inputs.fingerprints,
        langs=plan.config.langs,
        caption_langs=plan.config.caption_langs,
        splits=shards,
        rejects=tuple(describe_table(out.root, path) for path in rejects),
        fetch=describe_table(out.root, "fetch.parquet"),
        funnel=tuple(FunnelStage(s.stage, s.item, s.rows, s.left, dict(s.reasons)) for s in steps),
        run={
            "wall_seconds": round(wall_seconds, 1),
            "stage_seconds": {f"{s.stage} ({s.item}s)": s.seconds for s in steps if s.stage != "list"},
        },
    )


def versions() -> dict[str, str]:
    """The versions of this project and of what it directly builds on, by distribution."""
    names = [DISTRIBUTION]
    try:
        required = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        required = []
    names += [re.split(r"[^\w-]", line, maxsplit=1)[0] for line in required if "extra ==" not in line]
    found = {}
    for name in sorted(names):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
