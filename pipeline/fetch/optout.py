"""X-Robots-Tag: whether a site lets us use a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable

_AGENT = re.compile(r"(?=[^ ]*[a-z*])[a-z0-9_.*+-]+")
_VALUED = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}


def refusing_directive(headers: Iterable[str], agent: str, refusing: Iterable[str]) -> str | None:
    """The first directive that refuses us, None if there is none.

    A directive after ``name:`` concerns that agent alone, until the next name in the same header line.

    Args:
        headers: values of all X-Robots-Tag lines of an answer.
        agent: our name in lower case.
        refusing: directives that are to be heeded, in lower case.
    """
    refusing = set(refusing)
    for header in headers:
        scope = "*"
        for part in header.lower().split(","):
            name, colon, rest = (piece.strip() for piece in part.partition(":"))
            directive = name
            if colon and name not in _VALUED and _AGENT.fullmatch(name):
                scope, directive = name, rest
            if directive in refusing and scope in ("*", agent):
                return directive
    return None
