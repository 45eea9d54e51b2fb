import asyncio
import socket

import pytest

from pipeline.fetch import FetchSettings, fetch_chunk
from pipeline.fetch.policy import Guard, GuardedResolver, Target, canonical_url
from pipeline.fetch.reasons import Failure
from tests.pipeline.fetch.rows import rows


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
        ("http://256.1.1.1/", "bad_url"),
        ("http://example.com/" + "a" * 9000, "bad_url"),
        ("ftp://example.com/a.jpg", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("data:image/png;base64,AAAA", "scheme"),
        ("gopher://example.com/", "scheme"),
    ],
)
def test_what_cannot_be_asked_for(url, reason):
    with pytest.raises(Failure) as caught:
        canonical_url(url)
    assert caught.value.reason == reason


def targets(host: str, port: int = 80, **settings: object) -> list[Target] | str:
    async def ask() -> list[Target] | str:
        guard = Guard(FetchSettings(**settings))
        try:
            return await guard.targets(host, port)
        except Failure as failure:
            return failure.reason
        finally:
            guard.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "::1", "localhost", "a.localhost", "fe80::1%1"])
def test_private_hosts_lead_nowhere(host):
    assert targets(host) == "private_address"


def test_public_addresses_lead_to_themselves():
    assert targets("1.1.1.1", 8080) == [Target("1.1.1.1", 8080)]


def test_reserved_names_are_not_looked_up():
    assert targets("picture.invalid") == "dns"
    assert targets("picture.onion") == "dns"


def test_what_is_allowed_is_allowed_exactly():
    allowed = {"allow_private": ("127.0.0.1:8000", "[::1]:8000", "localhost:8001")}
    assert targets("127.0.0.1", 8000, **allowed) == [Target("127.0.0.1", 8000)]
    assert targets("::1", 8000, **allowed) == [Target("::1", 8000)]
    assert targets("127.0.0.1", 8001, **allowed) == "private_address"
    assert targets("127.0.0.2", 8000, **allowed) == "private_address"
    assert targets("localhost", 8000, **allowed) == "private_address"
    assert Target("127.0.0.1", 8001) in targets("localhost", 8001, **allowed)


def test_a_host_can_be_sent_elsewhere_and_no_other_with_it():
    settings = {"resolve": {"Pictures.test": "127.0.0.1:9000"}}
    assert targets("pictures.test", 80, **settings) == [Target("127.0.0.1", 9000)]
    assert targets("127.0.0.1", 9000, **settings) == "private_address"


def test_the_last_look_is_at_the_address_of_the_socket():
    guard = Guard(FetchSettings(resolve={"pictures.test": "127.0.0.1:9000"}))
    guard.check("1.1.1.1", 443)
    guard.check("127.0.0.1", 9000)
    with pytest.raises(PermissionError, match=r"127\.0\.0\.1 is loopback"):
        guard.check("127.0.0.1", 9001)
    guard.close()


def test_the_resolver_gives_only_checked_addresses():
    async def ask() -> list[tuple[str, int]]:
        guard = Guard(FetchSettings(resolve={"pictures.test": "127.0.0.1:9000"}))
        resolver = GuardedResolver(guard)
        with pytest.raises(OSError, match="private_address"):
            await resolver.resolve("localhost", 80)
        found = await resolver.resolve("pictures.test", 80)
        guard.close()
        return [(place["host"], place["port"]) for place in found]

    assert asyncio.run(ask()) == [("127.0.0.1", 9000)]


def answers(*addresses: str) -> list[tuple]:
    return [(0, 0, 0, "", (address, 0)) for address in addresses]


@pytest.mark.parametrize(
    "found",
    [("127.0.0.1",), ("1.1.1.1", "127.0.0.1"), ("10.0.0.1", "2606:4700::1111"), ("::ffff:127.0.0.1",), ("fe80::1%2",), ("fd00::1",)],
)
def test_a_name_is_refused_if_any_of_its_addresses_is_private(monkeypatch, found):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers(*found))
    assert targets(f"{len(found)}-{found[0].replace(':', '').replace('%', '')}.mixed.example") == "private_address"


def test_a_name_is_looked_up_once_for_all(monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host) or answers("1.1.1.1", "1.0.0.1"))
    assert targets("once.example") == targets("once.example") == [Target("1.0.0.1", 80), Target("1.1.1.1", 80)]
    assert asked == ["once.example"]


def test_a_name_that_is_bound_to_another_address_between_check_and_connection_is_not_followed(monkeypatch, forbidden):
    """DNS rebinding: public when the guard looks, loopback when the socket would be made."""
    asked = []

    def look_up(host: str, *_: object, **__: object) -> list[tuple]:
        asked.append(host)
        return answers("1.1.1.1") if len(asked) == 1 else answers("127.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    ways = FetchSettings(dns_seconds=0, retries=0, deadline_seconds=5)
    (row,) = fetch_chunk(rows(f"http://rebound.example:{forbidden.port}/a.jpg"), ways).ledger.to_pylist()
    assert (row["reason"], row["detail"]) == ("private_address", "private_address: 127.0.0.1 is loopback")
    assert asked == ["rebound.example"] * 2


@pytest.mark.parametrize(
    ("error", "reason"), [(socket.EAI_NONAME, "dns"), (socket.EAI_AGAIN, "dns_unavailable"), (socket.EAI_FAIL, "dns_unavailable")]
)
def test_a_name_server_that_is_silent_is_not_a_name_that_does_not_exist(monkeypatch, error, reason):
    def look_up(*_: object, **__: object) -> list[tuple]:
        raise socket.gaierror(error, "")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert targets(f"{reason}-{error}.example") == reason
