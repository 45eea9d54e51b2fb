from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.stages.judge import Judge

JUDGE = Judge(("en", "de", "fr"), ("en", "de"), 0.0, 0.0, -2.0, 3.0, 0.5, 0.2, 0.3, 1.0, 2, ("translator", "bitext"), "see", "say", 0)


def text(task, lang, words, source=None, style=None, logprob=-0.5, origin=None, model=None):
    origin = origin or ("captioner" if lang == "en" else "translator")
    about = {"task": task, "lang": lang, "style": style, "source": source, "text": words}
    return about | {"origin": origin, "model": model, "logprob": logprob}


def candidate(lang, source, clip, margin):
    return {
        "lang": lang,
        "id": source,
        "source": source,
        "text": f"{lang} {source}",
        "lang_prob": 0.9,
        "pair_score": None,
        "clip": clip,
        "margin": margin,
    }


TEXTS = [
    text("caption", "en", "A dog.", style="short"),
    text("caption", "en", "A dog. A cat.", style="detailed"),
    text("caption", "de", "Ein Hund.", "A dog.", "short"),
    text("translation", "fr", "Un chien. Un chat.", "A dog. A cat."),
]


FINE = {"length_ratio": 1.1, "repetition": 0.1, "defect": None, "detail": None}


def given(texts=TEXTS, split=None, checks=None, clip=(0.3,) * 4, found=("en", "en", "de", "fr"), sure=(0.9,) * 4, candidates=()):
    row = {"key": "0" * 32, "source_split": split, "texts": texts, "clip": clip, "lang_found": found, "lang_prob": sure}
    row["checks"] = checks or [FINE] * len(texts)
    return pa.table({name: [value] for name, value in (row | {"candidates": list(candidates)}).items()})


def judge(stage=JUDGE, texts=TEXTS, **scores):
    made = stage.run(given(texts, **scores), iter(())).to_pylist()[0]
    return (
        made["reject"],
        [(a["task"], a["lang"], a["text"]) for a in made["annotations"]],
        [(d["lang"], d["text"], d["reason"]) for d in made["dropped"]],
    )


def test_all_good():
    assert judge() == (None, [(t["task"], t["lang"], t["text"]) for t in TEXTS], [])


def test_each_rule_drops_one_text():
    assert judge(clip=(0.3, 0.3, 0.1, 0.3))[2] == [("de", "Ein Hund.", "clip")]
    assert judge(found=("en", "en", "de", "es"))[2] == [("fr", "Un chien. Un chat.", "language")]
    assert judge(sure=(0.9, 0.9, 0.4, 0.9))[2] == [("de", "Ein Hund.", "language")]
    assert judge(texts=[*TEXTS[:3], TEXTS[3] | {"logprob": -2.5}])[2] == [("fr", "Un chien. Un chat.", "logprob")]
    for check, reason in (
        ({"defect": "unknown_token", "detail": "<unk>"}, "unknown_token"),
        ({"length_ratio": 3.1}, "length_ratio"),
        ({"repetition": 0.6}, "repetition"),
    ):
        assert judge(checks=[FINE, FINE, FINE, FINE | check])[2] == [("fr", "Un chien. Un chat.", reason)]
    assert judge(checks=[FINE, FINE, FINE, FINE | {"length_ratio": 3.0, "repetition": 0.5}])[2] == []
    assert judge(checks=[FINE | {"length_ratio": None}] * 4) == judge()


def test_what_was_made_of_a_bad_english_caption_goes_with_it():
    assert judge(clip=(0.1, 0.3, 0.3, 0.3))[2] == [("en", "A dog.", "clip"), ("de", "Ein Hund.", "english_dropped")]


def test_an_image_without_a_good_english_caption_is_rejected():
    reason, kept, dropped = judge(clip=(0.1, 0.1, 0.3, 0.3))
    assert (reason, kept) == ("caption_clip", [])
    assert [lang for lang, _, _ in dropped] == ["en", "en", "de"]


def test_held_out_languages_get_captions_in_the_test_split_only():
    french = [*TEXTS[:3], text("caption", "fr", "Un chien.", "A dog.", "short")]
    assert ("caption", "fr", "Un chien.") not in judge(texts=french)[1]
    assert ("caption", "fr", "Un chien.") in judge(replace(JUDGE, test_share=0.99), texts=french)[1]


def test_the_best_bitexts_and_a_paragraph_of_them():
    near = [
        candidate("de", "a", 0.5, 1.4),
        candidate("de", "a", 0.5, 1.3),  # the same English again
        candidate("de", "low", 0.2, 1.3),
        candidate("de", "b", 0.4, 1.2),
        candidate("de", "c", 0.4, 1.1),
        candidate("fr", "hub", 0.6, 0.9),
    ]
    pairs = [row for row in judge(candidates=near)[1] if row not in judge()[1]]
    assert pairs[:2] == [("translation", "de", "de a"), ("translation", "de", "de b")]
    assert pairs[2][2] in ("de a de b", "de b de a")
    assert len(pairs) == 3
    assert judge(replace(JUDGE, top_n=0), candidates=near) == judge()
    assert judge(replace(JUDGE, pair_origins=("translator",)), candidates=near) == judge()


def test_without_anything_left_the_image_is_rejected():
    german = replace(JUDGE, caption_langs=("de",), pair_origins=("bitext",))
    assert judge(german, TEXTS[:2], clip=(0.3, 0.3), found=("en", "en"), sure=(0.9, 0.9))[0] == "no_annotation"


def test_what_people_wrote_is_not_asked_how_sure_it_is():
    human = [row | {"origin": "human", "model": "Folk", "logprob": None} for row in TEXTS]
    made = JUDGE.run(given(human), iter(())).to_pylist()[0]
    expected = {
        "margin": None,
        "pair_score": None,
        "origin": "human",
        "model": "Folk",
        "clip": pytest.approx(0.3),
        "lang_prob": pytest.approx(0.9),
    }
    assert made["annotations"] == [
        row | expected | {"source": row["source"] if row["task"] == "translation" else None} for row in human
    ]  # fmt: skip
    assert judge(texts=human, clip=(0.3, 0.3, 0.1, 0.3))[2] == [("de", "Ein Hund.", "clip")]
    assert judge(texts=human, clip=(0.1, 0.3, 0.3, 0.3))[2] == [("en", "A dog.", "clip")]  # nobody made the German one of it
    assert judge(replace(JUDGE, pair_origins=()), texts=human)[1] == judge()[1]
    assert judge(replace(JUDGE, pair_origins=()))[1] == judge()[1][:3]


def test_the_split_is_that_of_its_own_dataset():
    assert [JUDGE.run(given(TEXTS, split), iter(()))["split"].to_pylist() for split in ("train", "val", "test", None)] == [
        ["train"],
        ["val"],
        ["test"],
        ["train"],
    ]
