"""The unit of work: a reference to a chunk, which knows what has been made of it so far and where that lies.

A chunk is a run of rows of an image list or of a bitext that stay together from the first stage to the last. What flows
through Beam is this reference; tables and pixels stay in the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

IMAGES, ENGLISH = "images-", "english-"
"""How ids of chunks begin; those of bitexts begin with their language."""


@dataclass(frozen=True)
class Part:
    """One stage's table of a chunk, as it lies in the store.

    ``digests`` gives a hash of each column's contents; ``alive`` a hash of the rows that this and all earlier stages left.
    ``seconds`` is the time that making it took, and no part of its identity.
    """

    stage: str
    path: str
    rows: int
    rejected: int
    alive: str
    digests: tuple[tuple[str, str], ...]
    seconds: float = field(compare=False, repr=False)


@dataclass(frozen=True)
class Chunk:
    """A reference to a chunk: its id, as ``images-00003``, ``de-00000`` or ``english-00-04-00000``, and its parts in the order they
    were made."""

    id: str
    parts: tuple[Part, ...] = ()

    def __add__(self, part: Part) -> Chunk:
        return replace(self, parts=(*self.parts, part))

    @property
    def item(self) -> str:
        """What its rows are: ``image``, ``bitext``, or ``english`` for English sides of bitexts."""
        return "image" if self.id.startswith(IMAGES) else "english" if self.id.startswith(ENGLISH) else "bitext"

    @property
    def latest(self) -> Part:
        return self.parts[-1]

    @property
    def living(self) -> int:
        """How many rows no stage has rejected."""
        return self.latest.rows - self.latest.rejected

    def part(self, stage: str) -> Part | None:
        """The part that a stage made."""
        return next((part for part in self.parts if part.stage == stage), None)

    def holders(self, columns: Iterable[str]) -> dict[str, Part]:
        """The part that holds each column.

        Raises:
            KeyError: a column that no part has.
        """
        found = {name: part for part in self.parts for name, _ in part.digests}
        missing = [name for name in columns if name not in found]
        if missing:
            raise KeyError(f"chunk {self.id} has no columns {missing}; it has {sorted(found)}")
        return {name: found[name] for name in columns}

    def digest(self, columns: Iterable[str]) -> str:
        """Hash of what these columns hold in the rows that are left: two chunks of one digest read the same."""
        contents = [(name, dict(part.digests)[name]) for name, part in self.holders(columns).items()]
        return fingerprint(self.latest.alive, contents)


def in_order(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Chunks of images, then of bitexts, then of their English sides, each by id."""
    return sorted(chunks, key=lambda chunk: (("image", "bitext", "english").index(chunk.item), chunk.id))


def fingerprint(*parts: object) -> str:
    """16 hex digits of the hash of plain values (strings, numbers, tuples, lists of these)."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def share(key: str, *purpose: object) -> float:
    """A number in [0, 1) that depends on the key and the purpose alone: the seed of every choice about an image."""
    return int(fingerprint(key, *purpose), 16) / 2**64


def split_of(key: str, val_share: float, test_share: float, source_split: str | None = None) -> str:
    """The split of an image: that of its own dataset, else by hash of its key, so that it never depends on what else is in the list."""
    if source_split:
        return source_split
    place = share(key, "split")
    return "val" if place < val_share else "test" if place < val_share + test_share else "train"
