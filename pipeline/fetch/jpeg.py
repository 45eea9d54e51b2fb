"""JPEG files looked at segment by segment, without decoding (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
_BASELINE, _HEAD = 0xC0, (0xC4, _APP0, _COM, 0xDB, 0xDD)
"""SOF0; and what else stands before the pixels of a file that nothing is odd about: DHT, JFIF, words, DQT and DRI."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # within scans, FF 00 is a data byte and D0 to D7 are restarts


@dataclass(frozen=True)
class Outline:
    """How many ``scans`` the file ``data`` has, and which ``spans`` of it are about pixels."""

    scans: int
    data: bytes
    spans: tuple[tuple[int, int], ...]

    @property
    def pixels(self) -> bytes:
        """The same file without what says nothing about pixels. Put together when it is asked for: most files are encoded anew."""
        return b"".join(self.data[begin:end] for begin, end in self.spans)


def outline(data: bytes) -> Outline | None:
    """The outline of a JPEG file; None where its segments are not in order or the end marker is missing.

    ``pixels`` leaves out comments, whatever follows the end marker, and the application segments but JFIF and Adobe, which
    say how colours are stored: so Exif with its places and names, previews, colour profiles, embedded other files.
    """
    if data[:2] != b"\xff\xd8":
        return None
    spans, scans, at = [(0, 2)], 0, 2
    while at + 4 <= len(data) or data[at : at + 2] == b"\xff\xd9":
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1  # fill byte
            continue
        if marker == _EOI:
            return Outline(scans, data, (*spans, (at, at + 2)))
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _SOS:
            scans += 1
            following = _NEXT_MARKER.search(data, end)
            if following is None:
                return None
            end = following.start()
        if marker in (_APP0, _APP14) or not (_APP0 <= marker <= _APP15 or marker == _COM):
            spans.append((at, end))
        at = end
    return None


def plain_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a baseline JPEG, all of it in one scan, that nothing is odd about: of three components of 8 bits in YCbCr,
    in sRGB and upright, as JFIF has it and since there is no segment that could say otherwise. None of anything else."""
    at, size = 2, None
    while at + 20 <= len(data) and data[at] == 0xFF:  # no less than such a file has from its last segment on
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _SOS:
            return size if data.startswith(b"\xff\xd8") and data[at + 4] == 3 else None
        if marker == _BASELINE and size is None and data[at + 9] == 3 and data[at + 10 : end : 3] == b"\1\2\3":
            height, width = (int.from_bytes(data[side : side + 2]) for side in (at + 5, at + 7))
            size = (width, height) if width and height and data[at + 4] == 8 else None
        elif marker not in _HEAD:
            return None
        at = end
    return None
