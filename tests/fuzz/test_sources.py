"""Readers of lists, tars, folders and bitexts: each row of whatever file comes, with a verdict, or one line says what is wrong."""

import csv
import gzip
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.sources import open_bitext, open_images
from pipeline.sources.files import SourceError
from pipeline.sources.left_out import LeftOut
from pipeline.sources.lines import read_lines
from pipeline.sources.pictures import ENDINGS
from tests.fuzz.laws import examples, is_one_line, within

REASONS = {None, "bad_row", "not_utf8", "too_long"}
PIECES = [
    *(b"url", b"alt", b"http://a.test/1.jpg", b"caption", b"\xc3\xa4", b"\xe4", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"\xe2\x80\xa8"),
    *(
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"\t",
        b"\t",
        b",",
        b",",
        b'"',
        b'""',
        b" ",
        b"{",
        b"}",
        b'{"url": "http://a.test/2.jpg"}',
        b"[]",
    ),
    *(b"null", b"NaN", b'"url"', b":", b"<html", b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\x28\xb5\x2f\xfd", b"version https://git-lfs"),
]
BYTES = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=40).map(b"".join)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",\t\\'), max_size=12).map(str.strip)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def rows_of(path: Path | str, size: int) -> list[dict[str, Any]]:
    """All rows of an image list, after seeing to it that as many come as were counted."""
    source = open_images(str(path))
    blocks = source.blocks(size)
    held = dict[str, bytes]()
    made = [row for block in blocks for _, chunk in block.chunks(held.__setitem__) for row in chunk.to_pylist()]
    assert len(made) == sum(block.rows for block in blocks)
    assert [row["index"] for row in made] == list(range(len(made)))
    assert {row["reject"] for row in made} <= REASONS
    assert all((row["reject"] is None) == (row["detail"] is None) for row in made)
    for row in made:
        row["image"] = held.get(row["image"])
    return made


@examples(300)
@given(BYTES, st.sampled_from(["csv", "tsv", "jsonl", "txt", "parquet", "tar", "csv.gz", "tar.gz"]), st.integers(1, 5))
@example(b'url,alt\nhttp://a.test/1.jpg,"open\nhttp://a.test/2.jpg,b\n', "csv", 1)
@example(b"\xff\xfea\0\n\0", "txt", 1)
def test_any_bytes_as_a_list(data: bytes, ending: str, size: int) -> None:
    with folder() as there, within(10, 300):
        path = there / f"list.{ending}"
        path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
        try:
            rows = rows_of(path, size)
        except SourceError as error:
            assert is_one_line(str(error)), str(error)
            assert str(path) in str(error)
            return
        assert rows == rows_of(path, 7)


@examples(200)
@given(BYTES, st.sampled_from(["tsv", "parquet", "tsv.gz", "pair"]))
@example(b'"a\tb"\n"\t"\n', "tsv")
def test_any_bytes_as_bitexts(data: bytes, ending: str) -> None:
    with folder() as there, within(10, 300):
        path = there / f"a.{ending}"
        path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
        spec = f"de={path},{path}" if ending == "pair" else f"de={path}"
        try:
            rows = [row for _, chunk in open_bitext(spec).chunks(3) for row in chunk.to_pylist()]
        except SourceError as error:
            assert is_one_line(str(error)), str(error)
            assert str(path) in str(error)
            return
        assert {row["reject"] for row in rows} <= REASONS
        assert [row["index"] for row in rows] == list(range(len(rows)))
        assert len(rows) == open_bitext(spec).count()
        if ending != "parquet" and not data.startswith(b"\xff\xfe"):
            assert len(rows) == len(data.splitlines()) if b"\r" not in data.replace(b"\r\n", b"") else True


@examples(150)
@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=12),
    st.sampled_from(["csv", "tsv", "jsonl", "parquet", "bytes"]),
    st.integers(1, 5),
)
def test_nothing_of_a_sound_list_is_lost(rows: list[tuple[str, str]], kind: str, size: int) -> None:
    """What the standard writers write of any text comes back as it was."""
    urls, alts = [f"http://a.test/{number}/{url.replace(' ', '')}" for number, (url, _) in enumerate(rows)], [alt for _, alt in rows]
    with folder() as there:
        path = there / ("list.parquet" if kind == "bytes" else f"list.{kind}")
        if kind in ("csv", "tsv"):
            sink = io.StringIO(newline="")
            writer = csv.writer(sink, dialect="excel" if kind == "csv" else "excel-tab")
            writer.writerows([("url", "alt"), *zip(urls, alts, strict=True)])
            path.write_bytes(sink.getvalue().encode())
        elif kind == "jsonl":
            path.write_text("".join(json.dumps({"url": u, "alt": a}) + "\n" for u, a in zip(urls, alts, strict=True)), encoding="utf-8")
        else:
            kinds = pa.binary() if kind == "bytes" else pa.string()
            columns = {
                name: pa.array([text.encode() for text in texts], pa.binary()).cast(kinds) for name, texts in (("url", urls), ("alt", alts))
            }
            pq.write_table(pa.table(columns), path, row_group_size=3)
        found = rows_of(path, size)
        if kind == "tsv" and any("\t" in text for text in (*urls, *alts)):
            assert len(found) == len(rows)  # a tab within quotes is none of this kind of file: such a row is a reject
            return
        assert [(row["url"], row["alt"] or "", row["reject"]) for row in found] == [(u, a, None) for u, a in zip(urls, alts, strict=True)]


