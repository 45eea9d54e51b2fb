"""How a stream reads a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Settings:
    """See `shards.loader`."""

    seed: int
    shuffle: bool
    window: int
    balance: str
    even: str
    prepare: Callable[[bytes], Any] | None
    epochs: int | None
    cache: str | None
    skip_broken: bool
    hashes: bool
    rank: int
    ranks: int
