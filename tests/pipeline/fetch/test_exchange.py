"""What is read of an answer, and what is sent, as a server sees it."""

import asyncio
import random
import time

import pycurl
import pytest

from pipeline.fetch import FetchSettings, exchange
from pipeline.fetch.exchange import Exchange, Exchanges, Head
from pipeline.fetch.policy import Guard, Target
from pipeline.fetch.reasons import Failure
from pipeline.fetch.urls import parse_url
from tests.pipeline.fetch import web as w
from tests.pipeline.fetch.asking import fetch, outcome
from tests.pipeline.fetch.web import Web, answer, deaf, picture

JPG = picture()


def test_fields_are_found_whatever_their_case_and_bytes() -> None:
    head = Head([b"HTTP/1.1 206 Partial\r\n", b"X-A: 1\r\n", b"x-a:2 \r\n", b"ETag:\xe9\r\n", b"Content-Length: 12\r\n"])
    assert (head.status, head.every("x-a"), head.first("x-a"), head.first("x-b"), head.every("x-b")) == (206, ["1", "2"], "1", None, [])
    assert (head.first("etag"), head.length) == ("\udce9", 12)
    assert (Head([b"HTTP/1.0 404\r\n"]).length, Head([b"HTTP/1.0 200 OK\r\n", b"Content-Length: \xb2\r\n"]).length) == (0, 0)


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 5000, "0" * 5000])
def test_a_length_of_any_number_of_digits_is_a_number(digits: str) -> None:
    assert Head([b"HTTP/1.1 200\r\n", f"Content-Length: {digits}\r\n".encode()]).length == (2**63 if digits[0] == "9" else 0)


@pytest.mark.parametrize("lines", [[], [b"\0\r\n"], [b"HTTP/1.1\r\n"], [b"HTTP/1.1 2000 X\r\n"], [b"HTTP/1.1 \xb2\xb2\xb2\r\n"]])
def test_what_begins_with_no_status_is_no_answer(lines: list[bytes]) -> None:
    with pytest.raises(Failure, match=r"^bad_response: the answer has no status$"):
        Head(lines)


@pytest.mark.parametrize(
    ("first", "connections"),
    [
        (answer(b"gone", "404 X"), 1),
        (answer(b"x" * 2**14, "404 X"), 1),
        (answer(b"", "302 X", Location="/b.jpg"), 1),
        (answer(b"moved", "302 X", Location="/b.jpg"), 1),
        (answer(b"x" * 2**15, "404 X"), 2),
        (answer(JPG, X_Robots_Tag="noai"), 2),
    ],
)
def test_a_connection_is_used_again_after_a_few_words_but_of_a_refused_picture_nothing_is_read(web: Web, first, connections) -> None:
    web.routes |= {"/a.jpg": first, "/b.jpg": answer(JPG)}
    fetch(web, "/a.jpg", "/b.jpg", concurrency=1, waiting=0)
    assert web.connections == connections


@pytest.mark.parametrize("end", ["breaks off", "never comes"])
def test_what_follows_a_head_that_says_all_may_fail_or_be_waited_for_in_vain(web: Web, end: str) -> None:
    """A redirect and an error whose few words are announced and do not come."""

    def announced(status: str, **headers: str):
        async def send(writer) -> None:
            writer.write(answer(b"", status, Content_Length="99", **headers))
            await writer.drain()
            await asyncio.sleep(0 if end == "breaks off" else 4)

        return send

    web.routes["/b.jpg"] = answer(JPG)
    web.streams |= {"/to": announced("302 X", Location="/b.jpg"), "/gone": announced("404 X")}
    found = fetch(web, "/to", "/gone", retries=0, deadline_seconds=3)
    assert [outcome(row) for row in found] == [(None, 200, 1), ("not_found", 404, 1)]


def test_an_answer_that_came_in_vain_leaves_nothing_in_the_next(web: Web) -> None:
    """One handle serves them all, one after another: libcurl keeps some of what it says of the last."""
    web.routes |= {"/a.jpg": answer(JPG), "/gone": answer(b"", "404 X")}
    web.streams |= {"/nonsense": w.chunked_nonsense, "/lost": w.half}
    refused = "http://127.0.0.1:1/a.jpg"
    paths = ["/a.jpg", refused, "/nonsense", "/gone", "/lost", "/nonsense", "/a.jpg"]
    paths = [f"{path}?{number}" for number, path in enumerate(paths)]
    web.routes |= {path: web.routes[path.split("?")[0]] for path in paths if path.split("?")[0] in web.routes}
    web.streams |= {path: web.streams[path.split("?")[0]] for path in paths if path.split("?")[0] in web.streams}
    found = fetch(web, *paths, concurrency=1, waiting=0, retries=0, allow_private=(web.address, "127.0.0.1:1"))
    assert [row["reason"] for row in found] == [
        *(None, "connect_refused", "bad_response", "not_found", "connection_lost", "bad_response", None),
    ]


