"""Which column of an image list holds what, and a row of any list as a row of `pipeline.tables.SOURCE`."""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from pipeline.sources.files import SourceError

logger = logging.getLogger(__name__)

URL_NAMES = ("url", "image_url", "imageurl", "img_url", "photo_image_url", "coco_url", "link", "src", "href")
ALT_NAMES = ("alt", "caption", "alt_text", "text", "description", "title")
KEY_NAMES = ("key", "source_key", "id", "image_id", "uid", "sample_id")
IMAGE_NAMES = ("jpg", "jpeg", "png", "webp", "image", "image_bytes", "bytes", "img")

LONGEST = 2**16
"""Characters of a text that is read, at most: what is longer would fill the memory, and is none about a picture."""

Row = dict[str, Any]
"""Values by the names of `pipeline.tables.SOURCE`. One that cannot be used has the reason in ``reject``, what is wrong in ``detail``."""


class NotText(ValueError):
    """A value that should be a text and is none; the message says what it is."""


@dataclass(frozen=True)
class ImageColumns:
    """Names of the list's columns; empty ones are found by their usual names, whatever their case."""

    url: str = ""
    alt: str = ""
    key: str = ""
    image: str = ""


@dataclass(frozen=True)
class Columns:
    """What is known of the columns of a file before its rows are read.

    Attributes:
        names: in the order of the file.
        pictures: those that hold bytes of pictures.
        others: those that hold neither texts nor numbers, with what they hold in words.
    """

    names: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)


def choose(place: str, there: Columns, wanted: ImageColumns) -> dict[str, str]:
    """Which column is the URL, the alt text, the key and the picture, as far as they are there.

    A usual name whose column holds no text is passed over, which is told; it stays among the other columns.

    Args:
        place: the file, for errors.

    Raises:
        SourceError: a name is there twice, a named column is not there or holds something else, or there is neither one of URLs nor one
            of pictures.
    """
    check_unique(place, there.names)
    for role in fields(wanted):
        named = getattr(wanted, role.name)
        if named and named not in there.names:
            raise _missing(place, f"column '{named}'", there)
        if role.name == "image" and named and named not in there.pictures:
            raise SourceError(f"{place}: column '{named}' holds no bytes of pictures; name one that does by --image-columns image=COLUMN")
        if role.name != "image" and named in there.others:
            raise SourceError(
                f"{place}: column '{named}' holds {there.others[named]}, not text; name another by --image-columns {role.name}=COLUMN"
            )
    for name in there.others.keys() & {name for name in there.names if name.lower() in (*URL_NAMES, *ALT_NAMES, *KEY_NAMES)}:
        if name not in there.pictures:
            tell(f"{place}: column '{name}' holds {there.others[name]}, not text; it is kept with the other columns")
    chosen = found([name for name in there.names if name not in there.others], wanted)
    holding = {name.lower(): name for name in there.pictures}
    if image := wanted.image or next((holding[name] for name in IMAGE_NAMES if name in holding), ""):
        chosen["image"] = image
    if "url" not in chosen and "image" not in chosen:
        raise _missing(place, "column of URLs", there)
    return chosen


@lru_cache(maxsize=1024)
def tell(message: str) -> None:
    """Writes a line of the log, once in a process, however often a file is opened."""
    logger.warning("%s", message)


def check_unique(place: str, names: Iterable[str]) -> None:
    """Makes sure that a name stands for one column.

    Raises:
        SourceError: naming those that are there more than once.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError(f"{place}: several columns are named {shown(twice)}; rename them")


def found(there: Iterable[str], wanted: ImageColumns) -> dict[str, str]:
    """The columns of URL, alt text and key that are there; none of them needs to be."""
    names = list(there)
    # A name in two cases means the first of them.
    lower = {name.lower(): name for name in reversed(names)}
    chosen = {}
    for role, given, usual in (("url", wanted.url, URL_NAMES), ("alt", wanted.alt, ALT_NAMES), ("source_key", wanted.key, KEY_NAMES)):
        name = given if given in names else None
        if not given:
            name = next((lower[name] for name in usual if name in lower), None)
        if name and name != wanted.image:
            chosen[role] = name
    return chosen


def source_row(row: Mapping[str, Any], chosen: Mapping[str, str]) -> Row:
    """A row of the list; what is in no chosen column goes into ``columns``, as JSON. A value that should be a text and is none makes it a
    reject (bad_row)."""
    made: Row = {}
    for role, name in chosen.items():
        value = row.get(name)
        if role == "image":
            # A row without its picture is one that could not be had when the collection was made; it is not asked for again.
            made[role] = (value.get("bytes") if isinstance(value, dict) else value) or b""
            continue
        try:
            made[role] = as_text(value)
        except NotText as error:
            made |= refused("bad_row", f"column '{name}' {error}")
    return made | {"columns": as_json({name: value for name, value in row.items() if name not in chosen.values()})}


def refused(reason: str, detail: str) -> Row:
    """What a row has that cannot be used."""
    return {"reject": reason, "detail": detail}


def as_json(facts: Mapping[str, Any]) -> str | None:
    """Facts as one JSON object, without nulls, bytes and numbers that are none (NaN, infinity); None for none, or what is nested too
    deeply."""
    rest = {name: value for name, value in facts.items() if value is not None and not isinstance(value, bytes)}
    try:
        try:
            return json.dumps(rest, sort_keys=True, ensure_ascii=False, default=_in_json, allow_nan=False) if rest else None
        except ValueError:
            rest = {name: value for name, value in _finite(rest).items() if value is not None}
            return json.dumps(rest, sort_keys=True, ensure_ascii=False, default=_in_json) if rest else None
    except RecursionError:
        return None


def as_text(value: Any) -> str | None:
    """A text or a number as text without spaces around it, None for none (also for NaN, by which tables mark what is missing).

    Raises:
        NotText: it is neither, or bytes that are not UTF-8, or longer than any text about a picture.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (str, bytes)) and len(value) > LONGEST:
        raise NotText(f"holds a text of {len(value):,} characters, at most {LONGEST:,}")
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise NotText("holds bytes that are not UTF-8") from None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # A column of whole numbers in which some are missing comes as fractions.
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    raise NotText(f"holds a {type(value).__name__}, not text")


def parsed(text: str | bytes) -> Any:
    """What a JSON text holds; None for what is none, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def shown(names: Sequence[str]) -> str:
    """Names of columns in a line of letters that can be shown. What is no list at all may have anything for its names."""
    return ", ".join("".join(letter if letter.isprintable() else "\ufffd" for letter in name)[:40] for name in names[:40])


def _missing(place: str, what: str, there: Columns) -> SourceError:
    """The error for a column that is not there."""
    if what == "column of URLs" and there.pictures:
        holding = f"; if pictures are in {shown(there.pictures)}, name it by --image-columns image={there.pictures[0]}"
    else:
        holding = ""
    return SourceError(f"{place}: no {what} among {shown(there.names)}; name it by --image-columns url=COLUMN,alt=COLUMN{holding}")


def _finite(value: Any) -> Any:
    """A value without numbers that are none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, (list, tuple)) else value


def _in_json(value: Any) -> Any:
    """Dates and decimals in JSON; bytes within others have no place there."""
    return None if isinstance(value, bytes) else str(value)
