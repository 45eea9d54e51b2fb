import pytest
import torch

from models.vlm import VLM, build
from pipeline.train import groups_of
from pipeline.training.config import TrainConfig, TrainError, parse

WHERE = ["--shards=data/demo", "--out=runs/one"]


def config(*more: str) -> TrainConfig:
    return parse([*WHERE, *more])[0]


def settings(made: TrainConfig) -> tuple[object, ...]:
    return made.steps, made.batch, made.lr, made.weight_decay, made.warmup, made.image_size


def test_the_papers_settings() -> None:
    assert settings(config("--model=0.4B")) == (10_000, 1024, 1e-4, 0.01, 100, 0)
    assert settings(config("--model=11.2B", "--preset=finetune")) == (5_000, 256, 5e-5, 0.05, 100, 768)
    assert config("--model=1.0B").balance == "task-language"


def test_small_sizes_have_settings_of_their_own() -> None:
    assert settings(config("--model=nano")) == (1_500, 32, 2.5e-3, 0.01, 200, 0)
    small = config("--model=nano", "--preset=finetune")
    assert (small.steps, small.image_size, small.workers, small.micro_batch) == (5_000, 0, 0, 0)


def test_the_command_line_goes_first_and_zero_is_a_value() -> None:
    made = config("--model=nano", "--weight-decay=0", "--warmup=0", "--steps=7", "--workers=2")
    assert (made.weight_decay, made.warmup, made.steps, made.workers) == (0, 0, 7, 2)


def test_the_rate_rises_in_a_line_and_falls_as_a_cosine() -> None:
    made = config("--model=0.4B", "--steps=300")
    assert [made.rate(step) for step in (0, 49, 99, 100, 200, 300)] == pytest.approx([1e-6, 5e-5, 1e-4, 1e-4, 5e-5, 0])


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--steps=0", "--steps 0: give 1 or more"),
        ("--batch=-4", "--batch -4: give 1 or more"),
        ("--checkpoint-every=0", "--checkpoint-every 0: give 1 or more"),
        ("--log-every=0", "--log-every 0: give 1 or more"),
        ("--weight-decay=-1", "--weight-decay -1.0: give 0 or more"),
        ("--lr=nan", "--lr nan: give 0 or more"),
        ("--model=tiny", "there is no such size; write one of femto"),
    ],
)
def test_numbers_that_cannot_be(flag: str, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        config("--model=nano", flag)


def test_pictures_that_are_drawn_together_fit_into_memory() -> None:
    made = config("--model=0.4B")
    assert [made.bucket(batch, side) for batch, side in ((32, 128), (128, 224), (32, 768), (1024, 768))] == [16, 13, 4, 1]


def test_where_a_run_lies_and_how_often_it_speaks_is_no_part_of_what_it_is() -> None:
    same = config("--model=nano", "--log-every=3", "--cache=there", "--validate-every=0")
    assert same.identity() == config("--model=nano").identity()
    assert config("--model=nano", "--seed=1").identity() != same.identity()


@pytest.fixture(scope="module")
def model() -> VLM:
    from tokenizers import Tokenizer, models

    return build("femto", "random", Tokenizer(models.BPE({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}, [])))


def test_matrices_decay_and_biases_and_norms_do_not(model: VLM) -> None:
    matrices, others = groups_of(model, 0.05)
    assert (matrices["weight_decay"], others["weight_decay"]) == (0.05, 0.0)
    sides = {id(parameter): group for group in (matrices, others) for parameter in group["params"]}
    assert len(sides) == sum(1 for parameter in model.parameters() if parameter.requires_grad)
    for name, parameter in model.named_parameters():
        assert (sides[id(parameter)] is others) == (parameter.ndim < 2), name
    assert any(isinstance(module, torch.nn.LayerNorm) for module in model.modules())
