"""Files of published datasets: line-aligned texts, JSON lists, and where a picture lies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.sources import lines
from pipeline.sources.files import SourceError, open_unpacked, reading, unreadable

HOW = "see docs/benchmarks.md for how the folder should look"


def find_image(folder: Path, name: str, places: Sequence[str]) -> Path:
    """The picture of this name in the first of ``places`` below ``folder`` that has it; the first place where none has."""
    return next((path for place in places if (path := folder / place / name).is_file()), folder / places[0] / name)


def read_lines(path: Path) -> list[str]:
    """Lines of a text file, ``.gz`` or not; the plain one is read where both are there.

    Raises:
        SourceError: there is neither, or it is damaged or not UTF-8.
    """
    packed = path.with_name(path.name + ".gz")
    there = next((file for file in (path, packed) if file.is_file()), None)
    if there is None:
        raise SourceError(f"{path}: there is neither this file nor {packed.name}; {HOW}")
    return lines.read_lines(str(there))


def check_aligned(files: dict[str, list[str]]) -> None:
    """Line-aligned files have the same number of lines.

    Raises:
        SourceError: they have not.
    """
    if len({len(lines) for lines in files.values()}) > 1:
        counts = ", ".join(f"{name}: {len(lines):,} lines" for name, lines in files.items())
        raise SourceError(f"{counts}; line-aligned files must have the same length")


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        SourceError: it is not there, or is no JSON.
    """
    try:
        if not path.exists():
            raise FileNotFoundError
        with open_unpacked(str(path)) as file, reading(str(path)):
            return json.loads(file.read())
    except SourceError:
        raise
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file; {HOW}") from None
    except OSError as error:
        raise unreadable(str(path), error) from None
    except RecursionError:
        raise SourceError(f"{path}: is JSON nested too deeply; get it again") from None
    except ValueError as error:
        raise SourceError(f"{path}: is no JSON ({error}); get it again") from None
