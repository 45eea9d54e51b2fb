"""A URL is sent to the byte as it is listed, and known by one spelling."""

import random
import re
import string

import pytest

from pipeline.fetch import urls
from pipeline.fetch.reasons import Failure
from pipeline.fetch.urls import canonical_url, join_url, parse_url
from tests.pipeline.fetch.asking import fetch
from tests.pipeline.fetch.web import answer


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("http://example.com?b=%26", "http://example.com/?b=%26"),
        ("http://example.com:80/a#part", "http://example.com/a"),
        ("https://example.com:443/a?b=c&d", "https://example.com/a?b=c&d"),
        ("https://example.com.:8443/a b/ü?q=é", "https://example.com:8443/a%20b/%C3%BC?q=%C3%A9"),
        ("http://münchen.de/", "http://xn--mnchen-3ya.de/"),
        (" http://example.com/%7Ea%2Fb ", "http://example.com/~a%2Fb"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://[0:0:0:0:0:0:0:1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_a_url_has_one_spelling(url, canonical):
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "bad_url"),
        ("example.com/a.jpg", "bad_url"),
        ("//example.com/a.jpg", "bad_url"),
        ("http://", "bad_url"),
        ("http:///a.jpg", "bad_url"),
        ("http://a b/", "bad_url"),
        ("http://host:99999/", "bad_url"),
        ("http://host:0/", "bad_url"),
        ("http://user:secret@example.com/", "bad_url"),
        ("http://%31%32%37.0.0.1/", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://]@/", "bad_url"),
        ("http://\ud800/", "bad_url"),
        ("http://256.1.1.1/", "bad_url"),
        ("http://example.com/" + "a" * 9000, "bad_url"),
        ("ftp://example.com/a.jpg", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("data:image/png;base64,AAAA", "scheme"),
        ("gopher://example.com/", "scheme"),
    ],
)
def test_what_cannot_be_asked_for(url, reason):
    for read in (canonical_url, parse_url):
        with pytest.raises(Failure) as caught:
            read(url)
        assert caught.value.reason == reason


SIGNED = [
    "/sig/plain/https%3A%2F%2Fe.org%2Fa%40b.jpg@png",
    "/?u=https%3A%2F%2Fe%2Fb&s=1%2c2",
    "/a%zz%",
    "/q?",
    "/q??",
    "/a//b///",
    "/a;b=1,2/(c)'!*$&+~",
    "/%7Ea%2e%2E.jpg?%7E=a+b%20c&d[]={e}|f^`",
    "/?x=/../y",
]
"""Each the path and query of a URL, as servers see them that sign them."""


@pytest.mark.parametrize("target", SIGNED)
def test_what_is_listed_is_what_is_sent(web, target):
    web.routes["/to"] = answer(b"", "302 X", Location=target)
    direct, redirected = fetch(web, target, "/to")
    assert web.hits == {target: 2, "/to": 1}
    assert direct["final_url"] == redirected["final_url"] == web.url(target)


@pytest.mark.parametrize(
    ("listed", "sent"),
    [
        ("/a b\u00a0c.jpg", "/a%20b%C2%A0c.jpg"),
        ("/ü%C3%BC.jpg?é=%e9", "/%C3%BC%C3%BC.jpg?%C3%A9=%e9"),
        ("/\x00\x1f\x7f", "/%00%1F%7F"),
        ("/a\tb\nc", "/abc"),
        ('/<"{}`^\\>?<">', "/%3C%22%7B%7D%60%5E%5C%3E?%3C%22%3E"),
        ("/../a/./b/../c.jpg", "/a/c.jpg"),
        ("/a/%2e%2E/b/..", "/"),
        ("/a.b/..c/...", "/a.b/..c/..."),
        ("/a#b?c", "/a"),
        ("?b", "/?b"),
        ("", "/"),
    ],
)
def test_what_no_request_may_hold_is_encoded(listed, sent):
    url = parse_url(f"http://example.com{listed}")
    assert (url.raw_path_qs, str(url)) == (sent, f"http://example.com{sent}")


