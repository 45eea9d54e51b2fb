"""Pictures that are there already: folders and WebDataset tars, those that img2dataset wrote among them. No network."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.sources.columns import ALT_NAMES, Row, as_json
from pipeline.sources.files import open_bytes

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


def read_picture(path: str, root: str) -> Row:
    """One picture of a folder, with its alt text and facts from a .txt and a .json file of its name."""
    beside = {ending: file.read_bytes() for ending in (".txt", ".json") if (file := Path(path).with_suffix(ending)).is_file()}
    name = Path(path).relative_to(root).as_posix()
    return _row(name, Path(path).stem, Path(path).read_bytes(), beside)


def read_tar(path: str) -> Iterator[Row]:
    """A WebDataset: adjacent members that have a name in common up to its first dot are one sample."""
    stem, sample = "", dict[str, bytes]()
    with open_bytes(path) as file, tarfile.open(fileobj=file, mode="r|") as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            key, _, ending = name.partition(".")
            if not member.isfile() or not key:
                continue
            if f"{folder}/{key}" != stem:
                if sample:
                    yield _sample(path, stem, sample)
                stem, sample = f"{folder}/{key}", {}
            data = tar.extractfile(member)
            sample[f".{ending.lower()}"] = data.read() if data else b""
    if sample:
        yield _sample(path, stem, sample)


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
