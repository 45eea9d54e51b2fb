"""Each kind of damage fails verification, with a line that names the file, the member, what is wrong and what mends it."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from shards.checks.problems import Problems
from shards.manifest import Manifest
from shards.verify import main, verify
from shards.writer import SIDECAR

if TYPE_CHECKING:
    from conftest import Tamper

TRAIN0, TRAIN1, VAL, TEST = "train-00000", "train-00001", "val-00000", "test-00000"
REBUILD = "remove the shard and build again"
AGAIN = "get the file again, or remove it and build again"


def problems(out: Path, quick: bool = False) -> list[str]:
    return list(verify(str(out), quick, workers=1).problems.lines())


def kinds(out: Path, quick: bool = False) -> dict[str, int]:
    return dict(verify(str(out), quick, workers=1).problems.counts)


def key(tamper: Tamper, shard: str, position: int) -> str:
    return tamper.members(shard)[2 * position][0].removesuffix(".jpg")


def test_whole_dataset(pristine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(pristine)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "split  shards  samples  captions en  captions de  captions fr  translations de  translations fr",
        "train       2        8            8            8            0                8               16",
        "val         1        2            2            2            0                2                4",
        "test        1        2            2            2            2                2                4",
        f"{pristine}: everything holds",
    ]
    assert main([str(pristine), "--quick"]) == 0


def test_command(out: Path) -> None:
    (out / f"shards/{VAL}.tar").unlink()
    found = subprocess.run([sys.executable, "-m", "shards.verify", str(out)], capture_output=True, text=True)
    lines = [f"shards/{VAL}.tar: -: is not there; {AGAIN}", f"{out}: 1 problem: missing 1"]
    assert (found.returncode, found.stdout.splitlines()[-2:]) == (1, lines)


def test_no_dataset(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    assert "nothing/manifest.json: is not there; name the folder of a dataset" in capsys.readouterr().err
    (out / "manifest.json").write_text("{")
    assert main([str(out)]) == 2
    assert "manifest.json: is not JSON" in capsys.readouterr().err
    (out / "manifest.json").write_text('{"format": 99}')
    assert main([str(out)]) == 2
    assert "is of format 99, this version reads 1" in capsys.readouterr().err
    (out / "manifest.json").write_text('{"format": 1}')
    assert main([str(out)]) == 2
    assert "does not keep to format 1" in capsys.readouterr().err


def test_flipped_byte(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{TRAIN1}.tar"
    data = bytearray(path.read_bytes())
    data[512 + 400] ^= 1  # within the first picture
    path.write_bytes(data)
    found = problems(out)
    picture = next(line for line in found if "its record says" in line)
    assert picture.startswith(f"shards/{TRAIN1}.tar: {key(tamper, TRAIN1, 0)}.jpg: has sha256 ")
    assert any(
        line.startswith(f"shards/{TRAIN1}.tar: -: has sha256 {hashlib.sha256(data).hexdigest()}, the manifest says ") for line in found
    )
    assert kinds(out, quick=True) == {}


def test_flipped_byte_in_a_header(out: Path) -> None:
    path = out / f"shards/{TRAIN1}.tar"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert f"shards/{TRAIN1}.tar: -: has a damaged header at byte 0; {AGAIN}" in problems(out)


def test_missing_shard(out: Path) -> None:
    (out / f"shards/{TRAIN0}.tar").unlink()
    (out / f"shards/{TRAIN0}.parquet").unlink()
    assert problems(out)[:2] == [f"shards/{TRAIN0}.tar: -: is not there; {AGAIN}", f"shards/{TRAIN0}.parquet: -: is not there; {AGAIN}"]


def test_extra_shard(out: Path) -> None:
    (out / "shards/train-00002.tar").write_bytes((out / f"shards/{TRAIN0}.tar").read_bytes())
    assert problems(out) == ["shards/train-00002.tar: -: is not in the manifest; remove it; it is from another run"]


def test_hole_in_numbering(out: Path, tamper: Tamper) -> None:
    for extension in ("tar", "parquet"):
        (out / f"shards/{TRAIN1}.{extension}").rename(out / f"shards/train-00002.{extension}")
    tamper.manifest(lambda content: content["splits"]["train"][1].update(name="train-00002"))
    assert problems(out) == ["manifest.json: train: lists train-00002 where train-00001 should be; build again"]


def test_truncated_tar(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{TRAIN0}.tar"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:600])
    first = f"{pq.read_table(out / f'shards/{TRAIN0}.parquet')['key'][0]}.jpg"
    found = problems(out)
    assert f"shards/{TRAIN0}.tar: -: has 600 bytes, the manifest says {size}; {AGAIN}" in found
    assert f"shards/{TRAIN0}.tar: -: ends at byte 600 within {first}; {AGAIN}" in found
    assert f"shards/{TRAIN0}.tar: -: holds 0 samples, the manifest says 4; {REBUILD}" in found
    tamper.seal()
    assert set(kinds(out)) == {"tar", "count"}


def test_end_cut_off(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{VAL}.tar"
    data = path.read_bytes().rstrip(b"\0")
    path.write_bytes(data + bytes(-len(data) % 512))
    tamper.seal()
    assert problems(out) == [f"shards/{VAL}.tar: -: ends at byte {path.stat().st_size} without the mark of its end; {AGAIN}"]


def test_swapped_members(out: Path, tamper: Tamper) -> None:
    contents = tamper.members(VAL)
    tamper.write(VAL, [contents[1], contents[0], *contents[2:]])
    stem = contents[0][0].removesuffix(".jpg")
    found = problems(out)
    assert f"shards/{VAL}.tar: {stem}.json: does not follow its picture, {stem}.jpg; {REBUILD}" in found
    assert f"shards/{VAL}.tar: {stem}.jpg: is not followed by {stem}.json; {REBUILD}" in found


def test_members_apart(out: Path, tamper: Tamper) -> None:
    contents = tamper.members(VAL)
    tamper.write(VAL, [contents[0], contents[2], contents[1], contents[3]])
    assert kinds(out)["order"] >= 2


def test_samples_out_of_order(out: Path, tamper: Tamper) -> None:
    contents = tamper.members(VAL)
    tamper.write(VAL, [*contents[2:], *contents[:2]])
    assert f"shards/{VAL}.tar: {contents[1][0]}: comes after {contents[2][0].removesuffix('.jpg')}; keys must rise; {REBUILD}" in problems(
        out
    )


def test_duplicate_key_in_two_splits(out: Path, tamper: Tamper) -> None:
    copied, record = tamper.members(TRAIN0)[0], json.loads(tamper.members(TRAIN0)[1][1])
    record["split"] = "val"
    contents = [copied, (copied[0].replace("jpg", "json"), json.dumps(record).encode()), *tamper.members(VAL)]
    contents.sort()
    rows = [json.loads(data) for name, data in contents if name.endswith("json")]
    pq.write_table(pa.Table.from_pylist(rows, SIDECAR), out / f"shards/{VAL}.parquet")
    tamper.write(VAL, contents)
    expected = f"shards/{VAL}.tar: {record['key']}: is also in {TRAIN0}, so in train and in val; {REBUILD}"
    assert expected in problems(out)
    assert expected in problems(out, quick=True)


def test_bad_json(out: Path, tamper: Tamper) -> None:
    contents = tamper.members(VAL)
    contents[1] = contents[1][0], contents[1][1][:-9]
    tamper.write(VAL, contents)
    assert [line for line in problems(out) if f"{contents[1][0]}: is not JSON" in line and line.startswith(f"shards/{VAL}.tar")]


@pytest.mark.parametrize(("split", "shard", "position"), [("val", VAL, 1), ("train", TRAIN1, 3)])
@pytest.mark.parametrize("origin", ["translator", "captioner"])
@pytest.mark.parametrize("style", ["short", "detailed", "more_detailed"])
def test_caption_of_a_held_out_language(out: Path, tamper: Tamper, split: str, shard: str, position: int, origin: str, style: str) -> None:
    caption = {"task": "caption", "lang": "fr", "style": style, "text": "Un renard.", "origin": origin}
    tamper.edit(shard, position, lambda record: record["annotations"].append(caption))
    tamper.manifest(lambda content: content["splits"][split][int(shard[-1])]["annotations"]["caption"].update(fr=1))
    stem = key(tamper, shard, position)
    what = f"annotation 5: {style} caption in fr of origin {origin} in {split}, where captions are in en, de only; {REBUILD}"
    assert problems(out) == [f"shards/{shard}.tar: {stem}.json: {what}"]
    assert problems(out, quick=True) == [f"shards/{shard}.parquet: {stem}: {what}"]


def test_caption_of_a_held_out_language_in_test_is_wanted(pristine: Path) -> None:
    rows = pq.read_table(pristine / f"shards/{TEST}.parquet").to_pylist()
    assert {a["lang"] for row in rows for a in row["annotations"] if a["task"] == "caption"} == {"en", "de", "fr"}


def test_language_that_the_dataset_has_not(out: Path, tamper: Tamper) -> None:
    tamper.edit(TRAIN0, 0, lambda record: record["annotations"][3].update(lang="it"))
    what = f"annotation 3: translation in it, which is not among the dataset's languages en, de, fr; {REBUILD}"
    assert f"shards/{TRAIN0}.tar: {key(tamper, TRAIN0, 0)}.json: {what}" in problems(out)


def test_language_that_the_test_split_lacks(out: Path, tamper: Tamper) -> None:
    def drop(record: dict[str, Any]) -> None:
        record["annotations"] = [a for a in record["annotations"] if (a["task"], a["lang"]) != ("caption", "fr")]

    tamper.edit(TEST, 0, drop)
    tamper.manifest(lambda content: content["splits"]["test"][0]["annotations"]["caption"].update(fr=1))
    assert (problems(out), verify(str(out)).lacking["caption", "fr"]) == ([], 1)
    tamper.edit(TEST, 1, drop)
    tamper.manifest(lambda content: content["splits"]["test"][0]["annotations"]["caption"].pop("fr"))
    assert problems(out) == ["shards/test-*: fr: has no caption in fr; build again with a teacher that knows the language"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda r: r.update(key="x"), "key is 'x', not 32 lower-case hex digits"),
        (lambda r: r.update(key="0" * 32), "key is " + "0" * 32),
        (lambda r: r.update(sha256=r["sha256"].upper()[:-1] + "F"), "not 64 lower-case hex digits"),
        (lambda r: r.pop("jpg_sha256"), "jpg_sha256 is None, not 64 lower-case hex digits"),
        (lambda r: r.update(height=0), "height is 0, not a positive integer"),
        (lambda r: r.update(split="valid"), "split is 'valid', not one of train, val, test"),
        (lambda r: r.update(split="train"), "split is train in a shard of val"),
        (lambda r: r.update(annotations=[]), "annotations is [], not a list of at least one"),
        (lambda r: r["annotations"][0].update(task="vqa"), "annotation 0: task is 'vqa', not one of caption, translation"),
        (lambda r: r["annotations"][0].update(lang=""), "annotation 0: lang is '', not a language code"),
        (
            lambda r: r["annotations"][0].update(origin="bitext"),
            "annotation 0: origin of a caption is 'bitext', not one of captioner, translator, human",
        ),
        (lambda r: r["annotations"][0].update(style="long"), "annotation 0: style is 'long', not one of short, detailed, more_detailed"),
        (lambda r: r["annotations"][0].update(text="  "), "annotation 0: text is '  ', not a text"),
        (
            lambda r: r["annotations"][0].update(text="a\tfox"),
            "annotation 0: text holds U+0009 at character 1, a control or replacement character",
        ),
        (
            lambda r: r["annotations"][4].update(source="f\ufffdx"),
            "annotation 4: source holds U+FFFD at character 1, a control or replacement character",
        ),
        (lambda r: r["annotations"][4].pop("source"), "annotation 4: source is None, not a text"),
        (lambda r: r["annotations"][4].update(lang="en"), "annotation 4: a translation is from English, so not into en"),
        (lambda r: r["annotations"][4].update(style="short"), "annotation 4: a translation has no style"),
        (lambda r: r["annotations"][0].update(source="x"), "annotation 0: a caption has no source"),
        (lambda r: r["annotations"][0].update(clip=1.5), "annotation 0: clip is 1.5, not a number between -1.01 and 1.01"),
        (lambda r: r["annotations"][0].update(lang_prob=-0.5), "annotation 0: lang_prob is -0.5, not a number between 0.0 and 1.01"),
    ],
)
def test_record_that_does_not_keep_to_the_schema(out: Path, tamper: Tamper, change: Any, what: str) -> None:
    tamper.edit(VAL, 0, change)
    stem = key(tamper, VAL, 0)
    assert [line for line in problems(out) if line.startswith(f"shards/{VAL}.tar: {stem}.json: ") and line.endswith(f"{what}; {REBUILD}")]


def test_types_that_a_sidecar_cannot_hold(out: Path, tamper: Tamper) -> None:
    contents = tamper.members(VAL)
    for field, value, what in [("width", "24", "width is '24', not a positive integer"), ("colour", "red", "unknown field 'colour'")]:
        record = json.loads(contents[1][1]) | {field: value}
        tamper.write(VAL, [contents[0], (contents[1][0], json.dumps(record).encode()), *contents[2:]])
        assert f"shards/{VAL}.tar: {contents[1][0]}: {what}; {REBUILD}" in problems(out)


def test_wrong_width(out: Path, tamper: Tamper) -> None:
    tamper.edit(TRAIN0, 2, lambda record: record.update(width=25))
    assert problems(out) == [f"shards/{TRAIN0}.tar: {key(tamper, TRAIN0, 2)}.jpg: is 24 x 16 pixels, its record says 25 x 16; {REBUILD}"]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("header", "cannot be decoded: Truncated File Read"),
        ("cut", "cannot be decoded: image file is truncated"),
        ("text", "cannot be decoded: "),
        ("png", "is PNG, not JPEG"),
    ],
)
def test_undecodable_picture_with_repaired_hashes(out: Path, tamper: Tamper, kind: str, what: str) -> None:
    contents = tamper.members(TRAIN0)
    png = io.BytesIO()
    Image.new("RGB", (24, 16)).save(png, "PNG")
    jpg = {"header": contents[0][1][:-120], "cut": contents[0][1][:-4], "text": b"<html>no picture</html>", "png": png.getvalue()}[kind]
    tamper.write(TRAIN0, [(contents[0][0], jpg), *contents[1:]])
    tamper.edit(TRAIN0, 0, lambda record: record.update(jpg_sha256=hashlib.sha256(jpg).hexdigest()))
    found = problems(out)
    assert len(found) == 1
    assert found[0].startswith(f"shards/{TRAIN0}.tar: {contents[0][0]}: {what}")


def test_count_mismatch(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["splits"]["val"][0].update(samples=3))
    assert problems(out) == [
        "manifest.json: judge: 12 images left the last stage, the shards list 13 samples; build again, and report a bug",
        f"shards/{VAL}.parquet: -: holds 2 samples, the manifest says 3; {REBUILD}",
        f"shards/{VAL}.tar: -: holds 2 samples, the manifest says 3; {REBUILD}",
    ]


def test_annotation_count_mismatch(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["splits"]["train"][1]["annotations"]["caption"].update(de=5))
    assert problems(out) == [f"shards/{TRAIN1}.tar: -: holds 4 annotations of task caption in de, the manifest says 5; {REBUILD}"]


def test_sidecar_that_says_something_else(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{TRAIN0}.parquet"
    rows = pq.read_table(path).to_pylist()
    rows[1]["annotations"][0]["text"] = "A blue fox sleeps."
    rows[3]["alt"] = "fox"
    pq.write_table(pa.Table.from_pylist(rows, SIDECAR), path)
    tamper.seal()
    found = problems(out)
    assert found == [
        f"shards/{TRAIN0}.parquet: {rows[i]['key']}: is not what {rows[i]['key']}.json of shards/{TRAIN0}.tar says: {name}; {REBUILD}"
        for i, name in ((1, "annotations"), (3, "alt"))
    ]


def test_sidecar_without_a_row(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{TRAIN0}.parquet"
    pq.write_table(pq.read_table(path).slice(0, 3), path)
    tamper.seal()
    assert f"shards/{TRAIN0}.parquet: -: holds 3 samples, the manifest says 4; {REBUILD}" in problems(out)


def test_sidecar_of_other_columns_and_no_parquet(out: Path, tamper: Tamper) -> None:
    path = out / f"shards/{TRAIN0}.parquet"
    pq.write_table(pq.read_table(path).drop_columns("alt"), path)
    tamper.seal()
    assert kinds(out) == {"sidecar": 1}
    path.write_bytes(b"PAR1 and no more")
    tamper.seal()
    assert kinds(out) == {"sidecar": 1}


def test_missing_and_unlisted_rejects(out: Path) -> None:
    (out / "rejects/judge.parquet").rename(out / "rejects/gone.parquet")
    assert problems(out) == [
        f"rejects/judge.parquet: -: is not there; {AGAIN}",
        "rejects/gone.parquet: -: is not in the manifest; remove it; it is from another run",
    ]


def test_rejects_that_do_not_add_up(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["funnel"][-1].update(left=98, rejected={"low_clip": 2}))
    expected = "rejects: judge of annotations: hold 1 rows of reason low_clip, the manifest's funnel says 2; build again, and report a bug"
    assert problems(out) == [expected]
    tamper.manifest(lambda content: content["funnel"][-1].update(left=97))
    assert problems(out) == [
        "manifest.json: judge of annotations: 100 entered, 97 left and 2 were rejected; build again, and report a bug",
        expected,
    ]


def test_rejects_without_a_reason_column(out: Path, tamper: Tamper) -> None:
    path = out / "rejects/judge.parquet"
    pq.write_table(pq.read_table(path).drop_columns("reason"), path)
    tamper.seal()
    assert problems(out) == ["rejects/judge.parquet: -: has no columns reason; it has item, key, stage, detail; build again"]


def test_rejects_row_count(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content["rejects"][1].update(rows=7))
    assert problems(out) == [f"rejects/fetch.parquet: -: holds 2 rows, the manifest says 7; {AGAIN}"]


def test_flipped_byte_in_fetch(out: Path) -> None:
    path = out / "fetch.parquet"
    data = bytearray(path.read_bytes())
    data[8] ^= 255
    path.write_bytes(data)
    assert kinds(out)["sha256"] == 1


def rewrite_ledger(out: Path, tamper: Tamper, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Changes rows of the ledger, but not their number."""
    path = out / "fetch.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)
    tamper.seal()


