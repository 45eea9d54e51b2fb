"""Which column of an image list holds what, and a row of any list as a row of `pipeline.tables.SOURCE`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.sources.files import SourceError

URL_NAMES = ("url", "image_url", "imageurl", "img_url", "photo_image_url", "coco_url", "link", "src", "href")
ALT_NAMES = ("alt", "caption", "alt_text", "text", "description", "title")
KEY_NAMES = ("key", "source_key", "id", "image_id", "uid", "sample_id")
IMAGE_NAMES = ("jpg", "jpeg", "png", "webp", "image", "image_bytes", "bytes", "img")

Row = dict[str, Any]


@dataclass(frozen=True)
class ImageColumns:
    """Names of the list's columns; empty ones are found by their usual names, whatever their case."""

    url: str = ""
    alt: str = ""
    key: str = ""


def choose(place: str, there: Iterable[str], columns: ImageColumns, pictures: Iterable[str] = ()) -> dict[str, str]:
    """Which column is the URL, the alt text, the key and the picture, as far as they are there.

    Args:
        place: the file, for errors.
        pictures: columns that hold bytes of pictures.

    Raises:
        SourceError: a named column is not there, or neither one of URLs nor one of pictures.
    """
    names = list(there)
    for given in (columns.url, columns.alt, columns.key):
        if given and given not in names:
            raise _missing(place, f"column '{given}'", names)
    chosen = found(names, columns)
    holding = {name.lower(): name for name in pictures}
    if image := next((holding[name] for name in IMAGE_NAMES if name in holding), None):
        chosen["image"] = image
    if "url" not in chosen and "image" not in chosen:
        raise _missing(place, "column of URLs", names)
    return chosen


def found(there: Iterable[str], columns: ImageColumns) -> dict[str, str]:
    """The same of what need not be there, such as a column that only some rows have; but for pictures."""
    names = list(there)
    # A name in two cases means the first of them.
    lower = {name.lower(): name for name in reversed(names)}
    chosen = {}
    for role, given, usual in (("url", columns.url, URL_NAMES), ("alt", columns.alt, ALT_NAMES), ("source_key", columns.key, KEY_NAMES)):
        name = given if given in names else next((lower[name] for name in usual if name in lower and not given), None)
        if name:
            chosen[role] = name
    return chosen


def source_row(row: Mapping[str, Any], chosen: Mapping[str, str]) -> Row:
    """A row of the list; what is in no chosen column goes into ``columns``, as JSON."""
    made: Row = {}
    for role, name in chosen.items():
        value = row.get(name)
        if role == "image":
            # A row without its picture is one that could not be had when the collection was made; it is not asked for again.
            made[role] = (value.get("bytes") if isinstance(value, dict) else value) or b""
        else:
            made[role] = as_text(value)
    return made | {"columns": as_json({name: value for name, value in row.items() if name not in chosen.values()})}


def as_json(facts: Mapping[str, Any]) -> str | None:
    """Facts as one JSON object, without nulls and bytes; None for none, or what is nested too deeply."""
    rest = {name: value for name, value in facts.items() if value is not None and not isinstance(value, bytes)}
    try:
        return json.dumps(rest, sort_keys=True, ensure_ascii=False, default=str) if rest else None
    except RecursionError:
        return None


def as_text(value: Any) -> str | None:
    """A value as text without spaces around it; None for none, or what is nested too deeply."""
    try:
        return None if value is None else str(value).strip()
    except RecursionError:
        return None


def parsed(text: str | bytes) -> Any:
    """What a JSON text holds; None for what is none, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _missing(place: str, what: str, names: list[str]) -> SourceError:
    """The error for a column that is not there."""
    return SourceError(f"{place}: no {what} among {shown(names)}; name it by --image-columns url=COLUMN,alt=COLUMN")


def shown(names: Sequence[str]) -> str:
    """Names of columns in a line of letters that can be shown. What is no list at all may have anything for its names."""
    return ", ".join("".join(letter if letter.isprintable() else "\ufffd" for letter in name)[:40] for name in names[:40])
