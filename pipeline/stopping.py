"""How a run stops before its end: an error in one line, an interrupt that really ends it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class RunFailed(RuntimeError):
    """A run that stopped; the message is its cause in one line."""


@contextmanager
def interruptible(message: str) -> Iterator[None]:
    """Within the block, Ctrl-C prints the message and ends this process and the workers that it started, at once.

    Whatever is half-written has a temporary name, so nothing is lost by not waiting for threads.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        print(f"\n{message}", file=sys.stderr, flush=True)
        for child in _descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os._exit(130)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _descendants(process: int) -> list[int]:
    """Processes that this one started, and those that they started; empty where there is no /proc."""
    found = []
    for task in _read(f"/proc/{process}/task"):
        try:
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                children = [int(child) for child in file.read().split()]
        except OSError:
            continue
        found += [descendant for child in children for descendant in (*_descendants(child), child)]
    return found


def _read(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
