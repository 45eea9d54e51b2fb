"""Image lists: parquet, csv, tsv, jsonl, txt; folders of pictures; WebDataset tars, those of img2dataset among them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline.sources.files import SourceError, fingerprint, open_bytes, unreadable
from pipeline.tables import SOURCE, table

URL_NAMES = ("url", "image_url", "imageurl", "img_url", "link", "src", "image")
ALT_NAMES = ("alt", "caption", "alt_text", "text", "description", "title")
KEY_NAMES = ("key", "id", "image_id", "uid")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
_LISTS = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".txt")

Row = dict[str, Any]


@dataclass(frozen=True)
class ImageColumns:
    """Names of the list's columns; empty ones are found by their usual names."""

    url: str = ""
    alt: str = ""
    key: str = ""


@dataclass(frozen=True)
class ImageSource:
    """Rows of `pipeline.tables.SOURCE`, streamed."""

    spec: str
    kind: str
    files: tuple[str, ...]
    columns: ImageColumns

    def fingerprint(self) -> dict[str, Any]:
        """What the source holds, by content: the same files elsewhere have the same fingerprint."""
        if self.kind == "folder":
            root = Path(self.spec)
            return {"kind": self.kind, "files": [{**fingerprint(file), "path": str(Path(file).relative_to(root))} for file in self.files]}
        return {"kind": self.kind, "files": [fingerprint(file) for file in self.files]}

    def count(self) -> int | None:
        """Number of rows where it can be told without reading them."""
        if self.kind == ".parquet":
            return sum(pq.ParquetFile(_handle(file)).metadata.num_rows for file in self.files)
        return len(self.files) if self.kind == "folder" else None

    def chunks(self, size: int) -> Iterator[tuple[str, pa.Table]]:
        """Chunks of ``size`` rows with their ids, ``index`` counting through all of them.

        Raises:
            SourceError: a file that cannot be read, a column that is not there.
        """
        rows = self._rows()
        number, first = 0, 0
        while batch := list(islice(rows, size)):
            names = [name for name in SOURCE if name != "index"]
            columns: dict[str, Any] = {name: [row.get(name) for row in batch] for name in names}
            yield f"image-{number:05d}", table({"index": range(first, first + len(batch)), **columns}, SOURCE)
            number, first = number + 1, first + len(batch)

    def _rows(self) -> Iterator[Row]:
        for file in self.files:
            try:
                yield from _READERS.get(self.kind, _read_list)(file, self)
            except SourceError:
                raise
            except OSError as error:
                raise unreadable(file, error) from None
            except (pa.ArrowException, tarfile.TarError, UnicodeDecodeError) as error:
                raise SourceError(f"{file}: is no sound {self.kind} file ({' '.join(str(error).split())[:160]}); give it whole") from None


def open_images(spec: str, columns: ImageColumns | None = None) -> ImageSource:
    """The source that a spec names: a list, a folder of pictures, a tar or a folder of tars.

    Raises:
        SourceError: there is no such file, or of no known kind, or an empty folder.
    """
    columns = columns or ImageColumns()
    path = Path(spec)
    if "://" not in spec and path.is_dir():
        tars = tuple(sorted(str(file) for file in path.rglob("*.tar")))
        if tars:
            return ImageSource(spec, ".tar", tars, columns)
        pictures = tuple(sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in PICTURES))
        if pictures:
            return ImageSource(spec, "folder", pictures, columns)
        lists = tuple(sorted(str(file) for file in path.glob("*.parquet")))
        if lists:
            return ImageSource(spec, ".parquet", lists, columns)
        raise SourceError(f"{spec}: a folder without pictures ({', '.join(PICTURES[:3])} ...), tars or parquet files; name another")
    bare = spec.removesuffix(".gz").removesuffix(".zst")
    kind = next((ending for ending in (*_LISTS, ".tar") if bare.endswith(ending)), None)
    if kind is None:
        raise SourceError(f"{spec}: unknown kind of image list; give a folder or a file that ends in {', '.join((*_LISTS, '.tar'))}")
    open_bytes(spec).close()
    return ImageSource(spec, kind, (spec,), columns)


def _handle(path: str) -> io.IOBase:
    return open_bytes(path, decompress=False)  # type: ignore[return-value]


def _read_parquet(path: str, source: ImageSource) -> Iterator[Row]:
    file = pq.ParquetFile(_handle(path))
    chosen = _choose(path, file.schema_arrow.names, source.columns)
    for batch in file.iter_batches(batch_size=4096):
        yield from (_row(row, chosen) for row in batch.to_pylist())


