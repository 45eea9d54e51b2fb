"""Threads that decode tell their loop what they have made, whatever comes of it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pipeline.fetch.decoders import Decoders


def run(threads: int, work: Callable[[Decoders], Coroutine[Any, Any, None]]) -> None:
    decoders = Decoders(threads)
    try:
        asyncio.run(asyncio.wait_for(work(decoders), 10))
    finally:
        decoders.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_each_gets_what_was_made_of_its_body(threads: int) -> None:
    async def work(decoders: Decoders) -> None:
        bodies = [b"%d" % number for number in range(500)]
        assert await asyncio.gather(*(decoders.made(bytes.decode, body) for body in bodies)) == [body.decode() for body in bodies]

    run(threads, work)


def test_an_error_is_its_own_alone() -> None:
    async def work(decoders: Decoders) -> None:
        made = await asyncio.gather(*(decoders.made(int, body) for body in (b"1", b"x", b"3")), return_exceptions=True)
        assert (made[0], type(made[1]), made[2]) == (1, ValueError, 3)

    run(1, work)


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    begun = list[bytes]()

    async def work(decoders: Decoders) -> None:
        gate = threading.Event()

        def first(body: bytes) -> None:
            begun.append(body)
            gate.wait()

        tasks = [asyncio.create_task(decoders.made(first if body == b"a" else begun.append, body)) for body in (b"a", b"b", b"c")]
        while not begun:
            await asyncio.sleep(0.01)
        for task in tasks[:2]:
            task.cancel()
        await asyncio.sleep(0)
        gate.set()
        await tasks[2]
        assert [task.cancelled() for task in tasks] == [True, True, False]
        assert decoders.supply() == 0

    run(1, work)
    assert begun == [b"a", b"c"]


def test_the_supply_is_what_bodies_take_shared_out_among_the_threads() -> None:
    async def work(decoders: Decoders) -> None:
        assert decoders.supply() == 0
        await asyncio.gather(*(decoders.made(lambda _: time.sleep(0.002), b"") for _ in range(60)))
        gate = threading.Event()
        waiting = [asyncio.create_task(decoders.made(lambda _: gate.wait(), b"")) for _ in range(10)]
        await asyncio.sleep(0)
        assert decoders.supply() > 4 * 0.0015
        gate.set()
        await asyncio.gather(*waiting)
        assert decoders.supply() == 0

    run(2, work)


def test_threads_end_also_where_one_is_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.fetch.decoders._SOON", 0.05)
    gate, before = threading.Event(), threading.active_count()

    async def work(decoders: Decoders) -> None:
        task = asyncio.create_task(decoders.made(lambda _: gate.wait(), b""))
        await asyncio.sleep(0.05)
        task.cancel()

    run(2, work)
    gate.set()
    while threading.active_count() > before:
        time.sleep(0.01)
