"""Pictures that a model is asked about: read when they are needed, and tried before that."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.benchmarks.items import MISSING
from shards.pictures import PictureError, decode_picture


@dataclass(frozen=True)
class Picture:
    """``key`` is what the model's view of it is kept by, ``file`` its bytes or where these lie."""

    key: str
    file: bytes | Path

    @property
    def image(self) -> bytes:
        """The bytes; of a path they are read each time, for those of a whole test set would fill the memory."""
        return self.file if isinstance(self.file, bytes) else self.file.read_bytes()


def picture_at(path: Path) -> Picture:
    """The picture of a file, with a key that no other file has, in whatever benchmark; nor has a picture of a dataset, by its hash."""
    return Picture(f"file:{path}", path)


class Faults:
    """What is wrong with pictures. Each is tried once, however many test sets have it."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Those of some pictures that have any: `MISSING`, or in its own words what their decoder found."""
        asked = list(paths)
        new = [path for path in asked if path not in self._known]
        with ThreadPoolExecutor() as threads:
            self._known.update(zip(new, threads.map(_fault, new), strict=True))
        return {path: fault for path in asked if (fault := self._known[path])}


def _fault(path: Path) -> str:
    if not path.is_file():
        return MISSING
    try:
        decode_picture(path.read_bytes())
    except (PictureError, OSError) as error:
        return str(error)
    return ""
