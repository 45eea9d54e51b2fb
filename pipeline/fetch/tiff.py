"""TIFF files whose samples are not plain bytes, of which Pillow opens few and shows fewer: brought to 8 bits by what the file says."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image, TiffImagePlugin

from pipeline.fetch.reasons import Failure

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION, _SAMPLES = 256, 257, 258, 262, 274, 277
_MAX, _COLORMAP, _EXTRA, _FORMAT, _SMIN, _SMAX, _PROFILE = 281, 320, 338, 339, 340, 341, 34675
"""Tags (TIFF 6.0, appendix A); the profile's is of ICC.1, B.4."""
_COLOURS = {0: 1, 1: 1, 2: 3}
"""Channels by PhotometricInterpretation: grey from white to black, grey, RGB. All others Pillow has to show, or nobody."""
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
"""Values of SampleFormat."""
_DEPTHS = (8, 10, 12, 16, 24)
"""Bits that samples have in a wider type of which they use little."""
_WHITES = (1.0, 255.0, 65535.0)
_DARK = 16
"""A picture that has nothing brighter than this part of white looks black. So a file that says nothing of its white has another."""
_MOST = 2**29
"""Bytes of samples, at most."""
_AT_ONCE = 2**20
"""Samples that are brought to 8 bits together."""


@dataclass(frozen=True)
class Samples:
    """What a TIFF says of the pixels of its first page; of ``tags`` those that are numbers or bytes, in tuples."""

    size: tuple[int, int]
    tags: dict[int, tuple[Any, ...]]

    @property
    def bits(self) -> tuple[int, ...]:
        return self.tags.get(_BITS, (1,))

    @property
    def kind(self) -> int:
        return self.tags.get(_FORMAT, (_UNSIGNED,))[0]

    @property
    def channels(self) -> int:
        return self.tags.get(_SAMPLES, (1,))[0]

    @property
    def photometric(self) -> int:
        return self.tags.get(_PHOTOMETRIC, (-1,))[0]

    @property
    def orientation(self) -> int:
        return self.tags.get(_ORIENTATION, (1,))[0]

    @property
    def deep(self) -> bool:
        """Whether they are grey or RGB in numbers that are no plain bytes."""
        return self.photometric in _COLOURS and (max(self.bits) > 8 or self.kind in (_SIGNED, _FLOAT))

    def __str__(self) -> str:
        kind = {_UNSIGNED: "", _SIGNED: " signed", _FLOAT: " floating point"}.get(self.kind, f" format {self.kind}")
        return f"TIFF of {self.channels} x {max(self.bits)} bits{kind}, photometric {self.photometric}"