def test_sample_that_the_ledger_does_not_know(out: Path, tamper: Tamper) -> None:
    gone = pq.read_table(out / "fetch.parquet")["key"][0].as_py()
    rewrite_ledger(out, tamper, lambda rows: rows[0].update(key=None, reason="dns"))
    assert [line.split(": ", 1)[1] for line in problems(out)] == [f"{gone}: is not in fetch.parquet with this sha256; {REBUILD}"]


def test_fetched_picture_that_vanished(out: Path, tamper: Tamper) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[-1].update(rows[0] | {"key": "0" * 31 + "1", "sha256": "0" * 31 + "1" + "0" * 32})
        rows[-2].update(key=None, reason=None)
        rows[0].update(reason="dns")

    rewrite_ledger(out, tamper, change)
    assert problems(out) == [
        "fetch.parquet: -: 1 rows have neither a key nor a reason; build again, and report a bug",
        "fetch.parquet: -: 1 rows have both a key and a reason; build again, and report a bug",
        f"fetch.parquet: {'0' * 31}1: was fetched, and is neither a sample nor a reject; {REBUILD}",
    ]


def edit_stage(number: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["funnel"][number].update(values)


def drop_stage(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["funnel"].pop(number)


BUG = "build again, and report a bug"
REFUSED = "rows that readers refused are not counted; build again"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            edit_stage(1, entered=16, left=14),
            [
                f"manifest.json: fetch of images: 16 entered, 15 left list before it; {BUG}",
                f"manifest.json: judge of images: 13 entered, 14 left fetch before it; {BUG}",
            ],
        ),
        (edit_stage(0, entered=17), [
            f"manifest.json: list of images: 17 entered, 15 left and 1 were rejected; {BUG}",
            f"fetch.parquet: -: has 16 rows, 17 images entered the funnel; it has one a row of the image list; {BUG}",
            f"manifest.json: inputs.rows: the inputs have 16 image rows, 17 entered the funnel; {BUG}",
        ]),
        (edit_stage(4, entered=48, left=47), [f"manifest.json: quality of bitexts: 48 entered, 49 left list before it; {BUG}"]),
        (edit_stage(6, entered=39, left=39), [f"manifest.json: quality of English sides: 39 entered, 40 left list before it; {BUG}"]),
        (
            drop_stage(5),
            [f"manifest.json: English sides: begins with quality, not with list: {REFUSED}"],
        ),
        (
            lambda content: content["funnel"].append(dict(content["funnel"][-1], stage="polish", rejected={}, left=100)),
            [f"manifest.json: annotations: are counted by judge, polish, not by one stage; {BUG}"],
        ),
        (
            lambda content: content["funnel"].append({"stage": "judge", "item": "song", "entered": 0, "left": 0, "rejected": {}}),
            [f"manifest.json: judge: counts items 'song', there are image, bitext, english, annotation; {BUG}"],
        ),
        (
            lambda content: content["inputs"]["rows"].update(image=15),
            [f"manifest.json: inputs.rows: the inputs have 15 image rows, 16 entered the funnel; {BUG}"],
        ),
        (
            lambda content: content["inputs"]["rows"]["bitext"].update(fr=21),
            [f"manifest.json: inputs.rows: the inputs have 51 bitext rows, 50 entered the funnel; {BUG}"],
        ),
        (
            lambda content: content["inputs"].pop("rows"),
            ["manifest.json: inputs.rows: the rows of the inputs are not told: it is None, not an object; build again"],
        ),
        (
            lambda content: content["inputs"]["rows"].update(bitext={"de": "30"}),
            ["manifest.json: inputs.rows: the rows of the inputs are not told: bitext.de is '30', not an integer from 0 to "
             "9007199254740992; build again"],
        ),
    ],
)  # fmt: skip
def test_rows_that_are_lost_untold(out: Path, tamper: Tamper, change: Callable[[dict[str, Any]], object], found: list[str]) -> None:
    tamper.manifest(change)
    assert problems(out) == found


