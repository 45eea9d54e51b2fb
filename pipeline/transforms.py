"""The few Beam transforms that the graph is made of. References and small rows flow; tables and pixels stay in the store.

Only ``Create``, ``Map``, ``FlatMap``, ``ParDo`` with one output, ``GroupByKey``, ``Flatten`` and list side inputs are used: what every
runner that was tried gets right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.chunks import Chunk
from pipeline.fetch import Shelf
from pipeline.memory import give_back, keep_memory
from pipeline.outcome import Outcome
from pipeline.sources import Block
from pipeline.stages.base import Given, Stage, advance
from pipeline.stages.dedup import Unique, buckets, claims_of, losses
from pipeline.stages.english import family, gather
from pipeline.stages.pack import Pack, count_splits, plan_shards
from pipeline.store import Store
from shards.manifest import ShardInfo

_AHEAD_BYTES = 64 * 2**20
"""Bytes of rows and of pictures that lists hold, of chunks under way: to be read ahead they wait on the disk for temporary files."""


class Run(beam.PTransform):
    """Runs stages over chunks, one after the other; each chunk by itself."""

    def __init__(self, store: Store, stages: Sequence[Stage]) -> None:
        super().__init__()
        self.store, self.stages = store, stages

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        for stage in self.stages:
            chunks |= stage.name >> beam.ParDo(_Advance(self.store, stage))
        return chunks


class Enter(beam.PTransform):
    """Reads blocks of the image list and takes their chunks through the first stage, while later ones have not been read yet.

    A stage that waits more than it works gets ``ahead`` chunks at once, also of several blocks: so the slowest page of each
    chunk, which takes all of its deadline, is waited for while others work. Chunks come out in their order.
    """

    def __init__(self, store: Store, stage: Stage, ahead: int) -> None:
        super().__init__()
        self.store, self.stage, self.ahead = store, stage, ahead

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Chunk]:
        return blocks | self.stage.name >> beam.ParDo(_Enter(self.store, self.stage, self.ahead))


class Spread(beam.PTransform):
    """Hands chunks or blocks out to the workers anew: a ``GroupByKey`` on the id, which unlike ``Reshuffle`` every runner spreads."""

    def expand(self, chunks: beam.PCollection[Chunk | Block]) -> beam.PCollection[Chunk | Block]:
        keyed = chunks | "Key" >> beam.Map(lambda chunk: (chunk.id, chunk))
        return keyed | beam.GroupByKey() | "Chunks" >> beam.FlatMap(lambda pair: pair[1])


class Deduplicate(beam.PTransform):
    """Rejects all but the first row of each key over all chunks, and of a picture from ``placeholder_urls`` addresses all."""

    def __init__(self, store: Store, columns: Sequence[str], placeholder_urls: int = 0) -> None:
        super().__init__()
        self.store, self.columns, self.placeholder_urls = store, columns, placeholder_urls

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        store, columns, placeholder_urls = self.store, tuple(self.columns), self.placeholder_urls
        lost = (
            chunks
            | "Claim" >> beam.FlatMap(lambda chunk: buckets(claims_of(store.load(chunk, columns), chunk.id)))
            | beam.GroupByKey()
            | "Contest" >> beam.FlatMap(lambda bucket: losses(bucket[1], placeholder_urls))
            | "Losses" >> beam.Map(lambda loss: (loss[0], (None, loss[1])))
        )
        whole = chunks | "Chunks" >> beam.Map(lambda chunk: (chunk.id, (chunk, None)))
        return (whole, lost) | beam.Flatten() | Hand() | "dedup" >> beam.ParDo(_Advance(store, Unique()))


class Gather(beam.PTransform):
    """From chunks of bitexts to those of their English sides, each of which is there once for several languages."""

    def __init__(self, store: Store, langs: Sequence[str]) -> None:
        super().__init__()
        self.store, self.langs = store, tuple(langs)

    def expand(self, bitexts: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        store, langs = self.store, self.langs
        return (
            bitexts
            | "Family" >> beam.Map(lambda chunk: (family(chunk.id, langs), chunk))
            | beam.GroupByKey()
            | "Sides" >> beam.FlatMap(lambda shared: gather(store, *shared))
            | "Spread" >> Spread()
        )


class Take(beam.PTransform):
    """Gives bitexts back what was found for their English sides, which `Gather` took from them."""

    def __init__(self, store: Store, take: Stage, english: beam.PCollection[Chunk], langs: Sequence[str]) -> None:
        super().__init__()
        self.store, self.take, self.english, self.langs = store, take, english, tuple(langs)

    def expand(self, bitexts: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        langs = self.langs
        whole = bitexts | "Chunks" >> beam.Map(lambda chunk: (family(chunk.id, langs), (chunk, None)))
        found = self.english | "Found" >> beam.Map(lambda chunk: (family(chunk.id, langs), (None, chunk)))
        return (whole, found) | beam.Flatten() | Hand() | self.take.name >> beam.ParDo(_Advance(self.store, self.take))


class Compare(beam.PTransform):
    """Compares each chunk with all ``bases`` in two steps: chunk by block of bases, then all blocks of a chunk together.

    A block holds bases whose ids have the same beginning (a language, or images), at most ``block`` of them.
    """

    def __init__(self, store: Store, search: Stage, join: Stage, bases: beam.PCollection[Chunk], block: int) -> None:
        super().__init__()
        self.store, self.search, self.join, self.bases, self.block = store, search, join, bases, block

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        found = (
            chunks
            | "Cross" >> beam.FlatMap(_cross, bases=beam.pvalue.AsList(self.bases), size=self.block)
            | "SpreadTasks" >> beam.GroupByKey()
            | "Tasks" >> beam.FlatMap(lambda task: task[1])
            | self.search.name >> beam.ParDo(_Advance(self.store, self.search))
            | "Found" >> beam.Map(lambda chunk: (chunk.id, (None, chunk)))
        )
        whole = chunks | "Chunks" >> beam.Map(lambda chunk: (chunk.id, (chunk, None)))
        return (whole, found) | beam.Flatten() | Hand() | self.join.name >> beam.ParDo(_Advance(self.store, self.join))


class Hand(beam.PTransform):
    """Hands each chunk what was found under its key: from ``(key, (chunk, None))`` and ``(key, (None, given))`` to ``(chunk, givens)``."""

    def expand(self, keyed: beam.PCollection) -> beam.PCollection[tuple[Chunk, tuple[Given, ...]]]:
        return keyed | beam.GroupByKey() | "Join" >> beam.FlatMap(_join)


class PackShards(beam.PTransform):
    """Plans shards from the counts of all chunks and writes each by itself."""

    def __init__(self, store: Store, pack: Pack) -> None:
        super().__init__()
        self.store, self.pack = store, pack

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[ShardInfo]:
        store, pack = self.store, self.pack
        return (
            chunks
            | "Count" >> beam.Map(lambda chunk: (0, count_splits(store, chunk)))
            | "Together" >> beam.GroupByKey()
            | "Plan" >> beam.FlatMap(lambda counted: plan_shards(counted[1], pack.size))
            | "Key" >> beam.Map(lambda shard: (f"{shard.split}-{shard.number}", shard))
            | "Spread" >> beam.GroupByKey()
            | "Shards" >> beam.FlatMap(lambda pair: pair[1])
            | "Write" >> beam.Map(lambda shard: pack.write(store, shard))
        )


class WriteOutcome(beam.PTransform):
    """Writes down what there is at the end, as one file of the store."""

    def __init__(self, store: Store, path: str) -> None:
        super().__init__()
        self.store, self.path = store, path

    def expand(self, made: beam.PCollection[Chunk | ShardInfo]) -> beam.PCollection[None]:
        store, path = self.store, self.path
        gathered = made | "All" >> beam.Map(lambda item: (0, item)) | "Together" >> beam.GroupByKey()
        return gathered | "Write" >> beam.Map(lambda pair: store.write_bytes(path, Outcome.of(pair[1]).to_json()))


class _Advance(beam.DoFn):
    """Maps a stage over chunks, or over chunks with what a global step hands to them."""

    def __init__(self, store: Store, stage: Stage) -> None:
        super().__init__()
        self.store, self.stage = store, stage

    def process(self, element: Chunk | tuple[Chunk, tuple[Given, ...]]) -> Iterator[Chunk]:
        chunk, given = element if isinstance(element, tuple) else (element, ())
        yield advance(self.store, self.stage, chunk, given)


class _Enter(beam.DoFn):
    def __init__(self, store: Store, stage: Stage, ahead: int) -> None:
        super().__init__()
        self.store, self.stage, self.ahead = store, stage, ahead

    def setup(self) -> None:
        keep_memory()  # before there are threads, each of which would get memory of its own

    def start_bundle(self) -> None:
        self._threads = ThreadPoolExecutor(self.ahead, "chunk")
        self._under_way = deque[tuple[int, Future[Chunk]]]()
        self._shelf: Shelf | None = None  # of the chunk that is being read

    def process(self, block: Block) -> Iterator[Chunk]:
        with self._cancelling():
            for chunk, rows in block.chunks(self._put):
                shelf, self._shelf = self._shelf, None
                size = rows.nbytes + (shelf.size if shelf else 0)
                self._under_way.append((size, self._threads.submit(self._enter, chunk, rows, shelf)))
                # Lists that hold their pictures have nothing to wait for, and are large.
                while len(self._under_way) == self.ahead or (self._under_way and sum(size for size, _ in self._under_way) > _AHEAD_BYTES):
                    yield self._under_way.popleft()[1].result()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        with self._cancelling():
            while self._under_way:
                yield GlobalWindows.windowed_value(self._under_way.popleft()[1].result())
        self._threads.shutdown()

    @contextmanager
    def _cancelling(self) -> Iterator[None]:
        """Ends what is under way where a chunk fails, here or in a later stage."""
        try:
            yield
        except BaseException:
            self._threads.shutdown(wait=False, cancel_futures=True)
            raise

    def _put(self, name: str, picture: bytes) -> None:
        """Takes a picture that the list holds to the disk, where it waits until its chunk is stored."""
        self._shelf = self._shelf or Shelf()
        self._shelf.put(name, picture)

    def _enter(self, chunk: str, rows: pa.Table, shelf: Shelf | None) -> Chunk:
        with closing(shelf) if shelf else nullcontext():
            listed = self.store.list(chunk, rows, shelf.pictures if shelf else None)
        give_back()  # this thread's share, or it would be kept while the thread waits
        return advance(self.store, self.stage, listed)


def _cross(chunk: Chunk, bases: Sequence[Chunk], size: int) -> Iterator[tuple[str, tuple[Chunk, tuple[Chunk, ...]]]]:
    kinds: dict[str, list[Chunk]] = {}
    for base in sorted(bases, key=lambda base: base.id):
        kinds.setdefault(base.id.rsplit("-", 1)[0], []).append(base)
    for kind, members in kinds.items():
        for start in range(0, len(members), size):
            yield f"{chunk.id}/{kind}-{start}", (chunk, tuple(members[start : start + size]))


def _join(pair: tuple[str, Iterable[tuple[Chunk | None, Given | None]]]) -> Iterator[tuple[Chunk, tuple[Given, ...]]]:
    """A chunk and what was found for it, in an order that does not depend on who found it first."""
    members = list(pair[1])
    given = [other for _, other in members if other is not None]
    for chunk in (chunk for chunk, _ in members if chunk is not None):
        yield chunk, tuple(sorted(given, key=_order))


def _order(given: Given) -> str:
    return given.latest.path if isinstance(given, Chunk) else str(given.to_pydict()) if isinstance(given, pa.Table) else ""
