"""Bitexts: line-aligned pairs of files (Moses), tsv and parquet, also compressed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.sources.cells import TabSeparated, unbroken
from pipeline.sources.columns import LONGEST, NotText, as_text, check_unique, shown
from pipeline.sources.files import SourceError, bare, fingerprint, open_bytes, reading, storable
from pipeline.sources.lines import Lines, check_encoding, is_utf8
from pipeline.sources.lists import check_texts, open_parquet, rows_at_once, text_column
from pipeline.tables import BITEXT, VERDICT, table


@dataclass(frozen=True)
class Pair:
    """Both sides as they stand in the file. One that cannot be used has the reason in ``reject``, and what is wrong in ``detail``."""

    en: str
    text: str
    reject: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Corpus:
    """One file, or two that belong together, of one language with English."""

    lang: str
    files: tuple[str, ...]

    def pairs(self) -> Iterator[Pair]:
        """A pair for each line or row.

        Raises:
            SourceError: a file that cannot be read or is in another encoding than UTF-8, columns that are not there, or files of different
                lengths.
        """
        with reading(" and ".join(self.files)):
            if len(self.files) == 2:
                yield from _read_two(*self.files)
            elif _is_parquet(self.files[0]):
                yield from _read_parquet(self.files[0], self.lang)
            else:
                yield from _read_tsv(self.files[0])


@dataclass(frozen=True)
class BitextSource:
    """Rows of `pipeline.tables.BITEXT` with the verdict on those that cannot be used, streamed, a chunk never of two languages."""

    corpora: tuple[Corpus, ...]

    def fingerprint(self) -> list[dict[str, Any]]:
        """What the files hold, by content."""
        return [{"lang": corpus.lang, "files": [fingerprint(file) for file in corpus.files]} for corpus in self.corpora]

    def count(self) -> int | None:
        """Number of lines, by reading the files once; None where one of them is not on this machine."""
        if any("://" in file for corpus in self.corpora for file in corpus.files):
            return None
        return sum(_lines(corpus.files[0]) for corpus in self.corpora)

    def chunks(self, size: int) -> Iterator[tuple[str, pa.Table]]:
        """Chunks of ``size`` lines with their ids. Raises like `Corpus.pairs`."""
        numbers: dict[str, int] = {}
        for corpus in self.corpora:
            name = Path(corpus.files[-1]).name
            pairs, first = corpus.pairs(), 0
            while batch := list(islice(pairs, size)):
                number = numbers[corpus.lang] = numbers.get(corpus.lang, -1) + 1
                columns = {
                    "index": range(first, first + len(batch)),
                    "raw_en": [storable(pair.en) for pair in batch],
                    "raw_text": [storable(pair.text) for pair in batch],
                    "lang": [corpus.lang] * len(batch),
                    "file": [storable(name)] * len(batch),
                    "reject": [pair.reject for pair in batch],
                    "detail": [pair.detail for pair in batch],
                }
                yield f"{corpus.lang}-{number:05d}", table(columns, {**BITEXT, **VERDICT})
                first += len(batch)


def open_bitext(spec: str) -> BitextSource:
    """The bitexts that a spec names: ``LANG=FILE.en,FILE.xx`` or ``LANG=FILE``, several with ``;`` between.

    Raises:
        SourceError: a spec of another form, or a file that is not there.
    """
    corpora = []
    for part in filter(None, (part.strip() for part in spec.split(";"))):
        lang, sign, names = part.partition("=")
        lang = lang.strip()
        files = tuple(name.strip() for name in names.split(",") if name.strip())
        if not sign or not files or len(files) > 2:
            raise SourceError(f"--bitext {part}: must be LANG=ENGLISH_FILE,OTHER_FILE or LANG=FILE.tsv or LANG=FILE.parquet")
        if lang == "en":
            raise SourceError(f"--bitext {part}: name the language that is not English")
        if len(files) == 1 and not bare(files[0]).lower().endswith((".tsv", ".txt", ".parquet")):
            raise SourceError(
                f"--bitext {part}: a single file must end in .tsv or .parquet; a pair is written LANG=ENGLISH_FILE,OTHER_FILE"
            )
        for file in files:
            open_bytes(file).close()
        corpora.append(Corpus(lang, files))
    return BitextSource(tuple(corpora))


def _is_parquet(path: str) -> bool:
    return path.lower().endswith(".parquet")


def _read_two(english: str, other: str) -> Iterator[Pair]:
    check_encoding(english)
    check_encoding(other)
    with closing(Lines(english)) as left, closing(Lines(other)) as right:
        for en, text in zip_longest(left, right):
            if en is None or text is None:
                raise SourceError(
                    f"{english}: {_lines(english):,} lines, {other}: {_lines(other):,}; line-aligned files must have the same length"
                )
            yield _pair(en.rstrip("\r\n"), text.rstrip("\r\n"), left.number)


def _read_tsv(path: str) -> Iterator[Pair]:
    """English and the other side of each line. For quotes see `pipeline.sources.cells`."""
    check_encoding(path)
    with closing(Lines(path)) as beginning:
        cells = TabSeparated(beginning)
    with closing(Lines(path)) as lines:
        for line in unbroken(lines):
            sides = cells.split(line)
            if lines.number == 1 and len(sides) != 2:
                raise SourceError(f"{path}: line 1 has {len(sides)} columns; there must be two, English and the other language")
            if len(sides) == 2:
                yield _pair(sides[0], sides[1], lines.number)
            elif line.strip():
                yield Pair(line.strip()[:200], "", "bad_row", f"line {lines.number} has {len(sides)} columns, not two")
            else:
                yield _pair("", "", lines.number)


def _pair(en: str, text: str, number: int) -> Pair:
    if (most := max(len(en), len(text))) > LONGEST:
        return Pair(en[:200], text[:200], "too_long", f"line {number} has {most:,} characters, at most {LONGEST:,} are read")
    if is_utf8(en) and is_utf8(text):
        return Pair(en, text)
    return Pair(en, text, "not_utf8", f"line {number} is not UTF-8")


def _read_parquet(path: str, lang: str) -> Iterator[Pair]:
    """Two columns, or one column ``translation`` with both sides by language."""
    file = open_parquet(path)
    names = file.schema_arrow.names
    check_unique(path, names)
    usual = ("en", "english", "source", "src"), (lang, "text", "target", "tgt")
    sides = [_side(path, file.schema_arrow, names, lang) for names in usual]
    check_texts(path, file, [column for column, _ in sides], "write it as text in UTF-8")
    wanted = list(dict.fromkeys(column for column, _ in sides))
    number = 0
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(rows_at_once(file, group), row_groups=[group], columns=wanted):
            read = [_values(batch.column(column), field) for column, field in sides]
            for en, text in zip(*read, strict=True):
                number += 1
                yield _row(en, text, number)


def _side(path: str, schema: pa.Schema, usual: tuple[str, ...], lang: str) -> tuple[str, str]:
    """Which column holds a side, and which field of it; empty where the column itself is the text."""
    if column := next((name for name in usual if name in schema.names), None):
        if words := text_column(schema.field(column).type):
            raise SourceError(f"{path}: column '{column}' holds {words}, not text; write it as text")
        return column, ""
    if "translation" in schema.names:
        kind = schema.field("translation").type
        if pa.types.is_map(kind) or (pa.types.is_struct(kind) and usual[0] in [side.name for side in kind.fields]):
            return "translation", usual[0]
        if not pa.types.is_struct(kind):
            words = "texts" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else text_column(kind) or str(kind)
            raise SourceError(f"{path}: column 'translation' holds {words}, not both sides by language; write two columns, en and {lang}")
    raise SourceError(f"{path}: no column {' or '.join(usual)} among {shown(schema.names)}; rename the columns to en and {lang}")


def _values(column: pa.Array, field: str) -> list[Any]:
    if not field:
        return column.to_pylist()
    return [value and dict(value).get(field) for value in column.to_pylist()]


def _row(en: Any, text: Any, number: int) -> Pair:
    most = max(len(side) for side in ("", en, text) if isinstance(side, (str, bytes)))
    if most > LONGEST:
        return Pair("", "", "too_long", f"row {number} has {most:,} characters, at most {LONGEST:,} are read")
    try:
        return Pair(as_text(en) or "", as_text(text) or "")
    except NotText as error:
        return Pair("", "", "bad_row", f"row {number} {error}")


def _lines(path: str) -> int:
    if _is_parquet(path):
        return open_parquet(path).metadata.num_rows
    with closing(Lines(path)) as lines:
        return sum(1 for _ in lines)
