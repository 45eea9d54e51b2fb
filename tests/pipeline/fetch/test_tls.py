"""Servers whose TLS is amiss, each in one way, beside one that is sound: only that one is read from."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline.fetch import FetchSettings
from tests.pipeline.fetch.certificates import Authority, write_certificate
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web, answer, picture

JPG = picture()
PROGRAM = """
import json, sys
from pipeline.fetch import FetchSettings
from tests.pipeline.fetch.rows import fetched, rows
urls, resolve = json.load(sys.stdin)
made = fetched(rows(*urls), FetchSettings(resolve=resolve, backoff_seconds=0.01))
json.dump(made.ledger.select(["reason", "detail", "status", "attempts", "transient"]).to_pylist(), sys.stdout)
"""


def ledger_of(urls: list[str], resolve: dict[str, str], trusted: Path) -> list[dict[str, Any]]:
    """The ledger of a process whose only certificate authority is the one in this file."""
    environment = os.environ | {"SSL_CERT_FILE": str(trusted), "SSL_CERT_DIR": str(trusted.parent / "none")}
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps([urls, resolve]), capture_output=True, text=True, env=environment, cwd=root
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_only_a_certificate_that_holds_is_taken(web: Web, tmp_path: Path) -> None:
    """A wrong name and a wrong time stand under the authority that is trusted: nothing else is amiss with them."""
    trusted, unknown = Authority.new("trusted"), Authority.new("unknown")
    ways: dict[str, dict[str, Any]] = {
        "good.test": {"authority": trusted},
        "expired.test": {"authority": trusted, "since": -30, "until": -1},
        "tomorrow.test": {"authority": trusted, "since": 1, "until": 30},
        "unknown.test": {"authority": unknown},
        "alone.test": {},
    }
    web.certificates = {host: write_certificate(tmp_path / f"{host}.pem", host, **way) for host, way in ways.items()}
    web.certificates["wrong.test"] = web.certificates["good.test"]
    web.routes |= {"/a.jpg": answer(JPG)} | {f"/{host}": answer(status="302 X", Location=f"https://{host}/a.jpg") for host in ways}
    resolve = dict.fromkeys((*ways, "wrong.test"), web.secure) | {"plain.test": web.address}
    hosts = ("good.test", "wrong.test", "expired.test", "tomorrow.test", "unknown.test", "alone.test", "plain.test")
    urls = [f"https://{host}/a.jpg" for host in hosts]
    urls += ["http://plain.test/good.test", "http://plain.test/expired.test", "https://good.test/expired.test"]
    found = ledger_of(urls, resolve, trusted.write(tmp_path / "trusted.pem"))
    bad = {
        "wrong.test": "no alternative certificate subject name matches target hostname 'wrong.test'",
        "expired.test": "certificate has expired",
        "tomorrow.test": "certificate is not yet valid or the system clock is incorrect",
        "unknown.test": "unable to get local issuer certificate",
        "alone.test": "self-signed certificate",
        "plain.test": "wrong version number",
    }
    expected = {url: ("tls", bad[host], None, 1, False) for url, host in zip(urls[1:], hosts[1:], strict=False)}
    expected |= dict.fromkeys((urls[0], urls[7]), (None, None, 200, 1, False))
    expected |= dict.fromkeys(urls[8:], ("tls", bad["expired.test"], None, 1, False))
    assert {url: tuple(row.values()) for url, row in zip(urls, found, strict=True)} == expected
    assert web.hits == {"/a.jpg": 2, "/good.test": 1, "/expired.test": 2}


@pytest.mark.parametrize("where", ["web", "secure"])
def test_an_address_is_no_way_around_the_certificate(web: Web, where: str) -> None:
    """What may be connected to need not be trusted: of a private address the certificate is checked as of any other."""
    web.routes["/a.jpg"] = answer(JPG)
    address = web.secure if where == "secure" else web.address
    ways = FetchSettings(allow_private=(web.address, web.secure), backoff_seconds=0.01)
    web.routes["/to"] = answer(status="302 X", Location=f"https://{address}/a.jpg")
    found = fetched(rows(f"https://{address}/a.jpg", web.url("/to")), ways).ledger.to_pylist()
    assert [(row["reason"], row["status"], row["attempts"], row["transient"]) for row in found] == [("tls", None, 1, False)] * 2
    assert web.hits["/a.jpg"] == 0
    unnamed = "no alternative certificate subject name matches target IPv4 address '127.0.0.1'"
    assert {row["detail"] for row in found} == {unnamed if where == "secure" else "wrong version number"}


def test_a_server_that_breaks_off_in_the_handshake_may_be_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                connection.recv(1 << 16)
                connection.close()

        server = threading.Thread(target=hang_up)
        server.start()
        address = "{}:{}".format(*listener.getsockname())
        ways = FetchSettings(allow_private=(address,), backoff_seconds=0.01)
        (row,) = fetched(rows(f"https://{address}/a.jpg"), ways).ledger.to_pylist()
        server.join()
    assert (row["reason"], row["status"], row["attempts"], row["transient"]) == ("connect_failed", None, 3, True)
