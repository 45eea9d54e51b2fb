"""robots.txt (RFC 9309): what a site lets us ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 500 * 1024
"""What RFC 9309 asks a crawler to read at least; the rest is not looked at."""
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_OTHER = re.compile(r"[^!-~]")


@dataclass(frozen=True)
class Robots:
    """The rules of one host that concern us: (pattern, allowed)."""

    rules: tuple[tuple[str, bool], ...]

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be asked for: the longest rule that fits decides, an allowing one in a tie."""
        path = _literal(_normal(path))
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fitting)[1] if fitting else True


def parse_robots(text: str, agent: str) -> Robots:
    """Reads a robots.txt for one agent: the groups that name it, else those for ``*``.

    Args:
        agent: product token in lower case; group names are compared without their version.
    """
    groups: dict[str, list[tuple[str, bool]]] = {}
    # Only of the names that matter here, each once: a file may name ten thousands of agents in front of as many rules.
    names = set[str]()
    in_rules = False
    for line in text.lstrip("\ufeff").splitlines():
        field, colon, value = (part.strip() for part in line.split("#", 1)[0].partition(":"))
        field = field.lower()
        if not colon:
            continue
        if field == "user-agent":
            name = value.lower().split("/")[0].strip()
            names = {*(() if in_rules else names), *({name} & {agent, "*"})}
            in_rules = False
            groups.update({name: [] for name in names - groups.keys()})
        elif field in ("allow", "disallow"):
            in_rules = True
            if value:
                for name in names:
                    groups[name].append((_pattern(value), field == "allow"))
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
    """RFC 9309, 2.2.2, the other way round: all of ASCII that is printed stands for itself, but what `_fits` reads as more than that
    keeps its encoding, and so does the percent sign."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if "!" <= character <= "~" and character not in "%*$" else match[0].upper()

    encoded = _OTHER.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), path)
    return _PERCENT.sub(plain, encoded)


def _pattern(rule: str) -> str:
    """A rule in which ``*``, and ``$`` at the end, are those that `_fits` heeds (2.2.3)."""
    rule = _normal(rule)
    return rule[:-1].replace("$", "%24") + rule[-1:]


def _literal(path: str) -> str:
    return path.replace("*", "%2A").replace("$", "%24")
