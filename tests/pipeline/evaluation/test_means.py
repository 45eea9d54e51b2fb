import pytest

from pipeline.evaluation.bootstrap import bootstrap_mean
from pipeline.evaluation.means import means_of, means_with
from pipeline.evaluation.summary import Score


def score(benchmark: str, lang: str, metric: str, value: float, **more) -> Score:
    return Score(benchmark, lang, metric, bootstrap_mean([value - 1, value + 1] * 50), 100, "x", **more)


def test_the_means_of_the_papers_tables():
    parts = [
        *(score("CoMMuTE", lang, "accuracy", value) for lang, value in (("de", 70), ("fr", 60), ("ru", 63), ("zh", 66))),
        *(
            score("XM3600", lang, "CIDEr", value)
            for lang, value in (("en", 80), ("de", 40), ("fr", 50), ("es", 60), ("ru", 30), ("zh", 20))
        ),
        *(score("XM3600", lang, "BLEU-4", 10) for lang in ("fr", "es", "ru", "zh")),
        *(
            score(f"Multi30K task 1 {name}", "fr", "BLEU", value)
            for name, value in (("Test2016", 60), ("Test2017", 54), ("AmbiguousCOCO", 45))
        ),
        score("CoMMuTE", "fr", "BLEU", 30),
    ]
    found = means_of(parts)
    assert [(one.benchmark, one.lang, one.metric, one.interval.mean, one.items, one.headline, one.note) for one in found] == [
        ("Multi30K task 1", "fr", "BLEU", pytest.approx(53), 300, True, ""),
        ("CoMMuTE", "X", "accuracy", pytest.approx(63), 300, True, ""),
        ("XM3600", "unseen", "CIDEr", pytest.approx(40), 400, True, ""),
    ]
    assert found[2].signature == "mean of CIDEr of XM3600 fr, XM3600 es, XM3600 ru, XM3600 zh"
    assert found[2].interval.low < 40 < found[2].interval.high


def test_captions_with_and_without_prefix_have_each_their_mean_and_its_fidelity():
    share = {prefix: bootstrap_mean([float(prefix), 1.0] * 50) for prefix in (False, True)}
    parts = [
        score("XM3600", lang, "CIDEr", 30 + 10 * prefix, prefix=prefix, fidelity=share[prefix])
        for lang in ("fr", "es", "ru", "zh")
        for prefix in (False, True)
    ]
    assert [(one.prefix, one.interval.mean, one.fidelity) for one in means_of(parts)] == [
        (False, pytest.approx(30), share[False]), (True, pytest.approx(40), share[True])
    ]  # fmt: skip


def test_a_mean_without_all_of_its_parts_is_no_headline():
    partial = {"headline": False, "note": "the list has 1 items"}
    (mean,) = means_of([score("XM3600", "fr", "CIDEr", 30), score("XM3600", "es", "CIDEr", 50, **partial)])
    assert (mean.interval.mean, mean.headline) == (pytest.approx(40), False)
    assert mean.note == "XM3600 ru, XM3600 zh: not scored beside the others; XM3600 es: not complete"
    assert means_of([score("XM3600", "de", "CIDEr", 30)]) == []


def test_which_means_hang_on_a_set():
    assert means_with({("XM3600", "fr"), ("CoMMuTE", "de")}) == {("XM3600", "unseen")}
