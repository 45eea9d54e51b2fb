import pytest
from tokenizers import Tokenizer

from models.vlm import PRESETS, build, sizes, sizes_of


@pytest.mark.parametrize(("preset", "billions"), [("0.4B", 0.4), ("1.0B", 1.0), ("3.5B", 3.5), ("11.2B", 11.2)])
def test_the_papers_sizes(preset: str, billions: float) -> None:
    assert round(sizes(preset).parameters / 1e9, 1) == billions


def test_trained_parameters_are_those_that_the_paper_does_not_freeze() -> None:
    """Of Gemma-2 decoders all but the body, whose size is published: 2.61B and 9.24B with embeddings of 0.59B and 0.92B."""
    for preset, published, width in (("3.5B", 2_614_341_888, 2304), ("11.2B", 9_241_705_984, 3584)):
        made = sizes(preset)
        frozen = made.parameters - made.trained
        vision = frozen - (published - 256_000 * width)
        assert 355e6 < vision < 365e6


def test_small_sizes_grow_and_keep_to_their_range() -> None:
    small = [sizes(name) for name, preset in PRESETS.items() if preset.for_cpu]
    assert [name for name, preset in PRESETS.items() if preset.for_cpu] == ["femto", "pico", "nano", "micro", "mini", "small"]
    assert [made.parameters for made in small] == sorted(made.parameters for made in small)
    assert 0.3e6 <= small[0].trained < small[-1].parameters <= 30e6
    tower = {made.parameters - made.trained for made in small}
    assert len(tower) == 1


def test_counted_parameters_are_those_of_a_model(tokenizer: Tokenizer) -> None:
    model = build("nano", tokenizer=tokenizer)
    made = sizes_of(model.config)
    assert made.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert made.trained == sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def test_multiplications_by_hand() -> None:
    """What 64 more text tokens cost nano's decoder: three layers of width 192, head of 4096, 65 image and 128 prompt tokens."""
    more = sizes("nano", text_tokens=128).macs - sizes("nano", text_tokens=64).macs
    width, layers, read = 192, 3, 65 + 128
    # Self-attention has four projections, cross-attention two of text tokens, and the MLP has eight times the width.
    products = 64 * layers * (4 + 2 + 8) * width**2
    attention = layers * 2 * width * (128**2 - 64**2 + 64 * read)
    assert more == products + attention + 64 * width * 4096


def test_unknown() -> None:
    with pytest.raises(ValueError, match="model 'huge': write one of femto"):
        sizes("huge")
