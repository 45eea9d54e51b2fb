import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import ImageColumns, open_images
from pipeline.sources.files import SourceError
from tests.pipeline.sources.rows import rows_of

A, B = "http://a.org/1.jpg", "http://b.org/2.png"


def rows(spec: object, columns: ImageColumns | None = None, size: int = 100) -> list[dict[str, object]]:
    return rows_of(open_images(str(spec), columns), size)


TWO = [{"index": 0, "url": A, "alt": "a cat"}, {"index": 1, "url": B}]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", f"url,caption\n{A},a cat\n{B},\n"),
        ("list.csv", f"TEXT,URL\r\n a cat ,{A}\r\n,{B}\r\n"),
        ("list.csv", f'\ufeffimage_url,alt_text\n{A},"a cat"\n{B}\n'),
        ("list.tsv", f"caption\turl\na cat\t{A}\n\t{B}\n"),
        ("list.tsv", f'caption\turl\n"a cat"\t{A}\n\t{B}\n'),
        ("list.tsv", f"a cat\t{A}\n\t{B}\n"),  # without a line of names, as CC3M
        ("list.tsv", f"{A}\ta cat\n{B}\t\n"),  # as CC12M
        ("list.jsonl", f'{{"url": "{A}", "caption": "a cat"}}\n\n{{"url": "{B}", "caption": null}}'),
    ],
)
def test_columns_are_found_by_their_usual_names(tmp_path, name, text):
    assert rows(write(tmp_path, name, text)) == TWO


def test_a_list_of_urls(tmp_path):
    path = write(tmp_path, "list.txt", f"{A}\r\n\n  {B}  ")
    assert rows(path) == [{"index": 0, "url": A}, {"index": 1, "url": B}]


@pytest.mark.parametrize(
    ("ending", "compress"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zst", lambda data: pa.Codec("zstd").compress(data, asbytes=True)),
    ],
)
def test_lists_may_be_compressed(tmp_path, ending, compress):
    assert rows(write(tmp_path, f"list.csv.{ending}", compress(f"url,alt\n{A},a cat\n{B},\n".encode()))) == TWO


def test_parquet_with_other_columns(tmp_path):
    table = pa.table(
        {"id": [7, 8], "URL": [A, B], "TEXT": ["a cat", None], "score": [0.5, None], "tags": [["x"], None], "raw": [b"1", b"2"]}
    )
    pq.write_table(table, tmp_path / "list.parquet")
    assert rows(tmp_path / "list.parquet") == [
        {"index": 0, "url": A, "alt": "a cat", "source_key": "7", "columns": '{"score": 0.5, "tags": ["x"]}'},
        {"index": 1, "url": B, "source_key": "8"},
    ]
    assert open_images(str(tmp_path / "list.parquet")).count() == 2


def test_columns_can_be_named(tmp_path):
    path = write(tmp_path, "list.csv", f"where,what,url\n{A},a cat,x\n")
    assert rows(path, ImageColumns(url="where", alt="what")) == [{"index": 0, "url": A, "alt": "a cat", "columns": '{"url": "x"}'}]


def test_chunks_count_through(tmp_path):
    write(tmp_path, "list.txt", "\n".join(f"http://a.org/{n}" for n in range(5)))
    source = open_images(str(tmp_path / "list.txt"))
    assert [(name, chunk["index"].to_pylist()) for name, chunk in source.chunks(2)] == [
        ("images-00000", [0, 1]),
        ("images-00001", [2, 3]),
        ("images-00002", [4]),
    ]


def test_several_files_are_one_list(tmp_path):
    write(tmp_path, "part-1.csv", f"url,alt\n{A},a cat\n")
    write(tmp_path, "part-2.csv", f"alt,url\n,{B}\n")
    assert rows(tmp_path / "part-*.csv") == TWO