def test_a_funnel_that_does_not_begin_with_the_readers(out: Path, tamper: Tamper) -> None:
    def change(content: dict[str, Any]) -> None:
        content["funnel"] = [stage for stage in content["funnel"] if stage["stage"] != "list"]

    tamper.manifest(change)
    assert [line for line in problems(out) if "begins with" in line] == [
        f"manifest.json: images: begins with fetch, not with list: {REFUSED}",
        f"manifest.json: bitexts: begins with quality, not with list: {REFUSED}",
        f"manifest.json: English sides: begins with quality, not with list: {REFUSED}",
    ]
    assert kinds(out) == {"funnel": 3, "rows": 3, "rejects": 2}
    tamper.manifest(lambda content: content.update(funnel=[]))
    assert f"manifest.json: images: has no stage list: {REFUSED}" in problems(out)


def test_rejects_of_another_item_than_the_funnel_says(out: Path, tamper: Tamper) -> None:
    path = out / "rejects/quality.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist([table.to_pylist()[0] | {"item": "english"}], table.schema), path)
    tamper.seal()
    assert problems(out) == [
        f"rejects: quality of bitexts: hold 0 rows of reason too_short, the manifest's funnel says 1; {BUG}",
        f"rejects: quality of English sides: hold 1 rows of reason too_short, the manifest's funnel says 0; {BUG}",
    ]


