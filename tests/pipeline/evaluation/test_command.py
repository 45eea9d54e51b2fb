"""Benchmarks through the command: what is read, generated and scored."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from models.registry import WEIGHTS
from models.vlm import VLM, load, prefix_of
from pipeline.evaluation.cider import cider
from pipeline.evaluation.ptb import ptb
from pipeline.training.checkpoints import write_json
from pipeline.training.eyes import TOGETHER
from tests.pipeline import tiny
from tests.pipeline.evaluation import folders
from tests.pipeline.evaluation.command import evaluated, run
from tests.pipeline.evaluation.speaker import COLOURS, SAID

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = "python:tests.pipeline.tiny:Embedder"


class EnglishEmbedder(tiny.Embedder):
    multilingual = False


@pytest.fixture
def pair_run(speaker: Path, tmp_path: Path) -> Path:
    """A run whose dataset had English and German alone."""
    out = tmp_path / "run"
    shutil.copytree(speaker, out / "step-000010")
    write_json(out / "run.json", {"config": {"batch": 4}, "langs": ["en", "de"], "T": 7.0})
    return out


def test_a_model_of_transformers_without_a_run(tmp_path: Path) -> None:
    found = evaluated(WEIGHTS / "captioner", tmp_path / "told.json", f"--benchmark=coco={folders.coco(tmp_path, {1: 'red'})}")
    assert found.scores("benchmark", "metric", "items", "prefix") == [
        ("COCO Karpathy test", "BLEU-4", 1, False), ("COCO Karpathy test", "BLEU-4", 1, True)
    ]  # fmt: skip
    assert found.rows[0]["found"] == "en" and found.scores("fidelity")[0][0]["mean"] == 1.0
    assert (found.summary["T"], found.summary["samples_seen"], found.summary["settings"]["step"]) == (None, None, None)


def test_short_texts_in_a_language_outside_of_the_run_are_in_that_language(pair_run: Path, tmp_path: Path) -> None:
    found = evaluated(pair_run, tmp_path / "told.json", f"--benchmark=xm3600={folders.xm3600(tmp_path, {'a': 'red', 'b': 'blue'})}")
    plain = [row for row in found.rows if not row["prefix"]]
    assert {(row["lang"], row["text"]) for row in plain} == {(lang, text) for said in SAID.values() for lang, text in said.items()}
    assert [row["found"] for row in plain] == [row["lang"] for row in plain]
    assert (found.summary["samples_seen"], found.summary["T"]) == (40, 7.0)


def test_commute(speaker: Path, tmp_path: Path) -> None:
    folder = folders.commute(tmp_path, "ru", {"a.jpeg": "red", "b.png": "blue", "c.png": "blue", "gone.png": None}, same=["c.png"])
    folders.commute(folder, "de", {"a.jpeg": "red", "b.png": "blue"})
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=commute={folder}")
    german, russian = (found.score("CoMMuTE", lang, "accuracy") for lang in ("de", "ru"))
    assert (german["mean"], german["items"], german["headline"], german["note"]) == (100.0, 2, True, "")
    assert (russian["mean"], russian["items"], russian["headline"]) == (pytest.approx(200 / 3), 3, False)
    assert "1 ties counted wrong" in russian["signature"]
    gone = folder / "images/gone.png"
    assert russian["note"] == (f"pictures of 1 of 4 items are not there (0003-gone.png), the first is {gone}; complete it")
    assert found.score("CoMMuTE", "de", "BLEU")["mean"] == pytest.approx(100.0)
    rows = [row for row in found.rows if row["lang"] == "ru"]
    assert [(row["id"], row["text"], row["right"]) for row in rows] == [
        ("0000-a.jpeg", "Красная коробка.", True), ("0001-b.png", "Синяя коробка.", True), ("0002-c.png", "Синяя коробка.", False)
    ]  # fmt: skip
    assert rows[0]["perplexity_correct"] < rows[0]["perplexity_wrong"]
    assert rows[2]["perplexity_correct"] == rows[2]["perplexity_wrong"]


def test_a_picture_of_commute_is_looked_at_once(speaker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    see, looks = VLM.see, []
    monkeypatch.setattr(VLM, "see", lambda model, pixels: looks.append(len(pixels)) or see(model, pixels))
    folder = folders.commute(tmp_path, "de", {"a.jpeg": "red", "b.png": "blue"})
    evaluated(speaker, tmp_path / "told.json", f"--benchmark=commute={folder}")
    assert looks == [TOGETHER], "both at once, and never again"


def test_items_of_one_number_in_two_benchmarks_have_each_their_picture(speaker: Path, tmp_path: Path) -> None:
    asked = [
        f"--benchmark=coco={folders.coco(tmp_path / 'coco', {1: 'red'})}",
        f"--benchmark=paragraphs={folders.paragraphs(tmp_path / 'paragraphs', {1: 'blue'})}",
    ]
    found = evaluated(speaker, tmp_path / "told.json", *asked)
    texts = {(row["set"], row["id"]): row["text"] for row in found.rows if not row["prefix"]}
    assert texts == {("COCO Karpathy test", "1"): "A red box.", ("Image Paragraphs test", "1"): "A blue box."}


def test_translations_of_multi30k(speaker: Path, tmp_path: Path) -> None:
    sets = {
        "test_2016_flickr": {"1.jpg": "red", "2.jpg": "blue"},
        "test_2017_flickr": {"3.jpg": "red", "4.jpg": None},
        "test_2017_mscoco": {"COCO_val2014_000000000005.jpg": "red"},
    }
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=multi30k-task1={folders.task1(tmp_path, sets, ['de', 'fr'])}")
    assert found.score("Multi30K task 1 Test2016", "fr", "exact")["mean"] == 50.0
    assert found.score("Multi30K task 1 AmbiguousCOCO", "de", "BLEU")["mean"] == pytest.approx(100.0)
    missing = found.score("Multi30K task 1 Test2017", "de", "BLEU")
    assert (missing["items"], missing["headline"]) == (1, False)
    assert "the list has 2 items, the published one 1000; pictures of 1 of 2 items are not there (0001-4.jpg)" in missing["note"]
    mean = found.score("Multi30K task 1", "de", "BLEU")
    parts = [found.score(f"Multi30K task 1 {name}", "de", "BLEU")["mean"] for name in ("Test2016", "Test2017", "AmbiguousCOCO")]
    assert (mean["mean"], mean["items"], mean["headline"]) == (pytest.approx(sum(parts) / 3), 4, False)
    assert [(row["id"], row["text"]) for row in found.rows if row["lang"] == "fr"][:2] == [
        ("0000-1.jpg", "Une boîte rouge."), ("0001-2.jpg", "Une boîte bleue.")
    ]  # fmt: skip


def test_a_set_without_pictures_does_not_keep_the_others_from_their_scores(speaker: Path, tmp_path: Path, caplog) -> None:
    sets = {"test_2016_flickr": {"1.jpg": "red"}, "test_2017_mscoco": {"COCO_val2014_000000000005.jpg": None}}
    folder = folders.task1(tmp_path, sets)
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=multi30k-task1={folder}")
    assert found.scores("benchmark", "metric") == [
        ("Multi30K task 1 Test2016", "BLEU"), ("Multi30K task 1 Test2016", "exact"), ("Multi30K task 1", "BLEU")
    ]  # fmt: skip
    assert found.score("Multi30K task 1", "de", "BLEU")["note"] == (
        "Multi30K task 1 Test2017 de, Multi30K task 1 AmbiguousCOCO de: not scored beside the others; "
        "Multi30K task 1 Test2016 de: not complete"
    )
    assert any("AmbiguousCOCO de: skipped: none of its 1 pictures is there" in record.getMessage() for record in caplog.records)


def test_nothing_but_sets_without_pictures_is_an_error(tmp_path: Path, capsys) -> None:
    folder = folders.coco(tmp_path, {1: None})
    assert run("/no/model", tmp_path / "told.json", f"--benchmark=coco={folder}") == 2
    assert f"none of the pictures of coco={folder} is there" in capsys.readouterr().err


def test_what_cannot_be_scored_is_told_before_anything_is_loaded(tmp_path: Path, capsys) -> None:
    def told(*asked: str) -> str:
        assert run("/no/model", tmp_path / "told.json", *asked) == 2
        return capsys.readouterr().err

    folder = folders.commute(tmp_path, "de", {"a.jpeg": "red", "b.png": "blue"})
    folders.lines(folder / "en-de/correct.de", ["Eine rote Kiste.", " "])
    assert told(f"--benchmark=commute={folder}") == (
        f"error: {folder}/en-de/correct.de: item 0001-b.png of CoMMuTE in de has no right translation; get the file again, "
        "or leave the item out\n"
    )
    assert "--benchmark coco: is given twice" in told(f"--benchmark=coco={tmp_path}", "--benchmark=coco=/other")
    assert "nowhere/manifest.json: is not there" in told(f"--shards={tmp_path}/nowhere")


def test_captions_of_multi30k(speaker: Path, tmp_path: Path) -> None:
    folder = folders.task2(tmp_path, {"1.jpg": "red", "2.jpg": "blue", "3.jpg": None})
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=multi30k-task2={folder}")
    assert found.scores("benchmark", "lang", "metric", "items") == [
        ("Multi30K task 2 Test2016", lang, "BLEU-4", 2) for lang in ("en", "en", "de", "de")
    ]
    assert [(row["id"], row["text"], len(row["references"])) for row in found.rows if row["lang"] == "de" and not row["prefix"]] == [
        ("1.jpg", "Eine rote Kiste.", 5), ("2.jpg", "Eine blaue Kiste.", 5)
    ]  # fmt: skip
    assert "pictures of 1 of 3 items are not there (3.jpg)" in found.table


def test_missing_pictures_of_xm3600(speaker: Path, tmp_path: Path) -> None:
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=xm3600={folders.xm3600(tmp_path, {'a': 'red', 'b': None})}")
    assert {(items, headline) for items, headline in found.scores("items", "headline")} == {(1, False)}
    assert all("pictures of 1 of 2 items are not there (b)" in note for (note,) in found.scores("note"))


def test_only_xm3600_is_compared_on_words_without_punctuation(speaker: Path, tmp_path: Path) -> None:
    folders.coco(tmp_path, {1: "red"})
    folders.xm3600(tmp_path, {"a": "red"})
    found = evaluated(speaker, tmp_path / "told.json", *(f"--benchmark={name}={tmp_path}" for name in ("xm3600", "coco")))
    signatures = {(score["benchmark"], score["lang"]): score["signature"] for score in found.summary["scores"]}
    assert set(signatures) == {("COCO Karpathy test", "en"), *(("XM3600", lang) for lang in SAID["red"])}
    assert "ptb" in signatures["COCO Karpathy test", "en"]
    assert not any("ptb" in signatures["XM3600", lang] for lang in SAID["red"])


def test_pictures_that_cannot_be_read_are_missing_in_the_words_of_their_decoder(speaker: Path, tmp_path: Path, caplog, capsys) -> None:
    folder = folders.coco(tmp_path, dict.fromkeys(range(1, 4), "red"))
    (folder / "val2014/2.jpg").write_bytes(b"<html>Not found</html>")
    (folder / "val2014/3.jpg").write_bytes((folder / "val2014/1.jpg").read_bytes()[:60])
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=coco={folder}")
    assert set(found.scores("items", "headline")) == {(1, False)}
    (note,) = set(found.scores("note"))
    words = "is not a picture that can be decoded: of no format that is known"
    assert f"pictures of 2 of 3 items cannot be read (2, 3), the first is {folder}/val2014/2.jpg ({words})" in note[0]
    (folder / "val2014/1.jpg").write_bytes(b"")
    both = [f"--benchmark=coco={folder}", f"--benchmark=multi30k-task2={folders.task2(tmp_path, {'1.jpg': 'red'})}"]
    assert {name for (name,) in evaluated(speaker, tmp_path / "other.json", *both).scores("benchmark")} == {"Multi30K task 2 Test2016"}
    assert any("COCO Karpathy test en" in record.getMessage() and "skipped" in record.getMessage() for record in caplog.records)
    assert run(speaker, tmp_path / "none.json", both[0]) == 2
    assert f"none of the pictures of coco={folder} can be read; get them again" in capsys.readouterr().err


def test_cider_of_a_hundred_pictures(speaker: Path, tmp_path: Path) -> None:
    colours = {number: "red" if number % 3 else "blue" for number in range(100)}
    folder = folders.coco(tmp_path, colours)
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=coco={folder}", "--batch=64")
    score, plain = found.score("COCO Karpathy test", "en", "CIDEr"), [row for row in found.rows if not row["prefix"]]
    assert score["items"] == 100 and score["low"] < score["mean"] < score["high"]
    assert score["mean"] == pytest.approx(np.mean([row["cider"] for row in plain]))
    tokens = ptb()
    flat = tokens.tokenize([text for row in plain for text in row["references"]])
    grouped = [flat[first : first + 2] for first in range(0, len(flat), 2)]
    assert [row["cider"] for row in plain] == pytest.approx(cider(tokens.tokenize([row["text"] for row in plain]), grouped, "x").scores)
    assert score["signature"] == f"CIDEr-D|n:4|sigma:6|tok:{tokens.signature}|pictures:100|pycocoevalcap:1.2"


def test_clip_score_in_the_languages_that_the_embedder_knows(speaker: Path, tmp_path: Path) -> None:
    asked = f"--benchmark=xm3600={folders.xm3600(tmp_path, {'a': 'red', 'b': 'red'})}"
    found = evaluated(speaker, tmp_path / "told.json", asked, f"--clip-score={TINY}")
    french = found.score("XM3600", "fr", "CLIPScore")
    assert french["mean"] == pytest.approx(250, abs=0.3) and "prompt:none" in french["signature"] and TINY in french["signature"]
    rows = [row for row in found.rows if row["lang"] == "fr" and not row["prefix"]]
    assert np.mean([row["clip_score"] for row in rows]) == pytest.approx(french["mean"])
    other = evaluated(speaker, tmp_path / "other.json", asked, f"--clip-score=python:{__name__}:EnglishEmbedder")
    assert {lang for lang, metric in other.scores("lang", "metric") if metric == "CLIPScore"} == {"en"}


def test_prefixes_are_cut_from_what_is_written(speaker: Path, tmp_path: Path) -> None:
    folder = folders.task2(tmp_path, {"1.jpg": "red"})
    found = evaluated(speaker, tmp_path / "told.json", f"--benchmark=multi30k-task2={folder}")
    model = load(speaker)
    seen = model.see(model.preprocess(np.full((1, 64, 64, 3), COLOURS["red"], np.uint8)))
    for lang in ("en", "de"):
        ids = torch.tensor([model.encode_prompt(model.prompt_of("caption", lang))])
        beginning = model.encode_prefix(prefix_of(lang))
        whole = model.decode(model.generate(None, ids, torch.ones_like(ids), beginning, 1, 12, seen=seen)[0])
        (text,) = (row["text"] for row in found.rows if row["lang"] == lang and row["prefix"])
        assert text and whole.startswith(prefix_of(lang)) and whole.removeprefix(prefix_of(lang)).strip() == text
