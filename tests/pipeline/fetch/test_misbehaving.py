"""A web of routes that misbehave, all asked for at once: each ends as it should, and none leads to the forbidden listener."""

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.fetch import FetchSettings
from tests.pipeline.fetch import web as w
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web, answer, picture

JPG, BIG = picture(), 200_000


def twice(bad: bytes) -> Callable[[int], bytes]:
    """Bad two times, then a picture."""
    return lambda hit: bad if hit < 3 else answer(JPG)


def to(location: str, status: int = 302, **headers: str) -> bytes:
    return answer(b"", f"{status} X", Location=location, **headers)


ROUTES: dict[str, tuple[Any, tuple[str | None, int | None, int]]] = {
    # what a route sends, or a way to send it: (reason, status, attempts)
    "good": (answer(JPG), (None, 200, 1)),
    "missing": (answer(b"", "404 X"), ("not_found", 404, 1)),
    "gone": (answer(b"", "410 X"), ("not_found", 410, 1)),
    "forbidden": (answer(b"", "403 X"), ("forbidden", 403, 1)),
    "legal": (answer(b"", "451 X"), ("forbidden", 451, 1)),
    "teapot": (answer(b"", "418 X"), ("http_status", 418, 1)),
    "not_modified": (answer(b"", "304 X", Content_Length=""), ("http_status", 304, 1)),
    "fails": (answer(b"", "500 X"), ("server_error", 500, 3)),
    "busy": (answer(b"", "429 X"), ("busy", 429, 3)),
    "busy_for_long": (answer(b"", "429 X", Retry_After="3600"), ("busy", 429, 1)),
    "busy_then_good": (twice(answer(b"", "429 X")), (None, 200, 3)),
    "down_then_good": (twice(answer(b"", "503 X", Retry_After="0")), (None, 200, 3)),
    "late_then_good": (twice(answer(b"", "408 X")), (None, 200, 3)),
    "slow_drip": (w.drip, ("deadline", 200, 1)),
    "silence": (w.silence, ("deadline", None, 1)),
    "endless": (w.endless, ("too_large", 200, 1)),
    "chunked_forever": (w.chunked_forever, ("too_large", 200, 1)),
    "endless_head": (w.endless_head, ("bad_response", None, 1)),
    "announced_too_large": (answer(b"", Content_Length=str(BIG + 1)), ("too_large", 200, 1)),
    "length_too_large": (w.half, ("connection_lost", 200, 3)),
    "length_of_words": (answer(JPG, Content_Length="many"), ("bad_response", None, 1)),
    "length_negative": (answer(JPG, Content_Length="-1"), ("bad_response", None, 1)),
    "length_of_5000_digits": (answer(JPG, Content_Length="9" * 5000), ("too_large", 200, 1)),
    "switches_protocols": (answer(JPG, "101 X"), ("bad_response", 101, 1)),
    "no_head": (b"\r\n\r\n" + JPG, ("bad_response", None, 1)),
    "chunked_nonsense": (w.chunked_nonsense, ("bad_response", 200, 1)),
    "gzip_bomb": (answer(w.bomb(64), Content_Encoding="gzip"), ("too_large", 200, 1)),
    "deflate_bomb": (answer(zlib.compress(bytes(64 * 2**20), 9), Content_Encoding="deflate"), ("too_large", 200, 1)),
    "gzip_unasked": (answer(gzip.compress(JPG), Content_Encoding="gzip"), (None, 200, 1)),
    "gzip_that_is_none": (answer(JPG, Content_Encoding="gzip"), ("bad_response", 200, 1)),
    "gzip_cut": (answer(gzip.compress(JPG)[:-20], Content_Encoding="gzip"), ("connection_lost", 200, 3)),
    "brotli": (answer(JPG, Content_Encoding="br"), ("bad_response", 200, 1)),
    "no_http": (b"no HTTP at all\r\n\r\n", ("bad_response", None, 1)),
    "hangs_up": (w.reset, ("connection_lost", None, 3)),
    "hangs_up_after_100": (w.only_continue, ("connection_lost", None, 3)),
    "empty": (answer(b""), ("empty", 200, 1)),
    "no_content": (answer(b"", "204 X", Content_Length=""), ("empty", 204, 1)),
    "html_as_jpeg": (answer(b"<!DOCTYPE html><p>not here"), ("html", 200, 1)),
    "json_as_jpeg": (answer(b'{"error": "not here"}'), ("not_an_image", 200, 1)),
    "svg": (answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Content_Type="image/svg+xml"), ("not_an_image", 200, 1)),
    "truncated": (answer(JPG[: len(JPG) // 2]), ("truncated", 200, 1)),
    "png_as_jpeg": (answer(picture("PNG")), ("mislabelled", 200, 1)),
    "jpeg_as_avif": (answer(JPG, Content_Type="image/avif"), ("mislabelled", 200, 1)),
    "png_as_bytes": (answer(picture("PNG"), Content_Type="application/octet-stream"), (None, 200, 1)),
    "png_without_a_type": (answer(picture("PNG"), Content_Type=""), (None, 200, 1)),
    "jpeg_as_html": (answer(JPG, Content_Type="text/html"), (None, 200, 1)),
    "redirect": (to("/good", 308), (None, 200, 1)),
    "redirect_loop": (to("/redirect_loop"), ("too_many_redirects", 302, 1)),
    "redirect_ping": (to("/redirect_pong", 301), ("too_many_redirects", 301, 1)),
    "redirect_pong": (to("/redirect_ping", 301), ("too_many_redirects", 301, 1)),
    "redirect_nowhere": (answer(b"", "302 X"), ("bad_response", 302, 1)),
    "redirect_no_url": (to("http://["), ("bad_url", 302, 1)),
    "redirect_file": (to("file:///etc/passwd"), ("scheme", 302, 1)),
    "redirect_data": (to("data:image/png;base64,AA"), ("scheme", 302, 1)),
    "redirect_gopher": (to("gopher://127.0.0.1/"), ("scheme", 302, 1)),
    "redirect_no_name": (to("http://lost.invalid/a.jpg"), ("dns", None, 1)),
    "opted_out": (answer(JPG, X_Robots_Tag="noai"), ("opted_out", 200, 1)),
    "opted_out_by_name": (answer(JPG, X_Robots_Tag="otherbot: noindex, captions-from-translations: noimageai"), ("opted_out", 200, 1)),
    "others_opted_out": (answer(JPG, X_Robots_Tag="otherbot: noai, noindex"), (None, 200, 1)),
    "opted_out_endless": (w.endless_and_opted_out, ("opted_out", 200, 1)),
    "opted_out_on_the_way": (to("/good", X_Robots_Tag="noimageindex"), ("opted_out", 302, 1)),
    "private/robots.jpg": (answer(JPG), ("robots", None, 0)),
}  # fmt: skip

SPELLINGS = (
    "127.0.0.1 127.0.0.2 127.1 127.0.1 2130706433 2130706434 0x7f000001 0x7f.0.0.2 0x7F.1 017700000001 0177.0.0.1 0177.0.0.01 0 0.0.0.0 "
    "localhost LOCALHOST. a.localhost １２７.0.0.1 127。0。0。1 ①②⑦.0.0.1 [::1] [0:0::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] "
    "[::127.0.0.1] [64:ff9b::7f00:1] [::ffff:0:127.0.0.1] %6c%6f%63%61%6c%68%6f%73%74 127.0.0.1%2e user@127.0.0.1 example.com@127.0.0.1"
).split()
"""Of loopback: those that a careless client would take to the forbidden listener."""


def test_every_route_ends_as_it_should(web: Web, forbidden) -> None:
    for name, (route, _) in ROUTES.items():
        (web.streams if hasattr(w, getattr(route, "__name__", "-")) else web.routes)[f"/{name}"] = route
    web.routes["/robots.txt"] = answer(b"User-agent: *\nDisallow: /private/\n", Content_Type="text/plain")
    ways = FetchSettings(
        allow_private=(web.address,), deadline_seconds=4, backoff_seconds=0.01, connect_seconds=3, max_bytes=BIG, robots=True, per_host=100
    )
    made = fetched(rows(*(web.url(f"/{name}") for name in ROUTES)), ways)
    found = {name: (row["reason"], row["status"], row["attempts"]) for name, row in zip(ROUTES, made.ledger.to_pylist(), strict=True)}
    assert found == {name: expected for name, (_, expected) in ROUTES.items()}
    assert web.hits["/private/robots.jpg"] == 0
    assert web.hits["/missing"] == web.hits["/busy_for_long"] == 1
    assert made.pictures.keys() == {*made.ledger["key"].drop_null().to_pylist()}


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_private_address_is_contacted_however_spelled(web: Web, forbidden, host: str) -> None:
    url = f"http://{host}:{forbidden.port}/a.jpg"
    web.routes |= {"/to": to(url), "/far": to("/to", 307)}
    ways = FetchSettings(allow_private=(web.address,), backoff_seconds=0.01)
    found = fetched(rows(url, url.replace("http:", "https:"), web.url("/to"), web.url("/far")), ways).ledger.to_pylist()
    expected = "bad_url" if "%" in host or "@" in host else "private_address"
    assert [(row["reason"], row["transient"]) for row in found] == [(expected, False)] * 4
