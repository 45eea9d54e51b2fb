"""No address that is not public is contacted, however it is spelled."""

import asyncio

import pytest

from pipeline.fetch.addresses import refusal
from pipeline.fetch.policy import Guard, parse_url
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "fe80::1%eth0", "nonsense",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_that_are_public(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "x.localhost", "[::ffff:7f00:1]", "127.0.0.1."]
)
def test_spellings_of_loopback(host: str) -> None:
    url = parse_url(f"http://{host}:8000/x.jpg")

    async def ask() -> None:
        await Guard(FetchSettings()).targets(str(url.raw_host), int(url.port or 0))

    with pytest.raises(Failure) as failure:
        asyncio.run(ask())
    assert failure.value.reason == "private_address"


def test_allow_private_is_exact() -> None:
    async def ask(port: int) -> list[str]:
        guard = Guard(FetchSettings(allow_private=("127.0.0.1:8000",)))
        return [target.address for target in await guard.targets("127.0.0.1", port)]

    assert asyncio.run(ask(8000)) == ["127.0.0.1"]
    with pytest.raises(Failure):
        asyncio.run(ask(8001))


@pytest.mark.parametrize(("url", "reason"), [("ftp://a.b/c", "scheme"), ("", "bad_url"), ("no url", "bad_url"), ("http:///x", "bad_url")])
def test_urls_that_are_none(url: str, reason: str) -> None:
    with pytest.raises(Failure) as failure:
        parse_url(url)
    assert failure.value.reason == reason
