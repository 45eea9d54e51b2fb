"""Multi30K (Elliott et al. 2016, 2017), its test sets."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem, TranslationItem
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.published import multi30k

_PUBLISHED = {"test_2016_flickr": 1000, "test_2017_flickr": 1000, "test_2017_mscoco": 461}


def read_task1(folder: Path) -> list[Benchmark]:
    """Translation of one sentence a picture: every test set and language that is there.

    Raises:
        EvaluationError: no test set is there.
        SourceError: a set's list of pictures or English side is missing, or files are not aligned.
    """
    found: list[Benchmark] = []
    raw = multi30k.task_folder(folder, "task1") / "raw"
    for stem, name in multi30k.TESTS.items():
        lines = multi30k.translations(folder, stem)
        for lang in (lang for lang in multi30k.TRANSLATED if lines and lang in lines[0].texts):
            items = [
                # A picture of AmbiguousCOCO can stand there twice.
                TranslationItem(f"{number:04}-{line.listed}", line.image, line.texts["en"][0], line.texts[lang][0], line.names)
                for number, line in enumerate(lines)
            ]
            files = {"source": raw / f"{stem}.en", "reference": raw / f"{stem}.{lang}"}
            found.append(Benchmark(f"Multi30K task 1 {name}", lang, tuple(items), _PUBLISHED[stem], files=files))
    if not found:
        raise EvaluationError(
            f"{raw}: no {', '.join(multi30k.TESTS)} in {' or '.join(multi30k.TRANSLATED)}; see docs/benchmarks.md for how it should look"
        )
    return found


def read_task2(folder: Path) -> list[Benchmark]:
    """Captions of Test2016: five an English or German picture, written independently.

    Raises:
        SourceError: files are missing or not aligned.
    """
    lines = multi30k.captions(folder, "test_2016")
    found = []
    for lang in multi30k.CAPTIONED:
        items = tuple(CaptionItem(line.listed, line.image, line.texts[lang], line.names) for line in lines)
        files = {"references": multi30k.task_folder(folder, "task2") / "raw" / f"test_2016.*.{lang}"}
        found.append(Benchmark("Multi30K task 2 Test2016", lang, items, 1000, files=files))
    return found
