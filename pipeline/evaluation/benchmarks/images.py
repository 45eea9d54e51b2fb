"""Where the picture of a benchmark lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def find_image(folder: Path, name: str, places: Sequence[str]) -> Path:
    """The picture of this name in the first of ``places`` below ``folder`` that has it; the first place where none has."""
    return next((path for place in places if (path := folder / place / name).is_file()), folder / places[0] / name)
