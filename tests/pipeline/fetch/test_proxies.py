"""A proxy is used if the settings name one, and only then; what the guard can see is refused before the proxy is asked."""

import asyncio
import base64
import logging
from collections.abc import Iterator

import pytest

from pipeline.fetch import FetchSettings, proxies
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web, answer, picture, serving

JPG = picture()


class Proxy(Web):
    """A proxy that knows one site, and notes what it is asked for: its ``hits`` are of whole URLs, or of CONNECT's HOST:PORT."""

    def __init__(self) -> None:
        super().__init__()
        self.tunnel: str | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            verb, target, _ = lines[0].split(" ")
            self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:]) if name}
            self.hits[target] += 1
            if verb == "CONNECT" and self.tunnel:
                host, _, port = self.tunnel.partition(":")
                other = await asyncio.open_connection(host, int(port))
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(self._copy(reader, other[1]), self._copy(other[0], writer))
            else:
                route = self.routes.get(target, answer(status="502 X"))
                writer.write(route if isinstance(route, bytes) else route(self.hits[target]))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with serving(Proxy()) as running:
        assert isinstance(running, Proxy)
        yield running


@pytest.fixture(autouse=True)
def _fresh(monkeypatch) -> None:
    proxies.say_ignored.cache_clear()
    for name in proxies.ignored_proxies():
        monkeypatch.delenv(name)


def fetch(url: str, **settings: object) -> dict[str, object]:
    ways = {"backoff_seconds": 0.01, "deadline_seconds": 5.0, **settings}
    return fetched(rows(url), FetchSettings(**ways)).ledger.to_pylist()[0]


def test_a_proxy_is_asked_for_what_is_public(proxy: Proxy) -> None:
    proxy.routes["http://1.1.1.1/a.jpg"] = answer(JPG)
    row = fetch("http://1.1.1.1/a.jpg", proxy=f"http://me:secret@{proxy.address}")
    assert (row["reason"], row["status"], row["final_url"]) == (None, 200, "http://1.1.1.1/a.jpg")
    assert proxy.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:secret").decode()
    assert proxy.headers["host"] == "1.1.1.1"


def test_a_name_that_is_not_known_here_is_left_to_the_proxy(proxy: Proxy) -> None:
    proxy.routes["http://pictures.invalid/a.jpg"] = answer(JPG)
    assert fetch("http://pictures.invalid/a.jpg", proxy=f"http://{proxy.address}")["reason"] is None
    assert fetch("http://other.invalid/a.jpg", proxy=f"http://{proxy.address}", retries=0)["reason"] == "server_error"


def test_no_private_address_is_asked_of_the_proxy(proxy: Proxy, forbidden) -> None:
    proxy.routes["http://1.1.1.1/to"] = answer(b"", "302 X", Location=f"http://127.1:{forbidden.port}/")
    named = f"http://{proxy.address}"
    places = (
        f"127.0.0.1:{forbidden.port}",
        f"2130706433:{forbidden.port}",
        f"localhost:{forbidden.port}",
        "169.254.169.254",
        proxy.address,
    )
    for place in (*places, "1.1.1.1/to"):
        assert fetch(f"http://{place}", proxy=named)["reason"] == "private_address"
    assert dict(proxy.hits) == {"http://1.1.1.1/to": 1}


def test_a_name_that_leads_to_a_private_address_here_is_refused(proxy: Proxy, monkeypatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.1", 0))])
    assert fetch("http://inside.example/a.jpg", proxy=f"http://{proxy.address}")["reason"] == "private_address"
    assert not proxy.hits


def test_what_the_settings_place_is_reached_directly(proxy: Proxy, web: Web) -> None:
    web.routes["/a.jpg"] = answer(JPG)
    assert fetch(web.url("/a.jpg"), proxy=f"http://{proxy.address}", allow_private=(web.address,))["reason"] is None
    assert fetch("http://pictures.test/a.jpg", proxy=f"http://{proxy.address}", resolve={"pictures.test": web.address})["reason"] is None
    assert (web.hits["/a.jpg"], dict(proxy.hits)) == (2, {})


def test_tls_goes_through_the_proxy_and_is_checked_here(proxy: Proxy, web: Web) -> None:
    proxy.tunnel = web.secure
    row = fetch("https://1.1.1.1/a.jpg", proxy=f"http://{proxy.address}")
    unnamed = "no alternative certificate subject name matches target IPv4 address '1.1.1.1'"
    assert (row["reason"], row["detail"], proxy.hits["1.1.1.1:443"]) == ("tls", unnamed, 1)


def test_a_proxy_that_fails_has_its_own_reason(proxy: Proxy) -> None:
    row = fetch("https://1.1.1.1/a.jpg", proxy=f"http://{proxy.address}", retries=0)
    assert (row["reason"], row["detail"], row["transient"]) == ("proxy", "proxy answers with HTTP 502", True)
    row = fetch("http://1.1.1.1/a.jpg", proxy="http://127.0.0.1:1", retries=0)
    assert (row["reason"], row["detail"], row["transient"]) == ("proxy", "no connection to the proxy", True)


def test_the_environment_s_proxies_are_not_used_and_that_is_said_once(web: Web, forbidden, monkeypatch, caplog) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://me:secret@127.0.0.1:{forbidden.port}")
    web.routes["/a.jpg"] = answer(JPG)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert fetch(web.url("/a.jpg"), allow_private=(web.address,))["reason"] is None
    assert [record.getMessage() for record in caplog.records] == [
        "HTTPS_PROXY, all_proxy, http_proxy: ignored, since a proxy connects to addresses that were not checked; "
        "to use one all the same, name it by --proxy URL"
    ]


def test_nothing_is_said_where_there_is_none(proxy: Proxy, monkeypatch, caplog) -> None:
    fetch("http://pictures.invalid/a.jpg")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetch("http://1.1.1.1/a.jpg", proxy=f"http://{proxy.address}", retries=0)
    assert caplog.records == []


@pytest.mark.parametrize("bad", ["127.0.0.1:3128", "socks5://127.0.0.1:1080", "http://", "http://host:99999", "proxy"])
def test_what_is_no_proxy_is_said_in_one_line(bad: str) -> None:
    with pytest.raises(
        ValueError, match=r"^fetch proxy: must be http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before HOST if"
    ):
        FetchSettings(proxy=bad)


def test_a_proxy_changes_nothing_of_a_result_s_name() -> None:
    assert repr(FetchSettings(proxy="http://me:secret@proxy:3128")) == repr(FetchSettings())
