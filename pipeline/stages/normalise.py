"""Brings texts into the one form in which they are scored and kept."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from ftfy.badness import is_bad

from pipeline.stages.base import Stage
from pipeline.tables import NORMALISED, VERDICT, rejected, table

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0d\ufeff\ufff9-\ufffb]"
)
"""Soft hyphens, zero-width spaces, marks of direction and variants. Not the zero-width joiner and non-joiner (Persian, Hindi, emoji)
nor the variants of emoji."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ATTRIBUTES = r"""(?:\s+[a-zA-Z-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*/?>"""
"""The rest of a tag. Not any words: ``a <b and c> d`` is none."""
_BREAK = re.compile(rf"</?(?:br|p|div|li|ul|ol|td|tr|table|h[1-6]|hr){_ATTRIBUTES}", re.IGNORECASE)
_TAG = re.compile(
    rf"</?(?:a|b|i|u|s|em|strong|small|big|span|font|sub|sup|img|code|tt|mark|abbr|cite|q|strike|del|ins|center){_ATTRIBUTES}",
    re.IGNORECASE,
)
_RAISED = re.compile(r"<su([pb])>\s*([0-9+-]+)\s*</su[pb]>", re.IGNORECASE)
_SUPERSCRIPT, _SUBSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"), str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_MOSES = re.compile(r"\s*@([-–/,.:])@\s*")
_PIECE = re.compile(r"(?<=\w)@@ +(?=\w)")
_SUSPECT = re.compile("[\x80-\xa0\xad]")
"""Half of a letter of UTF-8 that was read as another encoding may be what would be taken for a space or for nothing."""
_TOUCHED = re.compile(r"[&<@\x00-\x1f\x7f]|  ")
"""What an ASCII text has if it is not in its form already, but for spaces around it."""


def normalised(text: str) -> str:
    """A text in the form in which it is scored and kept.

    - HTML entities are the characters that they stand for (``&amp;quot;`` is ``"``), tags of HTML are taken out; ``10<sup>2</sup>`` is 10².
    - What tokenisers write is undone: ``state @-@ of`` of Moses, ``Ba@@ ll`` of subword-nmt.
    - Soft hyphens, zero-width spaces, byte order marks and marks of direction are taken out.
    - Characters are composed (Unicode's NFC); every run of white space is one space, none is at either end.

    Nothing else is changed, and nothing at all of a text that was decoded by the wrong encoding: what cannot be undone for sure is found
    by `pipeline.stages.checks`. Normalising twice changes nothing more.

    >>> normalised(" The dog&apos;s <b>bowl</b>,\\u200b state @-@ of @-@ the @-@ art ")
    "The dog's bowl, state-of-the-art"
    """
    if text.isascii() and not _TOUCHED.search(text):
        return text.strip()
    if _SUSPECT.search(text) and is_bad(text):
        return text
    while True:
        made = _once(text)
        if made == text:
            return made
        text = made


def _once(text: str) -> str:
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "<" in text:
        text = _RAISED.sub(lambda found: found[2].translate(_SUPERSCRIPT if found[1] in "pP" else _SUBSCRIPT), text)
        text = _TAG.sub("", _BREAK.sub(" ", text))
    if "@" in text:
        text = _PIECE.sub("", _MOSES.sub(r"\1", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(text.split())


@dataclass(frozen=True)
class Normalise(Stage):
    """Makes of the lines of a bitext what is scored and kept.

    Reads ``raw_en``, ``raw_text`` and ``lang``; adds ``en``, ``text`` (see `normalised`) and ``id``, a hash of both and the language.
    """

    name, reads = "normalise", ("raw_en", "raw_text", "lang")
    adds = NORMALISED

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        en = [normalised(text) for text in chunk["raw_en"].to_pylist()]
        text = [normalised(text) for text in chunk["raw_text"].to_pylist()]
        ids = [_identity(*row) for row in zip(chunk["lang"].to_pylist(), en, text, strict=True)]
        return table({"id": ids, "en": en, "text": text} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


def _identity(lang: str, en: str, text: str) -> str:
    return hashlib.sha256(f"{lang}\0{en}\0{text}".encode()).hexdigest()[:32]