def test_a_dataset_without_a_sample(tmp_path: Path, build_dataset: Callable[..., Manifest]) -> None:
    build_dataset(tmp_path / "out", {"train": []})
    mend = "build again from other images or with other thresholds"
    assert problems(tmp_path / "out")[0] == (
        f"manifest.json: splits: have no sample; rejects/*.parquet says what became of the images; {mend}"
    )
    assert kinds(tmp_path / "out") == {"empty": 1}


@pytest.mark.parametrize(
    ("file", "column", "what"),
    [
        ("fetch.parquet", "key", "has key of type int64, not string"),
        ("rejects/judge.parquet", "item", "has item of type int64, not string"),
        ("rejects/judge.parquet", "reason", "has reason of type int64, not string"),
    ],
)
def test_columns_of_another_type(out: Path, tamper: Tamper, file: str, column: str, what: str) -> None:
    table = pq.read_table(out / file)
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, column, pa.nulls(len(table), pa.int64())), out / file)
    tamper.seal()
    assert problems(out) == [f"{file}: -: {what}; build again"]


@pytest.mark.parametrize("name", ["{key}.x.jpg", "SHOUTED.jpg", "{key}.gif", "short.jpg"])
def test_bad_member_name(out: Path, tamper: Tamper, name: str) -> None:
    contents = tamper.members(VAL)
    bad = name.format(key=contents[0][0].removesuffix(".jpg"))
    tamper.write(VAL, [(bad, contents[0][1]), *contents[1:]])
    assert f"shards/{VAL}.tar: {bad}: is not named by 32 lower-case hex digits and .jpg, .webp, .png or .json; {REBUILD}" in problems(out)


