"""Chunks whose pictures are in memory are few."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.fetch import FetchSettings, fetching
from pipeline.fetch.chunk import AT_ONCE
from tests.pipeline.fetch.rows import rows
from tests.pipeline.fetch.web import picture


def test_pictures_of_few_chunks_are_in_memory_at_once() -> None:
    lock, inside, most = threading.Lock(), 0, 0
    full = threading.Barrier(AT_ONCE)
    chunk = rows("a.jpg", images=[picture()])

    def finish(_: int) -> None:
        nonlocal inside, most
        with fetching(chunk, FetchSettings()) as fetched:
            assert len(fetched.images) == 1
            with lock:
                inside += 1
                most = max(most, inside)
            full.wait(10)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(4 * AT_ONCE) as threads:
        list(threads.map(finish, range(4 * AT_ONCE)))
    assert most == AT_ONCE


def test_a_chunk_that_cannot_be_stored_makes_room_for_others() -> None:
    for _ in range(2 * AT_ONCE):
        with pytest.raises(OSError, match="full"), fetching(rows("a.jpg", images=[picture()]), FetchSettings()):
            raise OSError("full")
