"""Image lists: parquet, csv, tsv, jsonl, txt; folders of pictures; WebDataset tars; what img2dataset wrote."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.sources.columns import ImageColumns, Row
from pipeline.sources.files import SourceError, bare, fingerprint, matching, open_bytes, unreadable
from pipeline.sources.lists import open_parquet, read_csv, read_jsonl, read_parquet, read_tsv, read_txt
from pipeline.sources.pictures import ENDINGS, read_picture, read_tar
from pipeline.tables import SOURCE, table

_LISTS = {".parquet": read_parquet, ".csv": read_csv, ".tsv": read_tsv, ".jsonl": read_jsonl, ".ndjson": read_jsonl, ".txt": read_txt}
_KINDS = (*_LISTS, ".tar")


@dataclass(frozen=True)
class ImageSource:
    """Rows of `pipeline.tables.SOURCE`, streamed. ``kind`` is the ending of its files, or ``folder``."""

    spec: str
    kind: str
    files: tuple[str, ...]
    columns: ImageColumns

    def fingerprint(self) -> dict[str, Any]:
        """What the source holds, by content: the same files elsewhere have the same fingerprint."""
        if self.kind != "folder":
            return {"kind": self.kind, "files": [fingerprint(file) for file in self.files]}
        digest, size = hashlib.sha256(), 0
        for file in self.files:
            mark = fingerprint(file)
            size += mark["bytes"]
            digest.update(f"{Path(file).relative_to(self.spec).as_posix()}\0{mark.get('sha256', mark.get('sampled'))}\n".encode())
        return {"kind": self.kind, "files": len(self.files), "bytes": size, "sha256": digest.hexdigest()}

    def count(self) -> int | None:
        """Number of rows where it can be told without reading them."""
        if self.kind == ".parquet":
            return sum(open_parquet(file).metadata.num_rows for file in self.files)
        return len(self.files) if self.kind == "folder" else None

    def chunks(self, size: int) -> Iterator[tuple[str, pa.Table]]:
        """Chunks of ``size`` rows with their ids, ``index`` counting through all of them.

        Raises:
            SourceError: a file that cannot be read, a column that is not there, or no rows at all.
        """
        rows = self._rows()
        number, first = 0, 0
        while batch := list(islice(rows, size)):
            columns: dict[str, Any] = {name: [row.get(name) for row in batch] for name in SOURCE if name != "index"}
            yield f"image-{number:05d}", table({"index": range(first, first + len(batch)), **columns}, SOURCE)
            number, first = number + 1, first + len(batch)
        if not number:
            raise SourceError(f"{self.spec}: holds no rows; give a list with at least one picture")

    def _rows(self) -> Iterator[Row]:
        for file in self.files:
            try:
                if self.kind == "folder":
                    yield read_picture(file, self.spec)
                elif self.kind == ".tar":
                    yield from read_tar(file)
                else:
                    yield from _LISTS[self.kind](file, self.columns)
            except SourceError:
                raise
            except (pa.ArrowException, tarfile.TarError, EOFError) as error:
                raise SourceError(f"{file}: is no sound {self.kind} file ({' '.join(str(error).split())[:160]}); give it whole") from None
            except OSError as error:
                raise unreadable(file, error) from None


def open_images(spec: str, columns: ImageColumns | None = None) -> ImageSource:
    """The source that a spec names: a list, a tar, a folder of pictures, tars or parquet files, or a pattern such as
    ``s3://bucket/cc12m-*.tar``.

    Raises:
        SourceError: there is no such file, or of no known kind, or an empty folder.
    """
    columns = columns or ImageColumns()
    if "://" not in spec and Path(spec).is_dir():
        return _open_folder(spec, columns)
    files = matching(spec)
    kinds = {next((ending for ending in _KINDS if bare(file).lower().endswith(ending)), None) for file in files}
    kind = kinds.pop()
    if kind is None:
        raise SourceError(f"{spec}: unknown kind of image list; give a folder or a file that ends in {', '.join(_KINDS)}")
    if kinds:
        raise SourceError(f"{spec}: files of several kinds; give those of one, as *{kind}")
    open_bytes(files[0]).close()
    return ImageSource(spec, kind, files, columns)


def _open_folder(spec: str, columns: ImageColumns) -> ImageSource:
    there = sorted(file for file in Path(spec).rglob("*") if file.is_file() and not file.name.startswith("."))
    for kind, endings in ((".tar", (".tar",)), ("folder", ENDINGS), (".parquet", (".parquet",))):
        if files := tuple(str(file) for file in there if file.suffix.lower() in endings):
            return ImageSource(spec, kind, files, columns)
    raise SourceError(f"{spec}: a folder without pictures ({', '.join(ENDINGS[:3])} ...), tars or parquet files; name another")