def test_whatever_may_be_sent_is_sent_as_it_is(web):
    """Targets at random, of all that RFC 3986 lets stand in a path and a query; listed, and as a redirect."""
    chance = random.Random(0)
    one = [
        *string.ascii_letters,
        *string.digits,
        *"-_~!$&'()*+,;=:@",
        *(f"%{n:02x}" for n in range(256)),
        *(f"%{n:02X}" for n in range(256)),
    ]

    def piece(more: str) -> str:
        return "".join(chance.choices([*one, *more], k=chance.randrange(12)))

    targets = [f"/{number}" + piece("/") + "".join("?" + piece("/?.") for _ in range(chance.randrange(2))) for number in range(150)]
    web.routes |= {f"/to{number}": answer(b"", "302 X", Location=target) for number, target in enumerate(targets)}
    fetch(web, *targets, *(f"/to{number}" for number in range(len(targets))))
    assert {target: web.hits[target] for target in targets} == dict.fromkeys(targets, 2)
    assert len(web.hits) == 2 * len(targets)


def test_of_whatever_is_listed_a_url_comes_or_a_failure():
    chance = random.Random(0)
    words = ("http", "//", "::1", "127.0.0.1", "%2e", "..", "\ud800", "\udce9", "xn--", "\u00ad", "b.c", "80")
    pieces = [*"/?#@[]:%. é\t\x00\\<&=|*~０。ß", *words]
    base, read = parse_url("http://e/a/b?c"), 0
    for _ in range(20_000):
        text = "http://" * (chance.random() < 0.6) + "".join(chance.choices(pieces, k=chance.randrange(10)))
        for form in (lambda text: str(parse_url(text)), lambda text: str(join_url(base, text)), canonical_url):
            try:
                found = form(text)
            except Failure as failure:
                failure.detail.encode()
                continue
            assert (found.isascii(), form(found)) == (True, found), text
            read += 1
    assert read > 5000


def test_what_is_taken_at_its_word_at_first_sight_means_the_same_when_it_is_looked_at(monkeypatch):
    chance, seen, read = random.Random(0), urls._CANONICAL, 0
    hosts = ("a.example", "-a.b-c", "xn--bcher-kva.example", "127.0.0.1", "256.1.1.1", "0177.0.0.01", "0x7f.1", "1.2", "a..b", "a" * 240)
    ports = ("", "", ":80", ":443", ":8080", ":59999", ":60000", ":0123", ":99999")
    for _ in range(20_000):
        host = chance.choice(hosts) if chance.random() < 0.8 else "".join(chance.choices("ab01.-", k=chance.randrange(1, 8)))
        path = "".join(chance.choices("abz019.-_~/?=&:%AZ", k=chance.randrange(12)))
        text = f"{chance.choice(['http', 'https'])}://{host}{chance.choice(ports)}/{path}"
        if seen.fullmatch(text):
            monkeypatch.setattr(urls, "_CANONICAL", seen)
            first = parse_url.__wrapped__(text)
            monkeypatch.setattr(urls, "_CANONICAL", re.compile("(?!)"))
            assert (first, canonical_url(text)) == (parse_url.__wrapped__(text), text)
            read += 1
    assert read > 500


@pytest.mark.parametrize(
    ("reference", "joined"),
    [
        ("c%2c?", "http://e:8/a/c%2c?"),
        ("/c?d", "http://e:8/c?d"),
        ("?y=%7e", "http://e:8/a/b?y=%7e"),
        ("#z", "http://e:8/a/b?x=%2f"),
        ("", "http://e:8/a/b?x=%2f"),
        ("..", "http://e:8/"),
        ("../../d", "http://e:8/d"),
        ("./", "http://e:8/a/"),
        ("//H.org/x%2C", "http://h.org/x%2C"),
        (" HTTPS://h/ü ", "https://h/%C3%BC"),
        ("a:b", "scheme"),
        ("//", "bad_url"),
        ("http:c", "bad_url"),
        ("//user@h/", "bad_url"),
    ],
)
def test_where_a_reference_leads(reference, joined):
    try:
        found = str(join_url(parse_url("http://e:8/a/b?x=%2f"), reference))
    except Failure as failure:
        found = failure.reason
    assert found == joined
