"""Whether a file is what the manifest says."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import BinaryIO


class DamagedFile(ValueError):
    """A file that is not what the manifest says."""


def open_whole(path: str, size: int, sha256: str | None) -> BinaryIO:
    """A file of this machine, open for reading, that `check_whole` finds nothing wrong with; raises as it does."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would keep its reader waiting for ever
        raise DamagedFile("is not a file")
    file = open(path, "rb", buffering=0)  # noqa: SIM115 the caller closes it
    try:
        check_whole(file, size, sha256)
    except BaseException:
        file.close()
        raise
    return file


def check_whole(file: BinaryIO, size: int, sha256: str | None) -> None:
    """Compares an open file's bytes, and its sha256 where one is given, with the manifest's; leaves it at its beginning.

    Raises:
        DamagedFile: they differ.
        OSError: it cannot be read.
    """
    if (found := os.fstat(file.fileno()).st_size) != size:
        raise DamagedFile(f"has {found} bytes, the manifest says {size}")
    if sha256 is None:
        return
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if digest != sha256:
        raise DamagedFile(f"has sha256 {digest}, the manifest says {sha256}")
    file.seek(0)
