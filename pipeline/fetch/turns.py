"""Chunks whose pictures have all come are put together and stored in turn, so that memory holds the pictures of few."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

AT_ONCE = 2
"""Chunks of a process whose pictures are in memory: one is put together while another goes to the disk."""


@contextmanager
def in_turn() -> Iterator[None]:
    """For all that is done with a chunk: from where its pictures are taken into memory (`await_turn`) to the end of the block it
    has its turn."""
    turn = _Turn()
    before = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(before)
        turn.end()


def await_turn() -> None:
    """Waits until it is this chunk's turn; outside of `in_turn` it always is."""
    if turn := _turn.get():
        turn.begin()


class _Turn:
    def __init__(self) -> None:
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            _turns.acquire()
            self._begun = True

    def end(self) -> None:
        if self._begun:
            _turns.release()


_turns, _turn = threading.Semaphore(AT_ONCE), ContextVar[_Turn | None]("turn", default=None)
