"""What holds of every target: a right result or the component's own error, in bounded time and memory; and how many examples it gets."""

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

_ASKED = os.environ.get("FUZZ", "")
HOURS = bool(_ASKED)
"""FUZZ is ``hours``, or ``rounds:DIR`` for rounds of two hundred examples each, with a database of examples in a folder."""
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile("ci", derandomize=True, deadline=None, database=None, suppress_health_check=_SLOW)
settings.register_profile("hours", derandomize=False, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile("hours" if HOURS else "ci")


def examples(number: int) -> settings:
    """The settings of a target that draws so many examples in CI."""
    if _ASKED.startswith("rounds:"):
        return settings(max_examples=200, database=DirectoryBasedExampleDatabase(_ASKED.removeprefix("rounds:")))
    return settings(max_examples=number * (100 if HOURS else 1))


@contextmanager
def within(seconds: float, megabytes: int) -> Iterator[None]:
    """The block takes no longer, and the process no more memory on top of what it has.

    Raises:
        AssertionError: it does; as soon as Python runs again, where C code is at it.
    """

    def expire(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"takes more than {seconds} s")

    before, highest = _resident(), _peak()
    handler = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    peak = _peak()
    if peak > highest:  # else it was higher before this block, of which the system then says nothing
        assert peak - before <= megabytes, f"takes {peak - before} MB, at most {megabytes}"


def _peak() -> int:
    """The most megabytes that the process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 2**20)


def _resident() -> int:
    """Megabytes that the process has in memory; its peak where there is no /proc."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize() // 2**20
    except OSError:
        return _peak()


def is_one_line(message: str) -> bool:
    """Whether a message can be shown as one line."""
    return bool(message) and message.isprintable()
