"""Threads that decode, beside an event loop that fetches."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple[Callable[[bytes], Any], bytes, asyncio.Future[Any]]
_Result = tuple[asyncio.Future[Any], Any, BaseException | None]
_SOON = 1.0
"""Seconds that a thread is given to end; what holds it up may be a picture of hours, and nobody waits for that."""


class Decoders:
    """Threads that work on bodies in the order in which they come, for one event loop, which is told of what they have made together."""

    def __init__(self, threads: int) -> None:
        self._told = False
        self._jobs, self._made = SimpleQueue[_Job | None](), deque[_Result]()
        self._bodies, self._seconds = 0, 0.0
        self._threads = [threading.Thread(target=self._work, name=f"decode {number}", daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    async def made(self, work: Callable[[bytes], T], body: bytes) -> T:
        """What some work makes of a body."""
        answer = asyncio.get_running_loop().create_future()
        self._bodies += 1
        self._jobs.put((work, body, answer))
        try:
            return await answer
        finally:
            self._bodies -= 1

    def supply(self) -> float:
        """For how many seconds all threads have enough to go on with, as far as can be told."""
        return max(0.0, self._bodies / len(self._threads) - 1) * self._seconds

    def close(self) -> None:
        """Ends the threads as soon as they have done what they are at; nobody may wait for more any longer."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(_SOON)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, body, answer = job
            begin = time.perf_counter()
            if not answer.cancelled():
                try:
                    self._made.append((answer, work(body), None))
                except BaseException as error:
                    self._made.append((answer, None, error))
            self._seconds += (time.perf_counter() - begin - self._seconds) / 16
            if not self._told:
                self._told = True
                with suppress(RuntimeError):  # the loop is closed, and nobody waits
                    answer.get_loop().call_soon_threadsafe(self._tell)
            del job, work, body, answer  # not to be held until the next one comes

    def _tell(self) -> None:
        self._told = False  # before what there is is taken, so that nothing is left
        while self._made:
            answer, made, error = self._made.popleft()
            if answer.cancelled():
                continue
            if error is None:
                answer.set_result(made)
            else:
                answer.set_exception(error)
