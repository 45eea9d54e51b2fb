"""Multi30K (Elliott et al. 2016, 2017) in the layout of github.com/multi30k/dataset.

Task 1 has one English sentence a picture with its translations, task 2 five captions a picture in English and five in German, which
people wrote without seeing each other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.sources.files import SourceError
from pipeline.sources.published.layout import HOW, check_aligned, find_image, read_lines
from pipeline.sources.published.names import names_in
from pipeline.sources.published.records import Described, Written

NAME = "Multi30K"
TESTS = {"test_2016_flickr": "Test2016", "test_2017_flickr": "Test2017", "test_2017_mscoco": "AmbiguousCOCO"}
"""Test sets of task 1, by the names of their files."""
TRANSLATED, CAPTIONED, CAPTIONS = ("de", "fr"), ("en", "de"), 5
_PLACES = ("images", "flickr30k-images", "test_2017-flickr-images", "translated-coco-images", "train2014", "val2014")
_SPLITS = {"train": "train", "val": "val", **dict.fromkeys(TESTS, "test")}
_CAPTIONED_SPLITS = {"train": "train", "val": "val", "test_2016": "test"}


@dataclass(frozen=True)
class Line:
    """A picture as a list has it, and the texts of its line by language: one each in task 1, five in task 2."""

    listed: str  # AmbiguousCOCO names the caption behind a '#'
    image: Path
    names: tuple[str, ...]
    texts: dict[str, tuple[str, ...]]


def task_folder(folder: Path, name: str) -> Path:
    """Where a task's files lie: in a checkout of the repository, or right below the folder."""
    inner = folder / "data" / name
    return inner if inner.is_dir() else folder / name


def translations(folder: Path, stem: str) -> list[Line]:
    """A set of task 1, line by line, in English and whatever else of `TRANSLATED` is there; empty where nothing is.

    Raises:
        SourceError: its list of pictures or its English side is missing, or files are not aligned.
    """
    task = task_folder(folder, "task1")
    langs = [lang for lang in TRANSLATED if any(_has(task / "raw" / f"{stem}.{lang}"))]
    if not langs:
        return []
    files = {lang: [task / "raw" / f"{stem}.{lang}"] for lang in ("en", *langs)}
    return _lines(folder, task / "image_splits" / f"{stem}.txt", files)


def captions(folder: Path, stem: str) -> list[Line]:
    """A set of task 2 (train, val, test_2016), line by line, in the languages `CAPTIONED`.

    Raises:
        SourceError: files are missing or not aligned.
    """
    task = task_folder(folder, "task2")
    files = {lang: [task / "raw" / f"{stem}.{number}.{lang}" for number in range(1, CAPTIONS + 1)] for lang in CAPTIONED}
    return _lines(folder, task / "image_splits" / f"{stem}_images.txt", files)


def lists(folder: Path) -> tuple[Path, ...]:
    """The files that say what the dataset holds.

    Raises:
        SourceError: there are none.
    """
    stems = [("task1", stem) for stem in _SPLITS] + [("task2", stem) for stem in _CAPTIONED_SPLITS]
    folders = [(task_folder(folder, task) / kind, stem) for task, stem in stems for kind in ("raw", "image_splits")]
    found = [path for place, stem in folders for path in place.glob(f"{stem}*")]
    if not found:
        raise SourceError(f"{folder}: there is neither data/task1 nor data/task2; {HOW}")
    return tuple(sorted({path for path in found if path.suffix in (".gz", ".txt", ".en", *(f".{lang}" for lang in TRANSLATED))}))


def read(folder: Path) -> Iterator[Described]:
    """All pictures of both tasks, those of train, val and the tests in turn, each once with all that people wrote about it.

    A task that is not there is left out. A translated English sentence is a caption of its picture too.

    Raises:
        SourceError: files are missing or not aligned.
    """
    lists(folder)
    for split in dict.fromkeys(_SPLITS.values()):
        lines: dict[str, list[Line]] = {}
        sets = [translations(folder, stem) for stem, its in _SPLITS.items() if its == split]
        if task_folder(folder, "task2").is_dir():
            sets += [captions(folder, stem) for stem, its in _CAPTIONED_SPLITS.items() if its == split and _is_there(folder, stem)]
        for line in (line for lines_of_set in sets for line in lines_of_set):
            lines.setdefault(line.image.name, []).append(line)
        for name, those in lines.items():
            written = dict.fromkeys(text for line in those for text in _written(line.texts))
            yield Described(name, those[0].image, split, those[0].names, tuple(written))


def _written(texts: dict[str, tuple[str, ...]]) -> Iterator[Written]:
    if len(texts["en"]) > 1:
        yield from (Written(lang, text) for lang, those in texts.items() for text in those)
        return
    (english,) = texts["en"]
    yield Written("en", english)
    yield from (Written(lang, text, english) for lang, (text,) in texts.items() if lang != "en")


def _is_there(folder: Path, stem: str) -> bool:
    return any(_has(task_folder(folder, "task2") / "raw" / f"{stem}.1.en"))


def _has(path: Path) -> tuple[bool, bool]:
    return path.is_file(), path.with_name(path.name + ".gz").is_file()


def _lines(folder: Path, listed: Path, files: Mapping[str, Sequence[Path]]) -> list[Line]:
    pictures = read_lines(listed)
    columns = {lang: {str(path): read_lines(path) for path in paths} for lang, paths in files.items()}
    check_aligned({str(listed): pictures, **{name: lines for those in columns.values() for name, lines in those.items()}})
    made = []
    for number, name in enumerate(pictures):
        picture = name.partition("#")[0]
        texts = {lang: tuple(lines[number].strip() for lines in those.values()) for lang, those in columns.items()}
        made.append(Line(name, find_image(folder, picture, _PLACES), names_in(picture) or (f"flickr:{Path(picture).stem}",), texts))
    return made