def _read_table(path: str, source: ImageSource) -> Iterator[Row]:
    delimiter = "\t" if source.kind == ".tsv" else ","
    with open_bytes(path) as file:
        parse = pa.csv.ParseOptions(
            delimiter=delimiter, quote_char=False if source.kind == ".tsv" else '"', newlines_in_values=source.kind == ".csv"
        )
        try:
            reader = pa.csv.open_csv(file, parse_options=parse)
        except pa.ArrowInvalid as error:
            if "Empty" in str(error):
                return
            raise
        chosen = _choose(path, reader.schema.names, source.columns)
        for batch in reader:
            yield from (_row(row, chosen) for row in batch.to_pylist())


def _read_jsonl(path: str, source: ImageSource) -> Iterator[Row]:
    chosen: dict[str, str] | None = None
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SourceError(f"{path}: line {number} is not JSON ({error}); one object a line") from None
            if not isinstance(row, dict):
                raise SourceError(f'{path}: line {number} is no JSON object; one object a line, as {{"url": ...}}')
            chosen = chosen or _choose(path, list(row), source.columns)
            yield _row(row, chosen)


def _read_text(path: str, source: ImageSource) -> Iterator[Row]:
    with open_bytes(path) as file:
        for line in file:
            if url := line.decode("utf-8", "replace").strip():
                yield {"url": url}


def _read_picture(path: str, source: ImageSource) -> Iterator[Row]:
    with open_bytes(path, decompress=False) as file:
        image = file.read()
    name = str(Path(path).relative_to(source.spec))
    beside = Path(path).with_suffix(".txt")
    alt = beside.read_text("utf-8", "replace").strip() if beside.exists() else None
    yield {"url": name, "source_key": Path(name).stem, "image": image, "alt": alt}


def _read_tar(path: str, source: ImageSource) -> Iterator[Row]:
    """A WebDataset: members with one stem are one sample; captions from .txt, all else from .json."""
    with open_bytes(path) as file, tarfile.open(fileobj=file, mode="r|") as tar:
        stem = ""
        sample: dict[str, bytes] = {}
        for member in tar:
            if not member.isfile():
                continue
            folder, _, name = member.name.rpartition("/")
            key, _, ending = name.partition(".")
            if (whole := f"{folder}/{key}") != stem and sample:
                yield _sample(path, stem, sample)
                sample = {}
            stem = whole
            sample[f".{ending.lower()}"] = tar.extractfile(member).read()  # type: ignore[union-attr]
        if sample:
            yield _sample(path, stem, sample)


def _sample(path: str, stem: str, members: dict[str, bytes]) -> Row:
    image = next((data for ending, data in members.items() if ending in PICTURES), None)
    facts = json.loads(members[".json"]) if ".json" in members else {}
    key = stem.rsplit("/", 1)[-1]
    alt = members[".txt"].decode("utf-8", "replace").strip() if ".txt" in members else facts.get("caption")
    url = facts.get("url") or f"{Path(path).name}/{key}"
    return {"url": url, "alt": alt, "source_key": key, "image": image, "columns": json.dumps(facts, sort_keys=True) if facts else None}


def _read_list(path: str, source: ImageSource) -> Iterator[Row]:
    raise SourceError(f"{path}: unknown kind of image list {source.kind}; give parquet, csv, tsv, jsonl or txt")


_READERS = {
    ".parquet": _read_parquet, ".csv": _read_table, ".tsv": _read_table, ".jsonl": _read_jsonl, ".ndjson": _read_jsonl,
    ".txt": _read_text, ".tar": _read_tar, "folder": _read_picture,
}  # fmt: skip


def _choose(path: str, there: Iterable[str], columns: ImageColumns) -> dict[str, str]:
    """Which column of the list is the URL, the alt text and the key.

    Raises:
        SourceError: a named column, or one for the URL, is not there.
    """
    names = list(there)
    lower = {name.lower(): name for name in reversed(names)}
    chosen = {}
    for role, given, usual in (("url", columns.url, URL_NAMES), ("alt", columns.alt, ALT_NAMES), ("source_key", columns.key, KEY_NAMES)):
        found = given if given in names else next((lower[name] for name in usual if name in lower), None) if not given else None
        if found:
            chosen[role] = found
        elif given or role == "url":
            wanted = f"column '{given}'" if given else "a column of URLs"
            raise SourceError(f"{path}: no {wanted} among {', '.join(names)}; name it by --image-columns url=COLUMN,alt=COLUMN")
    return chosen


def _row(row: Row, chosen: dict[str, str]) -> Row:
    taken = set(chosen.values())
    rest = {name: value for name, value in row.items() if name not in taken and value is not None}
    made: Row = {role: None if row.get(name) is None else str(row[name]) for role, name in chosen.items()}
    return made | {"columns": json.dumps(rest, sort_keys=True, default=str) if rest else None}
