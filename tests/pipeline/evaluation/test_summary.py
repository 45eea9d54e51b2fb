import json

import pytest

from pipeline.evaluation.bootstrap import Interval
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.summary import Loss, Score, Summary, cross_entropy, write_items

LOSSES = [Loss("a", "es", 2.0), Loss("a", "zh", 4.0), Loss("b", "es", 2.0)]


def test_the_summary_is_the_contract(tmp_path):
    score = Score("CoMMuTE", "de", "accuracy", Interval(60.0, 55.0, 65.0), 300, "ppl", headline=False, note="2 of 300 items are not scored")
    summary = Summary({"UC": cross_entropy(LOSSES)}, 10.44, 512_000, [score], {"beams": 4})
    summary.write(str(tmp_path / "evaluation.json"))
    found = json.loads((tmp_path / "evaluation.json").read_text())
    loss = found["cross_entropy"]["UC"]
    assert found == {
        "cross_entropy": {
            "UC": {"mean": pytest.approx(8 / 3), "low": 2.0, "high": 3.0, "samples": 3, "langs": {"es": 2.0, "zh": 4.0}},
        },
        "T": 10.44,
        "samples_seen": 512000,
        "scores": [
            {
                "benchmark": "CoMMuTE", "lang": "de", "metric": "accuracy", "mean": 60.0, "low": 55.0, "high": 65.0, "items": 300,
                "signature": "ppl", "prefix": False, "headline": False, "note": "2 of 300 items are not scored", "fidelity": None,
            }
        ],
        "settings": {"beams": 4},
        "finished": True,
    }  # fmt: skip
    assert Summary.from_json(found) == summary
    assert loss["low"] <= loss["mean"] <= loss["high"]


def test_the_table_marks_what_is_no_headline():
    scores = [
        Score("COCO", "en", "CIDEr", Interval(120.0, 118.0, 122.5), 5000, "CIDEr-D|x", Interval(0.99, 0.98, 1.0), prefix=True),
        Score("XM3600", "fr", "CIDEr", Interval(40.0, 39.0, 41.0), 3599, "CIDEr-D|y", headline=False, note="1 of 3600 is missing"),
    ]
    assert Summary({"SC": cross_entropy([Loss("a", "en", 1.5)])}, scores=scores).markdown().splitlines() == [
        "| cross-entropy | mean | 95 % | samples | by language |",
        "|---|---|---|---|---|",
        "| SC, seen captioning | 1.500 | 1.500 to 1.500 | 1 | en 1.500 |",
        "",
        "| benchmark | language | prefix | metric | score | 95 % | in language | items |",
        "|---|---|---|---|---|---|---|---|",
        "| COCO | en | yes | CIDEr | 120.0 | 118.0 to 122.5 | 99.0 % | 5,000 |",
        "| XM3600 | fr | no | CIDEr | (40.0) | 39.0 to 41.0 |  | 3,599 |",
        "",
        "- XM3600 fr, CIDEr: no headline. 1 of 3600 is missing",
        "- `CIDEr-D|x`",
        "- `CIDEr-D|y`",
    ]


def test_reasons_are_told_once_a_set_and_that_it_is_not_finished_first():
    about = {"interval": Interval(1.0, 1.0, 1.0), "items": 1, "signature": "x", "headline": False, "note": "a part"}
    scores = [Score("COCO", "en", metric, prefix=prefix, **about) for prefix in (False, True) for metric in ("CIDEr", "BLEU-4")]
    table = Summary({}, scores=scores, finished=False).markdown().splitlines()
    assert table[0] == "**Not finished**: what is asked for and not here was not measured yet."
    assert [line for line in table if "no headline" in line] == ["- COCO en, CIDEr, BLEU-4: no headline. a part"]


def test_a_loss_that_is_no_number_names_its_sample():
    with pytest.raises(EvaluationError, match=r"sample b \(es\): cross-entropy is nan"):
        cross_entropy([Loss("a", "es", 1.0), Loss("b", "es", float("nan"))])


def test_items_are_lines_of_json(tmp_path):
    assert write_items(str(tmp_path / "items.jsonl"), [{"id": "a", "output": "ein Ü"}, {"id": "b", "output": ""}]) == 2
    assert (tmp_path / "items.jsonl").read_text(encoding="utf-8") == '{"id": "a", "output": "ein Ü"}\n{"id": "b", "output": ""}\n'
