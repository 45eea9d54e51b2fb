"""Plain values, as JSON holds them: parsed strictly, and made into the dataclasses that declare their types."""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

DEEPEST = 64
"""Levels of lists and objects in one another."""

MOST = 2**53
"""The largest integer: beyond it many a reader of JSON rounds."""

_BREAK = re.compile(r"\s*[\r\n]\s*")

Made = TypeVar("Made")


class PlainError(ValueError):
    """A value that is not of its type; ``place`` says which within the whole, as ``splits.train[0].bytes``."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(f"{place or 'it'} {what}")
        self.what, self.place = what, place

    def within(self, outer: str) -> PlainError:
        """The same, seen from one level further out."""
        joint = "." if self.place and not self.place.startswith("[") else ""
        return PlainError(self.what, f"{outer}{joint}{self.place}")


def parse(data: bytes) -> Any:
    """The value of a JSON text of a kind that every reader takes for the same.

    Raises:
        ValueError: it is not JSON in UTF-8, holds a name twice, a number that is not finite, half a surrogate pair or more than
            `DEEPEST` levels; one line.
    """
    text = data.decode("utf-8")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError(f"has more than {DEEPEST} levels") from None
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(value)
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"holds half a surrogate pair, {error.object[error.start]!a}") from None
    return value


def shown(value: Any) -> str:
    """A plain value for a message, short and printable whatever it is."""
    made = ascii(value) if isinstance(value, (str, int, float, type(None))) else json.dumps(value, default=ascii)
    return made if len(made) <= 40 else made[:37] + "..."


def one_line(text: str) -> str:
    """A text in one line, with what cannot be printed escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in _BREAK.sub(" ", text.strip()))


def made_of(kind: type[Made], value: Any) -> Made:
    """A dataclass of a plain object, its fields checked against their types.

    Types are str, bytes, bool, int (from 0 to `MOST`), float, Any, dataclasses, NamedTuples (of a list), ``tuple[X, ...]`` (of a list),
    ``Mapping[str, X]``, and any of these or None.

    Raises:
        PlainError: a value is of another type, a field is missing, or there is one that the dataclass does not have.
    """
    maker: Callable[[Any], Made] = _maker(kind)  # type: ignore[arg-type]
    return maker(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"holds {shown(twice)} twice in one object")
    return made


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"holds the number {number[:40]}, which is not finite")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        outers = [outer.values() if isinstance(outer, dict) else outer for outer in level if isinstance(outer, (dict, list))]
        level = [one for outer in outers for one in outer]
    if any(isinstance(one, (dict, list)) for one in level):
        raise ValueError(f"has more than {DEEPEST} levels")


@cache
def _maker(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of a type of a plain one, or raises."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value: value
    if is_dataclass(kind):
        return _dataclass(kind)
    if hasattr(kind, "_fields"):
        return _named_tuple(kind)
    if origin is tuple:
        return _list(_maker(arguments[0]))
    if origin in (types.UnionType, Union):
        return _optional(_maker(next(one for one in arguments if one is not type(None))))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_maker(arguments[1]))
    return _simple(kind)


def _simple(kind: type) -> Callable[[Any], Any]:
    what = {str: "a text", bytes: "bytes", bool: "true or false", int: f"an integer from 0 to {MOST}", float: "a number"}[kind]
    taken = (int, float) if kind is float else (kind,)

    def make(value: Any) -> Any:
        if type(value) not in taken or (kind is int and not 0 <= value <= MOST):
            raise PlainError(f"is {shown(value)}, not {what}")
        return value

    return make


def _optional(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else make(value)


def _list(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def made(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise PlainError(f"is {shown(value)}, not a list")
        found = []
        for number, one in enumerate(value):
            try:
                found.append(make(one))
            except PlainError as error:
                raise error.within(f"[{number}]") from None
        return tuple(found)

    return made


def _named_tuple(kind: Any) -> Callable[[Any], Any]:
    makers = [_maker(hint) for hint in get_type_hints(kind).values()]

    def made(value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != len(makers):
            raise PlainError(f"is {shown(value)}, not a list of {len(makers)}")
        return kind(*(make(one) for make, one in zip(makers, value, strict=True)))

    return made


def _mapping(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def made(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PlainError(f"is {shown(value)}, not an object")
        found = {}
        for name, one in value.items():
            try:
                found[name] = make(one)
            except PlainError as error:
                raise error.within(one_line(name)) from None
        return found

    return made


def _dataclass(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    makers = {one.name: _maker(hints[one.name]) for one in fields(kind)}
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}

    def made(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PlainError(f"is {shown(value)}, not an object")
        found = {}
        for name, one in value.items():
            if name not in makers:
                raise PlainError(f"holds {shown(name)}, which the format does not know")
            try:
                found[name] = makers[name](one)
            except PlainError as error:
                raise error.within(name) from None
        if missing := needed.difference(found):
            raise PlainError(f"has no {', '.join(map(repr, sorted(missing)))}")
        return kind(**found)

    return made
