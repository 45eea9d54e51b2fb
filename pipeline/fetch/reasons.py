"""Why a picture could not be had: a closed set, in words for reports, each with whether asking again later can help."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Reason:
    """``words`` for a reader of the report; ``transient``: can pass, so that ``--retry-failed`` asks again."""

    words: str
    transient: bool = False


REASONS: dict[str, Reason] = {
    # before any connection
    "bad_url": Reason("not a usable URL"),
    "scheme": Reason("neither http nor https"),
    "private_address": Reason("address that is not public"),
    "dns": Reason("DNS: the host name does not exist"),
    "dns_unavailable": Reason("DNS: no answer about the host name", True),
    # connection
    "connect_refused": Reason("server refuses connections", True),
    "connect_failed": Reason("server cannot be reached", True),
    "connection_lost": Reason("connection broke off", True),
    "tls": Reason("TLS: certificate or handshake is bad"),
    "deadline": Reason("took too long", True),
    "proxy": Reason("proxy cannot be reached or refuses", True),
    "out_of_files": Reason("no file left on this machine for a connection", True),
    # answer
    "bad_response": Reason("answer is not sound HTTP"),
    "too_many_redirects": Reason("too many redirects"),
    "not_found": Reason("not found (404, 410)"),
    "forbidden": Reason("not allowed to have it (401, 402, 403, 407, 451)"),
    "busy": Reason("server asks to come back later (408, 425, 429)", True),
    "server_error": Reason("server failed (5xx)", True),
    "http_status": Reason("other HTTP status"),
    "opted_out": Reason("opted out by X-Robots-Tag"),
    "robots": Reason("disallowed by robots.txt"),
    "robots_unavailable": Reason("robots.txt could not be read", True),
    "too_large": Reason("more bytes than allowed"),
    "empty": Reason("no bytes"),
    "hash_missing": Reason("no hash in the list to check it by"),
    "hash_mismatch": Reason("other bytes than the list's hash says"),
    # picture
    "mislabelled": Reason("picture in another format than it is labelled as"),
    "html": Reason("web page instead of a picture"),
    "not_an_image": Reason("not a picture in a known format"),
    "truncated": Reason("picture breaks off"),
    "corrupt": Reason("picture is damaged"),
    "bomb": Reason("picture would need too much memory or time"),
    "unsupported": Reason("kind of pixels that cannot be shown"),
    "animated": Reason("animation"),
    "too_small": Reason("too few pixels"),
    "aspect": Reason("too long and thin"),
    "internal_error": Reason("error of this program"),
}


class Failure(Exception):
    """A picture that could not be had.

    ``reason`` is one of `REASONS`; ``detail`` says what exactly, in one line that can be shown whatever it quotes, without anything
    that differs between equal runs;
    ``status`` is the HTTP status where there was one; ``wait`` the seconds that the server asks to wait before another try.
    """

    def __init__(self, reason: str, detail: str, status: int | None = None, wait: float | None = None) -> None:
        if not detail.isprintable():
            detail = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in detail)
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.status, self.wait = reason, detail, status, wait
        self.transient = REASONS[reason].transient


def shortage(error: OSError) -> Failure | None:
    """The failure of this machine that an error of the operating system is; None for one that a host or the network has made."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return Failure("out_of_files", f"{error.strerror}; raise the limit (ulimit -n), or lower fetch concurrency and waiting")
    return None


def storable(text: str) -> str:
    """Text that Arrow takes: bytes of a header that are no UTF-8, which are lone surrogates, become U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
