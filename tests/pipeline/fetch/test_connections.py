"""Connections are kept for further requests, but few of them; and every request that goes out is counted."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.fetch import web as w
from tests.pipeline.fetch.asking import fetch, outcome
from tests.pipeline.fetch.web import Web, answer, picture

JPG = picture()


def test_connections_are_used_again(web):
    web.routes |= {f"/{n}.jpg": answer(JPG) for n in range(6)}
    assert [row["reason"] for row in fetch(web, *(f"/{n}.jpg" for n in range(6)), concurrency=1)] == [None] * 6
    assert web.connections == 1


def test_of_many_hosts_few_connections_are_kept(web):
    web.routes["/a.jpg"] = answer(JPG)
    hosts = {f"host{number}.test": web.address for number in range(300)}
    found = fetch(web, *(f"http://{host}/a.jpg" for host in hosts), resolve=hosts, concurrency=2, waiting=6)
    assert [outcome(row) for row in found] == [(None, 200, 1)] * 300
    assert web.connections == 300
    assert web.most_open <= 2 + 6 + 256


def test_the_latest_are_kept(web):
    web.routes["/a.jpg"] = answer(JPG)
    hosts = {f"host{number}.test": web.address for number in range(300)}
    names = [*hosts, "host299.test", "host0.test"]
    fetch(web, *(f"http://{host}/a.jpg?{number}" for number, host in enumerate(names)), resolve=hosts, concurrency=1, waiting=0)
    assert web.connections == 301  # the first one's had been closed, the last one's had not


PROGRAM = """
import json, os, resource, sys
from pipeline.fetch import FetchSettings
from pipeline.fetch.client import Trace
from pipeline.fetch.reasons import Failure
from pipeline.fetch.session import joined
from tests.pipeline.fetch.rows import fetched, rows

address, files, hosts, settings = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
ways = FetchSettings(resolve={f"host{n}.test": address for n in range(hosts)}, backoff_seconds=0.01, **settings)
"""


def ran(code: str, web: Web, files: int, hosts: int, **settings: object) -> object:
    """What a process prints that may have so many files."""
    root, given = Path(__file__).resolve().parents[3], json.dumps([web.address, files, hosts, settings])
    ended = subprocess.run([sys.executable, "-c", PROGRAM + code], input=given, capture_output=True, text=True, cwd=root)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_where_few_files_may_be_open_many_hosts_lose_no_picture(web):
    web.routes["/a.jpg"] = answer(JPG)
    code = """
made = fetched(rows(*(f"http://host{n}.test/a.jpg" for n in range(hosts))), ways).ledger
print(json.dumps([made["reason"].to_pylist(), made["attempts"].to_pylist()]))
"""
    assert ran(code, web, files=600, hosts=900, concurrency=8, waiting=40) == [[None] * 900, [1] * 900]
    assert web.most_open <= 600 - 512


def test_that_there_are_no_files_left_is_no_failure_of_a_host(web):
    web.routes["/a.jpg"] = answer(JPG)
    code = """
async def size(body):
    return len(body)

def ask():
    trace = Trace()
    try:
        return session.run(session.client.fetch("http://host0.test/a.jpg", trace, size))
    except Failure as failure:
        return [failure.reason, failure.detail, failure.transient, trace.status, trace.attempts]

with joined(ways) as session:
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    found = [ask()]
    for file in taken:
        os.close(file)
    print(json.dumps([*found, ask()]))
"""
    lost = ["out_of_files", "Too many open files; raise the limit (ulimit -n), or lower fetch concurrency and waiting", True, None, 3]
    assert ran(code, web, files=300, hosts=1) == [lost, len(JPG)]


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("kept", [False, True])
def test_every_request_is_counted(web, retries, kept):
    """A server that hangs up sees as many as the ledger says; one that closes what was kept is asked once more, whatever ``retries``."""
    web.routes["/a.jpg"] = answer(JPG)
    web.streams["/b.jpg"] = w.reset
    *_, row = fetch(web, *(["/a.jpg"] if kept else []), "/b.jpg", retries=retries, concurrency=1, waiting=0)
    assert outcome(row) == ("connection_lost", None, max(1 + retries, 2 if kept else 1))
    assert web.hits["/b.jpg"] == row["attempts"]


@pytest.mark.parametrize("retries", [0, 2])
def test_a_connection_that_was_closed_meanwhile_loses_no_picture(web, retries):
    async def first_not(writer):
        if web.hits["/b.jpg"] > 1:
            writer.write(answer(JPG))

    web.routes["/a.jpg"], web.streams["/b.jpg"] = answer(JPG), first_not
    begin = time.monotonic()
    *_, row = fetch(web, "/a.jpg", "/b.jpg", retries=retries, concurrency=1, waiting=0, backoff_seconds=4)
    assert (outcome(row), web.hits["/b.jpg"]) == ((None, 200, 2), 2)
    assert time.monotonic() - begin < 3  # at once


def test_all_that_was_kept_of_a_host_that_closed_one_is_closed(web):
    """A server that starts anew closes all: the second try goes by a connection of its own."""
    first = 4

    async def late(writer):
        if web.connections > first:
            writer.write(answer(JPG))

    web.routes |= {f"/slot{number}": answer(JPG) for number in range(first)}
    web.streams |= {f"/{number}.jpg": late for number in range(first)}
    fetched = fetch(
        web, *(f"/slot{n}" for n in range(first)), *(f"/{n}.jpg" for n in range(first)), retries=0, concurrency=first, waiting=0
    )
    assert {outcome(row) for row in fetched[:first]} == {(None, 200, 1)}
    assert {row["reason"] for row in fetched[first:]} == {None}
