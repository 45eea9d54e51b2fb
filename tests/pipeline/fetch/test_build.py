"""Whole builds: what the fetch is told shows in the dataset."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from shards.reader import open_dataset
from shards.verify import main as verify


def test_a_placeholder_is_found_and_reported(given, build, tmp_path) -> None:
    def png(colour: tuple[int, int, int]) -> bytes:
        sink = io.BytesIO()
        Image.new("RGB", (40, 40), colour).save(sink, "PNG")
        return sink.getvalue()

    lost, twice = png((230, 230, 230)), png((200, 0, 0))
    pictures = [lost, png((0, 200, 0)), lost, twice, twice, lost, png((0, 0, 200))]
    urls = [f"http://host{number % 3}.example/{number}.png" for number in range(len(pictures))]
    pq.write_table(pa.table({"url": urls, "png": pictures}), tmp_path / "list.parquet")
    out = tmp_path / "out"
    arguments = [*given.arguments(out), f"--images={tmp_path / 'list.parquet'}", "--image-chunk=3", "--until=dedup", "--placeholder-urls=3"]
    code, log = build(arguments)
    assert code == 0, log
    rejects = pq.read_table(out / "rejects" / "dedup.parquet").to_pylist()
    assert [(row["index"], row["reason"], row["detail"]) for row in rejects] == [
        (0, "placeholder", "same bytes from 3 URLs, first at row 0"),
        (2, "placeholder", "same bytes from 3 URLs, first at row 0"),
        (4, "duplicate", "same as row 3"),
        (5, "placeholder", "same bytes from 3 URLs, first at row 0"),
    ]
    assert pq.read_table(out / "table.parquet")["index"].to_pylist() == [1, 3, 6]


def test_a_dataset_of_webp(given, build, tmp_path) -> None:
    (tmp_path / "webp.yaml").write_text(json.dumps({"fetch": {"format": "webp", "quality": 80, "size": 48}}))
    code, log = build(given.arguments(tmp_path / "out", f"--config={tmp_path / 'webp.yaml'}", "--identifier=lid:", "--min-lang-prob=0"))
    assert code == 0, log
    assert verify([str(tmp_path / "out")]) == 0
    for sample in open_dataset(str(tmp_path / "out"), "val"):
        image = Image.open(io.BytesIO(sample.jpg or b""))
        assert (image.format, image.size, min(image.size)) == ("WEBP", (sample.width, sample.height), 48)