def test_what_is_sent_says_who_asks_and_nothing_else(web: Web) -> None:
    web.routes["/a.jpg"] = answer(JPG)
    fetch(web, "/a.jpg", user_agent="mybot/1.0", contact="me@example.org")
    assert web.headers == {
        "host": web.address,
        "user-agent": "mybot/1.0 (+me@example.org)",
        "accept": "image/*,*/*;q=0.8",
        "accept-encoding": "identity",
    }


def test_an_answer_that_comes_late_is_read_when_there_is_a_place_and_that_does_not_count(web: Web, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.fetch.slots._PATIENCE", 0.05)
    order = []

    async def late(writer) -> None:
        await asyncio.sleep(0.3)
        order.append("late answers")
        writer.write(answer(JPG))

    async def long(writer) -> None:
        head, body = answer(JPG).split(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n" + body[:100])
        await asyncio.sleep(1)
        order.append("long ends")
        writer.write(body[100:])

    web.streams |= {"/late.jpg": late, "/long.jpg": long}
    begin = time.monotonic()
    found = fetch(web, "/late.jpg", "/long.jpg", concurrency=1, waiting=4, deadline_seconds=1.5)
    assert [outcome(row) for row in found] == [(None, 200, 1)] * 2
    assert order == ["late answers", "long ends"]
    assert found[0]["milliseconds"] < 700 < 1000 * (time.monotonic() - begin)


def test_a_host_is_asked_at_its_next_address_where_the_first_does_not_answer(web: Web, monkeypatch) -> None:
    host, port = web.address.split(":")
    web.routes["/a.jpg"] = answer(JPG)
    monkeypatch.setattr(Guard, "known", lambda *_: [Target("127.0.0.9", int(port)), Target(host, int(port))])
    (row,) = fetch(web, f"http://two.example:{port}/a.jpg", allow_private=(web.address, f"127.0.0.9:{port}"), retries=0)
    assert row["reason"] == "private_address"  # the guard has not let them through for this host
    monkeypatch.setattr(Guard, "check", lambda *_: None)
    (row,) = fetch(web, f"http://two.example:{port}/a.jpg", retries=0)
    assert outcome(row) == (None, 200, 1)


def test_where_no_connection_comes_about_in_time_that_is_said(web: Web) -> None:
    with deaf() as address:
        (row,) = fetch(web, f"http://{address}/a.jpg", allow_private=(address,), connect_seconds=0.3, retries=0)
    assert (row["reason"], row["detail"], row["status"]) == ("connect_failed", "no connection within 0.3 s", None)


def test_what_is_under_way_when_all_is_closed_is_cancelled(caplog) -> None:
    async def work(address: str) -> None:
        settings = FetchSettings(allow_private=(address,))
        url, guard = parse_url(f"http://{address}/a.jpg"), Guard(settings)
        targets = await guard.targets(url.raw_host or "", url.port or 0)
        exchanges = Exchanges(settings, guard, None, kept=1)
        waiting = Exchange(lambda _: True, lambda: None, limit=1)
        task = asyncio.create_task(exchanges.ask(waiting, url, targets, proxied=False, fresh=False, seconds=9))
        await asyncio.sleep(0.1)
        exchanges.close()
        guard.close()
        with pytest.raises(asyncio.CancelledError):
            await task

    with deaf() as address:
        asyncio.run(work(address))
    assert caplog.records == []


def test_an_error_of_ours_is_called_one(web: Web, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("mistake")

    web.routes["/a.jpg"] = answer(JPG)
    monkeypatch.setattr(exchange, "Head", broken)
    (row,) = fetch(web, "/a.jpg")
    assert (row["reason"], row["detail"]) == ("internal_error", "KeyError: 'mistake'")


def test_libcurl_reads_the_host_that_the_guard_was_asked_for() -> None:
    chance, read = random.Random(0), 0
    pieces = [*"abz09-._%~!$&'()*+,;=[]:|<>", "xn--", "\u00e9", "\u3002", "..", "0x7f", "::1", "[::1]", "\u00ad", "\u00df", "127.1"]
    for _ in range(30_000):
        try:
            url = parse_url(f"http://{''.join(chance.choices(pieces, k=chance.randrange(1, 7)))}/a")
        except Failure:
            continue
        other = pycurl.CurlUrl()
        other.setpart(pycurl.UPART_URL, str(url.origin()), 0)
        assert other.getpart(pycurl.UPART_HOST, 0).strip("[]") == url.raw_host
        read += 1
    assert read > 1000
