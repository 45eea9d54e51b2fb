"""Chunks of one process share a client: its slots, its connections, its clock."""

import asyncio
import selectors
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.fetch import FetchSettings, shared_seconds
from pipeline.fetch.session import _Gathering, _shared_out, joined
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import answer, picture, silence


def test_who_joins_shares_and_the_last_closes() -> None:
    settings = FetchSettings()
    before = threading.active_count()
    with joined(settings) as one, joined(FetchSettings()) as two, joined(FetchSettings(size=7)) as three:
        assert one is two
        assert one is not three
    with joined(settings) as four:
        assert four is not one
    assert threading.active_count() == before


def test_what_cannot_be_opened_is_an_error_for_all_and_leaves_nothing() -> None:
    before = threading.active_count()
    settings = FetchSettings()
    object.__setattr__(settings, "concurrency", -1)
    for _ in range(2):
        with pytest.raises(ValueError, match="-1 places: must not be negative"), joined(settings):
            pass
    assert threading.active_count() == before


def test_the_shares_of_the_clock_add_up_to_the_time() -> None:
    def user() -> float:
        begin = shared_seconds()
        with joined(FetchSettings()):
            barrier.wait()
            time.sleep(0.2)
            return shared_seconds() - begin

    barrier, start = threading.Barrier(4), time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        spent = sum(threads.map(lambda _: user(), range(4)))
    assert spent == pytest.approx(time.perf_counter() - start, rel=0.5)


def test_chunks_at_once_share_slots_and_connections(web) -> None:
    settings = FetchSettings(allow_private=(web.address,), concurrency=2, per_host=2, retries=0)
    chunks = [rows(*[web.url(f"/slot/{chunk}/{number}") for number in range(2)]) for chunk in range(3)]
    with joined(settings), ThreadPoolExecutor(3) as threads:
        made = list(threads.map(lambda chunk: fetched(chunk, settings), chunks))
    assert [chunk.ledger["reason"].to_pylist() for chunk in made] == [["not_found"] * 2] * 3
    assert (web.most_at_once, web.connections) == (2, 2)


def test_requests_without_an_answer_make_room(web, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.fetch.slots._PATIENCE", 0.05)
    web.streams = {f"/{number}": silence for number in range(4)}
    web.routes["/a"] = answer(picture())
    settings = FetchSettings(allow_private=(web.address,), concurrency=1, per_host=20, deadline_seconds=3)
    found = fetched(rows(*[web.url(f"/{number}") for number in range(4)], web.url("/a")), settings).ledger
    assert found["reason"].to_pylist() == ["deadline"] * 4 + [None]


@pytest.mark.parametrize(("supply", "timeout", "seen"), [(0.1, None, 2), (9.0, 1.0, 2), (0.1, 0.0, 1), (0.001, None, 1), (0.1, 0.01, 1)])
def test_at_leisure_a_loop_sees_together_what_comes_within_a_while(monkeypatch, supply, timeout, seen) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    monkeypatch.setattr(time, "sleep", lambda seconds: pairs[1][0].send(b"later") if seconds <= min(supply / 2, 0.05) else None)
    with _Gathering(lambda: supply) as selector:
        for _, end in pairs:
            selector.register(end, selectors.EVENT_READ)
        pairs[0][0].send(b"at once")
        assert len(selector.select(timeout)) == seen
    for end in (*pairs[0], *pairs[1]):
        end.close()


def test_a_host_that_answers_late_with_an_error_is_not_silent(web, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.fetch.slots._PATIENCE", 0.05)

    async def late(writer) -> None:
        await asyncio.sleep(0.2)
        writer.write(answer(b"", "404 X", Connection="close"))

    web.streams["/late"] = late
    settings = FetchSettings(allow_private=(web.address,), concurrency=1, waiting=4)
    with joined(settings) as session:
        fetched(rows(web.url("/late")), settings)
        assert not session.client._slots.silent(web.address.split(":")[0])


def test_where_few_files_may_be_open_fewer_wait() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0})); "
        "from pipeline.fetch import session; print(session._allow_files(100))"
    )
    said = [subprocess.run([sys.executable, "-c", code.format(files)], capture_output=True, text=True) for files in (300, 562, 4096)]
    assert [int(one.stdout) for one in said] == [-212, 50, 100]


@pytest.mark.parametrize(
    ("connections", "waiting", "kept"),
    [(2368, 2048, 256), (1536, 1216, 256), (464, 300, 100), (65, 1, 0), (64, 0, 0), (-212, 0, 0)],
)
def test_what_files_there_are_is_shared_out(connections, waiting, kept) -> None:
    assert _shared_out(connections, FetchSettings()) == (waiting, kept)
