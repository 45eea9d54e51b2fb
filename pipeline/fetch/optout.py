"""X-Robots-Tag: whether a site lets us use a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r":|[^,;\s:]+")
_VALUED = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}
_KNOWN = _VALUED.union(
    "all index noindex follow nofollow none noarchive nocache nosnippet noimageindex indexifembedded notranslate nositelinkssearchbox "
    "noodp noydir noai noimageai noml".split()
)
"""Directives that there are, heeded or not."""


def refusing_directive(headers: Iterable[str], agent: str, refusing: Iterable[str]) -> str | None:
    """The first directive that refuses us, None if there is none.

    A directive after ``name:`` concerns that agent alone, until the next name in the same header line. It is a name only where a
    known directive follows: whatever else has a colon hides nothing. Commas, semicolons and blanks part directives.

    Args:
        headers: values of all X-Robots-Tag lines of an answer.
        agent: our name in lower case; names in headers are compared without their version.
        refusing: directives that are to be heeded, in lower case.
    """
    refusing = set(refusing)
    known = _KNOWN | refusing
    for header in headers:
        scope, tokens = "*", _TOKEN.findall(header.lower())
        for at, token in enumerate(tokens):
            before, after = tokens[max(0, at - 2) : at], tokens[at + 1 : at + 3]
            if before[1:] == [":"] and before[0] in _VALUED:
                continue  # a value, as in max-image-preview: none
            if token not in known and after[:1] == [":"] and after[-1] in known:
                scope = token.split("/")[0]
            elif token in refusing and scope in ("*", agent):
                return token
    return None
