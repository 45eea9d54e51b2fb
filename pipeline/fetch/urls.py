"""What a URL means, and how it is sent: as it was given, since servers sign the very bytes of what they are asked for."""

from __future__ import annotations

import re
from functools import lru_cache

from yarl import URL

from pipeline.fetch.addresses import plain_host
from pipeline.fetch.reasons import Failure

_LONGEST = 8000  # characters; servers refuse longer ones
_PARTS = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?", re.DOTALL)
"""Scheme, authority, path, and query with its mark (RFC 3986, appendix B)."""
_PATH, _QUERY = re.compile(r"""[^!-~]|["<>\\^`{}]"""), re.compile(r"""[^!-~]|["<>]""")
"""What is not sent raw: what browsers encode (WHATWG URL, path and query percent-encode sets) and no request target may hold."""
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_CANONICAL = re.compile(
    rf"(?=.{{1,253}}$)(https?)://((?:(?:[a-z0-9-]+\.)*[a-z][a-z0-9]*|(?:{_OCTET}\.){{3}}{_OCTET})(?::(?:[1-9]\d{{3}}|[1-5]\d{{4}}))?)"
    r"((?:/(?!\.\.?(?:/|\?|$))[A-Za-z0-9._~-]*)+(?:\?[A-Za-z0-9._~=&-]+)?)",
    re.ASCII,
)
"""What most URLs are: they mean what they say, and are sent as they are."""
_NOT_READ = (ValueError, IndexError)
"""What yarl raises for what it cannot read; the latter for a bracket with no host behind it."""
_LINE_BREAKS = str.maketrans("", "", "\t\r\n")


@lru_cache(maxsize=4096)  # of each row the name is wanted, then the picture
def parse_url(text: str | None) -> URL:
    """A URL that can be asked for: scheme and host in the form of `canonical_url`, path and query to the byte as given.

    Only what no request may hold is encoded there (blanks, controls, other characters than ASCII's as UTF-8), and dots between
    slashes are resolved, both as browsers do. Path and query are one, as yarl would drop the mark of an empty query: ``raw_path_qs``
    is what is sent.

    Raises:
        Failure: ``bad_url`` or ``scheme``.
    """
    if text and (plain := _CANONICAL.fullmatch(text)):
        return URL.build(scheme=plain[1], authority=plain[2], path=plain[3], encoded=True)
    text = _on_one_line(text or "")
    if not text or len(text) > _LONGEST:
        raise Failure("bad_url", "no URL" if not text else f"longer than {_LONGEST} characters")
    scheme, authority, path, query = _parts(text)
    if scheme not in ("http", "https"):
        raise Failure("scheme" if scheme else "bad_url", f"scheme '{scheme[:100]}'" if scheme else "no scheme")
    if not authority:
        raise Failure("bad_url", "no host")
    try:
        named = URL(f"{scheme}://{authority}")
        port = named.port
        if not port:
            raise Failure("bad_url", "port 0")
        if named.raw_user is not None or named.raw_password is not None:
            raise Failure("bad_url", "carries a user name")
        host = plain_host(named.raw_host or "")
        place = f"[{host}]" if ":" in host else host
        target = _PATH.sub(_encoded, _without_dots(path or "/")) + _QUERY.sub(_encoded, query or "")
        return URL.build(scheme=scheme, authority=place if named.is_default_port() else f"{place}:{port}", path=target, encoded=True)
    except _NOT_READ as error:
        raise _no_url(error) from None


def join_url(url: URL, reference: str) -> URL:
    """Where a reference leads that a URL redirects to, to the byte as given (RFC 3986, 5.2).

    Args:
        url: from `parse_url`.

    Raises:
        Failure: as `parse_url`.
    """
    reference = _on_one_line(reference)
    scheme, authority, path, query = _parts(reference)
    base, _, _ = url.raw_path.partition("?")
    if scheme:
        return parse_url(reference)
    if authority is not None:
        return parse_url(f"{url.scheme}:{reference}")
    if path:
        return parse_url(f"{url.origin()}{'' if path.startswith('/') else base[: base.rindex('/') + 1]}{reference}")
    return parse_url(f"{url.origin()}{base}{query}") if query else url


def canonical_url(text: str) -> str:
    """The one spelling of a URL, by which others are known to mean the same; not what is sent. Scheme and host in lower case, host
    in ASCII without a dot at the end, numeric hosts as dotted quads, no default port, no fragment, percent-encoding only where
    needed, ``/`` for an empty path, no mark of an empty query.

    Raises:
        Failure: ``bad_url`` or ``scheme``.
    """
    if _CANONICAL.fullmatch(text):
        return text
    try:
        return str(URL(str(parse_url(text))))
    except _NOT_READ as error:
        raise _no_url(error) from None


def _no_url(error: Exception) -> Failure:
    return Failure("bad_url", " ".join(str(error).split())[:200])


def _parts(text: str) -> tuple[str, str | None, str, str | None]:
    found = _PARTS.match(text)
    assert found  # all of its parts may be missing
    return (found[1] or "").lower(), found[2], found[3], found[4]


def _on_one_line(text: str) -> str:
    """Without what browsers drop from URLs: blanks around, tabs and line breaks within."""
    return text.strip().translate(_LINE_BREAKS)


def _encoded(character: re.Match[str]) -> str:
    # What came as other bytes than UTF-8, in a header, goes back as these bytes.
    return "".join(f"%{byte:02X}" for byte in character[0].encode("utf-8", "surrogateescape"))


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4; encoded dots are dots, as for browsers."""
    if not _DOTS.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    return "/" + "/".join([*kept, ""] if plain in (".", "..") else kept)
