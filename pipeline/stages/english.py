"""What the bitexts of several languages share: their English sides, each of which is worked on once.

Bitexts of one collection often hold the same English sentences in every language, and at about the same lines. So chunks of
the same number are taken together, a few languages at a time, and their distinct English sides make chunks of their own.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.chunks import ENGLISH, Chunk
from pipeline.stages.base import Stage
from pipeline.store import Store
from pipeline.tables import VECTOR, VERDICT, rejected, table

SHARED = 8
"""Languages that are taken together. Each of their chunks reads what was found for the English sides of all of them."""


def family(chunk_id: str, langs: Sequence[str]) -> str:
    """What chunks have in common that share English sides, given the id of one of theirs or of one of `english_ids`."""
    kind, number = chunk_id.rsplit("-", 1)
    group = int(kind.split("-")[1]) if kind.startswith(ENGLISH) else langs.index(kind) // SHARED
    return f"{group:02d}-{number}"


def english_ids(bitexts: Iterable[str], langs: Sequence[str]) -> list[str]:
    """The ids of the chunks of English sides that bitext chunks of these ids give: as many as there are of these."""
    members: dict[str, int] = defaultdict(int)
    for chunk in bitexts:
        members[family(chunk, langs)] += 1
    return [name for shared, count in members.items() for name in _ids(shared, count)]


def gather(store: Store, shared: str, bitexts: Iterable[Chunk]) -> Iterator[Chunk]:
    """The chunks of the distinct English sides of a family of bitext chunks, dealt out by hash."""
    bitexts = list(bitexts)
    distinct = sorted({text for chunk in bitexts for text in store.load(chunk, ["en"])["en"].to_pylist()})
    dealt: list[list[str]] = [[] for _ in bitexts]
    for text in distinct:
        dealt[int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]) % len(dealt)].append(text)
    for name, texts in zip(_ids(shared, len(dealt)), dealt, strict=True):
        yield store.list(name, table({"en": texts}, {"en": pa.string()}))


def _ids(shared: str, count: int) -> list[str]:
    group, number = shared.split("-")
    return [f"{ENGLISH}{group}-{part:02d}-{number}" for part in range(count)]


@dataclass(frozen=True)
class TakeEnglish(Stage):
    """Gives each bitext what was found for its English side.

    Reads ``en``, and of the chunks of English sides ``en`` and what this adds. A bitext whose English side could not be
    embedded becomes a reject.
    """

    name, reads = "take_english", ("en",)
    adds = {"en_found": pa.string(), "en_prob": pa.float32(), "vector": VECTOR, "density": pa.float32(), "closest": pa.float32()}
    reads_given = ("en", *adds)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        english = chunk["en"].combine_chunks()
        mine = pa.concat_tables([sides.filter(pc.is_in(sides["en"], value_set=english)) for sides in given]).combine_chunks()
        places = pc.index_in(english, value_set=mine["en"].combine_chunks())
        found = mine.take(places)
        columns = {name: found[name] for name in self.adds}
        failed = places.is_null().to_pylist()
        verdicts = rejected(["model_failed" if bad else None for bad in failed], [_FAILED if bad else None for bad in failed])
        return table(columns | verdicts, {**self.adds, **VERDICT})


_FAILED = "its English side could not be embedded; rejects/embed_english.parquet says why"
