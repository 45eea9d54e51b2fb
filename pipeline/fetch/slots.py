"""Who may ask now, and who may read: how many requests there are at once, by host and in all.

A picture that comes costs the line, memory and a core, so that few may be under way; a host that says nothing costs none of
these, but all of its deadline. So a request that has had no answer for a while makes room for others, and is under way again
when the answer comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any
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
        self.waits, self._per_host = waiting > 0, per_host
        self._hosts: WeakValueDictionary[str, Places] = WeakValueDictionary()
        self._answers: dict[str, bool] = {}
        self._patient = deque[tuple[float, Slot]]()

    def slot(self, host: str) -> Slot:
        """A slot for one request to a host: an ``async with`` block, which begins when its turn has come."""
        return Slot(self, host)

    def of_host(self, host: str) -> Places:
        """The places of all requests to a host."""
        places = self._hosts.get(host)
        if places is None:
            places = self._hosts[host] = Places(self._per_host)
        return places

    def silent(self, host: str) -> bool:
        """Whether a host has let a request wait, and has never answered."""
        return self._answers.get(host) is False

    def heard(self, host: str, answered: bool) -> None:
        """Remembers that a host has answered, or has let a request wait."""
        if not answered and host in self._answers:
            return
        if len(self._answers) >= _HOSTS:
            self._answers.clear()
        self._answers[host] = answered

    def watch(self, slot: Slot) -> None:
        """Lets a request that has no answer after a while go to those that wait."""
        loop = asyncio.get_running_loop()
        if not self._patient:
            loop.call_later(_PATIENCE, self._lose_patience, loop)
        self._patient.append((loop.time() + _PATIENCE, slot))

    def _lose_patience(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer for all, who come in the order in which their time is up: most have long been answered then.
        while self._patient and (self._patient[0][0] <= loop.time() or not self._patient[0][1].watched):
            _, slot = self._patient.popleft()
            if slot.watched:
                slot.make_room()
        if self._patient:
            loop.call_at(self._patient[0][0], self._lose_patience, loop)


class Slot:
    """The place of one request, in one of the two rooms."""

    def __init__(self, slots: Slots, host: str) -> None:
        self._slots, self._host = slots, host
        self.watched = False
        self._moving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Slot:
        # The host's first: who waits for a slow host must not hold what others could use.
        self._of_host = self._slots.of_host(self._host)
        await self._of_host.take()
        silent = self._slots.waits and self._slots.silent(self._host)
        self._held = self._slots.waiting if silent else self._slots.working
        try:
            await self._held.take()
        except BaseException:
            self._of_host.give()
            raise
        if self._slots.waits and not silent:
            self.watched = True
            self._slots.watch(self)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.leave()
        self._of_host.give()

    def answered(self) -> None:
        """To be called when an answer has come."""
        self._slots.heard(self._host, True)
        self._stop()

    def turn(self) -> Coroutine[Any, Any, None] | None:
        """What is to be awaited then before its body is read; None where there is a place for that."""
        return None if self._held is self._slots.working else self._change(self._slots.working)

    def leave(self) -> None:
        """Gives the place to others."""
        self._stop()
        self._held.give()

    def make_room(self) -> None:
        """Goes to those that wait, as soon as there is a place among them."""
        self.watched = False
        self._slots.heard(self._host, False)
        self._moving = asyncio.create_task(self._change(self._slots.waiting))

    async def _change(self, places: Places) -> None:
        await places.take(first=True)
        self._held.give()
        self._held = places

    def _stop(self) -> None:
        self.watched = False
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
