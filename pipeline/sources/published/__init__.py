"""Datasets with texts by people, as their authors publish them, read from where a user has them. See docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.sources.files import SourceError
from pipeline.sources.published import coco, docci, multi30k, paragraphs
from pipeline.sources.published.records import Described, Written

__all__ = ["DATASETS", "Dataset", "Described", "Written", "read_published"]


@dataclass(frozen=True)
class Dataset:
    """A dataset's name in annotations, how its folder is read, the files that say what it holds, and the benchmarks it contains."""

    name: str
    read: Callable[[Path], Iterator[Described]]
    lists: Callable[[Path], tuple[Path, ...]]
    benchmarks: tuple[str, ...]


DATASETS = {
    "coco": Dataset(coco.NAME, coco.read, coco.lists, ("coco",)),
    "multi30k": Dataset(multi30k.NAME, multi30k.read, multi30k.lists, ("multi30k-task1", "multi30k-task2")),
    "paragraphs": Dataset(paragraphs.NAME, paragraphs.read, paragraphs.lists, ("paragraphs",)),
    "docci": Dataset(docci.NAME, docci.read, docci.lists, ("docci",)),
}
"""By the names of the command line."""


@lru_cache(maxsize=1)  # neighbouring blocks are of one dataset, whose list takes seconds to read
def read_published(dataset: str, folder: str) -> tuple[Described, ...]:
    """All pictures of a dataset.

    Raises:
        SourceError: unknown dataset, no such folder, or whatever its reader finds wrong.
    """
    if dataset not in DATASETS:
        raise SourceError(f"dataset '{dataset}': unknown; write one of {', '.join(DATASETS)}")
    if not Path(folder).is_dir():
        raise SourceError(f"dataset '{dataset}': there is no folder '{folder}'; see docs/benchmarks.md for how it should look")
    try:
        found = tuple(DATASETS[dataset].read(Path(folder)))
    except SourceError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:  # values of other types than the authors write
        words = " ".join(f"{type(error).__name__} {error}".split())[:160]
        raise SourceError(f"dataset '{dataset}': a list in {folder} does not hold what it should ({words}); get it again") from None
    if not found:
        raise SourceError(f"dataset '{dataset}': {folder} holds no picture; see docs/benchmarks.md for how it should look")
    return found
