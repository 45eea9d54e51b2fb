from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.benchmark_pictures import benchmark_pictures, benchmarks_of, list_benchmark_pictures
from pipeline.config import Config, ConfigError
from pipeline.fetch import FetchSettings
from pipeline.fetch.decode import decode
from pipeline.store import Store
from tests.pipeline.published import coco, draw, mix, multi30k, paragraphs, write

SETTINGS = FetchSettings()


def config(*parts: str) -> Config:
    return Config(decontaminate=parts)


def commute(folder: Path) -> Path:
    write(folder / "en-de/src.en", ["The bank is far."])
    write(folder / "en-de/correct.de", ["Die Bank ist weit weg."])
    write(folder / "en-de/incorrect.de", ["Das Ufer ist weit weg."])
    write(folder / "en-de/img.order", ["a.jpg"])
    write(folder / "images/a.jpg", draw(501, (20, 20)))  # smaller than the fetch takes
    return folder


def test_a_mix_brings_its_own_benchmarks(tmp_path):
    spec, xm = mix(tmp_path), f"xm3600={tmp_path}/xm"
    found = benchmarks_of(config(f"coco={tmp_path}/coco", xm), spec)
    assert [(name, Path(folder).relative_to(tmp_path).as_posix()) for name, folder in found] == [
        ("coco", "coco"),
        ("xm3600", "xm"),
        ("multi30k-task1", "multi30k"),
        ("multi30k-task2", "multi30k"),
        ("paragraphs", "paragraphs"),
        ("docci", "docci"),
    ]
    assert benchmarks_of(config(), "microworld") == ()
    with pytest.raises(ConfigError, match="--decontaminate coco: must be NAME=DIR"):
        benchmarks_of(config("coco"), spec)


def test_every_picture_once_by_all_its_names(tmp_path):
    coco(tmp_path / "coco")
    paragraphs(tmp_path / "paragraphs")
    multi30k(tmp_path / "multi30k")
    names = ("coco", "multi30k-task1", "paragraphs")
    found = benchmark_pictures([(name, str(tmp_path / name.removesuffix("-task1"))) for name in names])
    assert [(picture.benchmark, picture.item, picture.names) for picture in found] == [
        ("COCO Karpathy test", "130", ("coco:130", "vg:1130")),
        ("COCO Karpathy test", "131", ("coco:131",)),
        ("COCO Karpathy test", "132", ("coco:132",)),
        ("Multi30K task 1 Test2016", "0000-221.jpg", ("flickr:221",)),
        ("Multi30K task 1 Test2016", "0001-222.jpg", ("flickr:222",)),
        ("Multi30K task 1 Test2017", "0000-231.jpg", ("flickr:231",)),
        ("Multi30K task 1 AmbiguousCOCO", "0000-COCO_val2014_000000000111.jpg#7", ("coco:111",)),
        ("Image Paragraphs test", "321", ("vg:321",)),
        ("Image Paragraphs test", "1112", ("vg:1112", "coco:112")),
    ]


def test_pictures_are_hashed_once_as_the_fetch_would(tmp_path):
    spec, store = f"commute={commute(tmp_path / 'commute')}", Store(str(tmp_path / "store"))
    listed = list_benchmark_pictures(config(spec), store, "images.txt", SETTINGS)
    assert listed is not None
    assert listed.facts == {"benchmarks": ["commute"], "pictures": 1, "missing": 0, "sha256": listed.digest}
    (row,) = pq.read_table(tmp_path / "store" / listed.path).to_pylist()
    assert (row["benchmark"], row["item"], row["names"]) == ("CoMMuTE", "0000-a.jpg", [])
    assert row["phash"] == decode(draw(501, (20, 20)), FetchSettings(min_size=1)).phash
    before = (tmp_path / "store" / listed.path).stat().st_mtime_ns
    assert list_benchmark_pictures(config(spec), store, "images.txt", SETTINGS) == listed
    assert (tmp_path / "store" / listed.path).stat().st_mtime_ns == before
    assert list_benchmark_pictures(config(spec), store, "images.txt", FetchSettings(size=64)).path != listed.path
    assert list_benchmark_pictures(config(), store, "images.txt", SETTINGS) is None


def test_a_picture_that_nothing_tells_must_be_there(tmp_path, caplog):
    store = Store(str(tmp_path / "store"))
    folder = commute(tmp_path / "commute")
    (folder / "images/a.jpg").write_bytes(b"junk")
    with pytest.raises(ConfigError, match=r"a\.jpg: not_an_image \(no known format\); get this picture of CoMMuTE again"):
        list_benchmark_pictures(config(f"commute={folder}"), store, "images.txt", SETTINGS)
    (folder / "images/a.jpg").unlink()
    with pytest.raises(ConfigError, match=r"1 pictures of CoMMuTE are not there, the first is .*a\.jpg; put them there"):
        list_benchmark_pictures(config(f"commute={folder}"), store, "images.txt", SETTINGS)
    where = coco(tmp_path / "coco")
    (where / "val2014/COCO_val2014_000000000131.jpg").unlink()
    listed = list_benchmark_pictures(config(f"coco={where}"), store, "images.txt", SETTINGS)
    assert (listed.facts["pictures"], listed.facts["missing"]) == (3, 1)
    assert "1 of 3 test pictures are not there" in caplog.text
    rows = pq.read_table(tmp_path / "store" / listed.path).to_pylist()
    assert [(row["names"], row["phash"] is None) for row in rows] == [(["coco:130"], False), (["coco:131"], True), (["coco:132"], False)]


def test_what_is_no_benchmark_is_told(tmp_path):
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    with pytest.raises(ConfigError, match=r"--decontaminate flickr=.*: benchmark 'flickr': unknown; write one of multi30k-task1"):
        benchmark_pictures([("flickr", str(tmp_path))])
    with pytest.raises(ConfigError, match=r"--decontaminate coco=.*there is neither dataset_coco\.json nor"):
        benchmark_pictures([("coco", str(tmp_path))])
