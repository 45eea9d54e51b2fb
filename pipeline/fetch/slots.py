"""Who may ask now, and who may read: how many requests there are at once, by host and in all.

A picture that comes costs the line, memory and a core, so that few may be under way; a host that says nothing costs none of
these, but all of its deadline. So a request that has had no answer for a while makes room for others, and is under way again
when the answer comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

_PATIENCE = 0.5
"""Seconds after which a request without an answer makes room for others."""
_HOSTS = 20_000
"""Of how many hosts it is remembered whether they answer."""


class Slots:
    """The places of one event loop: ``working`` for requests that are under way, ``waiting`` for those without an answer.

    A request to a host that has let one wait and never answered begins among those that wait: a list has many pictures of a
    host that is gone, and those of others need not stand behind them.
    """

    def __init__(self, working: int, waiting: int, per_host: int) -> None:
        self.working, self.waiting = Places(working), Places(waiting)
        self._waits, self._per_host = waiting > 0, per_host
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._answers: dict[str, bool] = {}

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[Slot]:
        """A slot for one request to a host, when its turn has come."""
        places = self._hosts.get(host)
        if places is None:
            places = self._hosts[host] = asyncio.Semaphore(self._per_host)
        # The host's first: who waits for a slow host must not hold what others could use.
        async with places:
            silent = self._waits and self._answers.get(host) is False
            held = self.waiting if silent else self.working
            await held.take()
            slot = Slot(self, host, held)
            if not silent and self._waits:
                slot.grow_patient()
            try:
                yield slot
            finally:
                slot.leave()

    def heard(self, host: str, answered: bool) -> None:
        """Remembers that a host has answered, or has let a request wait."""
        if not answered and host in self._answers:
            return
        if len(self._answers) >= _HOSTS:
            self._answers.clear()
        self._answers[host] = answered


class Slot:
    """The place of one request, in one of the two rooms."""

    def __init__(self, slots: Slots, host: str, held: Places) -> None:
        self._slots, self._host, self._held = slots, host, held
        self._timer: asyncio.TimerHandle | None = None
        self._moving: asyncio.Task[None] | None = None

    async def answered(self) -> None:
        """To be called when an answer has come, before its body is read; waits for a place where there is none."""
        self._slots.heard(self._host, True)
        self._stop()
        if self._held is self._slots.waiting:
            await self._slots.working.take(first=True)
            self._held.give()
            self._held = self._slots.working

    def grow_patient(self) -> None:
        """Lets the request go to those that wait after a while."""
        self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._make_room)

    def leave(self) -> None:
        self._stop()
        self._held.give()

    def _make_room(self) -> None:
        self._slots.heard(self._host, False)
        self._moving = asyncio.create_task(self._move())

    async def _move(self) -> None:
        await self._slots.waiting.take(first=True)
        self._held.give()
        self._held = self._slots.waiting

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._moving:
            self._moving.cancel()


class Places:
    """A semaphore at which those who have begun go before those who have not."""

    def __init__(self, free: int) -> None:
        if free < 0:
            raise ValueError(f"{free} places: must not be negative")
        self._free = free
        self._first, self._then = deque[asyncio.Future[None]](), deque[asyncio.Future[None]]()

    async def take(self, first: bool = False) -> None:
        """Takes a place as soon as there is one."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        (self._first if first else self._then).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Gives a place to who is next, or leaves it free."""
        for queue in (self._first, self._then):
            while queue:
                if not (turn := queue.popleft()).done():
                    turn.set_result(None)
                    return
        self._free += 1