def test_config_that_its_hash_does_not_fit(out: Path) -> None:
    path = out / "manifest.json"
    content = json.loads(path.read_bytes())
    content["config"]["min_clip"] = 0.1
    path.write_text(json.dumps(content))
    found = problems(out)
    assert [line.split(" is ")[0] for line in found] == ["manifest.json: -: config_sha256", "manifest.json: -: identity"]
    assert found[0].endswith("; put back the manifest that the build wrote, or build again")


def test_policy_that_the_configuration_contradicts(out: Path, tamper: Tamper) -> None:
    tamper.manifest(lambda content: content.update(caption_langs=["en", "de", "fr"]))
    mend = "put back the manifest that the build wrote, or build again"
    assert problems(out) == [f"manifest.json: -: caption_langs is ['en', 'de', 'fr'], the configuration has ['en', 'de']; {mend}"]


def test_run_times_are_no_part_of_the_identity(out: Path) -> None:
    path = out / "manifest.json"
    content = json.loads(path.read_bytes())
    content["run"]["seconds"] = 99
    path.write_text(json.dumps(content))
    assert problems(out) == []


def test_missing_card_and_stale_croissant(out: Path) -> None:
    (out / "README.md").unlink()
    path = out / "croissant.json"
    path.write_text(path.read_text().replace(json.loads(path.read_text())["distribution"][-1]["sha256"], "0" * 64))
    mend = "start the build again, which writes it"
    assert problems(out) == [
        f"README.md: -: is not there; {mend}",
        f"croissant.json: rejects/judge.parquet: has another sha256 than the manifest; {mend}",
    ]


def test_many_problems_are_counted_and_few_printed() -> None:
    found, more = Problems(), Problems()
    for number in range(15):
        found.add("key", f"a{number}", "is bad", "mend it")
        more.add("key", f"b{number}", "is bad", "mend it", "x.jpg")
    found.merge([more])
    lines = list(found.lines())
    assert (len(lines), lines[0], lines[19], lines[20]) == (
        21,
        "a0: -: is bad; mend it",
        "b4: x.jpg: is bad; mend it",
        "... and 10 more of kind key, 30 in all",
    )


def test_over_fsspec(pristine: Path) -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(pristine), "/verify", recursive=True)
    try:
        assert verify("memory://verify", workers=2).problems.counts == {}
    finally:
        filesystem.rm("/verify", recursive=True)
