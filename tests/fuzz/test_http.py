"""Servers that answer anything at all: a row of the ledger each, within its deadline and its bytes, and no other host is contacted."""

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache, partial

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from pipeline.fetch import FetchSettings
from pipeline.fetch.session import joined
from tests.fuzz.laws import examples
from tests.fuzz.ledger import fetched, no_names
from tests.fuzz.pictures import samples
from tests.fuzz.urls import URLS
from tests.pipeline.fetch.rows import rows
from tests.pipeline.fetch.web import Forbidden, Web, serving

BODY = samples()[0]
DEADLINE, LIMIT = 1.0, 20_000

_ANY = st.binary(max_size=20)
_DIGITS = st.sampled_from(
    (b"0", b"1", b"-1", b"+5", b"5, 5", b"5,6", b"0x10", b"1e3", b" 7 ", b"9" * 18, b"9" * 30, b"9" * 5000, b"\xd9\xa3", b"")
)
_LENGTHS = st.sampled_from([str(length).encode() for length in (0, 1, len(BODY) - 1, len(BODY), len(BODY) + 1, LIMIT, LIMIT + 1)]) | _DIGITS
_ENCODINGS = st.sampled_from(
    (b"gzip", b"deflate", b"br", b"identity", b"gzip, gzip", b"gzip, gzip, gzip", b"zstd", b"x-gzip", b"utf-8", b",,", b"")
)
_FIELDS: dict[bytes, st.SearchStrategy[bytes]] = {
    b"Content-Length": _LENGTHS,
    b"Content-Type": st.sampled_from((b"image/jpeg", b"image/png", b"text/html; charset=\xff", b"", b"a" * 300)) | _ANY,
    b"Content-Encoding": _ENCODINGS,
    b"Transfer-Encoding": st.sampled_from((b"chunked", b"gzip, chunked", b"chunked, chunked", b"identity", b"nonsense", b"")),
    b"Connection": st.sampled_from((b"close", b"keep-alive", b"upgrade", b"\xff")),
    b"Location": st.sampled_from((b"", b"/good", b"//", b"?", b"#", b"/\xff", b"../../x", b"/0", b"/1", b"/2", b"http:", b"\xe2\x80\xa8"))
    | URLS.map(lambda url: url.encode("utf-8", "surrogateescape").translate(None, b"\r\n\0")),
    b"Retry-After": st.sampled_from((b"Fri, 31 Dec 9999 23:59:59 -9959", b"Thu, 01 Jan 1970", b"\xd9\xa3", b"0", b"1 2", b"-0"))
    | _DIGITS
    | _ANY,
    b"X-Robots-Tag": st.sampled_from((b"noai", b"bot: noai", b"unavailable_after: 25 Jun 2010 15:00:00 PST, none", b"all\xff")) | _ANY,
    b"Last-Modified": _ANY,
    b"ETag": st.just(b'"' + b"e" * 2000) | _ANY,
    b"Set-Cookie": _ANY,
    b"": _ANY,
    b"\xff\xfe": _ANY,
    b" folded": _ANY,
}
_STATUS = st.sampled_from(
    (
        *(b"HTTP/1.1 %d X" % code for code in (100, 101, 103, 199, 200, 204, 206, 299, 300, 301, 302, 304, 307, 308)),
        *(b"HTTP/1.1 %d X" % code for code in (400, 404, 408, 429, 500, 599, 999)),
        b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1  200 OK", b"HTTP/1.1 2000", b"HTTP/1.1 20", b"HTTP/1.1 000 X", b"HTTP/1.1 abc",
        b"HTTP/2 200", b"HTTP/3 200", b"HTTP/0.9 200 OK", b"ICY 200 OK", b"HTTP/1.1 200 \xff\xfe", b"HTTP/1.1\t200\tOK", b"http/1.1 200 OK",
        b"HTTP/1.1", b"",
    )
) | _ANY  # fmt: skip
_ENDS = st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"\0\r\n"))


@st.composite
def _head(draw: st.DrawFn) -> bytes:
    end = draw(_ENDS)
    names = draw(st.lists(st.sampled_from(list(_FIELDS)), max_size=6))
    lines = [draw(_STATUS), *(name + draw(st.sampled_from((b": ", b":", b" : ", b""))) + draw(_FIELDS[name]) for name in names)]
    return end.join([*lines, b"", b""])


