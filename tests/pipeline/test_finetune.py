"""The paper's fine-tuning mix, from datasets as people have them on their disks to a model that is trained on it."""

import csv
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from pipeline import train
from pipeline.build import main as plan
from pipeline.training import checkpoints
from shards.manifest import Manifest
from shards.reader import open_dataset
from shards.verify import main as verify
from tests.pipeline.conftest import contents
from tests.pipeline.published import COCO, DOCCI, MULTI30K, PARAGRAPHS, draw, lettered, mix, said, vg_number, write
from tests.pipeline.tiny import SENTENCES

ROLES = {role: f"tests.pipeline.tiny:{role.capitalize()}" for role in ("captioner", "embedder", "identifier")}
TEACHERS = [f"--{role}=python:{path}" for role, path in (ROLES | {"translator": "tests.pipeline.published:Glossary"}).items()]
LANGS = ["--langs=en,de,fr", "--caption-langs=en,de,fr"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("published")


@pytest.fixture(scope="module")
def arguments(folder) -> list[str]:
    return ["--preset=finetune", f"--images={mix(folder)}", *TEACHERS, *LANGS, "--image-chunk=10", "--shard-size=10"]


@pytest.fixture(scope="module")
def out(folder, arguments, build_once) -> Path:
    return build_once([*arguments, f"--out={folder / 'out'}"], folder / "out")


def keys_of(out: Path, *splits: str) -> set[str | None]:
    return {sample.source_key for split in splits for sample in open_dataset(str(out), split)}


def rejects(out: Path, stage: str) -> dict[str, str]:
    return {row["url"]: row["detail"] for row in pq.read_table(out / "rejects" / f"{stage}.parquet").to_pylist()}


def test_a_dataset_s_own_split_decides(out):
    assert verify([str(out)]) == 0
    manifest = Manifest.read(str(out))
    assert [manifest.samples(split) for split in ("train", "val", "test")] == [15, 5, 11]
    assert keys_of(out, "val") == {*map(str, COCO["val"]), "211.jpg", "311", "qual_dev_00000"}
    flickr = [f"{number}.jpg" for stem in ("test_2016_flickr", "test_2017_flickr") for number in MULTI30K[stem]]
    ambiguous = "COCO_val2014_000000000111.jpg"
    assert keys_of(out, "test") == {*map(str, COCO["test"]), *flickr, ambiguous, "321", "1112", "test_00000", "qual_test_00000"}


def test_no_test_picture_is_trained_on_under_another_name(out):
    """AmbiguousCOCO is in COCO's restval, Image Paragraphs shares pictures with COCO, and DOCCI has a smaller copy of one of Test2016."""
    ambiguous = "Multi30K task 1 AmbiguousCOCO 0000-COCO_val2014_000000000111.jpg#7"
    found = rejects(out, "decontaminate")
    assert found == {
        "coco/val2014/COCO_val2014_000000000111.jpg": f"{ambiguous}: the same COCO number 111",
        "coco/val2014/COCO_val2014_000000000112.jpg": "Image Paragraphs test 1112: the same COCO number 112",
        f"paragraphs/VG_100K/{vg_number(130)}.jpg": "COCO Karpathy test 130: the same Visual Genome number 1130",
        "docci/images/train_00002.jpg": "Multi30K task 1 Test2016 0001-222.jpg: perceptual hashes differ in 3 of 64 bits, at most 4",
    }
    trained = keys_of(out, "train", "val")
    tests = {*COCO["test"], *PARAGRAPHS["test"], *DOCCI["test"], *DOCCI["qual_test"], 111, 112}
    assert not trained & {str(number) for number in tests} and not trained & {f"{number}.jpg" for number in (221, 222, 231)}
    assert trained & {"110", "113", "301", "302", "train_00000", "train_00001"} == {
        "110",
        "113",
        "301",
        "302",
        "train_00000",
        "train_00001",
    }
    assert {step.stage: dict(step.rejected) for step in Manifest.read(str(out)).funnel if step.rejected} == {
        "decontaminate": {"test_picture": 4}
    }
    assert Manifest.read(str(out)).inputs["decontaminate"]["pictures"] == 3 + 3 + 1 + 2 + 2 + 1 + 1


def test_what_people_wrote_and_what_teachers_added(out):
    counted = Counter((a.task, a.lang, a.origin, a.model) for sample in open_dataset(str(out), "train") for a in sample.annotations)
    human = {
        ("caption", "en", "human", "COCO"): 8 * 4,  # five captions, two of which are the same
        ("caption", "en", "human", "Multi30K"): 3 * 6,
        ("caption", "en", "human", "Image Paragraphs"): 2 * 3,  # three sentences: short, detailed, more detailed
        ("caption", "en", "human", "DOCCI"): 2 * 2,
        ("caption", "de", "human", "Multi30K"): 3 * 5,
        ("caption", "fr", "human", "Multi30K"): 3,  # nobody captioned in French, but somebody translated a caption
        ("translation", "de", "human", "Multi30K"): 3,
        ("translation", "fr", "human", "Multi30K"): 3,
    }
    machine = {
        ("caption", "de", "translator", "glossary"): 8 * 4 + 2 * 3 + 2 * 2,
        ("caption", "fr", "translator", "glossary"): 8 * 4 + 3 * 5 + 2 * 3 + 2 * 2,
        ("translation", "de", "translator", "glossary"): 8 * 4 + 3 * 5 + 2 * 2 + 2 * 2,  # of paragraphs, whole and shuffled
        ("translation", "fr", "translator", "glossary"): 8 * 4 + 3 * 5 + 2 * 2 + 2 * 2,
    }
    assert counted == human | machine
    assert all((a.logprob is None) == (a.origin == "human") for sample in open_dataset(str(out), "train") for a in sample.annotations)


def test_captions_are_translated_beside_the_captioner_s_description(out):
    (sample,) = (sample for sample in open_dataset(str(out), "train") if sample.source_key == "301")
    words = sum(len(sentence.split()) for sentence in SENTENCES["en"])  # of a picture 320 wide the tiny captioner says all it can
    names = ("grün", "grün", "weiß")
    lengths = [lettered(len(said(301, number))) for number in range(3)]
    german = [f"Das ist {name}, {length} Zeichen neben {lettered(words)} Wörtern." for name, length in zip(names, lengths, strict=True)]
    assert [(a.style, a.text) for a in sample.annotations if a.task == "caption" and a.lang == "de"] == [
        ("short", german[0]),
        ("detailed", " ".join(german[:2])),
        ("more_detailed", " ".join(german)),
    ]
    assert {a.text for a in sample.annotations if a.origin == "captioner"} == set()


def test_held_out_languages_stay_held_out_whoever_wrote(folder, arguments, build, tmp_path):
    code, log = build([*arguments, "--caption-langs=en,fr", f"--out={tmp_path / 'out'}"])
    assert code == 0, log
    assert verify([str(tmp_path / "out")]) == 0
    captions = {
        split: {(a.lang, a.origin) for s in open_dataset(str(tmp_path / "out"), split) for a in s.annotations if a.task == "caption"}
        for split in ("train", "val", "test")
    }
    french = {("en", "human"), ("fr", "human"), ("fr", "translator")}
    assert captions == {"train": french, "val": french, "test": french | {("de", "human"), ("de", "translator")}}


def test_workers_and_chunks_do_not_change_a_byte(out, arguments, build, tmp_path):
    code, log = build([*arguments, "--image-chunk=4", "--workers=2", f"--out={tmp_path / 'out'}"])
    assert code == 0, log
    assert contents(tmp_path / "out") == contents(out)


def test_any_list_can_be_decontaminated(folder, out, build, tmp_path):
    """A folder of pictures that nobody has heard of, but for one of a known name, a copy of a file, and a copy that is smaller."""
    pictures = {"mine/a.png": draw(901), "COCO_train2014_000000000131.jpg": draw(902), "b.png": draw(221), "c.png": draw(132, (200, 150))}
    for name, data in pictures.items():
        write(tmp_path / "pictures" / name, data)
    benchmarks = f"coco={folder}/coco,multi30k-task1={folder}/multi30k"
    flags = [f"--images={tmp_path}/pictures", "--until=dedup", "--preset=small", *TEACHERS, "--langs=en,de"]
    code, log = build([*flags, f"--decontaminate={benchmarks}", f"--out={tmp_path / 'out'}"])
    assert code == 0, log
    assert rejects(tmp_path / "out", "decontaminate") == {
        "COCO_train2014_000000000131.jpg": "COCO Karpathy test 131: the same COCO number 131",
        "b.png": "Multi30K task 1 Test2016 0000-221.jpg: the same file",
        "c.png": "COCO Karpathy test 132: perceptual hashes differ in 3 of 64 bits, at most 4",
    }
    code, log = build([*flags, "--decontaminate=coco=/nowhere", f"--out={tmp_path / 'other'}"])
    assert code == 2
    assert log.startswith("error: --decontaminate coco=/nowhere: benchmark 'coco': there is no folder '/nowhere'; see docs/benchmarks.md")


def test_the_plan_says_what_is_kept_out(arguments, tmp_path, capsys):
    assert plan([*arguments, "--plan", f"--out={tmp_path / 'out'}"]) == 0
    told = capsys.readouterr().out
    assert "35 images, no or unknown many bitexts" in told
    assert "kept out of train and val: 13 pictures of coco, multi30k-task1, multi30k-task2, paragraphs, docci" in told
    assert not (tmp_path / "out").exists()


def test_the_card_and_the_report_tell_of_people(out):
    assert '"origin": "human"' in (out / "README.md").read_text()
    assert "a picture that models are measured on" in (out / "report.html").read_text()


def test_a_run_goes_on_with_the_mix(out, built, tmp_path):
    torch.set_num_threads(1)
    small = ["--model=femto", "--batch=4", "--warmup=1", "--log-every=1", "--validate-samples=4"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert train.main([f"--shards={built}", "--init=random", "--steps=2", f"--out={first}", *small]) == 0
    finetune = ["--preset=finetune", f"--init={first}", "--steps=3", "--image-size=64", f"--out={second}"]
    assert train.main([f"--shards={out}", *finetune, *small]) == 0
    with (second / "log.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    assert checkpoints.latest(second).name == "step-000003"
