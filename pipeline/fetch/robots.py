"""robots.txt (RFC 9309): what a site lets us ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 500 * 1024
"""What RFC 9309 asks a crawler to read at least; the rest is not looked at."""
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True)
class Robots:
    """The rules of one host that concern us: (pattern, allowed)."""

    rules: tuple[tuple[str, bool], ...]

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be asked for: the longest rule that fits decides, an allowing one in a tie."""
        path = _normal(path)
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fitting)[1] if fitting else True


def parse_robots(text: str, agent: str) -> Robots:
    """Reads a robots.txt for one agent: the groups that name it, else those for ``*``.

    Args:
        agent: product token in lower case; group names are compared without their version.
    """
    groups: dict[str, list[tuple[str, bool]]] = {}
    names: list[str] = []
    in_rules = False
    for line in text.lstrip("\ufeff").splitlines():
        field, colon, value = (part.strip() for part in line.split("#", 1)[0].partition(":"))
        field = field.lower()
        if not colon:
            continue
        if field == "user-agent":
            names = [*([] if in_rules else names), value.lower().split("/")[0].strip()]
            in_rules = False
            groups.setdefault(names[-1], [])
        elif field in ("allow", "disallow"):
            in_rules = True
            if value:
                for name in names:
                    groups[name].append((_normal(value), field == "allow"))
    return Robots(tuple(groups.get(agent, groups.get("*", ()))))


def _fits(pattern: str, path: str) -> bool:
    """``*`` stands for anything, ``$`` at the end for the end. Linear: greedy search piece by piece, no backtracking."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not anchored or path == first
    at = len(first)
    for piece in rest[:-1]:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    last = rest[-1]
    return len(path) - len(last) >= at and path.endswith(last) if anchored else path.find(last, at) >= 0


def _normal(path: str) -> str:
    """Percent-encoding in one form: only what needs it, in upper case."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    encoded = "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in path)
    return _PERCENT.sub(plain, encoded)
