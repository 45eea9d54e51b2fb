"""Checks what holds over the whole dataset: keys, the ledger, the languages of the test split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from shards.checks.problems import Problems
from shards.checks.shard import REBUILD, ShardFacts
from shards.manifest import FETCH
from shards.policy import Policy

KEY_BYTES, HASH_BYTES = 16, 32


def check_keys(facts: Sequence[ShardFacts], problems: Problems) -> None:
    """Checks that no key is there twice, in one split or in two."""
    keys = _packed([key for shard in facts for key in shard.keys], KEY_BYTES)
    shard_of = np.repeat(np.arange(len(facts)), [len(shard.keys) for shard in facts])
    order = np.argsort(keys, kind="stable")
    for position in np.flatnonzero(keys[order][1:] == keys[order][:-1]):
        first, second = facts[shard_of[order[position]]], facts[shard_of[order[position + 1]]]
        place = f"also in {first.name}" + ("" if first.split == second.split else f", so in {first.split} and in {second.split}")
        problems.add(
            "duplicate", f"shards/{second.name}.tar", f"is {place}", REBUILD, keys[order[position]].hex().ljust(2 * KEY_BYTES, "0")
        )


def check_test_languages(facts: Sequence[ShardFacts], policy: Policy, problems: Problems) -> Counter[tuple[str, str]]:
    """Checks that the test split, if it has samples, has every task-language pair; the samples that lack each."""
    shards = [shard for shard in facts if shard.split == "test"]
    samples = sum(len(shard.keys) for shard in shards)
    lacking: Counter[tuple[str, str]] = Counter()
    for pair in policy.pairs:
        covered = sum(shard.covered[pair] for shard in shards)
        lacking[pair] = samples - covered
        if samples and not covered:
            problems.add(
                "test", "shards/test-*", f"has no {pair[0]} in {pair[1]}", "build again with a teacher that knows the language", pair[1]
            )
    return lacking


def check_ledger(facts: Sequence[ShardFacts], fetched: pa.Table, rejected: pa.ChunkedArray, problems: Problems) -> None:
    """Checks that each sample is in the ledger with its hash, and that each fetched picture became a sample or a reject."""
    keys = [_from_hex(key, KEY_BYTES) for key in fetched["key"].to_pylist()]
    hashes = [_from_hex(sha256, HASH_BYTES) for sha256 in fetched["sha256"].to_pylist()]
    ledger = _packed([key + sha256 for key, sha256 in zip(keys, hashes, strict=True)], KEY_BYTES + HASH_BYTES)
    ledger_keys = _packed(keys, KEY_BYTES)
    sample_keys = _packed([key for shard in facts for key in shard.keys], KEY_BYTES)
    for shard in facts:
        pairs = _packed([key + sha256 for key, sha256 in zip(shard.keys, shard.hashes, strict=True)], KEY_BYTES + HASH_BYTES)
        for position in np.flatnonzero(~np.isin(pairs, ledger)):
            problems.add("fetch", f"shards/{shard.name}.tar", f"is not in {FETCH} with this sha256", REBUILD, shard.keys[position].hex())
    if not all(shard.whole for shard in facts):
        return
    settled = np.concatenate([sample_keys, _packed([_from_hex(key, KEY_BYTES) for key in rejected.to_pylist()], KEY_BYTES)])
    for key in np.unique(ledger_keys[~np.isin(ledger_keys, settled)]):
        problems.add(
            "fetch", FETCH, "was fetched, and is neither a sample nor a reject", REBUILD, bytes(key).hex().ljust(2 * KEY_BYTES, "0")
        )


def _packed(values: list[bytes], width: int) -> np.ndarray:
    """Hashes as an array of fixed-width bytes: [values]."""
    return np.frombuffer(b"".join(values), dtype=f"S{width}") if values else np.zeros(0, f"S{width}")


def _from_hex(text: str | None, width: int) -> bytes:
    """The bytes of a hash in hex digits; of anything else zeros, which no hash is."""
    try:
        value = bytes.fromhex(text or "")
    except ValueError:
        value = b""
    return value if len(value) == width else bytes(width)
