import math
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from PIL import Image

from models.registry import load_language_identifier
from pipeline.evaluation.bleu import caption_bleu4, translation_bleu
from pipeline.evaluation.bootstrap import Interval, bootstrap, bootstrap_mean, mean_of
from pipeline.evaluation.cider import cider
from pipeline.evaluation.clipscore import clip_score
from pipeline.evaluation.commute import contrastive_accuracy
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.fidelity import judged_among, language_fidelity
from pipeline.evaluation.pictures import Picture, picture_at
from tests.pipeline import tiny

ANIMALS = "dog cat horse bird cow sheep fox bear wolf goat".split()
PLACES = "street garden beach forest kitchen station bridge market river field".split()


def captions() -> list[list[str]]:
    return [f"a {animal} stands by the {place} today".split() for animal in ANIMALS for place in PLACES]


def test_cider_of_a_reference_itself_is_a_thousand_and_of_nothing_zero():
    texts = captions()
    assert cider(texts, [[text] for text in texts], "none").score == Interval(*[pytest.approx(1000)] * 3)
    assert cider([[]] * 100, [[text] for text in texts], "none").score == Interval(0, 0, 0)


def test_cider_names_what_it_is():
    texts = captions()
    assert cider(texts, [[text] for text in texts], "ptb:x").signature == "CIDEr-D|n:4|sigma:6|tok:ptb:x|pictures:100|pycocoevalcap:1.2"


def test_a_small_set_is_refused_for_cider():
    texts = captions()[:99]
    with pytest.raises(EvaluationError, match=r"CIDEr of 99 pictures is refused.*score at least 100 pictures"):
        cider(texts, [[text] for text in texts], "none")


def test_outputs_and_references_go_together():
    with pytest.raises(EvaluationError, match="2 outputs but 1 sets of references"):
        cider([["a"], ["b"]], [[["a"]]], "none")
    with pytest.raises(EvaluationError, match="item 1 has no reference"):
        caption_bleu4([["a"], ["b"]], [[["a"]], []], "none")
    with pytest.raises(EvaluationError, match="different numbers of references"):
        translation_bleu(["a", "b"], [["a"], ["a", "b"]], "de")


@pytest.mark.parametrize(("lang", "tokenizer"), [("de", "13a"), ("zh", "zh"), ("zh-TW", "zh")])
def test_translation_bleu_is_sacrebleu(lang, tokenizer):
    outputs = ["Ein Hund läuft über die Straße.", "一只狗在草地上奔跑。", "Zwei Katzen schlafen auf dem roten Sofa."]
    references = ["Ein Hund rennt über die Straße.", "一只黑狗在草地上奔跑。", "Zwei Katzen schlafen auf einem roten Sofa."]
    found = translation_bleu(outputs, [[text] for text in references], lang)
    expected = sacrebleu.corpus_bleu(outputs, [references], tokenize=tokenizer)
    assert found.score.mean == expected.score
    assert found.score.low <= found.score.mean <= found.score.high
    assert found.signature.startswith(f"nrefs:1|case:mixed|eff:no|tok:{tokenizer}|smooth:exp|version:")


def test_the_bootstrap_of_bleu_is_corpus_bleu_of_the_drawn_items():
    outputs, references = ["a b c d e", "a b x y"], ["a b c d f", "a b c y"]
    pair = sacrebleu.corpus_bleu([outputs[0]] * 2, [[references[0]] * 2]).score
    low, high = (translation_bleu(outputs, [[text] for text in references], "de").score.as_json()[end] for end in ("low", "high"))
    assert high == pytest.approx(pair)
    assert low == pytest.approx(sacrebleu.corpus_bleu([outputs[1]] * 2, [[references[1]] * 2]).score)


def test_caption_bleu_of_short_captions_is_shortened():
    found = caption_bleu4([["a", "b", "c", "d"]], [[["a", "b", "c", "d", "e", "f", "g", "h"]]], "none").score
    assert found == Interval(*[pytest.approx(100 * math.exp(-1), abs=1e-5)] * 3)


