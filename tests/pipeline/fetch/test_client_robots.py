"""robots.txt as the client asks for it: when, how often, and what it means if it cannot be had."""

import asyncio

import pytest

from tests.pipeline.fetch.asking import fetch, outcome
from tests.pipeline.fetch.web import answer, picture, reset

JPG = picture()


def test_robots_txt_is_read_once_and_heeded(web):
    web.routes |= {"/a.jpg": answer(JPG), "/b.jpg": answer(JPG), "/no/c.jpg": answer(JPG)}
    web.routes["/robots.txt"] = answer(b"User-agent: *\nDisallow: /no/\n", Content_Type="text/plain", X_Robots_Tag="noindex")
    found = fetch(web, "/a.jpg", "/b.jpg", "/no/c.jpg", robots=True)
    assert [row["reason"] for row in found] == [None, None, "robots"]
    fetch(web, "/a.jpg", robots=True)
    assert (web.hits["/robots.txt"], web.hits["/no/c.jpg"]) == (1, 0)
    assert [row["reason"] for row in fetch(web, "/no/c.jpg")] == [None]


def test_a_site_without_robots_txt_allows_all(web):
    web.routes["/a.jpg"] = answer(JPG)
    assert outcome(fetch(web, "/a.jpg", robots=True)[0]) == (None, 200, 1)


def test_a_site_whose_robots_txt_fails_allows_nothing(web):
    web.routes |= {"/a.jpg": answer(JPG), "/robots.txt": answer(b"", "503 X")}
    row = fetch(web, "/a.jpg", robots=True)[0]
    assert (outcome(row), row["transient"], row["detail"], row["asked_at"]) == (("robots_unavailable", None, 0), True, "HTTP 503", None)
    assert dict(web.hits) == {"/robots.txt": 3}


def test_a_site_that_is_too_busy_for_its_robots_txt_allows_nothing(web):
    web.routes |= {"/a.jpg": answer(JPG), "/robots.txt": answer(b"", "429 X")}
    assert outcome(fetch(web, "/a.jpg", robots=True)[0]) == ("robots_unavailable", None, 0)
    assert dict(web.hits) == {"/robots.txt": 3}


def test_a_robots_txt_that_is_lost_is_no_request_for_a_picture(web):
    web.routes["/a.jpg"] = answer(JPG)
    web.streams["/robots.txt"] = reset
    row = fetch(web, "/a.jpg", robots=True)[0]
    assert (outcome(row), row["asked_at"]) == (("connection_lost", None, 0), None)
    assert dict(web.hits) == {"/robots.txt": 3}


def test_what_robots_txt_disallows_is_no_request(web):
    web.routes |= {"/to": answer(b"", "302 X", Location="/no/a.jpg"), "/robots.txt": answer(b"User-agent: *\nDisallow: /no/\n")}
    direct, redirected = fetch(web, "/no/a.jpg", "/to", robots=True)
    assert (outcome(direct), direct["asked_at"]) == (("robots", None, 0), None)
    assert (outcome(redirected), redirected["final_url"]) == (("robots", None, 1), web.url("/no/a.jpg"))
    assert dict(web.hits) == {"/to": 1, "/robots.txt": 1}


@pytest.mark.parametrize(("first", "then", "asked"), [(0.0, 0.0, 2), (24.0, 24.0, 1), (24.0, 0.0, 2), (0.0, 24.0, 1)])
def test_rules_hold_for_the_time_that_who_asks_gives_them(web, first, then, asked):
    web.routes |= {"/a.jpg": answer(JPG), "/robots.txt": answer(b"")}
    for hours in (first, then):
        assert fetch(web, "/a.jpg", robots=True, robots_hours=hours)[0]["reason"] is None
    assert web.hits["/robots.txt"] == asked


def test_rules_beyond_the_first_half_megabyte_are_not_read(web):
    filler = b"# nothing\n" * (500 * 1024 // 10)
    web.routes |= {path: answer(JPG) for path in ("/first.jpg", "/last.jpg")}
    web.routes["/robots.txt"] = answer(b"User-agent: *\nDisallow: /first\n" + filler + b"Disallow: /last\n")
    found = fetch(web, "/first.jpg", "/last.jpg", robots=True, max_bytes=2**20)
    assert [row["reason"] for row in found] == ["robots", None]


def test_waiting_for_the_robots_txt_of_others_does_not_count(web):
    """Each host's takes 0.3 s, one after another, longer together than the deadline of a picture."""

    async def slow(writer):
        await asyncio.sleep(0.3)
        writer.write(answer(b"", Connection="close"))

    web.streams["/robots.txt"], web.routes["/a.jpg"] = slow, answer(JPG)
    hosts = {f"host{number}.test": web.address for number in range(6)}
    urls = [f"http://{host}/a.jpg" for host in hosts]
    found = fetch(web, *urls, resolve=hosts, robots=True, concurrency=1, waiting=20, deadline_seconds=0.8)
    assert [outcome(row) for row in found] == [(None, 200, 1)] * 6


def test_robots_txt_is_no_way_around_the_guard(web, forbidden):
    web.routes["/robots.txt"] = answer(b"", "302 X", Location=f"http://127.0.0.1:{forbidden.port}/robots.txt")
    web.routes["/a.jpg"] = answer(JPG)
    assert fetch(web, "/a.jpg", robots=True)[0]["reason"] == "private_address"