NAMES = st.lists(st.sampled_from(["a", "b", "c.d", ".x", "n/a", "./a", "", "ä"]), min_size=1, max_size=2).map("".join)
SUFFIXES = st.sampled_from([".jpg", ".JPG", ".png", ".seg.png", ".0.jpg", ".txt", ".json", ".cls", "", ".heic"])


@examples(200)
@given(st.lists(st.tuples(NAMES, SUFFIXES), max_size=12), st.booleans(), st.integers(1, 5))
def test_each_picture_of_a_tar_is_a_row_or_told(names: list[tuple[str, str]], packed: bool, size: int) -> None:
    with folder() as there:
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w") as tar:
            for number, (name, suffix) in enumerate(names):
                data = b'{"url": "http://a.test"}' if suffix == ".json" else b"%d" % number
                member = tarfile.TarInfo(name + suffix)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        path = there / ("x.tar.gz" if packed else "x.tar")
        path.write_bytes(gzip.compress(sink.getvalue()) if packed else sink.getvalue())
        left_out = LeftOut()
        try:
            rows = sum(block.rows for block in open_images(str(path)).blocks(size, 0, left_out))
        except SourceError as error:
            assert "holds no rows" in str(error)
            rows = 0
        found = rows_of(path, size) if rows else []
        assert len({row["url"] for row in found if not row["url"].startswith("http")}) == sum(
            not r["url"].startswith("http") for r in found
        )
        facts = left_out.facts()
        further = facts.get("further pictures of a sample, which is named up to its first dot", {"count": 0})["count"]
        shown = [name + suffix for name, suffix in names if (name + suffix).lower().endswith(ENDINGS)]
        named = [name for name in shown if not name.rpartition("/")[2].startswith(".")]
        with_picture = sum(row["place"] is not None or bool(row["image"]) for row in found)
        assert with_picture + further == len(named)
        assert facts.get("hidden files", {"count": 0})["count"] >= len(shown) - len(named)


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "n/a", "n/c"]), SUFFIXES), max_size=10, unique=True))
def test_each_file_of_a_folder_is_a_row_beside_one_or_told(names: list[tuple[str, str]]) -> None:
    with folder() as there:
        for name, suffix in names:
            (there / name).parent.mkdir(exist_ok=True)
            (there / (name + suffix)).write_bytes(b"{}")
        files = sorted(file for file in there.rglob("*") if file.is_file())
        left_out = LeftOut()
        try:
            source = open_images(str(there), None, left_out=left_out)
        except SourceError as error:
            assert "without pictures" in str(error)
            return
        rows = rows_of(there, 3)
        pictures = [file for file in files if file.suffix.lower() in ENDINGS]
        beside = [
            file for file in files if file.suffix in (".txt", ".json") and file.with_suffix("") in {p.with_suffix("") for p in pictures}
        ]
        assert len(rows) == len(pictures) == source.count()
        assert len(pictures) + len(beside) + sum(kind["count"] for kind in left_out.facts().values()) == len(files)


@examples(200)
@given(BYTES)
def test_lines_of_any_bytes(data: bytes) -> None:
    with folder() as there:
        path = there / "lines"
        path.write_bytes(data)
        try:
            lines = read_lines(str(path))
        except SourceError as error:
            assert is_one_line(str(error)) and str(path) in str(error)
            return
        if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            text = data.removeprefix(b"\xef\xbb\xbf").decode()
            assert lines == [line.removesuffix("\r") for line in (text[:-1] if text.endswith("\n") else text).split("\n")] or not text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_list_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "list.tsv").write_bytes("url\talt\r\nhttp://a.test/1.jpg\tKätzchen 🐈\r\n".encode(encoding))
    assert [(row["url"], row["alt"]) for row in rows_of(tmp_path / "list.tsv", 1)] == [("http://a.test/1.jpg", "Kätzchen 🐈")]
