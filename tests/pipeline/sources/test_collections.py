"""Collections that are fetched already become samples without any network, by the keys and captions that they had."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.fetch import FetchSettings
from pipeline.sources import open_images
from pipeline.sources.files import matching
from pipeline.stages.base import advance
from pipeline.stages.fetch import Fetch
from pipeline.store import Store
from pipeline.tables import SOURCE
from tests.pipeline.stages.listed import listed


def jpg(number: int) -> bytes:
    """A picture of its own colour, as img2dataset leaves them: 256 pixels wide."""
    sink = io.BytesIO()
    Image.fromarray(np.full((40, 256, 3), number * 40, np.uint8)).save(sink, "JPEG", quality=95)
    return sink.getvalue()


def facts(number: int) -> dict[str, Any]:
    """The record that img2dataset 1.47 writes of a picture, as metadata and as parquet columns."""
    return {
        "url": f"http://gone.invalid/{number}.jpg", "caption": f"caption {number}", "key": f"{number:09d}", "status": "success",
        "error_message": None, "width": 256, "height": 40, "original_width": 512, "original_height": 80, "exif": "{}", "sha256": "ab" * 32,
    }  # fmt: skip


NUMBERS = range(4)
FAILED = facts(9) | {"status": "failed_to_download", "error_message": "HTTP Error 404", "width": None, "height": None, "exif": None}


def write_files(root: Path) -> None:
    for number in NUMBERS:
        base = root / f"{number // 2:05d}" / f"{number:09d}"
        base.parent.mkdir(exist_ok=True)
        base.with_suffix(".jpg").write_bytes(jpg(number))
        base.with_suffix(".txt").write_text(f"caption {number}")
        base.with_suffix(".json").write_text(json.dumps(facts(number), indent=4))
    write_sidecars(root)


def write_webdataset(root: Path) -> None:
    for shard in (0, 1):
        with tarfile.open(root / f"{shard:05d}.tar", "w") as tar:
            for number in NUMBERS[2 * shard : 2 * shard + 2]:
                parts = {"jpg": jpg(number), "json": json.dumps(facts(number)).encode(), "txt": f"caption {number}".encode()}
                for ending, data in parts.items():
                    member = tarfile.TarInfo(f"{number:09d}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    write_sidecars(root)


def write_parquet(root: Path) -> None:
    for shard in (0, 1):
        made = [facts(number) | {"jpg": jpg(number)} for number in NUMBERS[2 * shard : 2 * shard + 2]]
        pq.write_table(pa.Table.from_pylist([*made, FAILED | {"jpg": None}] if shard else made), root / f"{shard:05d}.parquet")
        (root / f"{shard:05d}_stats.json").write_text('{"count": 2}')


def write_sidecars(root: Path) -> None:
    """What img2dataset leaves beside its output, which says nothing of pictures that are not in it."""
    for shard in (0, 1):
        pq.write_table(pa.Table.from_pylist([*map(facts, NUMBERS[2 * shard : 2 * shard + 2]), FAILED]), root / f"{shard:05d}.parquet")
        (root / f"{shard:05d}_stats.json").write_text('{"count": 3}')


@pytest.mark.parametrize("write", [write_files, write_webdataset, write_parquet])
def test_what_img2dataset_wrote_comes_without_network(tmp_path, write):
    write(tmp_path)
    store = Store(str(tmp_path / "store"))
    (chunk,) = listed(store, open_images(str(tmp_path)))
    fetched = advance(store, Fetch(FetchSettings()), chunk).latest
    rows, ledger = store.load(chunk, tuple(SOURCE)).to_pylist(), store.read(fetched).to_pylist()
    assert [row["reject"] for row in ledger] == [None] * 4 + (["empty"] if write is write_parquet else [])
    assert [(row["attempts"], row["status"], row["final_url"]) for row in ledger[:4]] == [(0, None, None)] * 4
    assert [(row["source_key"], row["alt"], row["url"]) for row in rows[:4]] == [
        (f"{number:09d}", f"caption {number}", f"http://gone.invalid/{number}.jpg") for number in NUMBERS
    ]
    with store.pictures(fetched) as pictures:
        assert [pictures[row["key"]] for row in ledger[:4]] == [jpg(number) for number in NUMBERS]
    assert {"status": "success", "original_width": 512}.items() <= json.loads(rows[0]["columns"]).items()


def test_a_webdataset_that_others_wrote(tmp_path):
    """As cc12m-wds: key in the member's name, caption in .txt, no parquet; PNG and WebP members come too."""
    sink = io.BytesIO()
    Image.open(io.BytesIO(jpg(2))).save(sink, "WEBP", lossless=True)
    with tarfile.open(tmp_path / "cc12m-train-0000.tar", "w") as tar:
        for name, data in {
            "07.jpg": jpg(1),
            "07.txt": b" a caption\n",
            "08.webp": sink.getvalue(),
            "08.cls": b"3",
            "09.jpg": b"junk",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    store = Store(str(tmp_path / "store"))
    (chunk,) = listed(store, open_images(str(tmp_path / "cc12m-train-{0000..0000}.tar")))
    rows, ledger = store.load(chunk, tuple(SOURCE)), store.read(advance(store, Fetch(FetchSettings()), chunk).latest).to_pylist()
    assert [(row["format"], row["reject"]) for row in ledger] == [("JPEG", None), ("WEBP", None), (None, "not_an_image")]
    assert [(row["source_key"], row["alt"]) for row in rows.to_pylist()] == [("07", "a caption"), ("08", None), ("09", None)]


def test_numbers_in_braces_name_files_that_cannot_be_listed(tmp_path):
    base = "https://example.org/cc12m-train"
    assert matching(base + "-{0008..0011}.tar") == tuple(f"{base}-{number}.tar" for number in ("0008", "0009", "0010", "0011"))
    for name in ("a-1.txt", "a-2.txt", "b-1.txt"):
        (tmp_path / name).touch()
    assert [Path(file).name for file in matching(f"{tmp_path}/*-{{1..2}}.txt")] == ["a-1.txt", "b-1.txt", "a-2.txt"]