@st.composite
def _body(draw: st.DrawFn) -> bytes:
    body = draw(st.sampled_from((BODY, BODY, b"", b"<html>", bytes(LIMIT + 1), b"\xff" * LIMIT)) | _ANY)
    for way in draw(
        st.lists(st.sampled_from((gzip.compress, zlib.compress, lambda body: 3 * gzip.compress(body), lambda body: body[:-7])), max_size=3)
    ):
        body = way(body)
    if not draw(st.booleans()):
        return body
    size = draw(st.sampled_from((1, 100, 5000)))
    chunks = [body[at : at + size] for at in range(0, min(len(body), 200 * size), size)]
    sizes = st.sampled_from((b"%x", b"%x", b"%x", b"%x;ext=\xff", b"0%x", b"-%x", b"%xg", b"ffffffffffffffff%x", b" %x"))
    form = draw(sizes)
    last = draw(st.sampled_from((b"0\r\n\r\n", b"0\r\nX-Trailer: \xff\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\n", b"", b"0")))
    return b"".join(form % len(chunk) + b"\r\n" + chunk + b"\r\n" for chunk in chunks) + last


Step = bytes | float | None
"""What a server does: sends bytes, waits for seconds, or goes away without a word."""
PLAIN = st.builds(lambda head, body: [head + body], _head(), _body())
LATE = st.builds(
    lambda answer, at, wait, ending: [answer[: len(answer) * at // 100], wait, answer[len(answer) * at // 100 :], *ending],
    st.builds(bytes.__add__, _head(), _body()),
    st.integers(0, 100),
    st.sampled_from((0.0, 0.02, 5.0)),
    st.sampled_from(([], [None], [0.02], [5.0], [b"HTTP/1.1 200 OK\r\n\r\n"])),
)
SCRIPTS = st.lists(PLAIN | LATE | st.lists(st.sampled_from((0.02, None)) | _head() | _body(), max_size=4), min_size=1, max_size=3)


stack = ExitStack()
"""What is open for all examples."""


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    with stack:
        yield


@cache
def running() -> tuple[Web, FetchSettings, Forbidden]:
    """One web, one open session and one listener for all examples."""
    web = stack.enter_context(serving(Web()))
    ways = FetchSettings(
        allow_private=(web.address,), deadline_seconds=DEADLINE, connect_seconds=0.5, max_bytes=LIMIT, backoff_seconds=0.01, retries=1,
        max_redirects=3, max_pixels=1_000_000, decode_threads=1, concurrency=8, waiting=8,
    )  # fmt: skip
    stack.enter_context(joined(ways))
    forbidden = Forbidden()
    stack.callback(forbidden.close)
    return web, ways, forbidden


async def _play(script: list[Step], writer: asyncio.StreamWriter) -> None:
    for step in script:
        if step is None:
            writer.transport.abort()
            return
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        else:
            await asyncio.sleep(step)


GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


@examples(350)
@given(SCRIPTS)
@example([[b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n" + BODY]])
@example([[b"HTTP/1.1 503 X\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -9959\r\nContent-Length: 0\r\n\r\n"]])
@example([[b"HTTP/1.1 100 X\rContent-Length: 0\r\r"]])
@example([[b"HTTP/1.1 101 X\r\n\r\n" + BODY]])
@example([[b"\r\n\r\n" + BODY]])
def test_any_answer(scripts: list[list[Step]]) -> None:
    web, ways, forbidden = running()
    web.streams.clear()
    for number, script in enumerate(scripts):
        web.streams[f"/{number}"] = partial(_play, script)
    web.routes["/good"] = GOOD
    with no_names():
        found = fetched(rows(*(web.url(f"/{number}") for number in range(len(scripts))), web.url("/good")), ways, 3 * DEADLINE + 2)
    note(f"{[(row['reason'], row['detail'], row['status']) for row in found]}")
    assert found[-1]["reason"] is None, "what one server does is no matter of another's"
    assert all(row["milliseconds"] <= 1000 * DEADLINE + 500 for row in found)
    assert forbidden.touched == 0
