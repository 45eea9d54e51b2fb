"""Bitexts: line-aligned pairs of files (Moses), tsv and parquet, also compressed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sources.files import SourceError, bare, fingerprint, open_bytes, open_text, unreadable
from pipeline.sources.lists import open_parquet
from pipeline.tables import BITEXT, table

Pair = tuple[str, str]


@dataclass(frozen=True)
class Corpus:
    """One file, or two that belong together, of one language with English."""

    lang: str
    files: tuple[str, ...]

    def pairs(self) -> Iterator[Pair]:
        """English and other side, line by line.

        Raises:
            SourceError: a file that cannot be read, columns that are not there, or files of different lengths.
        """
        try:
            if len(self.files) == 2:
                yield from _read_two(*self.files)
            elif bare(self.files[0]).endswith(".parquet"):
                yield from _read_parquet(self.files[0], self.lang)
            else:
                yield from _read_tsv(self.files[0])
        except (pa.ArrowException, EOFError) as error:
            raise SourceError(f"{' and '.join(self.files)}: no sound file ({' '.join(str(error).split())[:160]}); give it whole") from None
        except OSError as error:
            raise unreadable(" and ".join(self.files), error) from None


@dataclass(frozen=True)
class BitextSource:
    """Rows of `pipeline.tables.BITEXT`, streamed, a chunk never of two languages."""

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
                    "id": [_identity(corpus.lang, en, text) for en, text in batch],
                    "index": range(first, first + len(batch)),
                    "en": [en for en, _ in batch],
                    "text": [text for _, text in batch],
                    "lang": [corpus.lang] * len(batch),
                    "file": [name] * len(batch),
                }
                yield f"{corpus.lang}-{number:05d}", table(columns, BITEXT)
                first += len(batch)


def open_bitext(spec: str) -> BitextSource:
    """The bitexts that a spec names: ``LANG=FILE.en,FILE.xx`` or ``LANG=FILE``, several with ``;`` between.

    Raises:
        SourceError: a spec of another form, or a file that is not there.
    """
    corpora = []
    for part in filter(None, (part.strip() for part in spec.split(";"))):
        lang, sign, names = part.partition("=")
        files = tuple(name.strip() for name in names.split(",") if name.strip())
        if not sign or not files or len(files) > 2:
            raise SourceError(f"--bitext {part}: must be LANG=ENGLISH_FILE,OTHER_FILE or LANG=FILE.tsv or LANG=FILE.parquet")
        if lang == "en":
            raise SourceError(f"--bitext {part}: name the language that is not English")
        if len(files) == 1 and not bare(files[0]).endswith((".tsv", ".txt", ".parquet")):
            raise SourceError(
                f"--bitext {part}: a single file must end in .tsv or .parquet; a pair is written LANG=ENGLISH_FILE,OTHER_FILE"
            )
        for file in files:
            open_bytes(file).close()
        corpora.append(Corpus(lang.strip(), files))
    return BitextSource(tuple(corpora))


def _identity(lang: str, en: str, text: str) -> str:
    return hashlib.sha256(f"{lang}\0{en}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read_two(english: str, other: str) -> Iterator[Pair]:
    with open_text(english) as left, open_text(other) as right:
        for en, text in zip_longest(left, right):
            if en is None or text is None:
                raise SourceError(
                    f"{english}: {_lines(english):,} lines, {other}: {_lines(other):,}; line-aligned files must have the same length"
                )
            yield en.strip(), text.strip()


def _read_tsv(path: str) -> Iterator[Pair]:
    """English and the other side of each line; a line with too few columns has an empty side, which quality rejects."""
    with open_text(path) as file:
        for number, line in enumerate(file):
            sides = line.rstrip("\r\n").split("\t")
            if number == 0 and len(sides) != 2:
                raise SourceError(f"{path}: line 1 has {len(sides)} columns; there must be two, English and the other language")
            yield (sides[0].strip(), sides[1].strip()) if len(sides) == 2 else (line.strip(), "")


def _read_parquet(path: str, lang: str) -> Iterator[Pair]:
    """Two columns, or one column ``translation`` with both sides by language."""
    file = open_parquet(path)
    names = file.schema_arrow.names
    chosen: list[tuple[str, ...]] = []
    for usual in (("en", "english", "source", "src"), (lang, "text", "target", "tgt")):
        if name := next((name for name in usual if name in names), None):
            chosen.append((name,))
        elif "translation" in names and usual[0] in [side.name for side in file.schema_arrow.field("translation").type.fields]:
            chosen.append(("translation", usual[0]))
        else:
            raise SourceError(f"{path}: no column {' or '.join(usual)} among {', '.join(names)}; rename the columns to en and {lang}")
    for batch in file.iter_batches(batch_size=4096, columns=[".".join(column) for column in chosen]):
        sides = [pc.struct_field(batch.column(name), list(rest)) if rest else batch.column(name) for name, *rest in chosen]
        for en, text in zip(*(side.to_pylist() for side in sides), strict=True):
            yield " ".join(str(en or "").split()), " ".join(str(text or "").split())


def _lines(path: str) -> int:
    if bare(path).endswith(".parquet"):
        return open_parquet(path).metadata.num_rows
    with open_text(path) as file:
        return sum(1 for _ in file)
