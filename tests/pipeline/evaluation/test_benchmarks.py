import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pipeline.evaluation.benchmarks import Benchmark, CaptionItem, ContrastItem, TranslationItem, read_benchmark
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.pictures import Faults


def lines(path: Path, texts: list[str], pack: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{text}\n" for text in texts).encode()
    if pack:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data))
    else:
        path.write_bytes(data)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), (200, 30, 30)).save(path)
    return path


@pytest.fixture
def task1(tmp_path) -> Path:
    for stem, names in (("test_2016_flickr", ["1.jpg", "2.jpg"]), ("test_2017_mscoco", ["COCO_val2014_3.jpg#7", "COCO_val2014_3.jpg#8"])):
        lines(tmp_path / f"data/task1/image_splits/{stem}.txt", names)
        lines(tmp_path / f"data/task1/raw/{stem}.en", ["A red ball.", "A blue car."], pack=True)
        lines(tmp_path / f"data/task1/raw/{stem}.de", ["Ein roter Ball.", "Ein blaues Auto."], pack=True)
    picture(tmp_path / "flickr30k-images/1.jpg")
    picture(tmp_path / "images/2.jpg")
    picture(tmp_path / "val2014/COCO_val2014_3.jpg")
    return tmp_path


def test_multi30k_translations(task1):
    flickr, coco = read_benchmark("multi30k-task1", task1)
    assert flickr == Benchmark(
        "Multi30K task 1 Test2016",
        "de",
        (
            TranslationItem("0000-1.jpg", task1 / "flickr30k-images/1.jpg", "A red ball.", "Ein roter Ball.", ("flickr:1",)),
            TranslationItem("0001-2.jpg", task1 / "images/2.jpg", "A blue car.", "Ein blaues Auto.", ("flickr:2",)),
        ),
        1000,
    )
    assert (coco.name, coco.published) == ("Multi30K task 1 AmbiguousCOCO", 461)
    assert [item.id for item in coco.items] == ["0000-COCO_val2014_3.jpg#7", "0001-COCO_val2014_3.jpg#8"]
    assert {item.names for item in coco.items} == {("coco:3",)}
    assert coco.images == (task1 / "val2014/COCO_val2014_3.jpg",)


def test_files_of_different_lengths_are_told(task1):
    lines(task1 / "data/task1/raw/test_2016_flickr.de", ["Ein roter Ball."])
    with pytest.raises(EvaluationError, match=r"test_2016_flickr\.en: 2 lines, .*test_2016_flickr\.de: 1 lines; line-aligned files"):
        read_benchmark("multi30k-task1", task1)


def test_multi30k_captions(tmp_path):
    lines(tmp_path / "task2/image_splits/test_2016_images.txt", ["1.jpg"])
    for lang in ("en", "de"):
        for number in range(1, 6):
            lines(tmp_path / f"task2/raw/test_2016.{number}.{lang}", [f"{lang} caption {number}"], pack=number > 2)
    image = picture(tmp_path / "images/1.jpg")
    english, german = read_benchmark("multi30k-task2", tmp_path)
    assert english.items == (CaptionItem("1.jpg", image, tuple(f"en caption {number}" for number in range(1, 6)), ("flickr:1",)),)
    assert (german.lang, german.published) == ("de", 1000)


@pytest.fixture
def commute(tmp_path) -> Path:
    lines(tmp_path / "en-fr/src.en", ["The bank is far.", "The bank is far."])
    lines(tmp_path / "en-fr/correct.fr", ["La banque est loin.", "La rive est loin."])
    lines(tmp_path / "en-fr/incorrect.fr", ["La rive est loin.", "La banque est loin."])
    lines(tmp_path / "en-fr/img.order", ["a.jpeg", "b.png"])
    picture(tmp_path / "images/a.jpeg")
    return tmp_path


def test_commute(commute):
    (found,) = read_benchmark("commute", commute)
    assert found.items[1] == ContrastItem(
        "0001-b.png", commute / "images/b.png", "The bank is far.", "La rive est loin.", "La banque est loin."
    )
    assert found.lang == "fr"


