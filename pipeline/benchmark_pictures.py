"""The pictures of the benchmarks that a run must not train on, as a table in the store."""

from __future__ import annotations

import hashlib
import io
import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from pipeline.chunks import fingerprint
from pipeline.config import Config, ConfigError
from pipeline.evaluation.benchmarks import read_benchmark
from pipeline.evaluation.errors import EvaluationError
from pipeline.fetch import FetchSettings
from pipeline.fetch.decode import decode
from pipeline.fetch.reasons import Failure
from pipeline.sources.mix import members
from pipeline.sources.published import DATASETS
from pipeline.sources.published.multi30k import task_folder
from pipeline.sources.published.paragraphs import names_of
from pipeline.store import Store
from pipeline.tables import BENCHMARK_PICTURE, table

logger = logging.getLogger(__name__)

_ALIASED = ("coco", "flickr", "vg")
"""Whose numbers lead to the same picture elsewhere. Where a picture of another kind is not on the disk, nothing tells it."""


@dataclass(frozen=True)
class BenchmarkPicture:
    """A picture of a benchmark: where it should lie, and the names that other datasets know it by."""

    benchmark: str
    item: str
    image: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """The table of test pictures: its path in the store, the hash of its contents, and for the manifest what is in it."""

    path: str
    digest: str
    facts: dict[str, Any]


def benchmarks_of(config: Config, images: str) -> tuple[tuple[str, str], ...]:
    """The benchmarks to keep out, and their folders: those of ``--decontaminate``, and those within a mix of datasets.

    Raises:
        ConfigError: a part of ``--decontaminate`` that is not NAME=DIR.
    """
    found = []
    for part in config.decontaminate:
        name, sign, folder = part.partition("=")
        if not sign or not folder:
            raise ConfigError(f"--decontaminate {part}: must be NAME=DIR,... with the names that --benchmark of pipeline.evaluate takes")
        found.append((name, folder))
    for name, folder in members(images):
        whole = DATASETS[name].benchmarks
        found += [(one, folder) for one in whole if one != "multi30k-task2" or task_folder(Path(folder), "task2").is_dir()]
    return tuple({(name, str(Path(folder).absolute())): None for name, folder in found})


def benchmark_pictures(benchmarks: Sequence[tuple[str, str]]) -> list[BenchmarkPicture]:
    """Every picture of some benchmarks, once each.

    Raises:
        ConfigError: whatever a benchmark's reader finds wrong.
    """
    found: dict[tuple[str, Path], BenchmarkPicture] = {}
    same: dict[str, tuple[str, ...]] = {}
    try:
        for name, folder in benchmarks:
            for benchmark in read_benchmark(name, folder):
                for item in benchmark.items:
                    found.setdefault((benchmark.name, item.image), BenchmarkPicture(benchmark.name, item.id, item.image, item.names))
            if name == "paragraphs":
                same |= {one: names for names in names_of(Path(folder)).values() for one in names}
    except (EvaluationError, ValueError) as error:
        raise ConfigError(f"--decontaminate {name}={folder}: {error}") from None
    # Visual Genome's list tells of COCO's pictures which of Flickr's they are.
    return [
        replace(picture, names=tuple(dict.fromkeys(other for one in picture.names for other in (one, *same.get(one, ())))))
        for picture in found.values()
    ]


def list_benchmark_pictures(config: Config, store: Store, images: str, settings: FetchSettings) -> Listed | None:
    """Reads and hashes the pictures of all benchmarks to keep out, unless the store has them; None where there are none to keep out.

    A picture that is not on the disk is known by its numbers in other datasets alone, which is logged.

    Raises:
        ConfigError: whatever `benchmarks_of` and `benchmark_pictures` find, a picture that nothing tells, or one that is no picture.
    """
    benchmarks = benchmarks_of(config, images)
    if not benchmarks:
        return None
    pictures = benchmark_pictures(benchmarks)
    with ThreadPoolExecutor() as threads:
        files = list(threads.map(_sha256, (picture.image for picture in pictures)))
        _check_there(pictures, files)
        # Of the size that the run stores, since the hash depends on it a little; but nothing is too small to be kept out.
        settings = replace(settings, min_size=1, max_aspect=1e9)
        contents = [(p.benchmark, p.item, p.names, file) for p, file in zip(pictures, files, strict=True)]
        digest = fingerprint(contents, settings.resize, settings.size, settings.enlarge, settings.max_pixels)
        path = f"benchmark_pictures/{digest}.parquet"
        if not store.exists(path):
            hashes = threads.map(lambda picture: _phash(picture, settings), pictures)
            columns = {name: [getattr(picture, name) for picture in pictures] for name in ("benchmark", "item", "names")}
            sink = io.BytesIO()
            pq.write_table(table(columns | {"sha256": files, "phash": list(_shown(hashes, len(pictures)))}, BENCHMARK_PICTURE), sink)
            store.write_bytes(path, sink.getvalue())
    facts = {"benchmarks": [name for name, _ in benchmarks], "pictures": len(pictures), "missing": files.count(None), "sha256": digest}
    return Listed(path, digest, facts)


def _check_there(pictures: Sequence[BenchmarkPicture], files: Sequence[str | None]) -> None:
    missing = [picture for picture, file in zip(pictures, files, strict=True) if file is None]
    for picture in missing:
        if not any(name.startswith(_ALIASED) for name in picture.names):
            lost = sum(other.benchmark == picture.benchmark for other in missing)
            raise ConfigError(
                f"--decontaminate: {lost} pictures of {picture.benchmark} are not there, the first is {picture.image}; put them there, "
                "for nothing else tells which they are"
            )
    if missing:
        logger.warning(
            "%d of %d test pictures are not there, the first is %s: they are known by their numbers alone, not by how they look",
            len(missing),
            len(pictures),
            missing[0].image,
        )


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _phash(picture: BenchmarkPicture, settings: FetchSettings) -> str | None:
    if not picture.image.is_file():
        return None
    try:
        return decode(picture.image.read_bytes(), settings).phash
    except Failure as failure:
        raise ConfigError(f"{picture.image}: {failure.reason} ({failure.detail}); get this picture of {picture.benchmark} again") from None


def _shown(hashes: Iterator[str | None], count: int) -> Iterator[str | None]:
    console = Console(stderr=True)
    yield from track(hashes, "looking at test pictures", count, console=console, disable=not sys.stderr.isatty(), transient=True)