def test_bad_rows_are_rows(tmp_path):
    text = f'{{"url": "{A}"}}\n{{broken\n[1]\n{{"url": null}}\n{{"other": 1}}\n'
    assert rows(write(tmp_path, "list.jsonl", text)) == [
        {"index": 0, "url": A},
        {"index": 1, "url": "{broken", "reject": "bad_row", "detail": "the line is no JSON"},
        {"index": 2, "url": "[1]", "reject": "bad_row", "detail": "the line is JSON and no object"},
        {"index": 3},
        {"index": 4, "columns": '{"other": 1}'},
    ]
    good = "".join(f"{A},ä\n" for _ in range(3)).encode()
    bad = write(tmp_path, "list.csv", b"url,alt\n" + good + A.encode() + b",caf\xe9\n" + A.encode() + b",too,many\n" + b"\0\n")
    assert rows(bad)[3:] == [
        {"index": 3, "url": A, "alt": "caf\ufffd", "reject": "not_utf8", "detail": "the row is not UTF-8"},
        {"index": 4, "url": A, "alt": "too", "reject": "bad_row", "detail": "3 cells, and names of 2 columns"},
        {"index": 5, "url": "\0"},
    ]
    quotes = write(tmp_path, "quotes.csv", f'url,alt\n{A},"a cat" too\n{B},5" disk\n')
    assert rows(quotes) == [
        {"index": 0, "reject": "bad_row", "detail": "not read as csv: ',' expected after '\"'"},
        {"index": 1, "url": B, "alt": '5" disk'},
    ]


def test_of_a_jsonl_each_line_may_have_columns_of_its_own(tmp_path):
    lines = [{"url": A}, {"caption": "a cat", "url": A}, {"URL": B, "Text": "a dog"}, {"alt": "nowhere"}]
    assert rows(write(tmp_path, "list.jsonl", "\n".join(map(json.dumps, lines)))) == [
        {"index": 0, "url": A},
        {"index": 1, "url": A, "alt": "a cat"},
        {"index": 2, "url": B, "alt": "a dog"},
        {"index": 3, "alt": "nowhere"},
    ]
    path = write(tmp_path, "named.jsonl", "\n".join(map(json.dumps, [{"url": A, "text": "x"}, {"url": B, "said": "a dog"}])))
    assert rows(path, ImageColumns(alt="said")) == [
        {"index": 0, "url": A, "columns": '{"text": "x"}'},
        {"index": 1, "url": B, "alt": "a dog"},
    ]
    with pytest.raises(SourceError, match="no column 'sad' among url, text, said; name it by --image-columns"):
        rows(path, ImageColumns(alt="sad"))


def test_what_is_no_text_ends_no_run(tmp_path):
    """Half of an emoji, and JSON that never ends."""
    endless = 100_000 * "["
    path = write(
        tmp_path,
        "list.jsonl",
        f'{{"url": "{A}", "alt": "a cat \\ud83d", "more": "\\udc80"}}\n{endless}\n{{"url": "{B}", "alt": {900 * "["}{900 * "]"}}}\n',
    )
    first, second, third = rows(path)
    assert first == {"index": 0, "url": A, "alt": "a cat \ufffd", "columns": '{"more": "\ufffd"}'}
    assert second == {"index": 1, "url": endless[:200], "reject": "bad_row", "detail": "the line is no JSON"}
    assert third["index"] == 2
    facts = {"1": b'{"caption": "\\ud83d", "tags": ["\\ud83d"]}', "2": endless.encode()}
    tar(
        tmp_path / "x.tar",
        {f"{stem}.{ending}": facts[stem] if ending == "json" else b"one" for stem in facts for ending in ("json", "jpg")},
    )
    assert rows(tmp_path / "x.tar") == [
        {
            "index": 0,
            "url": "x.tar/1",
            "alt": "\ufffd",
            "source_key": "1",
            "image": b"one",
            "columns": '{"caption": "\ufffd", "tags": ["\ufffd"]}',
        },
        {
            "index": 1,
            "url": "x.tar/2",
            "source_key": "2",
            "image": b"one",
            "reject": "bad_row",
            "detail": "the .json file beside it holds no JSON object",
        },
    ]


