"""Checks that texts are in the language that they claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from models.registry import load_language_identifier
from pipeline.stages.base import Stage
from pipeline.tables import VERDICT, rejected, table


@dataclass(frozen=True)
class Language(Stage):
    """Identifies the language of each of an image's texts among the run's languages.

    Reads ``texts``; adds ``lang_found`` and ``lang_prob`` (probability of that language), one for each of ``texts``.
    """

    identifier: str
    langs: tuple[str, ...]

    name, version, reads = "language", 2, ("texts",)
    adds = {"lang_found": pa.list_(pa.string()), "lang_prob": pa.list_(pa.float32())}

    def setup(self) -> None:
        load_language_identifier(self.identifier)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        texts = chunk["texts"].to_pylist()
        flat = [text["text"] for row in texts for text in row]
        results = iter(load_language_identifier(self.identifier).identify(flat, self.langs))
        found = [[next(results) for _ in row] for row in texts]
        columns = {"lang_found": [[lang for lang, _ in row] for row in found], "lang_prob": [[p for _, p in row] for row in found]}
        return table(columns | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class _OneSide(Stage):
    """Identifies the language of the one column that it reads among the run's languages; adds language and probability."""

    identifier: str
    langs: tuple[str, ...]

    def setup(self) -> None:
        load_language_identifier(self.identifier)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        found = load_language_identifier(self.identifier).identify(chunk[self.reads[0]].to_pylist(), self.langs)
        columns = dict(zip(self.adds, ([lang for lang, _ in found], [p for _, p in found]), strict=True))
        return table(columns | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class LanguageBitext(_OneSide):
    """Identifies the language of the other side of bitexts: reads ``text``; adds ``text_found`` and ``lang_prob``, its probability."""

    name, version, reads = "language_bitext", 3, ("text",)
    adds = {"text_found": pa.string(), "lang_prob": pa.float32()}


@dataclass(frozen=True)
class LanguageEnglish(_OneSide):
    """Identifies the language of English sides of bitexts: reads ``en``; adds ``en_found`` and ``en_prob``, its probability."""

    name, reads = "language_english", ("en",)
    adds = {"en_found": pa.string(), "en_prob": pa.float32()}
