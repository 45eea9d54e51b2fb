"""Benchmarks as their authors publish them, read from where a user has them: ``read_benchmark("commute", DIR)``. See docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.evaluation.benchmarks.coco import read_coco
from pipeline.evaluation.benchmarks.commute import read_commute
from pipeline.evaluation.benchmarks.docci import read_docci
from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem, ContrastItem, TranslationItem
from pipeline.evaluation.benchmarks.multi30k import read_task1, read_task2
from pipeline.evaluation.benchmarks.paragraphs import read_paragraphs
from pipeline.evaluation.benchmarks.xm3600 import read_xm3600
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.files import SourceError

__all__ = ["READERS", "Benchmark", "CaptionItem", "ContrastItem", "TranslationItem", "read_benchmark"]

READERS: dict[str, Callable[[Path], list[Benchmark]]] = {
    "multi30k-task1": read_task1,
    "multi30k-task2": read_task2,
    "commute": read_commute,
    "coco": read_coco,
    "xm3600": read_xm3600,
    "paragraphs": read_paragraphs,
    "docci": read_docci,
}
"""Readers by the name of the command line; each gives one benchmark a test set and language."""


def read_benchmark(name: str, folder: str | Path) -> list[Benchmark]:
    """All test sets of a benchmark that lie in a folder.

    Raises:
        EvaluationError: unknown name, no such folder, nothing listed, or files that are missing or do not go together; the message names
            them.
    """
    if name not in READERS:
        raise EvaluationError(f"benchmark '{name}': unknown; write one of {', '.join(READERS)}")
    if not Path(folder).is_dir():
        raise EvaluationError(f"benchmark '{name}': there is no folder '{folder}'; see docs/benchmarks.md for how it should look")
    try:
        found = READERS[name](Path(folder))
    except SourceError as error:
        raise EvaluationError(str(error)) from None
    for benchmark in found:
        if not benchmark.items:
            listed = next(iter(benchmark.files.values()), folder)
            raise EvaluationError(f"{listed}: lists no item of {benchmark.name} in {benchmark.lang}; get the file again")
    return found
