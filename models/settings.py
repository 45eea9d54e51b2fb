"""The settings behind a spec, as ``?beams=4&length_penalty=0.9``, as a frozen dataclass."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import TypeVar

Settings = TypeVar("Settings")


def read_settings(kind: type[Settings], given: Mapping[str, str]) -> Settings:
    """An object of a dataclass whose fields are of type str, int, float or bool (``on``, ``off``); what is not given keeps its default.

    Raises:
        ValueError: a setting that there is not, or a value of the wrong type.
    """
    kinds = typing.get_type_hints(kind)
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise ValueError(f"there is no setting '{name}'; there are {', '.join(known)}")
    return kind(**{name: _convert(name, value, kinds[name]) for name, value in given.items()})


def _convert(name: str, value: str, kind: type) -> object:
    if kind is bool:
        if value in ("on", "off"):
            return value == "on"
        raise ValueError(f"{name}={value}: must be on or off")
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{name}={value}: must be of type {kind.__name__}") from None
