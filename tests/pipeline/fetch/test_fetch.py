"""What a fetch does, rule by rule, against a real server; `test_misbehaving` has the whole bestiary."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.fetch import FetchSettings
from tests.pipeline.fetch import web as w
from tests.pipeline.fetch.asking import fetch, one, outcome
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import answer, deaf, picture

JPG = picture()


def test_a_picture_comes_with_all_that_is_known_of_it(web):
    day = "Tue, 24 Nov 2026 10:00:00 GMT"
    web.routes["/a.jpg"] = answer(JPG, Content_Type="image/JPEG; charset=x", Last_Modified=day, ETag='"7"', X_Robots_Tag="nofollow")
    begin = datetime.now(UTC) - timedelta(seconds=1)
    chunk = fetched(rows(web.url("/a.jpg")), FetchSettings(allow_private=(web.address,), contact="https://example.org"))
    (row,) = chunk.ledger.to_pylist()
    assert 0 <= row.pop("milliseconds") <= 20_000
    assert begin < row.pop("asked_at") <= datetime.now(UTC)
    sha256 = row.pop("sha256")
    assert row == {
        "final_url": web.url("/a.jpg"), "key": sha256[:32], "status": 200, "attempts": 1, "bytes": len(JPG), "content_type": "image/jpeg",
        "jpg_sha256": sha256, "phash": row["phash"], "width": 64, "height": 48, "transient": False, "reason": None, "detail": None,
        "last_modified": day, "etag": '"7"', "x_robots_tag": "nofollow", "retry_after": None,
        "format": "JPEG", "original_width": 64, "original_height": 48,
    }  # fmt: skip
    assert chunk.pictures == {sha256[:32]: JPG}
    assert web.headers["user-agent"] == "captions-from-translations/0.1 (+https://example.org)"
    assert web.headers["accept-encoding"] == "identity"


STATUSES = {
    404: "not_found",
    410: "not_found",
    403: "forbidden",
    401: "forbidden",
    451: "forbidden",
    418: "http_status",
    300: "http_status",
}


@pytest.mark.parametrize("status", STATUSES)
def test_what_cannot_pass_is_asked_for_once(web, status):
    row = one(web, answer(b"no", f"{status} X"))
    assert (outcome(row), row["transient"], row["detail"]) == ((STATUSES[status], status, 1), False, f"HTTP {status}")


@pytest.mark.parametrize(("status", "reason"), [(408, "busy"), (425, "busy"), (429, "busy"), (500, "server_error"), (503, "server_error")])
def test_what_can_pass_is_asked_for_again(web, status, reason):
    row = one(web, answer(b"", f"{status} X"))
    assert (outcome(row), row["transient"], row["key"]) == ((reason, status, 3), True, None)
    row = one(web, lambda hit: answer(JPG) if hit % 5 == 0 else answer(b"", f"{status} X"))
    assert outcome(row) == (None, 200, 2)


def test_retry_after_is_heeded_up_to_the_deadline(web):
    row = one(web, lambda hit: answer(JPG) if hit == 2 else answer(b"", "429 X", Retry_After="1"))
    assert (outcome(row), row["milliseconds"] >= 1000) == ((None, 200, 2), True)
    web.hits.clear()
    row = one(web, answer(b"", "503 X", Retry_After="3600"))
    assert (outcome(row), web.hits["/a.jpg"], row["retry_after"]) == (("server_error", 503, 1), 1, "3600")
    row = one(web, answer(b"", "503 X", Retry_After="Fri, 01 Jan 2100 00:00:00 GMT"))
    assert outcome(row) == ("server_error", 503, 1)
    row = one(web, lambda hit: answer(JPG) if hit == 4 else answer(b"", "503 X", Retry_After="Fri, 01 Jan 2010 00:00:00 GMT"))
    assert outcome(row) == (None, 200, 2)


def test_waits_between_tries_double_and_vary(web):
    # The same URL waits as long in each run: at least 0.1 and 0.2 s, at most twice as long.
    web.routes["/a.jpg"] = answer(b"", "500 X")
    (row,) = fetch(web, "/a.jpg", backoff_seconds=0.1)
    assert (outcome(row), row["milliseconds"] >= 300) == (("server_error", 500, 3), True)
    assert outcome(fetch(web, "/a.jpg", retries=0)[0]) == ("server_error", 500, 1)
    assert outcome(fetch(web, "/a.jpg", backoff_seconds=100)[0]) == ("server_error", 500, 1)  # past the deadline


@pytest.mark.parametrize("route", [w.drip, w.silence])
def test_one_deadline_holds_for_all(web, route):
    row = one(web, route, deadline_seconds=1)
    assert (row["reason"], row["detail"], row["attempts"], row["transient"]) == ("deadline", "not there within 1 s", 1, True)
    assert row["milliseconds"] >= 900


def test_redirects_share_one_deadline(web):
    for n in range(4):
        web.routes[f"/slot{n}"] = answer(b"", "302 X", Location=f"/slot{n + 1}")  # each takes 0.3 s
    (row,) = fetch(web, "/slot0", deadline_seconds=0.8)
    assert (row["reason"], row["attempts"]) == ("deadline", 1)


def test_a_length_that_is_too_small(web):
    # What follows is another answer or no HTTP, depending on how it comes in.
    row = one(web, answer(JPG, Content_Length=str(len(JPG) - 100)))
    assert (row["reason"] in ("truncated", "bad_response"), row["key"], row["attempts"]) == (True, None, 1)


@pytest.mark.parametrize(
    ("name", "column"),
    [("ETag", "etag"), ("Content-Type", "content_type"), ("X-Robots-Tag", "x_robots_tag"), ("Last-Modified", "last_modified")],
)
def test_a_header_that_is_no_text_loses_nothing(web, name, column):
    """One row of it must not end the run: Arrow takes UTF-8 only."""
    row = one(web, f"HTTP/1.1 200 OK\r\n{name}: image/jp\xe9 \xfcx\r\nContent-Length: {len(JPG)}\r\n\r\n".encode("latin-1") + JPG)
    assert (outcome(row), row[column]) == ((None, 200, 1), "image/jp\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}x")


def test_a_header_in_utf_8_is_kept(web):
    assert one(web, answer(JPG, ETag='"é"'))["etag"] == '"é"'


def test_a_redirect_to_what_is_no_text_is_followed(web):
    web.routes |= {"/%E9.jpg": answer(JPG), "/to": b"HTTP/1.1 302 X\r\nLocation: /\xe9.jpg\r\nContent-Length: 0\r\n\r\n"}
    web.routes["/off"] = b"HTTP/1.1 302 X\r\nLocation: http://\xe9/\r\nContent-Length: 0\r\n\r\n"
    good, bad = fetch(web, "/to", "/off")
    assert (outcome(good), good["final_url"]) == ((None, 200, 1), web.url("/%E9.jpg"))
    assert outcome(bad) == ("bad_url", 302, 1)


def test_an_old_server_ends_its_answer_by_closing(web):
    async def old(writer):
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + JPG)

    assert outcome(one(web, old)) == (None, 200, 1)


def test_chunks_that_break_off_are_asked_for_again(web):
    async def cut(writer):
        if web.hits["/a.jpg"] == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + JPG[:0x80] + b"\r\n")
        else:
            writer.write(answer(JPG))

    row = one(web, cut, retries=0)
    assert (outcome(row), row["detail"]) == (("connection_lost", 200, 1), "the body broke off")
    web.hits.clear()
    assert outcome(one(web, cut)) == (None, 200, 2)


def test_nobody_listens(web):
    (row,) = fetch(web, "http://127.0.0.1:1/a.jpg", allow_private=("127.0.0.1:1",))
    assert (outcome(row), row["detail"]) == (("connect_refused", None, 3), "connection refused")


def test_who_takes_no_connection_is_unreachable_although_the_deadline_comes_first(web):
    with deaf() as address:
        ways = {"allow_private": (address,), "connect_seconds": 0.4, "deadline_seconds": 1, "backoff_seconds": 0.02}
        (row,) = fetch(web, f"http://{address}/a.jpg", **ways)
    assert (outcome(row), row["detail"]) == (("connect_failed", None, 3), "no connection within 0.4 s")
    assert row["milliseconds"] >= 900


def test_redirects_are_followed_five_times(web):
    for n in range(7):
        web.routes[f"/{n}"] = answer(b"", ["301", "302", "303", "307", "308"][n % 5] + " X", Location=f"/{n + 1}")
    web.routes["/5"] = answer(JPG)
    (row,) = fetch(web, "/0")
    assert (outcome(row), row["final_url"]) == ((None, 200, 1), web.url("/5"))
    web.routes["/5"] = answer(b"", "302 X", Location="/6")
    (row,) = fetch(web, "/0")
    assert (outcome(row), row["detail"]) == (("too_many_redirects", 302, 1), "more than 5")
    web.routes["/loop"] = answer(b"", "302 X", Location="/loop")
    assert outcome(fetch(web, "/loop")[0]) == ("too_many_redirects", 302, 1)


def test_the_same_host_at_another_port_is_refused(web, forbidden):
    row = one(web, answer(b"", "302 X", Location=f"http://{web.address.split(':')[0]}:{forbidden.port}/"))
    assert row["reason"] == "private_address"


def test_a_host_can_be_sent_to_an_address_and_only_there(web, forbidden):
    web.routes["/a.jpg"] = answer(JPG)
    web.routes["/to"] = answer(b"", "302 X", Location=f"http://127.0.0.1:{forbidden.port}/")
    ways = {"allow_private": (), "resolve": {"pictures.test": web.address}}
    good, elsewhere, direct = fetch(web, "http://pictures.test/a.jpg", "http://pictures.test/to", "/a.jpg", **ways)
    assert (outcome(good), good["final_url"]) == ((None, 200, 1), "http://pictures.test/a.jpg")
    assert (elsewhere["reason"], direct["reason"]) == ("private_address", "private_address")
    assert web.headers["host"] == "pictures.test"


NAME = "captions-from-translations"


@pytest.mark.parametrize("tag", ["noai", "noimageai", "noindex", "noimageindex", f"{NAME}: noai", f"{NAME}/0.1: noai"])
def test_who_opts_out_is_heeded(web, tag):
    row = one(web, answer(JPG, X_Robots_Tag=tag))
    assert (outcome(row), row["detail"]) == (("opted_out", 200, 1), "X-Robots-Tag: " + tag.split(": ")[-1])
    assert row["bytes"] is None
    assert outcome(one(web, answer(JPG, X_Robots_Tag=tag), opt_out=())) == (None, 200, 1)


def test_an_opt_out_on_the_way_counts(web):
    web.routes["/a.jpg"] = answer(JPG)
    web.routes["/to"] = answer(b"", "302 X", Location="/a.jpg", X_Robots_Tag="noai")
    assert outcome(fetch(web, "/to")[0]) == ("opted_out", 302, 1)
    assert web.hits["/a.jpg"] == 0


@pytest.mark.parametrize("status", ["429 X", "503 X"])
def test_what_an_error_page_opts_out_is_no_picture(web, status):
    row = one(web, lambda hit: answer(JPG) if hit == 2 else answer(b"", status, X_Robots_Tag="noindex"))
    assert (outcome(row), row["x_robots_tag"]) == ((None, 200, 2), None)
    assert outcome(one(web, answer(b"", "404 X", X_Robots_Tag="noindex"))) == ("not_found", 404, 1)


def test_a_host_is_not_asked_for_more_than_its_share_at_once(web):
    for n in range(12):
        web.routes[f"/slot{n}"] = answer(JPG)
    found = fetch(web, *(f"/slot{n}" for n in range(12)), per_host=3, deadline_seconds=1)  # waiting for a slot does not count
    assert [row["reason"] for row in found] == [None] * 12
    assert web.most_at_once == 3


def test_no_more_are_under_way_than_in_all(web):
    web.routes |= {f"/slot{n}": answer(JPG) for n in range(4)}
    fetch(web, *(f"/slot{n}" for n in range(4)), concurrency=2)
    assert web.most_at_once == 2


@pytest.mark.parametrize("twin", ["/a.jpg", "/%61.jpg", "/b/../a.jpg", "/a.jpg#part"])
def test_a_url_that_stands_twice_is_asked_for_once(web, twin):
    web.routes["/a.jpg"] = answer(JPG)
    first, second = fetch(web, "/a.jpg", twin)
    assert (first, dict(web.hits)) == (second, {"/a.jpg": 1})


def test_pictures_that_are_there_need_no_network():
    ledger = fetched(rows("folder/a.jpg", "b.jpg", None, images=[JPG, b"", b"junk"]), FetchSettings()).ledger.to_pylist()
    assert [(row["reason"], row["attempts"], row["status"], row["bytes"]) for row in ledger] == [
        (None, 0, None, len(JPG)),
        ("empty", 0, None, 0),
        ("not_an_image", 0, None, 4),
    ]


def test_urls_that_are_none_are_rows_too():
    ledger = fetched(rows(None, "", "no url", "http://picture.invalid/a.jpg"), FetchSettings()).ledger.to_pylist()
    assert [row["reason"] for row in ledger] == ["bad_url", "bad_url", "bad_url", "dns"]
    assert fetched(rows(), FetchSettings()).ledger.num_rows == 0


def test_a_broken_picture_does_not_disturb_the_others(web):
    web.routes |= {"/a.jpg": answer(JPG), "/b.jpg": answer(JPG[:300]), "/c.png": answer(picture("PNG"), Content_Type="image/png")}
    found = fetch(web, "/a.jpg", "/b.jpg", "/c.png", "/d")
    assert [row["reason"] for row in found] == [None, "truncated", None, "not_found"]


def test_the_same_web_gives_the_same_ledger(web):
    web.routes |= {"/a.jpg": answer(JPG), "/b.jpg": answer(b"", "503 X"), "/c.jpg": answer(picture("PNG"))}
    paths = ["/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg", f"http://127.0.0.1:{1}/"]
    runs = [fetch(web, *paths, concurrency=n, decode_threads=n) for n in (1, 4)]
    for run in runs:
        for row in run:
            del row["milliseconds"], row["asked_at"]
    assert runs[0] == runs[1]
