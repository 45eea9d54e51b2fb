"""URLs, addresses, robots.txt, X-Robots-Tag, proxies of any text: understood or refused, and no way to an address that is not public."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from pipeline.fetch.addresses import plain_host, refusal
from pipeline.fetch.optout import refusing_directive
from pipeline.fetch.policy import Guard
from pipeline.fetch.reasons import REASONS, Failure
from pipeline.fetch.robots import MAX_BYTES, parse_robots
from pipeline.fetch.settings import OPT_OUT, FetchSettings
from pipeline.fetch.urls import canonical_url, join_url, parse_url
from pipeline.fetch.verify import listed_hash
from tests.fuzz.laws import examples, is_one_line, within
from tests.fuzz.urls import HOSTS, URLS

ANY = st.text()
LINES = st.lists(
    st.tuples(
        st.sampled_from(("user-agent", "User-Agent ", "allow", "disallow", "DISALLOW", "sitemap", "crawl-delay", "#", "")),
        st.sampled_from((":", " : ", "", "::")),
        st.sampled_from(("*", "bot", "bot/2.0", "other", "/", "/*", "/a*b$", "$", "*$", "%", "%2A", "%zz", "/ü", "/a#b")) | ANY,
        st.sampled_from(("\n", "\r\n", "\r", "\u2028", "\0\n")),
    ).map("".join),
    max_size=30,
).map("".join)
TAGS = st.lists(
    st.lists(
        st.sampled_from(("noai", "noindex", "none", "all", ":", ",", ";", " ", "bot", "bot/1", "max-snippet", "unavailable_after")) | ANY
    ).map("".join)
)


def understood(text: str) -> URL | None:
    try:
        with within(2, 50):
            url = parse_url(text)
    except Failure as failure:
        assert failure.reason in ("bad_url", "scheme")
        assert is_one_line(failure.detail), failure.detail
        return None
    assert url.scheme in ("http", "https")
    assert 0 < (url.port or 0) < 65536
    assert url.raw_host == plain_host(url.raw_host or "")
    # Nothing in the request line that could end it: it is sent as it is.
    assert all("!" <= letter <= "~" for letter in str(url)), str(url)
    assert url.raw_path_qs.startswith("/")
    assert parse_url(str(url)) == url
    return url


@examples(1500)
@given(URLS | ANY)
@example("http://[")
@example("http://\ud800/")
@example("http://a.invalid/\ud800")
def test_any_text_as_a_url(text: str) -> None:
    url = understood(text)
    try:
        name = canonical_url(text)
    except Failure:
        return
    assert url is not None
    assert canonical_url(name) == name
    assert canonical_url(str(url)) == name


@examples(1000)
@given(URLS | st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_as_a_redirect(text: str) -> None:
    for base in ("http://a.invalid/b/c?d", "https://a.invalid:8443/", "http://127.0.0.1:8000/x/../y"):
        try:
            url = join_url(parse_url(base), text)
        except Failure as failure:
            assert failure.reason in ("bad_url", "scheme")
            assert is_one_line(failure.detail), failure.detail
        else:
            assert understood(str(url)) == url


@examples(1000)
@given(HOSTS | ANY | st.ip_addresses().map(str) | st.ip_addresses(v=4).map(int).map(str) | st.ip_addresses(v=6).map("[{}]".format))
def test_the_guard_lets_nothing_through_that_is_not_public(host: str) -> None:
    url = understood(f"http://{host}/")
    if url is None:
        return
    named = url.raw_host or ""
    assert _led_to(named, url.port or 0) == []
    spelled = _as_the_system_reads(named)
    assert spelled is None or spelled == ipaddress.ip_address(named)


def _led_to(host: str, port: int) -> list[str]:
    """Where the guard lets a host lead without a look-up that is not public by Python's own account."""

    async def known() -> list[str]:
        guard = Guard(FetchSettings())
        try:
            return [target.address for target in guard.known(host, port) or ()]
        except Failure as failure:
            assert failure.reason == "private_address"
            assert is_one_line(failure.detail)
            return []
        finally:
            guard.close()

    return [address for address in asyncio.run(known()) if not ipaddress.ip_address(address).is_global or refusal(address)]


