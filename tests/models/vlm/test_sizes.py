import pytest
from tokenizers import Tokenizer

from models.vlm import PRESETS, build, sizes, sizes_of


@pytest.mark.parametrize(("preset", "billions"), [("0.4B", 0.4), ("1.0B", 1.0), ("3.5B", 3.5), ("11.2B", 11.2)])
def test_the_papers_sizes(preset: str, billions: float) -> None:
    assert round(sizes(preset).parameters / 1e9, 1) == billions


def test_trained_parameters_are_those_that_the_paper_does_not_freeze() -> None:
    """Of Gemma-2 decoders all but the body, whose size is published: 2.61B and 9.24B with embeddings of 0.59B and 0.92B; and all but what
    sees: DaViT of published 88M and 362M parameters (Ding et al. 2022, table 8) with the projector."""
    for preset, davit, projector in (("0.4B", 88e6, 0.8e6), ("1.0B", 362e6, 2.2e6)):
        made = sizes(preset)
        assert made.parameters - made.trained == pytest.approx(davit + projector, rel=0.03)
    for preset, published, width in (("3.5B", 2_614_341_888, 2304), ("11.2B", 9_241_705_984, 3584)):
        made = sizes(preset)
        frozen = made.parameters - made.trained
        vision = frozen - (published - 256_000 * width)
        assert 357e6 < vision < 368e6


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


def tower_multiplications(dims: tuple[int, ...], groups: tuple[int, ...], side: int = 224) -> int:
    """DaViT's (Ding et al. 2022): blocks of attention in windows of 12 x 12, to which a side is padded, and of attention among channels."""
    total, before = 0, 3
    for stage, (dim, group, depth) in enumerate(zip(dims, groups, (1, 1, 9, 1), strict=True)):
        kernel, stride = (7, 4) if stage == 0 else (3, 2)
        side = -(-side // stride)
        places, padded = side**2, (-(-side // 12) * 12) ** 2
        around = places * (8 * dim**2 + 2 * 9 * dim)  # the MLP and two convolutions
        windows = padded * (4 * dim**2 + 2 * 144 * dim) + around
        channels = places * (4 * dim**2 + 2 * dim * dim // group) + around
        total += places * kernel**2 * before * dim + depth * (windows + channels)
        before = dim
    return total


@pytest.mark.parametrize(
    ("preset", "first", "width", "layers", "gemma"),
    [
        ("0.4B", 128, 768, 6, None),
        ("1.0B", 256, 1024, 12, None),
        ("3.5B", 256, 1024, 12, (26, 2304, 8 * 256, 4 * 256, 9216)),
        ("11.2B", 256, 1024, 12, (42, 3584, 16 * 256, 8 * 256, 14336)),
    ],
)
def test_the_papers_multiplications_by_hand(
    preset: str, first: int, width: int, layers: int, gemma: tuple[int, int, int, int, int] | None
) -> None:
    """F of 224 px and 128 + 128 tokens, from the shapes that the paper gives."""
    text, read, vocabulary = 128, 50 + 128, 256_000
    dims = tuple(first * 2**stage for stage in range(4))
    tower = tower_multiplications(dims, tuple(first // 32 * 2**stage for stage in range(4))) + 50 * dims[-1] * width
    encoder = layers * (read * 12 * width**2 + 2 * read**2 * width)
    if gemma is None:
        own = text * 12 * width**2 + 2 * text**2 * width
        across = (text + read) * 2 * width**2 + 2 * text * read * width
        decoder = layers * (own + across) + text * width * vocabulary
    else:
        depth, hidden, queries, keys, inner = gemma
        own = text * 2 * hidden * (queries + keys) + 2 * text**2 * queries + text * 3 * hidden * inner
        across = text * 2 * hidden * queries + read * 2 * width * keys + 2 * text * read * queries
        decoder = depth * (own + across) + text * hidden * vocabulary
    assert sizes(preset).macs == pytest.approx(tower + encoder + decoder, rel=1e-4)


def test_unknown() -> None:
    with pytest.raises(ValueError, match="model 'huge': write one of femto"):
        sizes("huge")
