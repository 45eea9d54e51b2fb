import json
import pickle
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipeline.sources import open_images
from pipeline.sources.files import SourceError
from pipeline.sources.published import read_published
from pipeline.sources.published.names import names_in
from tests.pipeline.published import coco, docci, draw, mix, multi30k, paragraphs, said
from tests.pipeline.sources.rows import rows_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("mix")
    mix(root)
    return root


@pytest.fixture(autouse=True)
def _forget():
    read_published.cache_clear()


def rows(spec: str) -> dict[str, dict]:
    """Rows by their place, without what has no value."""
    found = rows_of(open_images(spec), 7)
    assert [row["index"] for row in found] == list(range(len(found)))
    return {row["url"]: row for row in found}


def written(model: str, *texts: tuple[str, str] | tuple[str, str, str]) -> list[dict]:
    return [{"lang": lang, "source": source[0] if source else None, "text": text, "model": model} for lang, text, *source in texts]


def test_coco(folder):
    made = rows(f"mix:coco={folder}/coco")
    assert Counter(row["source_split"] for row in made.values()) == {"train": 10, "val": 2, "test": 3}
    texts = ["The picture is red in the middle.", "a red thing is here", "The picture is red in the middle.", "there is the red thing"]
    assert made["coco/val2014/COCO_val2014_000000000110.jpg"] == {
        "index": 6,
        "url": "coco/val2014/COCO_val2014_000000000110.jpg",
        "source_key": "110",
        "image": draw(110),
        "names": ["coco:110"],
        "source_split": "train",  # restval
        "human": written("COCO", *(("en", text) for text in [*texts, "the thing is red all over"])),
    }


def test_multi30k_joins_what_both_tasks_say_of_a_picture(folder):
    made = rows(f"mix:multi30k={folder}/multi30k")
    assert [row["source_split"] for row in made.values()] == ["train"] * 3 + ["val"] + ["test"] * 4
    english = said(202, 1)
    captions = [(lang, text.format(number)) for lang, text in (("en", "It is the blue number {}."), ("de", "Das ist blau, Nummer {}."))
                for number in range(1, 6)]  # fmt: skip
    assert made["multi30k/images/202.jpg"] == {
        "index": 1,
        "url": "multi30k/images/202.jpg",
        "source_key": "202.jpg",
        "image": draw(202),
        "names": ["flickr:202"],
        "source_split": "train",
        "human": written("Multi30K", ("en", english), ("de", said(202, 1, "de"), english), ("fr", said(202, 1, "fr"), english), *captions),
    }
    twice = made["multi30k/images/COCO_val2014_000000000111.jpg"]
    assert (twice["names"], twice["source_split"]) == (["coco:111"], "test")
    assert [text["text"] for text in twice["human"] if text["lang"] == "en"] == [said(111, 0), said(111, 1)]


def test_image_paragraphs_know_which_pictures_are_coco_s(folder):
    made = rows(f"mix:paragraphs={folder}/paragraphs")
    assert [(row["source_key"], row["source_split"], row["names"]) for row in made.values()] == [
        ("301", "train", ["vg:301"]),
        ("302", "train", ["vg:302"]),
        ("1130", "train", ["vg:1130", "coco:130"]),
        ("311", "val", ["vg:311"]),
        ("321", "test", ["vg:321"]),
        ("1112", "test", ["vg:1112", "coco:112"]),
    ]
    assert made["paragraphs/VG_100K/301.jpg"]["human"] == written("Image Paragraphs", ("en", " ".join(said(301, n) for n in range(3))))


def test_docci(folder):
    made = rows(f"mix:docci={folder}/docci")
    assert [row["source_split"] for row in made.values()] == ["train"] * 3 + ["val", "test", "test"]
    assert made["docci/images/qual_dev_00000.jpg"] == {
        "index": 3,
        "url": "docci/images/qual_dev_00000.jpg",
        "source_key": "qual_dev_00000",
        "image": draw(411, (240, 180)),
        "source_split": "val",
        "human": written("DOCCI", ("en", f"{said(411, 0)} {said(411, 1)}")),
    }


