"""Files as they come from the world: each kind of fault is told where it is, or its row is a reject, and nothing else is lost."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import ImageColumns, open_images
from pipeline.sources.files import SourceError
from pipeline.sources.left_out import LeftOut
from pipeline.sources.lines import read_lines
from tests.pipeline.sources.rows import rows_of

A, B = "http://a.org/1.jpg", "http://b.org/2.png"


def rows(path: Path, columns: ImageColumns | None = None) -> list[dict[str, Any]]:
    return rows_of(open_images(str(path), columns))


def error(path: Path, columns: ImageColumns | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        rows(path, columns)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.isprintable()
    return message.removeprefix(f"{path}: ")


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("later", ["x", 'x"', f'x"\n{B},"y"'])
def test_a_quote_that_is_not_closed_is_told_with_its_line(tmp_path, later):
    """Whether the file ends in it, or a quote further down seems to close it."""
    lines = f'url,alt\n{A},one\n{A},"two\n{B},three\n{B},{later}\n'
    assert error(write(tmp_path / "list.csv", lines)) == (
        'line 3 begins a quoted cell that takes in the lines after it; close its quote, or write a quote in a cell as ""'
    )


def test_a_quoted_cell_may_have_lines(tmp_path):
    assert rows(write(tmp_path / "list.csv", f'url,alt\n{A},"two\nlines, see http://x.org"\n'))[0]["alt"] == "two\nlines, see http://x.org"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "is a zip archive; unpack it and name the file in it"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS and not the file; get it by git lfs pull"),
        (b"<!DOCTYPE html><p>", "is a web page and not the file; get it again"),
        (b"<HTML>", "is a web page and not the file; get it again"),
    ],
)
def test_what_stands_in_the_place_of_a_file(tmp_path, data, message):
    assert error(write(tmp_path / "list.csv", data)) == message


def test_compression_is_told_by_the_contents(tmp_path):
    packed = gzip.compress(f"url\n{A}\n".encode())
    assert rows(write(tmp_path / "list.csv", packed)) == [{"index": 0, "url": A}]
    assert error(write(tmp_path / "list.csv.bz2", b"url\n")).startswith("is no .bz2 file; get it again, or name it without .bz2")
    assert rows(write(tmp_path / "list.csv.xz", packed)) == [{"index": 0, "url": A}]  # a compressed file, if not of this kind


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    latin = f"url,alt\n{A},plain\n{A},caf\xe9\n{A},na\xefve\n".encode("latin-1")
    assert (
        error(write(tmp_path / "list.csv", latin)) == "line 3 is not UTF-8; convert the file, as by iconv -f WINDOWS-1252 -t UTF-8 list.csv"
    )
    path = write(tmp_path / "lines.txt", "ä\nb\n".encode() + b"\xe4\n")
    with pytest.raises(SourceError, match=r"lines\.txt: line 3 is not UTF-8"):
        read_lines(str(path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_byte_order_marks(tmp_path, encoding, packed):
    data = f"url\talt\r\n{A}\tKätzchen 🐈\r\n{B}\t\r\n".encode(encoding)
    path = write(tmp_path / "list.tsv", gzip.compress(data) if packed else data)
    assert rows(path) == [{"index": 0, "url": A, "alt": "Kätzchen 🐈"}, {"index": 1, "url": B}]


def test_only_a_newline_ends_a_line_compressed_or_not(tmp_path):
    data = "one\rtwo\u2028three\r\nfour\x0b\n".encode()
    for path in (write(tmp_path / "a.txt", data), write(tmp_path / "a.txt.gz", gzip.compress(data))):
        assert read_lines(str(path)) == ["one\rtwo\u2028three", "four\x0b"]


def test_a_txt_with_tabs(tmp_path):
    assert rows(write(tmp_path / "list.txt", f"{A}\ta cat\n{B}\ta dog\n")) == [
        {"index": 0, "url": A, "alt": "a cat"},
        {"index": 1, "url": B, "alt": "a dog"},
    ]
    late = rows(write(tmp_path / "late.txt", f"{A}\n{B}\ta dog\n"))
    assert late[1] == {"index": 1, "url": f"{B}\ta dog", "reject": "bad_row", "detail": "the line has a tab, the first one has none"}
    assert error(write(tmp_path / "urls.txt", f"{A}\n"), ImageColumns(alt="x")).startswith("is a list of URLs without columns")


def test_pictures_in_a_column_of_any_name(tmp_path):
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"photo": [b"\xff\xd8\xff", b"\xff\xd8\xfe"], "caption": ["a", "b"], "n": [1, 2]}), path)
    assert error(path) == (
        "no column of URLs among photo, caption, n; name it by --image-columns url=COLUMN,alt=COLUMN; "
        "if pictures are in photo, name it by --image-columns image=photo"
    )
    assert [row["image"] for row in rows(path, ImageColumns(image="photo"))] == [b"\xff\xd8\xff", b"\xff\xd8\xfe"]
    assert error(path, ImageColumns(url="photo")) == (
        "column 'photo' holds bytes that are no text; if they are pictures, name it by --image-columns image=photo"
    )
    assert error(path, ImageColumns(image="caption")).startswith("column 'caption' holds no bytes of pictures")
    assert error(write(tmp_path / "list.csv", f"url\n{A}\n"), ImageColumns(image="url")).startswith(
        "a text file holds no bytes of pictures"
    )


def test_texts_as_bytes_and_what_is_no_text(tmp_path, caplog):
    path = tmp_path / "list.parquet"
    columns = {"url": [A.encode(), B.encode(), b"\xff\xfe\xfd"], "caption": [["a", "b"], ["c"], None], "title": ["x", None, "z"]}
    pq.write_table(pa.table(columns), path)
    assert rows(path) == [
        {"index": 0, "url": A, "alt": "x", "columns": '{"caption": ["a", "b"]}'},
        {"index": 1, "url": B, "columns": '{"caption": ["c"]}'},
        {"index": 2, "alt": "z", "reject": "bad_row", "detail": "column 'url' holds bytes that are not UTF-8"},
    ]
    assert "column 'caption' holds values of type list<element: string>, not text; it is kept with the other columns" in caplog.text
    assert error(path, ImageColumns(alt="caption")).startswith("column 'caption' holds values of type list<element: string>, not text")


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_a_name_of_two_columns(tmp_path, kind):
    path = tmp_path / f"list.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_arrays([pa.array([A]), pa.array([B])], ["url", "url"]), path)
    else:
        mark = "," if kind == "csv" else "\t"
        path.write_text(f"url{mark}url\n{A}{mark}{B}\n")
    assert error(path) == "several columns are named url; rename them"


def test_a_name_twice_in_a_json_object(tmp_path):
    (row,) = rows(write(tmp_path / "list.jsonl", f'{{"url": "{A}", "url": "{B}"}}\n'))
    assert (row["reject"], row["detail"]) == ("bad_row", "the object has 'url' twice")


def test_other_columns_are_json_whatever_they_hold(tmp_path):
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"url": [A], "score": [float("nan")], "scores": [[1.0, float("inf")]], "raw": [[b"x"]], "alt": [None]}), path)
    (row,) = rows(path)
    assert json.loads(row["columns"], parse_constant=pytest.fail) == {"scores": [1.0, None], "raw": [None]}
    (number,) = rows(write(tmp_path / "list.jsonl", f'{{"url": "{A}", "alt": NaN, "id": 7.0}}\n'))
    assert number == {"index": 0, "url": A, "source_key": "7"}


def test_texts_beside_pictures(tmp_path):
    for name, data in {
        "a.jfif": b"one", "a.txt": "\ufeffKätzchen".encode(), "b.jpe": b"two", "b.txt": "caf\xe9".encode("latin-1"),
        "c.jpg": b"three", "c.txt": "Кот".encode("utf-16"), "d.jpg": b"four", "d.json": b"[1]",
    }.items():  # fmt: skip
        write(tmp_path / "pictures" / name, data)
    assert [(row["url"], row.get("alt"), row.get("reject"), row.get("detail")) for row in rows(tmp_path / "pictures")] == [
        ("a.jfif", "Kätzchen", None, None),
        ("b.jpe", None, "not_utf8", "the .txt file beside it is not UTF-8; convert it, as by iconv -f WINDOWS-1252 -t UTF-8"),
        ("c.jpg", "Кот", None, None),
        ("d.jpg", None, "bad_row", "the .json file beside it holds no JSON object"),
    ]


def test_what_is_left_out_of_a_folder_is_told(tmp_path, caplog):
    for name in ("a.jpg", "a.txt", "n/b.png", "b.heic", "c.heic", "d.heic", "e.heic", "notes", "lone.txt", ".DS_Store"):
        write(tmp_path / "pictures" / name, b"x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pictures" / "link").symlink_to(tmp_path / "elsewhere")
    left_out = LeftOut()
    assert open_images(str(tmp_path / "pictures"), left_out=left_out).count() == 2
    assert left_out.facts() == {
        ".heic files": {"count": 4, "first": ["b.heic", "c.heic", "d.heic"]},
        ".txt files": {"count": 1, "first": ["lone.txt"]},
        "hidden files": {"count": 1, "first": [".DS_Store"]},
        "links to folders": {"count": 1, "first": ["link"]},
        "other files": {"count": 1, "first": ["notes"]},
    }
    left_out.tell("pictures")
    assert [record.message for record in caplog.records] == [
        "pictures: left out: 4 .heic files (b.heic, c.heic, d.heic, ...)",
        "pictures: left out: 1 .txt files (lone.txt)",
        "pictures: left out: 1 links to folders (link)",
        "pictures: left out: 1 other files (notes)",
    ]


def tar(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as file:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_names_of_a_tar(tmp_path, packed, caplog):
    members = [
        *[(f"photo.{number}.jpg", b"%d" % number) for number in range(3)],
        *[("a.jpg", b"first"), ("a.jpg", b"second"), ("a.txt", b"of the second")],
        *[("n/a.jpg", b"third"), ("m/a.jpg", b"fourth"), ("._a.jpg", b"apple"), ("a.jpg", b"fifth")],
    ]
    path = tar(tmp_path / "x.tar", members)
    if packed:
        path = write(tmp_path / "y.tar.gz", gzip.compress(path.read_bytes()))
    name, left_out = path.name, LeftOut()
    assert sum(block.rows for block in open_images(str(path)).blocks(100, 0, left_out)) == 6
    assert [(row["url"], row["source_key"], row["image"], row.get("alt")) for row in rows(path)] == [
        (f"{name}/photo", "photo", b"0", None),
        (f"{name}/a", "a", b"first", None),
        (f"{name}/a#2", "a#2", b"second", "of the second"),
        (f"{name}/n/a", "n/a", b"third", None),
        (f"{name}/m/a", "m/a", b"fourth", None),
        (f"{name}/a#3", "a#3", b"fifth", None),
    ]
    further = "further pictures of a sample, which is named up to its first dot"
    assert left_out.facts() == {
        further: {"count": 2, "first": ["photo.1.jpg", "photo.2.jpg"]},
        "hidden files": {"count": 1, "first": ["._a.jpg"]},
    }
    assert f"{path}: the names of 2 samples are there before, as a.jpg; all are read" in caplog.text


def test_blank_lines_are_counted(tmp_path):
    for kind, text in (
        ("csv", f"url,alt\n\n{A},x\n,\n"),
        ("tsv", f"url\talt\n\n{A}\tx\n\t\n"),
        ("txt", f"\n{A}\n \n"),
        ("jsonl", f'\n{{"url": "{A}"}}\n\n'),
    ):
        left_out = LeftOut()
        path = write(tmp_path / f"list.{kind}", text)
        assert [block.rows for block in open_images(str(path)).blocks(10, 0, left_out)] == [1]
        assert left_out.facts() == {"blank lines": {"count": 2, "first": []}}


def test_columns_without_a_name(tmp_path):
    """As pandas writes its index."""
    assert rows(write(tmp_path / "list.csv", f",url,alt,\n0,{A},a cat,\n")) == [
        {"index": 0, "url": A, "alt": "a cat", "columns": '{"column 1": "0"}'}
    ]
    pq.write_table(pa.table({"": [0], "url": [A], "alt": ["a cat"]}), tmp_path / "list.parquet")
    assert rows(tmp_path / "list.parquet")[0]["alt"] == "a cat"
    assert rows(write(tmp_path / "list.jsonl", json.dumps({"": 0, "url": A, "alt": None, "caption": "a cat"}) + "\n"))[0]["alt"] == "a cat"


@pytest.mark.parametrize("names", ["id,url,caption", "caption,url"])
def test_swallowed_rows_are_found_wherever_the_url_stands(tmp_path, names):
    def line(number: int, caption: str) -> str:
        return f"{number},http://a.org/{number}.jpg,{caption}" if names.startswith("id") else f"{caption},http://a.org/{number}.jpg"

    lines = [names, *(line(number, {3: '"Big TV', 7: 'TV 27"'}.get(number, "x")) for number in range(1, 10))]
    assert error(write(tmp_path / "list.csv", "\n".join(lines))).startswith("line 4 begins a quoted cell that takes in the lines after it")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list.tsv", f'url\talt\n{A}\t"one\ntwo"\n', "line 2 begins a quoted cell that goes over several lines"),
        ("list.txt", f"{A} a cat\n", "line 1 has more than a URL (a cat)"),
        ("list.txt", f"{A}, a cat\n", "line 1 has more than a URL (a cat)"),
        ("list.csv", f"{A};a cat\n", "line 1 has more than a URL (a cat)"),
        ("list.txt", f"{A}\r{B}\r", "its lines end in carriage returns alone"),
        ("list.tsv", f"url\talt\r{A}\tx\r", "its lines end in carriage returns alone"),
    ],
)
def test_what_would_be_taken_for_other_rows_is_told(tmp_path, name, text, message):
    assert error(write(tmp_path / name, text)).startswith(message)


def test_a_url_with_blanks_and_an_empty_first_caption(tmp_path):
    assert rows(write(tmp_path / "list.txt", "http://a.org/my photo.jpg\n"))[0]["url"] == "http://a.org/my photo.jpg"
    assert [row.get("alt") for row in rows(write(tmp_path / "tabs.txt", f"{A}\t\n{B}\ta dog\n"))] == [None, "a dog"]


def test_a_list_without_names_says_which_columns_it_does_not_use(tmp_path, caplog):
    path = write(tmp_path / "list.tsv", f"1\t{A}\ta cat\n")
    assert rows(path) == [{"index": 0, "url": A, "columns": '{"0": "1", "2": "a cat"}'}]
    assert caplog.text.count("has no line of names, so that none of the columns 0, 2 is the alt text") == 1
    assert rows(path, ImageColumns(alt="2"))[0]["alt"] == "a cat"


@pytest.mark.parametrize("packed", [False, True])
def test_a_tar_that_is_not_whole(tmp_path, packed):
    whole = tar(tmp_path / "x.tar", [(f"{number}.jpg", b"%d" % number) for number in range(6)]).read_bytes()
    other = tar(tmp_path / "y.tar", [("z.jpg", b"z")]).read_bytes()
    flipped = bytearray(whole)
    flipped[3 * 1024 + 150] ^= 0xFF

    def told(data: bytes) -> str:
        return error(write(tmp_path / ("t.tar.gz" if packed else "t.tar"), gzip.compress(data) if packed else data))

    assert told(bytes(flipped)).startswith("is no sound .tar file (damaged header at byte 3072)")
    assert told(whole[: 3 * 1024]).startswith("is no sound .tar file (ends at byte 3072 without the mark of its end)")
    assert told(whole[: 3 * 1024 + 200]).startswith("is no sound .tar file (damaged header at byte 3072)")
    assert "holds more behind its end" in told(whole + other)


def test_a_file_may_have_signs_of_a_pattern_in_its_name(tmp_path):
    assert rows(write(tmp_path / "list[1]{1..2}.csv", f"url\n{A}\n")) == [{"index": 0, "url": A}]


def test_a_folder_of_packed_tars(tmp_path):
    data = tar(tmp_path / "x.tar", [("a.jpg", b"one")]).read_bytes()
    write(tmp_path / "tars" / "x.tar.gz", gzip.compress(data))
    assert [row["image"] for row in rows(tmp_path / "tars")] == [b"one"]