def read_samples(body: bytes) -> Samples | None:
    """What a file says of its samples; None of one that is no TIFF, or says it in no order."""
    if body[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return None
    with suppress(Exception):  # a directory of another's making, whose reader raises what it likes
        file = io.BytesIO(body)
        directory = TiffImagePlugin.ImageFileDirectory_v2(body[: 16 if b"+" in body[2:4] else 8])
        file.seek(directory.next)
        directory.load(file)
        values = {number: directory[number] for number in directory}
        tags = {number: value if isinstance(value, tuple) else (value,) for number, value in values.items()}
        for number in (_BITS, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _EXTRA, _FORMAT):
            if number in tags and not (tags[number] and all(isinstance(value, int) for value in tags[number])):
                return None
        return Samples((int(tags[_WIDTH][0]), int(tags[_HEIGHT][0])), tags)
    return None


def shown(body: bytes, samples: Samples) -> Image.Image:
    """A picture of `Samples.deep` pixels in mode L, LA, RGB or RGBA, with its profile.

    White is, in this order: the largest number of BitsPerSample, where that is no whole number of bytes; SMaxSampleValue, and of whole
    numbers MaxSampleValue, where it is 2^n - 1 and no sample is larger, which says a depth (other values of it are statistics, and "not
    to be used to affect the visual appearance"; TIFF 6.0, p. 37); the largest number of the type. Of a file that says nothing and has no
    sample above a sixteenth of that, the largest number of the fewest bits, 8, 10, 12, 16 or 24, that hold all. Black is 0; of signed
    samples some of which are negative, the smallest number of so many bits. Floating point goes from 0 to the least of 1, 255 and 65535
    that is not exceeded, or from SMinSampleValue to SMaxSampleValue.

    Raises:
        Failure: bomb; unsupported, where it cannot be told which number is white.
        RuntimeError: the file is damaged.
    """
    colours = _COLOURS[samples.photometric]
    if samples.size[0] * samples.size[1] * samples.channels * (max(samples.bits) + 7 & ~7) // 8 > _MOST:
        raise Failure("bomb", f"{samples} of {samples.size[0]} x {samples.size[1]} pixels, at most {_MOST} bytes")
    try:
        numbers = imagecodecs.tiff_decode(body)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise Failure("unsupported", f"{samples}: {' '.join(str(error).split())[:80]}") from None
    if numbers.shape != (samples.size[1], samples.size[0], *([samples.channels] if samples.channels > 1 else [])):
        raise Failure("unsupported", f"{samples}: {numbers.shape}")
    numbers = numbers.reshape(samples.size[1], samples.size[0], -1)
    extra = samples.tags.get(_EXTRA, ())
    alpha = extra[0] if numbers.shape[2] > colours and extra and extra[0] in (1, 2) else 0
    black, white = _range(numbers[:, :, :colours], samples)
    levels = np.empty((*numbers.shape[:2], colours + bool(alpha)), np.uint8)
    step = max(1, _AT_ONCE // (numbers.shape[1] * levels.shape[2]))
    for first in range(0, len(numbers), step):
        rows = numbers[first : first + step, :, : levels.shape[2]].astype(np.float64)
        levels[first : first + step] = np.rint(np.clip((rows - black) * (255 / (white - black)), 0, 255))
    if samples.photometric == 0:
        levels[:, :, 0] = 255 - levels[:, :, 0]
    if alpha == 1:  # colours are multiplied by it already
        levels = np.minimum(levels[:, :, :colours].astype(np.int16) + 255 - levels[:, :, colours:], 255).astype(np.uint8)
    made = Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels, {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[levels.shape[2]])
    if profile := samples.tags.get(_PROFILE, (b"",))[0]:
        made.info["icc_profile"] = profile
    return made


def mend_palette(image: Image.Image, samples: Samples) -> None:
    """Of a TIFF whose palette has no level above 255, as some programs write, these are the levels; by the standard, all were black."""
    levels = samples.tags.get(_COLORMAP, ())
    if image.mode == "P" and levels and max(levels) < 256:
        image.putpalette(bytes(np.reshape(levels, (3, -1)).T.astype(np.uint8)))


def _range(colours: np.ndarray, samples: Samples) -> tuple[float, float]:
    """The numbers of black and of white."""
    lowest, brightest = colours.min().item(), colours.max().item()
    said = _number(samples.tags.get(_SMAX)), _number(samples.tags.get(_MAX))
    if samples.kind == _FLOAT:
        if not (np.isfinite(lowest) and np.isfinite(brightest)):
            raise Failure("unsupported", f"{samples}: some are not finite")
        black = _number(samples.tags.get(_SMIN)) or 0.0
        if said[0] is not None and said[0] > black:
            return black, said[0]
        white = next((white for white in _WHITES if brightest <= white), None)
        if lowest < 0 or white is None or (white > 1 and brightest < white / _DARK):
            raise Failure("unsupported", f"{samples} from {lowest:g} to {brightest:g}, and does not say which is white")
        return 0.0, white
    bits = max(samples.bits) - (samples.kind == _SIGNED)
    reach = max(brightest, -lowest - 1)
    if max(samples.bits) % 8 == 0:
        depths = [int(number) + 1 for number in said if number is not None and number == int(number) and number >= max(reach, 1)]
        power = next((number for number in depths if number & (number - 1) == 0), 0)
        if power:
            bits = power.bit_length() - 1
        elif reach * _DARK < 2**bits:
            sign = lowest < 0
            bits = next((depth - sign for depth in _DEPTHS if reach < 2 ** (depth - sign)), bits)
    return (-(2.0**bits) if lowest < 0 else 0.0), 2.0**bits - 1


def _number(values: tuple[Any, ...] | None) -> float | None:
    """The largest of a tag's values, one for each channel."""
    numbers = [float(value) for value in values or () if isinstance(value, (int, float)) and np.isfinite(value)]
    return max(numbers, default=None)
