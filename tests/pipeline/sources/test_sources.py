"""Each kind of input as users have it, and each mistake told in one line."""

import gzip
import json
import tarfile
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.sources import ImageColumns, open_bitext, open_images
from pipeline.sources.files import SourceError
from pipeline.sources.places import read_places

URLS = ["http://a.test/1.jpg", "http://a.test/2.jpg", "http://a.test/3.jpg"]


def rows(spec: Path, columns: ImageColumns | None = None) -> list[tuple[int, str, str | None]]:
    tables = [chunk for _, chunk in open_images(str(spec), columns).chunks(2)]
    assert [chunk.num_rows for chunk in tables] == [2, 1]
    return [(row["index"], row["url"], row["alt"]) for chunk in tables for row in chunk.to_pylist()]


@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz", "tsv", "jsonl", "txt"])
def test_lists(tmp_path: Path, kind: str) -> None:
    path, alts = tmp_path / f"list.{kind}", ["one", "two, three", "four"]
    if kind == "parquet":
        pq.write_table(pa.table({"URL": URLS, "caption": alts}), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps({"url": url, "alt": alt}) + "\n" for url, alt in zip(URLS, alts, strict=True)))
    elif kind == "txt":
        path.write_text("\n".join(URLS) + "\n\n")
    else:
        mark = "\t" if kind == "tsv" else ","
        text = f"url{mark}alt\n" + "".join(f'{u}{mark}"{a}"\n' if mark == "," else f"{u}\t{a}\n" for u, a in zip(URLS, alts, strict=True))
        path.write_bytes(gzip.compress(text.encode()) if kind.endswith("gz") else text.encode())
    assert rows(path) == [(i, url, None if kind == "txt" else alt) for i, (url, alt) in enumerate(zip(URLS, alts, strict=True))]


def test_folder_and_webdataset(tmp_path: Path) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 40)).save(picture, "PNG")
    (tmp_path / "pictures" / "sub").mkdir(parents=True)
    for name in ("a.png", "sub/b.png"):
        (tmp_path / "pictures" / name).write_bytes(picture.getvalue())
    (tmp_path / "pictures" / "a.txt").write_text("beside it")
    ((_, chunk),) = open_images(str(tmp_path / "pictures")).chunks(10)
    assert chunk.select(["url", "alt", "source_key"]).to_pylist() == [
        {"url": "a.png", "alt": "beside it", "source_key": "a"},
        {"url": "sub/b.png", "alt": None, "source_key": "sub/b"},
    ]
    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        for name, data in (
            ("000.png", picture.getvalue()),
            ("000.txt", b"said"),
            ("000.json", b'{"url": "http://x.test/0"}'),
            ("001.png", picture.getvalue()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, BytesIO(data))
    ((_, chunk),) = open_images(str(tmp_path / "00000.tar")).chunks(10)
    assert chunk.select(["url", "alt", "source_key"]).to_pylist() == [
        {"url": "http://x.test/0", "alt": "said", "source_key": "000"},
        {"url": "00000.tar/001", "alt": None, "source_key": "001"},
    ]
    assert list(read_places(chunk["place"].to_pylist())) == [picture.getvalue()] * 2


def test_columns_by_name_and_missing_ones(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("where,what\n" + "".join(f"{url},x\n" for url in URLS))
    assert rows(path, ImageColumns(url="where", alt="what"))[0] == (0, URLS[0], "x")
    with pytest.raises(SourceError, match="no column of URLs among where, what; name it by --image-columns"):
        list(open_images(str(path)).chunks(2))
    with pytest.raises(SourceError, match="no column 'which' among where, what"):
        list(open_images(str(path), ImageColumns(url="which")).chunks(2))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.csv: No such file or directory; name a file that can be read"):
        open_images(str(tmp_path / "nowhere.csv"))
    with pytest.raises(SourceError, match="unknown kind of image list"):
        open_images(str(tmp_path / "list.doc"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceError, match=r"broken.parquet: is no sound .parquet file"):
        list(open_images(str(tmp_path / "broken.parquet")).chunks(2))


def test_bitexts(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\ntwo\nthree\n")
    (tmp_path / "a.de").write_text("eins\nzwei\ndrei\n")
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(b"one\tun\ntwo\tdeux\n"))
    pq.write_table(pa.table({"en": ["one"], "zh": ["一"]}), tmp_path / "c.parquet")
    source = open_bitext(f"de={tmp_path}/a.en,{tmp_path}/a.de;fr={tmp_path}/b.tsv.gz;zh={tmp_path}/c.parquet")
    found = [
        (name, list(zip(*(chunk[c].to_pylist() for c in ("index", "raw_en", "raw_text")), strict=True))) for name, chunk in source.chunks(2)
    ]
    assert found == [
        ("de-00000", [(0, "one", "eins"), (1, "two", "zwei")]),
        ("de-00001", [(2, "three", "drei")]),
        ("fr-00000", [(0, "one", "un"), (1, "two", "deux")]),
        ("zh-00000", [(0, "one", "一")]),
    ]
    assert source.count() == 6


def test_bitexts_of_unequal_length(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\ntwo\nthree\n")
    (tmp_path / "a.de").write_text("eins\nzwei\n")
    with pytest.raises(SourceError, match=r"a.en: 3 lines, .*a.de: 2; line-aligned files must have the same length"):
        list(open_bitext(f"de={tmp_path}/a.en,{tmp_path}/a.de").chunks(10))


@pytest.mark.parametrize("spec", ["a.en,a.de", "de=", "de=a,b,c", "en=x.tsv", "de=a.doc"])
def test_specs_that_are_none(spec: str) -> None:
    with pytest.raises(SourceError, match="--bitext"):
        open_bitext(spec)
