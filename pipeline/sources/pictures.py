"""Pictures that are there already: folders and WebDataset tars, those that img2dataset wrote among them. No network."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from pipeline.sources.columns import ALT_NAMES, Row, as_json
from pipeline.sources.files import bare, open_bytes

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


def read_picture(path: str, root: str) -> Row:
    """One picture of a folder, with its alt text and facts from a .txt and a .json file of its name."""
    beside = {ending: file.read_bytes() for ending in (".txt", ".json") if (file := Path(path).with_suffix(ending)).is_file()}
    name = Path(path).relative_to(root).as_posix()
    return _row(name, Path(path).stem, Path(path).read_bytes(), beside)


def count_tar(path: str) -> int:
    """Samples of a WebDataset. Where the file can be skipped through, only the names of its members are read."""
    with _open_tar(path) as tar:
        return sum(1 for _ in groupby(_members(tar), key=itemgetter(0)))


def read_tar(path: str, first: int = 0) -> Iterator[Row]:
    """Samples of a WebDataset from the ``first`` on: adjacent members that have a name in common up to its first dot are one."""
    with _open_tar(path) as tar:
        for number, (stem, members) in enumerate(groupby(_members(tar), key=itemgetter(0))):
            if number >= first:
                yield _sample(path, stem, {f".{ending.lower()}": _data(tar, member) for _, ending, member in members})


@contextmanager
def _open_tar(path: str) -> Iterator[tarfile.TarFile]:
    packed = bare(path) != path
    with open_bytes(path) as file, tarfile.open(fileobj=file, mode="r|" if packed else "r:") as tar:
        yield tar


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, str, tarfile.TarInfo]]:
    """Stem, ending and the rest of each file."""
    for member in tar:
        tar.members.clear()  # type: ignore[attr-defined]  # else all of them would be kept
        folder, _, name = member.name.rpartition("/")
        key, _, ending = name.partition(".")
        if member.isfile() and key:
            yield f"{folder}/{key}", ending, member


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    data = tar.extractfile(member)
    return data.read() if data else b""


def _sample(path: str, stem: str, members: dict[str, bytes]) -> Row:
    # Empty where the sample has no picture: a reject, not something to ask the network for.
    image = next((data for ending, data in sorted(members.items()) if ending.endswith(ENDINGS)), b"")
    key = stem.rsplit("/", 1)[-1]
    return _row(f"{Path(path).name}/{key}", key, image, members)


def _row(name: str, stem: str, image: bytes, beside: dict[str, bytes]) -> Row:
    facts = _facts(beside.get(".json", b"{}"))
    alt = beside[".txt"].decode("utf-8", "replace") if ".txt" in beside else next((facts[n] for n in ALT_NAMES if facts.get(n)), None)
    key = facts.get("key") or stem
    return {
        "url": str(facts.get("url") or name),
        "alt": None if alt is None else str(alt).strip(),
        "source_key": str(key),
        "image": image,
        "columns": as_json(facts),
    }


def _facts(data: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(data)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