def test_files_whose_names_are_no_text_are_found_under_them(tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    write(tmp_path, f"pictures/{odd}/{odd}.jpg", b"one")
    write(tmp_path, f"pictures/{odd}/{odd}.txt", "coffee")
    tar(tmp_path / "x.tar", {f"{odd}.jpg": b"one", f"{odd}.txt": b"coffee"})
    (from_folder,), (from_tar,) = rows(tmp_path / "pictures"), rows(tmp_path / "x.tar")
    assert from_folder == {
        "index": 0,
        "url": "caf\ufffd/caf\ufffd.jpg",
        "alt": "coffee",
        "source_key": "caf\ufffd/caf\ufffd",
        "image": b"one",
    }
    assert from_tar == from_folder | {"url": "x.tar/caf\ufffd", "source_key": "caf\ufffd"}
    (tmp_path / "x.tar").rename(tmp_path / f"{odd}.tar")
    assert rows(tmp_path / f"{odd}.tar") == [from_tar | {"url": "caf\ufffd.tar/caf\ufffd"}]
    assert json.dumps(open_images(str(tmp_path / "pictures")).fingerprint())


def test_texts_stay_as_they_are_written(tmp_path):
    path = write(tmp_path, "list.csv", f'url,alt\n{A},007\n{A},true\n{A},2020-01-01\n{A},"two\nlines, ""quoted"""\n')
    assert [row["alt"] for row in rows(path)] == ["007", "true", "2020-01-01", 'two\nlines, "quoted"']
    path = write(tmp_path, "list.tsv", f'url\talt\n{A}\t"open\n{A}\t5" disk\n')
    assert [row["alt"] for row in rows(path)] == ['"open', '5" disk']


def test_a_folder_of_pictures(tmp_path):
    write(tmp_path, "b/2.PNG", b"two")
    write(tmp_path, "a/1.jpg", b"one")
    write(tmp_path, "a/1.txt", " a cat\n")
    write(tmp_path, "a/.hidden.jpg", b"x")
    write(tmp_path, "a/notes.md", "x")
    assert rows(tmp_path) == [
        {"index": 0, "url": "a/1.jpg", "alt": "a cat", "source_key": "a/1", "image": b"one"},
        {"index": 1, "url": "b/2.PNG", "source_key": "b/2", "image": b"two"},
    ]
    assert open_images(str(tmp_path)).count() == 2


FACTS = {"key": "000000007", "url": A, "caption": "a cat", "status": "success", "width": 10, "exif": None}
KEPT = '{"caption": "a cat", "key": "000000007", "status": "success", "url": "http://a.org/1.jpg", "width": 10}'


def test_what_img2dataset_wrote_as_files(tmp_path):
    write(tmp_path, "00000/000000007.jpg", b"one")
    write(tmp_path, "00000/000000007.json", json.dumps(FACTS))
    write(tmp_path, "00000/000000007.txt", "a cat")
    write(tmp_path, "00000_stats.json", "{}")
    pq.write_table(pa.table({"url": [A]}), tmp_path / "00000.parquet")
    assert rows(tmp_path) == [{"index": 0, "url": A, "alt": "a cat", "source_key": "000000007", "image": b"one", "columns": KEPT}]


def tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))


def test_what_img2dataset_wrote_as_webdataset(tmp_path):
    facts = json.dumps(FACTS).encode()
    tar(tmp_path / "00000.tar", {"000000007.jpg": b"one", "000000007.json": facts, "000000007.txt": b"a cat"})
    pq.write_table(pa.table({"url": [A]}), tmp_path / "00000.parquet")
    expected = [{"index": 0, "url": A, "alt": "a cat", "source_key": "000000007", "image": b"one", "columns": KEPT}]
    assert rows(tmp_path) == rows(tmp_path / "00000.tar") == expected


def test_what_img2dataset_wrote_as_parquet(tmp_path):
    table = pa.table({"url": [A, B], "key": ["7", "8"], "caption": ["a cat", None], "status": ["success", "failed"], "jpg": [b"one", None]})
    pq.write_table(table, tmp_path / "00000.parquet")
    assert rows(tmp_path) == [
        {"index": 0, "url": A, "alt": "a cat", "source_key": "7", "image": b"one", "columns": '{"status": "success"}'},
        {"index": 1, "url": B, "source_key": "8", "image": b"", "columns": '{"status": "failed"}'},  # not asked for again
    ]


def test_parquet_of_pictures_as_structs(tmp_path):
    table = pa.table({"image": [{"bytes": b"one", "path": "1.jpg"}], "text": ["a cat"]})
    pq.write_table(table, tmp_path / "x.parquet")
    assert rows(tmp_path / "x.parquet") == [{"index": 0, "alt": "a cat", "image": b"one"}]


def test_any_webdataset(tmp_path):
    members = {
        "./a/1.cls": b"3",
        "./a/1.seg.png": b"one",
        "a/._1.jpg": b"x",
        "b/1.txt": b"none here",
        "2.json": b"broken",
        "2.webp": b"two",
    }
    tar(tmp_path / "x.tar", members)
    assert rows(tmp_path / "x.tar") == [
        {"index": 0, "url": "x.tar/a/1", "source_key": "a/1", "image": b"one"},
        {"index": 1, "url": "x.tar/b/1", "alt": "none here", "source_key": "b/1", "image": b""},
        {
            "index": 2,
            "url": "x.tar/2",
            "source_key": "2",
            "image": b"two",
            "reject": "bad_row",
            "detail": "the .json file beside it holds no JSON object",
        },
    ]


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_of_several_pictures_the_one_of_the_plainest_name_is_taken(tmp_path, ending):
    pictures = {"1.cond.jpg": b"condition", "1.depth.png": b"depth", "1.jpg": b"one", "1.seg.a.jpg": b"x", "1.png": b"png"}
    tar(tmp_path / "x.tar", pictures | {"1.txt": b"a cat", "2.seg.png": b"seg", "2.depth.png": b"depth", "3.webp": b"w", "3.JPG": b"j"})
    if ending == "tar.gz":
        write(tmp_path, "x.tar.gz", gzip.compress((tmp_path / "x.tar").read_bytes()))
    found = [(row["source_key"], row.get("alt"), row["image"]) for row in rows(tmp_path / f"x.{ending}")]
    assert found == [("1", "a cat", b"one"), ("2", None, b"depth"), ("3", None, b"j")]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read is at hand on Linux alone")
