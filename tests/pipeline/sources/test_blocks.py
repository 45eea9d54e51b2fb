"""Image lists cut into blocks that are read when they are needed: together they hold what the list holds, in its order."""

import gzip
import io
import json
import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import Block, open_images
from pipeline.sources.files import SourceError

ROWS = 100
URLS = [f"http://a.org/{number}.jpg" for number in range(ROWS)]


def parquet(folder: Path) -> Path:
    pq.write_table(pa.table({"url": URLS, "alt": [f"no {n}" for n in range(ROWS)]}), folder / "list.parquet", row_group_size=7)
    return folder / "list.parquet"


def csv(folder: Path) -> Path:
    lines = "".join(f'{url},"no {n}, of\n""{ROWS}"""\n\n' for n, url in enumerate(URLS))
    (folder / "list.csv.gz").write_bytes(gzip.compress(f"url,alt\n{lines}".encode()))
    return folder / "list.csv.gz"


def plain_csv(folder: Path) -> Path:
    csv(folder)
    (folder / "list.csv").write_bytes(b"\xef\xbb\xbf" + gzip.decompress((folder / "list.csv.gz").read_bytes()).replace(b"of\n", b"of\r\n"))
    return folder / "list.csv"


def csv_of_an_old_mac(folder: Path) -> Path:
    (folder / "mac.csv").write_text("".join(f'{url},"no {n}"\r' for n, url in enumerate(URLS)))
    return folder / "mac.csv"


def tsv(folder: Path) -> Path:
    (folder / "list.tsv").write_text("".join(f'"no ""{n}"""\t{url}\r\n\n""\n' for n, url in enumerate(URLS)))
    return folder / "list.tsv"


def jsonl(folder: Path) -> Path:
    (folder / "list.jsonl").write_text("\n".join(f'{{"url": "{url}", "alt": "no {n}"}}\n ' for n, url in enumerate(URLS)))
    return folder / "list.jsonl"


def txt(folder: Path) -> Path:
    (folder / "list.txt").write_text("\n\n".join(URLS))
    return folder / "list.txt"


def several_files(folder: Path) -> str:
    (folder / "part-0.txt").write_text("\n")  # none here
    for part, first in enumerate((0, 1, 60), 1):
        last = (1, 60, ROWS)[part - 1]
        (folder / f"part-{part}.txt").write_text("\n".join(URLS[first:last]))
    return f"{folder}/part-*.txt"


def pictures(folder: Path) -> Path:
    for number in range(ROWS):
        (folder / f"{number:03}.jpg").write_bytes(b"%d" % number)
    return folder


def tars(folder: Path) -> Path:
    for first in (0, 37):
        with tarfile.open(folder / f"{first:05}.tar", "w") as tar:
            for number in range(first, 37 if first == 0 else ROWS):
                for ending, data in (("jpg", b"%d" % number), ("json", json.dumps({"url": URLS[number]}).encode())):
                    member = tarfile.TarInfo(f"{number:09}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    return folder


@pytest.mark.parametrize("write", [parquet, csv, plain_csv, csv_of_an_old_mac, tsv, jsonl, txt, several_files, pictures, tars])
@pytest.mark.parametrize("limit", [0, 65])
def test_blocks_hold_what_the_list_holds(tmp_path: Path, write: Callable[[Path], object], limit: int) -> None:
    source = open_images(str(write(tmp_path)))
    blocks = source.blocks(3, limit)
    assert [block.rows for block in blocks] == [24] * (len(blocks) - 1) + [(limit or ROWS) % 24]
    assert [name for block in blocks for name in block.ids] == [f"images-{number:05d}" for number in range(-(-(limit or ROWS) // 3))]
    together = [row for block in blocks for _, chunk in block.chunks() for row in chunk.to_pylist()]
    ((_, whole),) = source.chunks(ROWS)
    assert together == whole.to_pylist()[: limit or ROWS]
    assert [row["index"] for row in together] == list(range(limit or ROWS))


@pytest.mark.parametrize("write", [plain_csv, csv_of_an_old_mac, tsv, jsonl, txt, several_files])
def test_nothing_before_a_block_is_read(tmp_path: Path, write: Callable[[Path], object]) -> None:
    """But for the first line, which may name the columns: all that stands between is made one long line of nothing."""
    *_, before, last = open_images(str(write(tmp_path))).blocks(3)
    expected = [chunk.to_pylist() for _, chunk in last.chunks()]
    path = Path(last.source.files[0])
    body = path.read_bytes()
    assert last.start > before.start > 0 or "part-3" in path.name
    head = min(body.index(b"\n") if b"\n" in body else body.index(b"\r"), last.start)
    path.write_bytes(body[: head + 1] + b"x" * (last.start - head - 1) + body[last.start :])
    assert [chunk.to_pylist() for _, chunk in last.chunks()] == expected


def test_a_block_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be read by itself, in any order, by another process in another folder."""
    tsv(tmp_path)
    monkeypatch.chdir(tmp_path)
    blocks = open_images("list.tsv").blocks(3)
    sent = pickle.dumps(blocks[3])
    os.chdir("/")
    got: Block = pickle.loads(sent)
    assert (got.id, got.ids[-1], got.first, got.rows) == ("images-00024", "images-00031", 72, 24)
    assert [row["url"] for _, chunk in got.chunks() for row in chunk.to_pylist()] == URLS[72:96]


def test_a_long_list_has_few_blocks_and_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    with pq.ParquetWriter(path, pa.schema({"url": pa.string()})) as writer:
        for _ in range(10):
            writer.write_table(pa.table({"url": pa.array([URLS[0]]).take(pa.array([0] * 100_000))}))
    size = path.stat().st_size
    blocks = open_images(str(path)).blocks(5)
    assert (len(blocks), blocks[-1].ids[-1]) == (3125, "images-199999")
    with path.open("r+b") as file:
        file.write(bytes(size // 2))  # only the end, where the number of rows stands, is left
    assert open_images(str(path)).blocks(5) == blocks


def test_only_files_that_a_block_needs_are_in_it(tmp_path: Path) -> None:
    blocks = open_images(several_files(tmp_path)).blocks(3)
    assert [tuple(Path(file).name for file in block.source.files) for block in blocks] == [
        ("part-1.txt", "part-2.txt"), ("part-2.txt",), ("part-2.txt", "part-3.txt"), ("part-3.txt",), ("part-3.txt",),
    ]  # fmt: skip


def test_a_list_that_shrinks_meanwhile_is_said_in_one_line(tmp_path: Path) -> None:
    path = txt(tmp_path)
    *_, last = open_images(str(path)).blocks(3)
    path.write_text("\n".join(URLS[:98]))
    with pytest.raises(SourceError, match=r"list\.txt: has become shorter; leave the image list as it is while a run goes on"):
        list(last.chunks())