def _as_the_system_reads(host: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


@examples(300)
@given(st.ip_addresses())
def test_what_python_calls_private_is_refused(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert refusal(str(address)) or address.is_global


@examples(400)
@given(LINES | ANY, URLS)
def test_any_text_as_robots_txt(text: str, path: str) -> None:
    with within(2, 50):
        rules = parse_robots(text, "bot")
        allowed = rules.allows(path)
    assert allowed in (True, False)
    # Rules for another agent, in a group of their own, change nothing.
    assert parse_robots(f"user-agent: other\ndisallow: /\nuser-agent: another\n{text}", "bot") == rules or ":" in text
    if "bot" not in text.lower():
        assert not parse_robots(f"user-agent: bot\ndisallow: /\n\nuser-agent: x\n{text}", "bot").allows("/")


@pytest.mark.parametrize(
    "text",
    [
        "user-agent: bot\n" * 15_000 + "allow: /\n" * 25_000,
        "".join(f"user-agent: {number}\n" for number in range(15_000)) + "allow: /\n" * 25_000,
        "user-agent: *\n" + "disallow: /*a*a*a*a*b\n" * 20_000,
        "user-agent: *\ndisallow: " + "*a" * (MAX_BYTES // 2),
        "user-agent: *\ndisallow: " + "%" * MAX_BYTES,
    ],
)
def test_a_long_robots_txt_takes_no_long_time(text: str) -> None:
    with within(3, 100):
        parse_robots(text[:MAX_BYTES], "bot").allows("/" + "a" * 7000)


@examples(400)
@given(TAGS)
def test_any_text_as_x_robots_tag(headers: list[str]) -> None:
    found = refusing_directive(headers, "bot", OPT_OUT)
    assert found is None or found in OPT_OUT
    assert refusing_directive(["noai", *headers], "bot", OPT_OUT) == "noai"
    assert refusing_directive(headers, "bot", ()) is None


SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "proxy": URLS | ANY,
    "allow_private": st.lists(st.tuples(HOSTS | ANY, st.sampled_from((":80", ":0", "", ":x"))).map("".join) | st.integers()),
    "resolve": st.dictionaries(HOSTS | ANY, HOSTS.map("{}:80".format) | ANY | st.integers())
    | st.lists(st.lists(ANY) | ANY | st.integers()),
    "opt_out": st.lists(ANY | st.none()),
    "user_agent": ANY,
    "contact": ANY,
}
NUMBERS = st.floats() | st.integers() | st.integers(-(2**70), 2**70) | st.booleans() | st.just(10**400)


@examples(600)
@given(
    st.fixed_dictionaries({}, optional=SETTINGS)
    | st.fixed_dictionaries(
        {}, optional={name: NUMBERS for name, value in vars(FetchSettings()).items() if isinstance(value, (int, float))}
    )
)
def test_any_settings_of_the_fetch(given_settings: dict[str, Any]) -> None:
    try:
        ways = FetchSettings(**given_settings)
    except ValueError as error:
        assert is_one_line(str(error)), str(error)
        return
    assert hash(ways) == hash(FetchSettings(**given_settings))
    assert is_one_line(repr(ways))

    async def guard() -> None:
        Guard(ways).close()

    asyncio.run(guard())


@examples(300)
@given(st.none() | ANY, ANY)
def test_any_columns_with_a_hash(columns: str | None, name: str) -> None:
    try:
        assert len(listed_hash(columns, name)) in (32, 64, 128)
    except Failure as failure:
        assert failure.reason in REASONS
        assert is_one_line(failure.detail), failure.detail
