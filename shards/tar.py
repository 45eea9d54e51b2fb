"""The plain subset of ustar that shards are made of: regular files with short names, the same bytes for the same contents.

A few lines instead of `tarfile`, for fixed headers, for speed, and for errors that name the byte.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterator
from typing import Protocol

from shards.plain import one_line, shown

BLOCK = 512
END = bytes(2 * BLOCK)
"""What an archive ends with."""

_HEADER = struct.Struct("100s 8s 8s 8s 12s 12s 8s 1s 100x 6s 2s 247x")
"""Name, mode, user, group, size, time, checksum, kind, magic, version."""


_OCTAL = re.compile(rb"[0-7]{1,11}")

_READ = 1 << 24
"""Bytes that are asked for at once: a damaged header may tell of far more than there are."""


class Readable(Protocol):
    """Something that gives its next ``size`` bytes, fewer only at its end."""

    def read(self, size: int, /) -> bytes: ...


class TarError(ValueError):
    """An archive that is not whole or not plain."""


def entry(name: str, data: bytes) -> bytes:
    """A member: header (mode 644, owner and time 0), contents, padding."""
    return _header(name, len(data)) + data + bytes(-len(data) % BLOCK)


def _header(name: str, size: int) -> bytes:
    encoded = name.encode("ascii")
    if len(encoded) > 100 or size >= 8**11:
        raise TarError(f"member {name} of {size} bytes does not fit a plain header; names have at most 100 characters, files 8 GiB")
    zero, blank = b"0000000", b" " * 8
    header = _HEADER.pack(encoded, b"0000644", zero, zero, b"%011o" % size, b"%011o" % 0, blank, b"0", b"ustar", b"00")
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def members(file: Readable) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the members, in order; reads on from where ``file`` stands, once, without seeking.

    Raises:
        TarError: the archive ends too early, or holds something else than plain files; the message names the byte.
    """
    position = 0
    while True:
        header = file.read(BLOCK)
        if len(header) < BLOCK:
            raise TarError(f"ends at byte {position + len(header)} without the mark of its end")
        if header.count(0) == BLOCK:
            if (second := file.read(BLOCK)).count(0) != BLOCK:
                raise TarError(f"ends at byte {position + BLOCK + len(second)} without the mark of its end")
            return
        name, size = _parse(header, position)
        padded = size + -size % BLOCK
        data = _up_to(file, padded)
        if len(data) < padded:
            raise TarError(f"ends at byte {position + BLOCK + len(data)} within {one_line(name)}")
        position += BLOCK + padded
        yield name, data[:size]


def _up_to(file: Readable, size: int) -> bytes:
    """The next ``size`` bytes, fewer where the file ends before."""
    if size <= _READ:
        return file.read(size)
    blocks = []
    while size and (block := file.read(min(size, _READ))):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


def _parse(header: bytes, position: int) -> tuple[str, int]:
    try:
        name = header[:100].rstrip(b"\0").decode("ascii")
        size, checksum = octal(header[124:136]), octal(header[148:156])
    except ValueError:
        raise TarError(f"has no header at byte {position}") from None
    if checksum != sum(header) - sum(header[148:156]) + 8 * ord(" "):
        raise TarError(f"has a damaged header at byte {position}")
    if header[156:157] not in (b"0", b"\0") or header[345] != 0:
        raise TarError(f"holds {shown(name)} at byte {position}, which is not a plain file with a short name")
    return name, size


@functools.lru_cache(maxsize=4096)
def octal(field: bytes) -> int:
    """The number in a field of a header.

    Raises:
        ValueError: there is none; `int` would take a sign, too.
    """
    digits = field.strip(b"\0 ")
    if not _OCTAL.fullmatch(digits):
        raise ValueError(f"{digits!r} is no octal number")
    return int(digits, 8)
