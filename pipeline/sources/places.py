"""Pictures that lie on a disk or in a tar: the rows of a list say where, and their bytes are read when they are decoded."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from pipeline.sources.files import ends, open_bytes, unreadable

logger = logging.getLogger(__name__)

Place: TypeAlias = Mapping[str, Any]
"""A value of `pipeline.tables.PLACE`."""


def place_in(path: str, file: IO[bytes], start: int, size: int) -> Place:
    """The place of ``size`` bytes from ``start`` on in an open file."""
    return {"path": os.fsencode(path), "start": start, "size": size, "ends": ends(file, start, size)}


def place_of(path: str | Path) -> Place | None:
    """The place of a file of many. One that cannot be read is told and has none, and its picture is a reject: it does not end a run."""
    try:
        with open(path, "rb") as file:
            return place_in(os.path.abspath(path), file, 0, os.fstat(file.fileno()).st_size)
    except OSError as error:
        _tell(path, error)
        return None


def bytes_if_readable(path: str | Path) -> bytes:
    """What stands beside a picture, read whole; nothing where it cannot be read, which is told."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        _tell(path, error)
        return b""


def read_places(places: Iterable[Place]) -> Iterator[bytes]:
    """The bytes at some places, neighbours in a tar without opening it anew; none of a file that cannot be read any more, which is told.

    Raises:
        SourceError: a tar cannot be read any more, and with it all that it holds.
    """
    with ExitStack() as opened:
        last, file = "", cast(IO[bytes], io.BytesIO())
        for place in places:
            name = os.fsdecode(place["path"])
            try:
                if name != last:
                    opened.close()
                    file = opened.enter_context(open_bytes(name) if "://" in name else open(name, "rb"))  # noqa: SIM115
                    last = name
                file.seek(place["start"])
                yield file.read(place["size"])
            except OSError as error:
                if place["start"]:
                    raise unreadable(name, error) from None
                _tell(name, error)
                yield b""


def _tell(path: str | Path, error: OSError) -> None:
    logger.warning("%s: %s; goes on without it", path, error.strerror or error)