def test_items_of_commute_with_two_equal_translations_are_read_as_they_were_published(commute):
    lines(commute / "en-fr/incorrect.fr", ["La rive est loin.", "La rive est loin."])
    (found,) = read_benchmark("commute", commute)
    assert [item.correct == item.wrong for item in found.items] == [False, True]


def test_a_headline_needs_every_item(commute):
    (found,) = read_benchmark("commute", commute)
    assert found.shortfall({}) == ""
    faults = Faults().of(found.images)
    assert faults == {commute / "images/b.png": "is not there"}
    assert found.shortfall(faults) == (
        f"pictures of 1 of 2 items are not there (0001-b.png), the first is {commute / 'images/b.png'}; complete it"
    )
    assert replace(found, published=300).shortfall({found.items[0].image: "is broken"}) == (
        "the list has 2 items, the published one 300; pictures of 1 of 2 items cannot be read (0000-a.jpeg), "
        f"the first is {commute / 'images/a.jpeg'} (is broken); complete it"
    )


def test_coco(tmp_path):
    rows = [
        {"split": "test", "filepath": "val2014", "filename": "COCO_val2014_1.jpg", "cocoid": 1, "sentences": [{"raw": "A red ball. "}]},
        {"split": "restval", "filepath": "val2014", "filename": "COCO_val2014_2.jpg", "cocoid": 2, "sentences": [{"raw": "A car."}]},
    ]
    (tmp_path / "dataset_coco.json").write_text(json.dumps({"images": rows, "dataset": "coco"}))
    image = picture(tmp_path / "val2014/COCO_val2014_1.jpg")
    assert read_benchmark("coco", tmp_path) == [
        Benchmark("COCO Karpathy test", "en", (CaptionItem("1", image, ("A red ball.",), ("coco:1",)),), 5000)
    ]
    (tmp_path / "dataset_coco.json").write_text("[]")
    with pytest.raises(EvaluationError, match="it should be Karpathy's"):
        read_benchmark("coco", tmp_path)


def test_xm3600(tmp_path):
    langs = ("en", "de", "fr", "es", "ru", "zh")
    row = {"image/key": "abc", "image/locale": "de"} | {lang: {"caption": [f"{lang} 1", f"{lang} 2"]} for lang in langs}
    (tmp_path / "captions.jsonl").write_text(json.dumps(row) + "\n")
    image = picture(tmp_path / "images/abc.jpg")
    found = read_benchmark("xm3600", tmp_path)
    assert [(one.lang, one.published, one.images) for one in found] == [(lang, 3600, (image,)) for lang in langs]
    assert found[5].items == (CaptionItem("abc", image, ("zh 1", "zh 2"), ("openimages:abc",)),)
    (tmp_path / "captions.jsonl").write_text(json.dumps(row | {"de": {"caption": "a text"}}) + "\n")
    with pytest.raises(EvaluationError, match=r"captions\.jsonl: line 1: TypeError 'a text' is no list of texts; it should be an object"):
        read_benchmark("xm3600", tmp_path)
    (tmp_path / "captions.jsonl").write_text(json.dumps(row) + "\n{}\n")
    with pytest.raises(EvaluationError, match=r"captions\.jsonl: line 2: KeyError 'image/key'; it should be an object"):
        read_benchmark("xm3600", tmp_path)


@pytest.mark.parametrize("name", ["multi30k-task1", "multi30k-task2", "commute", "coco", "xm3600"])
def test_an_empty_folder_points_to_the_documentation(name, tmp_path):
    with pytest.raises(EvaluationError, match=r"see docs/benchmarks\.md"):
        read_benchmark(name, tmp_path)
    with pytest.raises(EvaluationError, match="there is no folder"):
        read_benchmark(name, tmp_path / "none")


def test_an_unknown_benchmark_is_told_the_known_ones():
    with pytest.raises(EvaluationError, match="write one of multi30k-task1, multi30k-task2, commute, coco, xm3600"):
        read_benchmark("flickr", ".")


