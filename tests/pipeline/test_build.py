import os
import signal
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.fetch import REASONS
from shards.manifest import Manifest
from shards.reader import open_dataset
from tests.pipeline.conftest import contents


def wait_for(folder: Path, pattern: str = "*/*.parquet") -> None:
    deadline = time.monotonic() + 30
    while not any(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"nothing in {folder}"
        time.sleep(0.01)


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_every_row_is_a_sample_or_a_reject(built):
    manifest = Manifest.read(str(built))
    steps = {(step.stage, step.item): step for step in manifest.funnel}
    assert steps["fetch", "image"].entered == 121
    assert dict(steps["dedup", "image"].rejected) == {"duplicate": 1}
    assert sum(manifest.samples(split) for split in ("train", "val", "test")) == steps["judge", "image"].left == 118
    assert dict(steps["judge_bitext", "bitext"].rejected) == {"pair_score": 60}
    assert all(step.entered == step.left + sum(step.rejected.values()) for step in manifest.funnel)
    ledger = pq.read_table(built / "fetch.parquet")
    assert ledger["index"].to_pylist() == list(range(121))
    assert [row for row, key in enumerate(ledger["key"].to_pylist()) if key is None] == [5, 50]
    assert ledger["key"][3] == ledger["key"][120]
    rejects = pq.read_table(built / "rejects" / "dedup.parquet").to_pylist()
    assert [(row["item"], row["index"], row["reason"], row["detail"]) for row in rejects] == [("image", 120, "duplicate", "same as row 3")]


def test_verify_finds_nothing(built):
    from shards.verify import main

    assert main([str(built)]) == 0


def test_held_out_languages_have_captions_in_test_only(built):
    captions = {
        split: {a.lang for s in open_dataset(str(built), split) for a in s.annotations if a.task == "caption"}
        for split in ("train", "val", "test")
    }
    assert captions == {"train": {"en", "de"}, "val": {"en", "de"}, "test": {"en", "de", "fr"}}


def test_an_image_has_bitexts_of_its_colour(built):
    for sample in open_dataset(str(built), "train"):
        colour = next(a.text for a in sample.annotations if a.lang == "en").split(" is ")[1].split()[0]
        pairs = [a for a in sample.annotations if a.origin == "bitext"]
        assert len(pairs) == 10  # two languages, four bitexts and one paragraph each
        assert all(f" {colour} " in pair.source and pair.clip > 0.9 for pair in pairs)


@pytest.mark.parametrize(
    "flags", [["--workers=1"], ["--direct_running_mode=multi_processing", "--direct_num_workers=2"], ["--image-chunk=121"]]
)
def test_workers_and_chunks_do_not_change_a_byte(built, given, build, tmp_path, flags):
    code, log = build(given.arguments(tmp_path / "out", *flags))
    assert code == 0, log
    assert contents(tmp_path / "out") == contents(built)


def test_killed_anywhere_it_goes_on_to_the_same_bytes(built, given, start, build, tmp_path):
    out = tmp_path / "out"
    for stage in ("fetch", "translate", "quality", "embed_english", "search_bitexts", "pack"):
        process, _ = start(given.arguments(out, "--workers=2"))
        wait_for(out / "work" / stage, "*/*")
        process.kill()
        process.join()
        assert not (out / "manifest.json").exists() or stage == "pack"
    code, log = build(given.arguments(out, "--workers=2"))
    assert code == 0, log
    assert contents(out) == contents(built)


def test_only_what_a_change_concerns_is_made_again(given, build, tmp_path):
    out = tmp_path / "out"
    build(given.arguments(out))
    before = files(out / "work")
    assert build(given.arguments(out))[0] == 0
    assert {name for name, when in files(out / "work").items() if before.get(name) != when} <= {
        "run.json",
        *(n for n in before if n.startswith("outcome")),
    }
    code, log = build(given.arguments(out, "--min-clip=0.99999"))
    assert code == 0, log
    changed = {name.split("/")[0] for name, when in files(out / "work").items() if before.get(name) != when}
    assert changed <= {"run.json", "outcome", "judge", "pack"}
    assert "judge" in changed


def test_ctrl_c_stops_at_once_and_says_how_to_go_on(given, start, tmp_path):
    out = tmp_path / "out"
    slow = "--captioner=python:tests.pipeline.tiny:SlowCaptioner"
    process, log = start(given.arguments(out, slow, "--image-chunk=20", "--caption-batch=1", "--workers=2"))
    wait_for(out / "work" / "dedup")
    os.kill(process.pid, signal.SIGINT)
    process.join(30)  # the rest of the run would take minutes
    assert process.exitcode == 130
    assert f"the same command goes on where this one was (what is done lies in {out}/work)" in log.read_text()


def test_a_broken_model_stops_the_run(given, build, tmp_path):
    code, log = build(given.arguments(tmp_path / "out", "--captioner=python:tests.pipeline.tiny:BrokenCaptioner"))
    assert code == 1
    assert log.splitlines()[-1].startswith("error: stage caption failed on ")
    assert log.splitlines()[-1].endswith("as in 'model_failed: RuntimeError: no kernel image is available'; mend it and start again")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_bitext_whose_english_side_cannot_be_embedded_is_a_reject(given, build, tmp_path):
    out = tmp_path / "out"
    code, log = build(given.arguments(out, "--embedder=python:tests.pipeline.tiny:PickyEmbedder"))
    assert code == 0, log
    english, bitexts = (pq.read_table(out / "rejects" / f"{stage}.parquet").to_pylist() for stage in ("embed_english", "take_english"))
    assert {(row["item"], row["reason"], row["detail"]) for row in english} == {("english", "model_failed", "ValueError: seven")}
    assert [(row["lang"], row["index"], row["reason"]) for row in bitexts] == [("de", 7, "model_failed"), ("fr", 7, "model_failed")]
    assert {row["source"] for row in bitexts} == {row["source"] for row in english}


def test_until_leaves_the_table_so_far(given, build, tmp_path):
    out = tmp_path / "out"
    code, log = build(given.arguments(out, "--until=caption"))
    assert code == 0, log
    assert sorted(path.name for path in out.iterdir()) == ["fetch.parquet", "rejects", "table.parquet", "work"]
    assert sorted(path.name for path in (out / "rejects").iterdir()) == [
        "caption.parquet",
        "dedup.parquet",
        "fetch.parquet",
        "list.parquet",
    ]
    table = pq.read_table(out / "table.parquet")
    assert table.num_rows == 118
    assert {"key", "url", "caption"} <= set(table.column_names)
    assert "rejected because" in log
    rejected = Counter(pq.read_table(out / "rejects" / "fetch.parquet")["reason"].to_pylist())
    assert rejected
    for reason, number in rejected.items():
        assert f"{number} {REASONS[reason].words}" in log


def test_a_run_that_only_fetches_needs_no_teachers(given, build, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    teachers = "--captioner=florence2:nobody/nothing", "--translator=demo", "--embedder=open_clip:ViT-B-32/openai"
    code, log = build(given.arguments(tmp_path / "out", "--until=dedup", *teachers))
    assert code == 0, log
    code, log = build(given.arguments(tmp_path / "out", "--until=caption", *teachers))
    assert code == 1 and "nobody/nothing" in log.splitlines()[-1]


def test_what_cannot_be_built_is_told_in_one_line(built, given, build, tmp_path):
    def told(*flags: str, out: Path = tmp_path / "out") -> str:
        code, log = build(given.arguments(out, *flags))
        assert code in (1, 2)
        assert len(log.splitlines()) == 1, log
        return log.strip()

    assert "holds another run (langs: " in told("--langs=en,de", out=built)
    assert told("--bogus=1") == "error: --bogus=1: no such flag; see --help, and Beam's own flags at https://beam.apache.org"
    assert told("--workers=2", "--direct_num_workers=x") == (
        "error: --direct_num_workers: invalid int value: 'x'; see Beam's own flags at https://beam.apache.org"
    )
    assert told("--bogus=1", "--plan") == told("--bogus=1", "--images=microworld")
    assert told("--identifier=foo:", "--plan") == told("--identifier=foo:")
    assert not (tmp_path / "out").exists()
    assert told("--until=never").startswith("error: --until never: there is no such stage; there are fetch, dedup, caption")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    assert "holds 'thesis.tex', which is not this pipeline's" in told(out=tmp_path / "mine")
    assert told(out=Path("/proc/nowhere")).startswith("error: /proc/nowhere")
    (tmp_path / "empty").mkdir()
    assert told(f"--images={tmp_path / 'empty'}").startswith(f"error: {tmp_path / 'empty'}: a folder without pictures")
    expected = f"error: --translator demo knows only the microworld: name another for {given.images} by --translator SPEC, or add --force"
    assert told("--translator=demo") == expected
