"""JPEG files looked at segment by segment, without decoding (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
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