def test_blocks_of_a_mix_can_be_read_elsewhere_and_apart(folder):
    spec = f"mix:coco={folder}/coco,docci={folder}/docci"
    source = open_images(spec)
    blocks = pickle.loads(pickle.dumps(source.blocks(2)))
    assert [block.rows for block in blocks] == [16, 5]
    apart = [row for block in reversed(blocks) for _, chunk in reversed(list(block.chunks())) for row in chunk.to_pylist()]
    assert {row["url"] for row in apart} == set(rows(spec))
    assert sum(block.rows for block in source.blocks(2, limit=18)) == 18
    assert source.count() == 21


def test_a_picture_that_is_not_there_has_no_bytes_and_changes_the_fingerprint(tmp_path):
    docci(tmp_path)
    spec = f"mix:docci={tmp_path}"
    before = open_images(spec).fingerprint()
    (tmp_path / "images" / "train_00001.jpg").unlink()
    assert rows(spec)["docci/images/train_00001.jpg"]["image"] == b""
    after = open_images(spec).fingerprint()
    (old,), (new,) = before["datasets"], after["datasets"]
    assert (old["pictures"], old["there"], new["there"]) == (6, 6, 5)
    assert (old["lists"], old["names_sizes_ends"] != new["names_sizes_ends"]) == (new["lists"], True)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("mix:", r"names no dataset; write mix:NAME=DIR"),
        ("mix:flickr8k=x", r"'flickr8k=x' must be NAME=DIR with one of coco, multi30k, paragraphs, docci"),
        ("mix:coco=/nowhere", r"dataset 'coco': there is no folder '/nowhere'; see docs/benchmarks.md"),
    ],
)
def test_what_is_no_mix_is_told(spec, told):
    with pytest.raises(SourceError, match=told):
        open_images(spec).blocks(10)


def test_lists_that_do_not_go_together_are_told(tmp_path):
    def told(dataset: str) -> str:
        read_published.cache_clear()
        with pytest.raises(SourceError) as error:
            open_images(f"mix:{dataset}={tmp_path / dataset}").blocks(10)
        return str(error.value).replace(str(tmp_path), "DIR")

    for make in (coco, multi30k, paragraphs, docci):
        make(tmp_path / make.__name__)
    (tmp_path / "paragraphs/image_data.json").unlink()
    assert (
        told("paragraphs") == "DIR/paragraphs/image_data.json: there is no such file; see docs/benchmarks.md for how the folder should look"
    )
    paragraphs(tmp_path / "paragraphs")
    (tmp_path / "paragraphs/train_split.json").write_text("[5]")
    assert told("paragraphs") == "DIR/paragraphs/train_split.json: paragraphs_v1.json has no paragraph about picture 5; get the files again"
    (tmp_path / "docci/docci_descriptions.jsonlines").write_text(json.dumps({"image_file": "a.jpg", "split": "dev", "description": ""}))
    assert told("docci").startswith(
        "DIR/docci/docci_descriptions.jsonlines: line 1: KeyError 'dev'; it should be an object with image_file"
    )
    (tmp_path / "multi30k/data/task2/raw/train.3.de").write_text("Ein Satz.\n")
    wrong = told("multi30k")
    assert "DIR/multi30k/data/task2/raw/train.3.de: 1 lines, DIR/multi30k/data/task2/raw/train.4.de: 3 lines" in wrong
    assert wrong.endswith("; line-aligned files must have the same length")
    shutil.rmtree(tmp_path / "multi30k/data")
    assert (
        told("multi30k")
        == "DIR/multi30k: there is neither data/task1 nor data/task2; see docs/benchmarks.md for how the folder should look"
    )


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("http://images.cocodataset.org/val2017/000000039769.jpg", ("coco:39769",)),
        ("my/pictures/COCO_val2014_000000391895.jpg", ("coco:391895",)),
        ("https://cs.stanford.edu/people/rak248/VG_100K_2/1592.jpg", ("vg:1592",)),
        ("https://live.staticflickr.com/65535/1007129816_e794419615_b.jpg", ("flickr:1007129816",)),
        ("http://farm9.staticflickr.com/8186/8119368305_4e622c8349_z.jpg", ("flickr:8119368305",)),
        ("s3://open-images-dataset/train/000411001ff7dd4f.jpg", ("openimages:000411001ff7dd4f",)),
        ("https://example.org/39769.jpg", ()),
        (None, ()),
    ],
)
def test_an_address_can_tell_which_picture_it_is(place, names):
    assert names_in(place) == names
