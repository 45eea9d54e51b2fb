"""A sample: one picture and what is said of it, as KEY.json, as a row of the sidecar, and as an object.

A record is the plain dictionary that KEY.json holds. Its fields have one order, and those without a value are left out.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from shards.plain import PlainError, made_of, parse, shown

TASKS = ("caption", "translation")
STYLES = ("short", "detailed", "more_detailed")
ORIGINS = {"caption": ("captioner", "translator", "human"), "translation": ("translator", "bitext", "human")}
SPLITS = ("train", "val", "test")

PICTURES = {"jpg": "JPEG", "webp": "WEBP", "png": "PNG"}
"""Endings that a picture's member can have, and the format that each stands for; ``jpg`` unless a dataset was built otherwise."""

KEY = re.compile(r"[0-9a-f]{32}")
SHA256 = re.compile(r"[0-9a-f]{64}")
LANG = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")
"""What a language code is made of, BCP-47 or not."""

LONGEST_SIDE = 2**31 - 1
"""Pixels; a sidecar holds no more."""

SCORES = {
    "clip": (-1.01, 1.01),  # cosine between the picture and the text, or the English side of a bitext; float16 vectors overshoot 1 a little
    "margin": (-1e6, 1e6),  # ratio margin of a bitext (Artetxe and Schwenk 2019)
    "lang_prob": (0.0, 1.01),  # probability that the text is of its language; fasttext overshoots 1 a little
    "pair_score": (-1.01, 1.01),  # cosine between the two sides of a bitext
    "logprob": (-1e6, 0.01),  # mean natural-log probability a token of a teacher's text
}
"""An annotation's float32 scores, and the range of each."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class SampleError(ValueError):
    """A sample that does not keep to the format."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """A text about a picture: a caption, or a translation of the English ``source``."""

    task: str
    lang: str  # of ``text``, BCP-47
    style: str | None = None  # captions only
    source: str | None = None  # translations only: the English text
    text: str
    origin: str  # who it comes from
    model: str | None = None  # the teacher, or the dataset of what people wrote
    clip: float | None = None
    margin: float | None = None
    lang_prob: float | None = None
    pair_score: float | None = None
    logprob: float | None = None

    def record(self) -> dict[str, Any]:
        """The plain dictionary of KEY.json: fields in order, none without a value, scores by `shortest`."""
        made = {name: value for name in ANNOTATION_FIELDS if (value := getattr(self, name)) is not None}
        return made | {name: shortest(made[name]) for name in SCORES if name in made}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A picture and its annotations. ``jpg`` holds the stored bytes where they have been read, in one of the formats `PICTURES`."""

    key: str  # 32 hex digits
    url: str | None = None
    source_key: str | None = None  # key in the collection that the picture was taken from
    sha256: str  # of the bytes that came
    jpg_sha256: str  # of the bytes that are stored
    width: int  # as stored, pixels
    height: int
    split: str
    alt: str | None = None  # as the image list had it
    annotations: tuple[Annotation, ...] = ()
    jpg: bytes | None = field(default=None, repr=False)

    def record(self) -> dict[str, Any]:
        """The plain dictionary of KEY.json: fields in order, none without a value."""
        made = {name: value for name in FIELDS if (value := getattr(self, name)) is not None}
        made["annotations"] = [annotation.record() for annotation in self.annotations]
        return made

    def to_json(self) -> bytes:
        """The contents of KEY.json, UTF-8."""
        return json.dumps(self.record(), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_record(cls, record: Mapping[str, Any], jpg: bytes | None = None) -> Sample:
        """The sample of a record or of a sidecar row. Fields that this version does not know are left out.

        Raises:
            SampleError: a field is missing or of another type; whether its value makes sense, `faults` says.
        """
        values = {name: record[name] for name in FIELDS if name in record} | {"jpg": jpg}
        if isinstance(annotations := record.get("annotations"), list):
            values["annotations"] = [_known(annotation) for annotation in annotations]
        try:
            return made_of(cls, values)
        except PlainError as error:
            key = record.get("key")
            named = key if isinstance(key, str) and KEY.fullmatch(key) else shown(key)
            raise SampleError(f"sample {named}: does not keep to the format: {error}; run python -m shards.verify") from None

    @classmethod
    def from_json(cls, data: bytes, jpg: bytes | None = None) -> Sample:
        """The sample of a KEY.json.

        Raises:
            SampleError: it is not JSON, or a field is missing or of another type.
        """
        try:
            record = parse(data)
        except ValueError as error:
            raise SampleError(f"is not JSON: {error}; run python -m shards.verify") from None
        if not isinstance(record, dict):
            raise SampleError(f"is {shown(record)}, not an object; run python -m shards.verify")
        return cls.from_record(record, jpg)


FIELDS = tuple(f.name for f in fields(Sample) if f.name != "jpg")
ANNOTATION_FIELDS = tuple(f.name for f in fields(Annotation))


def _known(annotation: Any) -> Any:
    return {name: annotation[name] for name in ANNOTATION_FIELDS if name in annotation} if isinstance(annotation, dict) else annotation


def ending(picture: bytes) -> str:
    """The ending of the member that holds a picture, by how its bytes begin."""
    if picture.startswith(b"\x89PNG"):
        return "png"
    return "webp" if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP" else "jpg"


def shortest(value: float) -> float:
    """The number of fewest decimal digits that rounds to the same float32 as ``value``."""
    try:
        wanted = struct.pack("<f", value)
    except (struct.error, OverflowError):
        return value
    (rounded,) = struct.unpack("<f", wanted)
    for digits in (4, 6, 7, 8):
        candidate = float(f"{rounded:.{digits}g}")
        if struct.pack("<f", candidate) == wanted:
            return candidate
    return float(f"{rounded:.9g}")


def faults(record: Any) -> Iterator[str]:
    """What in a record does not keep to the format; nothing where it does.

    Texts are one line, without control characters and without U+FFFD, the mark of a wrong decoding. ``alt`` and ``url`` are
    as the web had them, and need only be valid Unicode.
    """
    if not isinstance(record, dict):
        yield f"is a {type(record).__name__}, not an object"
        return
    yield from (f"unknown field {shown(name)}" for name in record if name not in FIELDS)
    for name, pattern in (("key", KEY), ("sha256", SHA256), ("jpg_sha256", SHA256)):
        value = record.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield f"{name} is {shown(value)}, not {32 if name == 'key' else 64} lower-case hex digits"
    for name in ("width", "height"):
        value = record.get(name)
        if type(value) is not int or not 1 <= value <= LONGEST_SIDE:
            yield f"{name} is {shown(value)}, not a positive integer"
    if record.get("split") not in SPLITS:
        yield f"split is {shown(record.get('split'))}, not one of {', '.join(SPLITS)}"
    for name in ("url", "source_key", "alt"):
        value = record.get(name)
        if name in record and (not isinstance(value, str) or _SURROGATE.search(value)):
            yield f"{name} is {shown(value)}, not valid text"
    annotations = record.get("annotations")
    if not isinstance(annotations, list) or not annotations:
        yield f"annotations is {shown(annotations)}, not a list of at least one"
        return
    for position, annotation in enumerate(annotations):
        yield from (f"annotation {position}: {fault}" for fault in _annotation_faults(annotation))


def _annotation_faults(annotation: Any) -> Iterator[str]:
    if not isinstance(annotation, dict):
        yield f"is {shown(annotation)}, not an object"
        return
    yield from (f"unknown field {shown(name)}" for name in annotation if name not in ANNOTATION_FIELDS)
    task = annotation.get("task")
    if task not in TASKS:
        yield f"task is {shown(task)}, not one of {', '.join(TASKS)}"
        return
    lang = annotation.get("lang")
    if not isinstance(lang, str) or not LANG.fullmatch(lang):
        yield f"lang is {shown(lang)}, not a language code"
    if annotation.get("origin") not in ORIGINS[task]:
        yield f"origin of a {task} is {shown(annotation.get('origin'))}, not one of {', '.join(ORIGINS[task])}"
    yield from _text_faults("text", annotation.get("text"))
    if task == "caption":
        if annotation.get("style") not in STYLES:
            yield f"style is {shown(annotation.get('style'))}, not one of {', '.join(STYLES)}"
        if "source" in annotation:
            yield "a caption has no source"
    else:
        yield from _text_faults("source", annotation.get("source"))
        if "style" in annotation:
            yield "a translation has no style"
        if lang == "en":
            yield "a translation is from English, so not into en"
    model = annotation.get("model")
    if "model" in annotation and (not isinstance(model, str) or not model or _SURROGATE.search(model)):
        yield f"model is {shown(model)}, not a name"
    for name, (least, most) in SCORES.items():
        value = annotation.get(name)
        if name in annotation and not (isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most):
            yield f"{name} is {shown(value)}, not a number between {least} and {most}"


def _text_faults(name: str, text: Any) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{name} is {shown(text)}, not a text"
    elif found := _UNPRINTABLE.search(text):
        yield f"{name} holds U+{ord(found[0]):04X} at character {found.start()}, a control or replacement character"
