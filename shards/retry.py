"""Tries again where storage fails in a way that can pass."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

PAUSES = (0.1, 0.5, 2.0)
"""Seconds before each new try."""

_FILES = "raise ulimit -n, or give a smaller window"
_SPACE = "free space for copies, or give a cache on another disk"
MENDS = {errno.EMFILE: _FILES, errno.ENFILE: _FILES, errno.ENOSPC: _SPACE, errno.EDQUOT: _SPACE}
"""What to do about errors that are this machine's and not the file's; waiting does not help."""

Result = TypeVar("Result")


def retried(action: Callable[[], Result]) -> Result:
    """What ``action`` gives, tried again after each of `PAUSES` while it raises an OSError that can pass.

    Raises:
        OSError: the last one; at once where a file is not there, or where the error is one of `MENDS`.
    """
    for pause in PAUSES:
        try:
            return action()
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno in MENDS:
                raise
            time.sleep(pause)
    return action()