def test_a_picture_that_cannot_be_read_ends_no_run(tmp_path, caplog):
    write(tmp_path, "a.jpg", b"one")
    (tmp_path / "b.jpg").symlink_to("/proc/self/mem")  # a file that opens, and fails when it is read
    write(tmp_path, "c.jpg", b"two")
    assert open_images(str(tmp_path)).fingerprint()
    assert [row["image"] for row in rows(tmp_path)] == [b"one", b"", b"two"]
    assert f"{tmp_path}/b.jpg: Input/output error; goes on without it" in caplog.text


def test_a_fingerprint_is_of_the_contents(tmp_path):
    def prints(folder: str, text: str) -> tuple[object, object]:
        write(tmp_path, f"{folder}/list.txt", text)
        write(tmp_path, f"{folder}/pictures/1.jpg", text)
        return tuple(open_images(str(tmp_path / folder / name)).fingerprint() for name in ("list.txt", "pictures"))

    assert prints("one", "x") == prints("two", "x")
    assert all(a != b for a, b in zip(prints("one", "x"), prints("three", "y"), strict=True))
    # Pictures are looked at where they begin, as in an orientation set anew, and where they end.
    long = 9000 * "x"
    assert len({json.dumps(prints(name, text)[1]) for name, text in (("a", long), ("b", f"y{long[1:]}"), ("c", f"{long[1:]}y"))}) == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list.txt", "\n\n", "{}: holds no rows; give a list with at least one picture"),
        ("list.csv", "", "{}: holds no rows; give a list with at least one picture"),
        ("list.csv", "url\n", "{}: holds no rows; give a list with at least one picture"),
        ("list.csv", "where,what\nx,y\n", "{}: no column of URLs among where, what; name it by --image-columns url=COLUMN,alt=COLUMN"),
        ("list.jsonl", "no json\n", '{}: line 1 is no JSON object; write one a line, as {{"url": ..., "alt": ...}}'),
        ("list.xlsx", "x", "{}: unknown kind of image list; give a folder or a file that ends in .parquet, .csv, .tsv, .jsonl, .ndjson"),
        ("list.parquet", "junk", "{}: is no sound .parquet file ("),
        ("list.tar", "junk", "{}: is no sound .tar file ("),
        ("list.csv.gz", "junk", "{}: is no .gz file; get it again, or name it without .gz if it is not compressed"),
        ("list.csv.gz", gzip.compress(b"url\n" + 5000 * b"http://a.org/\n")[:-30], "{}: is no sound file (Compressed file ended"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, name, text, message):
    path = write(tmp_path, name, text)
    with pytest.raises(SourceError) as caught:
        list(open_images(str(path)).chunks(10))
    assert str(caught.value).startswith(message.format(path))
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_said_in_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path, "full/a.jpg", b"")
    write(tmp_path, "list.csv", f"url\n{A}\n")
    for spec, columns, message in (
        (tmp_path / "none.csv", None, f"{tmp_path}/none.csv: No such file or directory; name a file that can be read"),
        (tmp_path / "none-*.csv", None, f"{tmp_path}/none-*.csv: no file has such a name; name one that is there"),
        (
            tmp_path / "empty",
            None,
            f"{tmp_path}/empty: a folder without pictures (.jpg, .png, .webp ...), tars or parquet files; name another",
        ),
        (
            tmp_path / "full",
            ImageColumns(url="a"),
            f"{tmp_path}/full: has pictures and no columns; leave out --image-columns, or give a list",
        ),
        (tmp_path / "list.csv", ImageColumns(alt="what"), f"{tmp_path}/list.csv: no column 'what' among url; name it by --image-columns"),
    ):
        with pytest.raises(SourceError) as caught:
            list(open_images(str(spec), columns).chunks(10))
        assert str(caught.value).startswith(message)