def test_intervals_are_seeded_and_cover():
    values = np.random.default_rng(1).normal(5, 1, 400)
    found = bootstrap_mean(values)
    assert found == bootstrap_mean(values) != bootstrap_mean(values, seed=1)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_grouped_values_are_drawn_together():
    values, groups = [0.0, 0.0, 1.0, 1.0] * 50, [number // 2 for number in range(200)]
    apart, together = bootstrap_mean(values), bootstrap_mean(values, groups)
    assert together.mean == apart.mean == 0.5
    assert together.high - together.low == pytest.approx(math.sqrt(2) * (apart.high - apart.low), rel=0.1)
    with pytest.raises(EvaluationError, match="2 values but 1 groups"):
        bootstrap_mean([1.0, 2.0], ["a"])


def test_a_score_of_nothing_is_an_error():
    with pytest.raises(EvaluationError, match="no samples"):
        bootstrap_mean([])
    with pytest.raises(EvaluationError, match="no items"):
        bootstrap(lambda weights: weights.sum(1), 0)


def test_commute_ties_are_wrong_and_blindness_is_half():
    assert contrastive_accuracy([1.0, 2.0, 3.0], [2.0, 2.0, 1.0], ["a", "b", "c"]).right == (True, False, False)
    assert contrastive_accuracy([1.0, 2.0, 3.0], [2.0, 2.0, 1.0], ["a", "b", "c"]).ties == 1
    blind = contrastive_accuracy([1.0, 2.0, 5.0, 4.0], [2.0, 1.0, 4.0, 5.0], ["a", "a", "b", "b"])
    assert blind.score == Interval(50, 50, 50)
    with pytest.raises(EvaluationError, match=r"item 1: perplexities nan and 1\.0"):
        contrastive_accuracy([1.0, math.nan], [2.0, 1.0], ["a", "a"])


def test_fidelity_counts_the_languages_of_outputs():
    outputs = ["Das Bild ist rot.", "The picture is red.", "Ein Bild, das blau ist."]
    found = language_fidelity(outputs, "de", ["de", "en", "fr"], tiny.Identifier())
    assert found.found == ("de", "en", "de")
    assert found.counts == {"de": 2, "en": 1}
    assert found.share.mean == pytest.approx(2 / 3)


def test_short_outputs_outside_of_the_languages_of_a_run_are_told():
    outputs, lid = ["Une boîte rouge.", "Une boîte bleue."], load_language_identifier("lid:")
    assert language_fidelity(outputs, "fr", ["en", "de"], lid).share.mean == 0.0
    assert judged_among(["en", "de"], ("nl",)) == ("de", "en", "es", "fr", "nl", "ru", "zh")
    assert language_fidelity(outputs, "fr", judged_among(["en", "de"]), lid).share.mean == 1.0
    assert language_fidelity(["Красная коробка."], "ru", judged_among(), lid).found == ("ru",)


def test_a_language_is_looked_for_among_some():
    with pytest.raises(ValueError, match="no languages to judge texts among; name those that they may be in"):
        load_language_identifier("lid:").identify(["Une boîte rouge."], ())


@pytest.fixture
def red_and_blue(tmp_path) -> list[Picture]:
    for name in ("red", "blue"):
        Image.new("RGB", (8, 8), tiny.COLOURS[name]).save(tmp_path / f"{name}.png")
    return [picture_at(tmp_path / f"{name}.png") for name in ("red", "blue")]


def test_clip_score_is_weighted_cosine(red_and_blue):
    found = clip_score(tiny.Embedder(), red_and_blue, ["rot", "rot"], "de", batch_size=1)
    assert found.scores == pytest.approx((250, 250 * 0.01 / 1.01), abs=0.2)
    assert found.signature == "CLIPScore|w:2.5|prompt:none|model:python:tests.pipeline.tiny:Embedder"
    with pytest.raises(EvaluationError, match="2 pictures but 1 captions"):
        clip_score(tiny.Embedder(), red_and_blue, ["rot"], "de")


def test_pictures_are_read_when_they_are_embedded_and_not_all_at_once(red_and_blue):
    order = []

    class Noting(tiny.Embedder):
        def embed_images(self, images):
            order.append(f"embedded {len(images)}")
            return super().embed_images(images)

    class Watched(Picture):
        @property
        def image(self):
            order.append("read")
            return super().image

    pictures = [Watched(picture.key, picture.file) for picture in red_and_blue * 2]
    clip_score(Noting(), pictures, ["rot"] * 4, "de", batch_size=2)
    assert order == ["read", "read", "embedded 2"] * 2
    assert isinstance(red_and_blue[0].file, Path)


def test_the_mean_of_scores_of_the_same_items_draws_these_together():
    values = np.random.default_rng(1).normal(5, 1, 400)
    one, opposite, apart = bootstrap_mean(values), bootstrap_mean(10 - values), bootstrap_mean(np.random.default_rng(2).normal(5, 1, 300))
    assert mean_of([one, one]) == one
    against = mean_of([one, opposite])
    assert against.mean == pytest.approx(5) and against.high - against.low == pytest.approx(0, abs=1e-9)
    free = mean_of([one, apart])
    assert free.mean == pytest.approx((one.mean + apart.mean) / 2)
    width = math.hypot(one.high - one.low, apart.high - apart.low) / 2
    assert free.high - free.low == pytest.approx(width, rel=0.1)
    with pytest.raises(EvaluationError, match="a mean of 2 scores of which 1 have their draws"):
        mean_of([one, Interval(1, 0, 2)])
