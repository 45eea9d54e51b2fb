"""One client for all chunks that a process has under way: they share its slots, its open connections and its threads."""

from __future__ import annotations

import asyncio
import os
import resource
import selectors
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from pipeline.fetch.client import Client
from pipeline.fetch.decoders import Decoders
from pipeline.fetch.settings import FetchSettings

T = TypeVar("T")

_FILES = 512
"""Files that are left to the rest of the process."""
_KEPT = 256
"""Connections that are kept for further requests, at most: each that has TLS takes a quarter of a megabyte."""
_SHORTEST, _LONGEST = 0.002, 0.05
"""Seconds for which the loop lets things come together, where those that decode have twice as much to go on with."""


class Session:
    """A client in an event loop of its own thread, and the threads that decode."""

    def __init__(self, settings: FetchSettings) -> None:
        waiting, kept = _shared_out(_allow_files(settings.concurrency + settings.waiting + _KEPT), settings)
        self._decoders = Decoders(settings.decode_threads or cores())
        self.users = 0
        # A row that has begun is some kilobytes; those of a chunk begin before those of the next, so that chunks end one by one.
        self.begun, self.beginning = asyncio.Semaphore(settings.concurrency + waiting), asyncio.Lock()
        ready: Future[tuple[Client, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._serve, args=(settings, waiting, kept, ready), name="fetch", daemon=True)
        self._thread.start()
        try:
            self.client, self._loop, self._ended = ready.result()
        except BaseException:
            self._decoders.close()
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine in the session's loop and waits for it; called from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def decode(self, work: Callable[[bytes], T], body: bytes) -> T:
        """What some work makes of a body, in one of the threads that decode; called within the session's loop."""
        return await self._decoders.made(work, body)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._decoders.close()

    def _serve(
        self,
        settings: FetchSettings,
        waiting: int,
        kept: int,
        ready: Future[tuple[Client, asyncio.AbstractEventLoop, asyncio.Event]],
    ) -> None:
        async def serve() -> None:
            ended = asyncio.Event()
            async with Client(settings, waiting, kept) as client:
                ready.set_result((client, asyncio.get_running_loop(), ended))
                await ended.wait()

        try:
            with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Gathering(self._decoders.supply))) as runner:
                runner.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)


class _Gathering(selectors.DefaultSelector):
    """Waits a while where nobody waits for the loop: to look for what has come is a fifth of its work, and interrupts who decodes."""

    def __init__(self, supply: Callable[[], float]) -> None:
        super().__init__()
        self._supply = supply

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        pause = min(self._supply() / 2, _LONGEST)
        if pause > _SHORTEST and (timeout is None or timeout > pause):
            time.sleep(pause)
        return super().select(timeout)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def joined(settings: FetchSettings) -> Iterator[Session]:
    """The process's session of these settings: opened for the first that comes, closed after the last that goes."""
    with _lock:
        session = _open.get(settings)
        if session is None:
            session = _open[settings] = Session(settings)
        session.users += 1
    _clock.read(+1)
    try:
        yield session
    finally:
        _clock.read(-1)
        with _lock:
            session.users -= 1
            last = session.users == 0
            if last:
                del _open[settings]
        if last:
            session.close()


def shared_seconds() -> float:
    """A clock for those that share: with three chunks under way, each one's second takes three. So the parts add up to the whole."""
    return _clock.read(0)


class _Clock:
    def __init__(self) -> None:
        self._lock, self._users, self._seconds, self._seen = threading.Lock(), 0, 0.0, time.perf_counter()

    def read(self, more: int) -> float:
        with self._lock:
            now = time.perf_counter()
            self._seconds += (now - self._seen) / max(1, self._users)
            self._seen, self._users = now, self._users + more
            return self._seconds


def _allow_files(connections: int) -> int:
    """Lets this process have so many connections besides its files, or as many as the system's hard limit allows: how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(wanted - _FILES, connections)


def _shared_out(connections: int, settings: FetchSettings) -> tuple[int, int]:
    """How many requests may wait and how many connections be kept, besides those under way: where files are few, three to one."""
    left = max(0, connections - settings.concurrency)
    kept = min(_KEPT, max(left // 4, left - settings.waiting))
    return min(settings.waiting, left - kept), kept


_lock, _open, _clock = threading.Lock(), dict[FetchSettings, Session](), _Clock()
