import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.stages.decontaminate import BenchmarkPictures, Decontaminate
from pipeline.tables import BENCHMARK_PICTURE, table

LISTED = table(
    {
        "benchmark": ["COCO Karpathy test", "AmbiguousCOCO", "XM3600", "DOCCI test"],
        "item": ["7", "0000-COCO_val2014_7.jpg#1", "abc", "test_00000"],
        "names": [["coco:7", "vg:70"], ["coco:7"], [], []],
        "sha256": ["a" * 64, "a" * 64, "b" * 64, None],
        "phash": ["00000000ffffffff", "00000000ffffffff", "0f0f0f0f0f0f0f0f", None],
    },
    BENCHMARK_PICTURE,
)
FAR = "ffff0000ffff0000"


def find(names=None, file="c" * 64, phash=FAR, bits=4):
    return BenchmarkPictures(LISTED).find([names], [file], [phash], bits)[0]


def test_a_picture_is_told_by_its_number_then_its_file_then_how_it_looks():
    assert find() is None
    assert find(["flickr:1", "vg:70"], "b" * 64) == "COCO Karpathy test 7: the same Visual Genome number 70"
    assert find(["coco:8"], "a" * 64) == "COCO Karpathy test 7: the same file"
    assert find(phash="0f0f0f0f0f0f0f00") == "XM3600 abc: perceptual hashes differ in 4 of 64 bits, at most 4"
    assert find(phash="0f0f0f0f0f0f0f00", bits=3) is None
    assert find(phash="00000000fffffffe") == "COCO Karpathy test 7: perceptual hashes differ in 1 of 64 bits, at most 4"


def test_without_hashes_only_numbers_and_files_tell():
    pictures = BenchmarkPictures(LISTED.slice(3))
    assert pictures.find([None, ["coco:7"]], ["a" * 64] * 2, ["0" * 16] * 2, 16) == [None, None]


def test_only_what_its_own_dataset_has_in_test_is_let_through(tmp_path):
    pq.write_table(LISTED, tmp_path / "listed.parquet")
    stage = Decontaminate("digest", 4, str(tmp_path / "listed.parquet"))
    splits = ["train", "val", "test", None]
    chunk = pa.table({"names": [["coco:7"]] * 4, "sha256": ["c" * 64] * 4, "phash": [FAR] * 4, "source_split": splits})
    why = "COCO Karpathy test 7: the same COCO number 7"
    assert stage.run(chunk, iter(())).to_pydict() == {
        "reject": ["test_picture", "test_picture", None, "test_picture"],
        "detail": [why, why, None, why],
    }
    assert stage.digest() == Decontaminate("digest", 4, "elsewhere").digest()
