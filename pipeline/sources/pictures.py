"""Pictures that are there already: folders and WebDataset tars, those that img2dataset wrote among them. No network."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from pipeline.sources.columns import ALT_NAMES, Row, as_json, as_text, parsed
from pipeline.sources.files import bare, open_bytes
from pipeline.sources.places import bytes_if_readable, place_in, place_of

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
_BESIDE = (".txt", ".json")
_MOST_BESIDE = 16 * 2**20
"""Bytes of a text or of facts, at most: those of one picture."""


def read_picture(path: str, root: str) -> Row:
    """One picture of a folder, with its alt text and facts from a .txt and a .json file of its name."""
    beside = {ending: bytes_if_readable(file) for ending in _BESIDE if (file := Path(path).with_suffix(ending)).is_file()}
    name, place = Path(path).relative_to(root).as_posix(), place_of(path)
    return _row(name, Path(path).stem, beside) | {"image": b"" if place is None else None, "place": place}


def count_tar(path: str) -> int:
    """Samples of a WebDataset. Where the file can be skipped through, only the names of its members are read."""
    with _open_tar(path) as (tar, _):
        return sum(1 for _ in groupby(_members(tar), key=itemgetter(0)))


def read_tar(path: str, first: int = 0, most: int = sys.maxsize) -> Iterator[Row]:
    """Samples of a WebDataset from the ``first`` on: adjacent members that have a name in common up to its first dot are one.

    Rows say where in the tar their pictures are. From a compressed one, in which nothing can be found again, they hold the bytes.

    Args:
        most: bytes that are read of a picture, at most.
    """
    with _open_tar(path) as (tar, file):
        for number, (stem, members) in enumerate(groupby(_members(tar), key=itemgetter(0))):
            if number >= first:
                yield _sample(path, stem, ((f".{ending.lower()}", member) for _, ending, member in members), tar, file, most)


@contextmanager
def _open_tar(path: str) -> Iterator[tuple[tarfile.TarFile, IO[bytes] | None]]:
    """A tar, and the file that it is unless that is compressed."""
    packed = bare(path) != path
    with open_bytes(path) as file, tarfile.open(fileobj=file, mode="r|" if packed else "r:") as tar:
        yield tar, None if packed else file


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, str, tarfile.TarInfo]]:
    """Stem, ending and the rest of each file."""
    for member in tar:
        tar.members.clear()  # type: ignore[attr-defined]  # else all of them would be kept
        folder, _, name = member.name.rpartition("/")
        key, _, ending = name.partition(".")
        if member.isfile() and key:
            yield f"{folder}/{key}", ending, member


def _sample(
    path: str, stem: str, members: Iterator[tuple[str, tarfile.TarInfo]], tar: tarfile.TarFile, file: IO[bytes] | None, most: int
) -> Row:
    beside: dict[str, bytes] = {}
    pictures: dict[str, Row] = {}
    for ending, member in members:
        if ending.endswith(ENDINGS):
            if file is None:
                pictures[ending] = {"image": _data(tar, member, most)}
            else:
                pictures[ending] = {"place": place_in(path, file, member.offset_data, member.size)}
        elif ending in _BESIDE:
            beside[ending] = _data(tar, member, _MOST_BESIDE)
    key = stem.rsplit("/", 1)[-1]
    # Where there are several, the one of the plainest name: others are its mask, its depth, what it was made from.
    chosen = min(pictures, key=lambda ending: (ending.count("."), ending), default=None)
    # Empty where the sample has no picture: a reject, not something to ask the network for.
    return _row(f"{Path(path).name}/{key}", key, beside) | (pictures[chosen] if chosen else {"image": b""})


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    data = tar.extractfile(member)
    return data.read(min(member.size, most)) if data else b""


def _row(name: str, stem: str, beside: Mapping[str, bytes]) -> Row:
    facts = _facts(beside.get(".json", b"{}"))
    alt = beside[".txt"].decode("utf-8", "replace") if ".txt" in beside else next((facts[n] for n in ALT_NAMES if facts.get(n)), None)
    return {
        "url": as_text(facts.get("url")) or name,
        "alt": as_text(alt),
        "source_key": as_text(facts.get("key")) or stem,
        "columns": as_json(facts),
    }


def _facts(data: bytes) -> dict[str, Any]:
    facts = parsed(data)
    return facts if isinstance(facts, dict) else {}
