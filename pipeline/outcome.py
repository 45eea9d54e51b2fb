"""What a run made: every chunk with its parts, and every shard. The graph's last step writes it, the driver reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pipeline.chunks import Chunk, Part
from shards.manifest import ShardInfo


@dataclass(frozen=True)
class Outcome:
    """Chunks and shards in the order of their ids and names."""

    chunks: tuple[Chunk, ...]
    shards: tuple[ShardInfo, ...]

    @staticmethod
    def of(made: Iterable[Chunk | ShardInfo]) -> Outcome:
        """Sorts what arrives in any order."""
        everything = list(made)
        chunks = sorted((item for item in everything if isinstance(item, Chunk)), key=lambda chunk: chunk.id)
        shards = sorted((item for item in everything if isinstance(item, ShardInfo)), key=lambda shard: shard.name)
        return Outcome(tuple(chunks), tuple(shards))

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_json(data: bytes) -> Outcome:
        raw = json.loads(data)
        chunks = (Chunk(chunk["id"], tuple(_part(**part) for part in chunk["parts"])) for chunk in raw["chunks"])
        return Outcome(tuple(chunks), tuple(ShardInfo(**shard) for shard in raw["shards"]))

    def images(self) -> list[Chunk]:
        """The chunks of images."""
        return [chunk for chunk in self.chunks if chunk.item == "image"]


def _part(digests: list[list[str]], **fields: object) -> Part:
    return Part(**fields, digests=tuple((name, digest) for name, digest in digests))  # type: ignore[arg-type]
