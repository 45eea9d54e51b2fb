"""What this process does with memory that it needs no more, where the C library is glibc; elsewhere nothing changes."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def keep_memory() -> None:
    """Keeps the memory of pictures for the next ones: a third of the time of decoding goes into getting it anew."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
        mallopt(_M_TRIM_THRESHOLD, 128 * 2**20)
        mallopt(_M_ARENA_MAX, 2)  # else each of many threads would keep as much


def give_back() -> None:
    """Gives the system what is free now: milliseconds, after work whose memory the next one would not find in one piece."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    pa.default_memory_pool().release_unused()  # of this thread: Arrow's allocator keeps as much for each
