"""Chunks whose pictures are in memory are few."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.fetch.turns import AT_ONCE, await_turn, in_turn


def test_few_have_their_turn_at_once() -> None:
    lock, inside, most = threading.Lock(), 0, 0
    full = threading.Barrier(AT_ONCE)

    def finish(_: int) -> None:
        nonlocal inside, most
        with in_turn():
            await_turn()
            await_turn()  # it has it already
            with lock:
                inside += 1
                most = max(most, inside)
            full.wait(10)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(4 * AT_ONCE) as threads:
        list(threads.map(finish, range(4 * AT_ONCE)))
    assert most == AT_ONCE


def test_who_fails_ends_its_turn_and_who_never_began_has_none() -> None:
    for _ in range(2 * AT_ONCE):
        with pytest.raises(ValueError, match="broken"), in_turn():
            await_turn()
            raise ValueError("broken")
    for _ in range(2 * AT_ONCE):
        with in_turn():
            pass
    for _ in range(2 * AT_ONCE):
        await_turn()  # of no one's