def test_docci(tmp_path):
    rows = [{"image_file": f"{split}_0.jpg", "split": split, "description": f"About {split}. "} for split in ("train", "qual_test", "test")]
    lines(tmp_path / "docci_descriptions.jsonlines", [json.dumps(row) for row in rows])
    image = picture(tmp_path / "images/test_0.jpg")
    looked_at = CaptionItem("qual_test_0", tmp_path / "images/qual_test_0.jpg", ("About qual_test.",))
    assert read_benchmark("docci", tmp_path) == [
        Benchmark("DOCCI test", "en", (CaptionItem("test_0", image, ("About test.",)),), 5000, "more_detailed"),
        Benchmark("DOCCI qual_test", "en", (looked_at,), 100, "more_detailed"),
    ]


def test_image_paragraphs(tmp_path):
    rows = [{"image_id": number, "url": "", "paragraph": f" About {number}. It is."} for number in (1, 2, 2)]
    for name, data in (("paragraphs_v1", rows), ("train_split", [1]), ("val_split", []), ("test_split", [2])):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    with pytest.raises(EvaluationError, match=r"image_data\.json: there is no such file"):
        read_benchmark("paragraphs", tmp_path)
    (tmp_path / "image_data.json").write_text(json.dumps([{"image_id": 2, "coco_id": 7, "flickr_id": 8}]))
    image = picture(tmp_path / "VG_100K_2/2.jpg")
    item = CaptionItem("2", image, ("About 2. It is.",) * 2, ("vg:2", "coco:7", "flickr:8"))
    assert read_benchmark("paragraphs", tmp_path) == [Benchmark("Image Paragraphs test", "en", (item,), 2489, "more_detailed")]


def test_a_list_of_nothing_is_refused(tmp_path):
    lines(tmp_path / "docci_descriptions.jsonlines", [json.dumps({"image_file": "a.jpg", "split": "train", "description": "x"})])
    with pytest.raises(EvaluationError, match=r"docci_descriptions\.jsonlines: no picture has a split of test, qual_test; get the file"):
        read_benchmark("docci", tmp_path)
    for name in ("paragraphs_v1", "train_split", "val_split", "test_split", "image_data"):
        (tmp_path / f"{name}.json").write_text("[]")
    with pytest.raises(EvaluationError, match=r"paragraphs_v1\.json: lists no item of Image Paragraphs test in en; get the file again"):
        read_benchmark("paragraphs", tmp_path)


def test_items_that_cannot_be_scored_are_named_with_their_file(tmp_path, task1, commute):
    def fault(name: str) -> str:
        return next(iter(found.fault for found in read_benchmark(name, tmp_path) if found.fault), "")

    for said in ([], [""], [" ", "\u3000"]):
        rows = [
            {"split": "test", "filepath": ".", "filename": "1.jpg", "cocoid": number, "sentences": [{"raw": text} for text in texts]}
            for number, texts in ((1, ["A ball."]), (2, said))
        ]
        (tmp_path / "dataset_coco.json").write_text(json.dumps({"images": rows}))
        assert fault("coco") == (
            f"{tmp_path}/dataset_coco.json: item 2 of COCO Karpathy test in en has no reference; get the file again, or leave the item out"
        )
    (tmp_path / "dataset_coco.json").write_text(json.dumps({"images": rows[:1] * 2}))
    assert fault("coco") == f"{tmp_path}/dataset_coco.json: item 1 of COCO Karpathy test in en is there 2 times; leave one of them"
    row = {"image/key": "abc"} | {lang: {"caption": ["x"] if lang != "ru" else []} for lang in ("en", "de", "fr", "es", "ru", "zh")}
    lines(tmp_path / "captions.jsonl", [json.dumps(row)])
    assert fault("xm3600").startswith(f"{tmp_path}/captions.jsonl: item abc of XM3600 in ru has no reference; ")
    assert (fault("multi30k-task1"), fault("commute")) == ("", "")
    lines(task1 / "data/task1/raw/test_2016_flickr.de", ["Ein roter Ball.", " "])
    assert fault("multi30k-task1").startswith(
        f"{tmp_path}/data/task1/raw/test_2016_flickr.de: item 0001-2.jpg of Multi30K task 1 Test2016 in de has no reference; "
    )
    lines(commute / "en-fr/src.en", ["", "The bank is far."])
    assert fault("commute").startswith(f"{tmp_path}/en-fr/src.en: item 0000-a.jpeg of CoMMuTE in fr has no English sentence; ")
