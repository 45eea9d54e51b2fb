from dataclasses import replace

import pytest

from models.vlm import load
from pipeline.evaluation.benchmarks import ContrastItem
from pipeline.evaluation.contrasts import contrast_losses
from pipeline.training.eyes import Eyes
from tests.pipeline.evaluation.folders import draw
from tests.pipeline.evaluation.speaker import SAID, SOURCE

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def item(tmp_path) -> ContrastItem:
    draw(tmp_path / "a.png", "red")
    return ContrastItem("a", tmp_path / "a.png", SOURCE, SAID["red"]["de"], SAID["blue"]["de"])


def test_losses_are_taken_without_gradients(speaker, item):
    model, graphs = load(speaker), []
    assert any(parameter.requires_grad for parameter in model.parameters())
    model.register_forward_hook(lambda _, given, logits: graphs.append(logits.requires_grad))
    correct, wrong = contrast_losses(model, Eyes(model), [item], "de")
    assert correct[0] < wrong[0]
    assert graphs == [False]


def test_equal_translations_are_a_tie_however_they_are_batched(speaker, item):
    model = load(speaker)
    items = [item, replace(item, wrong=item.correct), replace(item, wrong="Eine Kiste, die sehr viel länger ist und rot.")]
    for size in (1, 2, 16):
        correct, wrong = contrast_losses(model, Eyes(model), items, "de", size)
        assert correct[1] == wrong[1]
        assert correct[2] < wrong[2]


def test_texts_are_cut_where_losses_are_taken_of_so_many_tokens(speaker, item):
    model = load(speaker)
    longer = replace(item, wrong=f"{item.correct} {item.wrong}")
    tokens = len(model.encode_text(item.correct)) - 1  # without the end, up to which the two are the same
    correct, wrong = contrast_losses(model, Eyes(model), [longer], "de", tokens=tokens)
    assert correct == pytest.approx(wrong, abs=1e-5)
