import asyncio
import gc
import socket
import time
from collections.abc import Callable

import pytest

from pipeline.fetch import FetchSettings
from pipeline.fetch.policy import Guard, Target
from pipeline.fetch.reasons import Failure
from pipeline.fetch.session import joined
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web, answer, picture


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
    with pytest.raises(Failure, match=r"127\.0\.0\.1 is loopback"):
        guard.check("127.0.0.1", 9001)
    guard.close()


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


def test_a_name_that_is_bound_to_another_address_after_the_check_is_not_followed(monkeypatch, forbidden):
    """DNS rebinding: what was checked is what is connected to, so that nobody asks again."""
    asked = []

    def look_up(host: str, *_: object, **__: object) -> list[tuple]:
        asked.append(host)
        return answers("1.1.1.1") if len(asked) == 1 else answers("127.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    ways = FetchSettings(dns_seconds=0, retries=0, connect_seconds=1)
    (row,) = fetched(rows(f"http://rebound.example:{forbidden.port}/a.jpg"), ways).ledger.to_pylist()
    assert asked == ["rebound.example"]
    assert row["reason"] in ("connect_failed", "connect_refused")  # by the machine's network, which may say no or nothing


def test_no_socket_goes_where_the_guard_has_not_been_asked(monkeypatch, forbidden):
    """Were all that comes before it to fail, the last look would not."""
    monkeypatch.setattr(Guard, "known", lambda *_: [Target("127.0.0.1", forbidden.port)])
    (row,) = fetched(rows(f"http://1.1.1.1:{forbidden.port}/a.jpg"), FetchSettings()).ledger.to_pylist()
    assert (row["reason"], row["detail"]) == ("private_address", "127.0.0.1 is loopback")


@pytest.mark.parametrize(
    ("error", "reason"), [(socket.EAI_NONAME, "dns"), (socket.EAI_AGAIN, "dns_unavailable"), (socket.EAI_FAIL, "dns_unavailable")]
)
def test_a_name_server_that_is_silent_is_not_a_name_that_does_not_exist(monkeypatch, error, reason):
    def look_up(*_: object, **__: object) -> list[tuple]:
        raise socket.gaierror(error, "")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert targets(f"{reason}-{error}.example") == reason


def names(monkeypatch, web: Web, seconds: Callable[[str], float], error: int | None = None) -> None:
    """Lets all names lead to the web after some seconds, or to an error."""

    def look_up(host: str, *_: object, **__: object) -> list[tuple]:
        time.sleep(seconds(host))
        if error:
            raise socket.gaierror(error, "")
        return answers(web.address.split(":")[0])

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def asked(web: Web, *hosts: str, **settings: object) -> list[dict[str, object]]:
    web.routes["/a.jpg"] = answer(picture())
    port = web.address.split(":")[1]
    ways = {"allow_private": [f"{host}:{port}" for host in hosts], "backoff_seconds": 0.01, **settings}
    return fetched(rows(*(f"http://{host}:{port}/a.jpg" for host in hosts)), FetchSettings(**ways)).ledger.to_pylist()


def test_waiting_for_the_look_ups_of_others_does_not_count(web, monkeypatch):
    names(monkeypatch, web, lambda _: 0.3)
    found = asked(web, *(f"queued-{number}.example" for number in range(6)), dns_threads=1, deadline_seconds=0.8)
    assert [(row["reason"], row["attempts"]) for row in found] == [(None, 1)] * 6


def test_a_look_up_that_takes_too_long_is_called_one(web, monkeypatch):
    """And those of others find a thread."""
    names(monkeypatch, web, lambda host: 1.2 * host.startswith("slow"))
    found = asked(web, "slow-1.example", "slow-2.example", "quick-1.example", dns_threads=2, deadline_seconds=0.8)
    late = ("dns_unavailable", "no answer within 0.8 s", True, None, 1)
    told = [tuple(row[name] for name in ("reason", "detail", "transient", "asked_at", "attempts")) for row in found]
    assert told[:2] == [late, late]
    assert found[2]["reason"] is None


def test_nothing_is_said_of_a_look_up_that_fails_when_nobody_waits_any_more(web, monkeypatch, caplog):
    names(monkeypatch, web, lambda host: 0.4 * host.startswith("late"), socket.EAI_AGAIN)
    ways = {"deadline_seconds": 0.2, "retries": 0}
    port = web.address.split(":")[1]
    settings = FetchSettings(allow_private=(f"late.example:{port}",), **ways)
    with joined(settings):
        (row,) = asked(web, "late.example", **ways, backoff_seconds=settings.backoff_seconds)
        time.sleep(0.5)
        gc.collect()
    assert (row["reason"], caplog.records) == ("dns_unavailable", [])
