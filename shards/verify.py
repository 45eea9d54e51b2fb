"""python -m shards.verify OUT: checks that a dataset is whole, and that it keeps to its format and to its policy.

Exit status 0: everything holds. 1: something does not; each problem is a line ``file: member: what; mend``. 2: there is no
dataset to check.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shards.checks.dataset import check_keys, check_ledger, check_test_languages
from shards.checks.files import check_fetch, check_files, check_manifest
from shards.checks.funnel import check_funnel, check_rejects
from shards.checks.problems import Problems
from shards.checks.shard import ShardCheck, ShardFacts
from shards.manifest import Manifest, ManifestError, read_content
from shards.plain import one_line
from shards.sample import SPLITS, TASKS


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. ``lacking`` counts the test samples without an annotation of each task-language pair."""

    manifest: Manifest
    facts: tuple[ShardFacts, ...]
    lacking: Counter[tuple[str, str]]
    problems: Problems


def verify(out: str, quick: bool = False, workers: int | None = None) -> Verdict:
    """Checks a dataset.

    Args:
        out: a folder or any fsspec URL.
        quick: take tars at their size; check records by the sidecars only.
        workers: shards checked at once; one a core by default.

    Raises:
        ManifestError: there is no dataset that this version can check.
        OSError: its folder cannot be read.
    """
    out = out.rstrip("/")
    content = read_content(out)
    manifest, problems = Manifest.from_content(out, content), Problems()
    check_manifest(content, manifest, problems)
    check_funnel(manifest, problems)
    check_files(out, manifest, problems)
    checks = [ShardCheck(out, split, shard, manifest.policy, quick) for split, shard in manifest.shards]
    # Hashing and decoding, most of the work, let other threads run.
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        facts = tuple(pool.map(ShardCheck.run, checks))
    problems.merge(shard.problems for shard in facts)
    check_keys(facts, problems)
    lacking = check_test_languages(facts, manifest.policy, problems)
    rejected, fetched = check_rejects(out, manifest, problems), check_fetch(out, manifest, problems)
    if rejected is not None and fetched is not None:
        check_ledger(facts, fetched, rejected, problems)
    return Verdict(manifest, facts, lacking, problems)


def table(verdict: Verdict) -> list[str]:
    """A short table of what was found: a line a split."""
    rows = [["split", "shards", "samples", *(f"{task}s {lang}" for task, lang in verdict.manifest.policy.pairs)]]
    for split in SPLITS:
        shards = [facts for facts in verdict.facts if facts.split == split]
        pairs = sum((facts.pairs for facts in shards), Counter[tuple[str, str]]())
        counts = [len(shards), sum(len(facts.keys) for facts in shards), *(pairs[pair] for pair in verdict.manifest.policy.pairs)]
        rows.append([split, *(f"{count:,}" for count in counts)])
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) if index else cell.ljust(width) for index, (cell, width) in enumerate(zip(row, columns, strict=True)))
        for row in rows
    ]
    for task in TASKS:
        lacking = [f"{lang} {number:,}" for (kind, lang), number in verdict.lacking.items() if kind == task and number]
        if lacking:
            lines.append(f"test samples without a {task}, by language: {', '.join(lacking)}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m shards.verify", description=(__doc__ or "").split(": ", 1)[1], formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", metavar="OUT", help="the dataset: a folder or any fsspec URL")
    parser.add_argument("--quick", action="store_true", help="take tars at their size, check records by the sidecars only")
    parser.add_argument("--workers", type=int, metavar="N", help="shards checked at once (default: one a core)")
    options = parser.parse_args(arguments)
    if options.workers is not None and options.workers < 1:
        parser.error(f"--workers {options.workers}: give 1 or more")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # whatever a dataset or its path holds, it can be printed
    try:
        verdict = verify(options.out, options.quick, options.workers)
    except (ManifestError, OSError) as error:
        print(one_line(str(error)), file=sys.stderr)
        return 2
    print("\n".join(table(verdict)))
    if verdict.problems:
        print("\n".join(verdict.problems.lines()))
        counts = verdict.problems.counts
        total, by_kind = sum(counts.values()), ", ".join(f"{kind} {number:,}" for kind, number in counts.items())
        print(f"{options.out}: {total:,} problem{'s' if total > 1 else ''}: {by_kind}")
        return 1
    print(f"{options.out}: everything holds" + (", as far as a quick check sees" if options.quick else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
