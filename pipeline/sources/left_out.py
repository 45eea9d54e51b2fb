"""What an input holds and no row is made of, so that it can be told."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)

_NAMED = 3
"""Names of a kind that are told."""
EXPECTED = ("blank lines", "hidden files")
"""Kinds that nobody misses: they are counted in the manifest, and not told in the log."""


class LeftOut:
    """Counts what is left out by kind, as ``.heic files``, and keeps the first names of each."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, kind: str, name: str = "") -> None:
        """Counts one of a kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        names = self._names.setdefault(kind, [])
        if name and len(names) < _NAMED:
            names.append("".join(letter if letter.isprintable() else "\ufffd" for letter in name))

    def facts(self) -> dict[str, dict[str, Any]]:
        """For the manifest: by kind ``count`` and ``first``, the first names."""
        return {kind: {"count": count, "first": self._names[kind]} for kind, count in sorted(self._counts.items())}

    def tell(self, place: str) -> None:
        """Writes a line of the log for each kind."""
        for kind, facts in self.facts().items():
            if kind not in EXPECTED:
                more = ", ..." if facts["count"] > len(facts["first"]) else ""
                logger.warning("%s: left out: %s %s (%s%s)", place, f"{facts['count']:,}", kind, ", ".join(facts["first"]), more)
