"""Multi30K (Elliott et al. 2016, 2017) in the layout of github.com/multi30k/dataset."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.images import find_image
from pipeline.evaluation.benchmarks.items import Benchmark, CaptionItem, TranslationItem, check_aligned, read_lines
from pipeline.evaluation.errors import EvaluationError

_TESTS = {"test_2016_flickr": ("Test2016", 1000), "test_2017_flickr": ("Test2017", 1000), "test_2017_mscoco": ("AmbiguousCOCO", 461)}
_LANGS = ("de", "fr")
_REFERENCES = 5
_PLACES = ("images", "flickr30k-images", "test_2017-flickr-images", "translated-coco-images", "train2014", "val2014")


def read_task1(folder: Path) -> list[Benchmark]:
    """Translation of one sentence a picture: every test set and language that is there.

    Raises:
        EvaluationError: no test set is there, a set's list of pictures or English side is missing, or files are not aligned.
    """
    task = _task(folder, "task1")
    found: list[Benchmark] = []
    for stem, (name, published) in _TESTS.items():
        langs = [lang for lang in _LANGS if any((task / "raw").glob(f"{stem}.{lang}*"))]
        if not langs:
            continue
        pictures = read_lines(task / "image_splits" / f"{stem}.txt")
        source = read_lines(task / "raw" / f"{stem}.en")
        for lang in langs:
            target = read_lines(task / "raw" / f"{stem}.{lang}")
            check_aligned(
                {f"{task}/image_splits/{stem}.txt": pictures, f"{task}/raw/{stem}.en": source, f"{task}/raw/{stem}.{lang}": target}
            )
            items = [
                # AmbiguousCOCO names the caption behind a '#'; a picture can stand there twice.
                TranslationItem(f"{number:04}-{picture}", find_image(folder, picture.partition("#")[0], _PLACES), english, translation)
                for number, (picture, english, translation) in enumerate(zip(pictures, source, target, strict=True))
            ]
            found.append(Benchmark(f"Multi30K task 1 {name}", lang, tuple(items), published))
    if not found:
        raise EvaluationError(f"{task}/raw: no {', '.join(_TESTS)} in {' or '.join(_LANGS)}; see docs/benchmarks.md for how it should look")
    return found


def read_task2(folder: Path) -> list[Benchmark]:
    """Captions of Test2016: five an English or German picture, written independently.

    Raises:
        EvaluationError: files are missing or not aligned.
    """
    task = _task(folder, "task2")
    pictures = read_lines(task / "image_splits" / "test_2016_images.txt")
    found: list[Benchmark] = []
    for lang in ("en", "de"):
        names = [f"{task}/raw/test_2016.{number}.{lang}" for number in range(1, _REFERENCES + 1)]
        columns = {name: read_lines(Path(name)) for name in names}
        check_aligned({f"{task}/image_splits/test_2016_images.txt": pictures, **columns})
        items = [
            CaptionItem(picture, find_image(folder, picture, _PLACES), captions)
            for picture, captions in zip(pictures, zip(*columns.values(), strict=True), strict=True)
        ]
        found.append(Benchmark("Multi30K task 2 Test2016", lang, tuple(items), 1000))
    return found


def _task(folder: Path, name: str) -> Path:
    inner = folder / "data" / name
    return inner if inner.is_dir() else folder / name
