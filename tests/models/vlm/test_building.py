from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import Florence2ForConditionalGeneration

from models.vlm import PRESETS, VLM, build
from models.vlm.building import CAPTIONER
from models.vlm.remap import remap_embeddings


def test_the_papers_embeddings_are_the_means_of_their_pieces(families: dict[str, VLM], florence: Path) -> None:
    """Each Gemma-2 token's row is the mean of the rows of the Florence-2 tokens that write it."""
    model = families["florence decoder"]
    rows = Florence2ForConditionalGeneration.from_pretrained(florence).get_input_embeddings().weight
    made = model.decoder.get_input_embeddings().weight
    assert torch.equal(model.encoder.embed_tokens.weight, rows)
    assert model.decoder.lm_head.weight is made
    gemma, bart = model.tokenizer, model.prompt_tokenizer
    for theirs, ours in (("<pad>", "<pad>"), ("<eos>", "</s>"), ("<bos>", "<s>"), ("<unk>", "<unk>")):
        assert torch.equal(made[gemma.token_to_id(theirs)], rows[bart.token_to_id(ours)])
    texts = {token: token.replace("▁", " ") for token in gemma.get_vocab() if not token.startswith("<")}
    assert len(texts) > 50
    for token, text in texts.items():
        expected = rows[bart.encode(text, add_special_tokens=False).ids].mean(0)
        torch.testing.assert_close(made[gemma.token_to_id(token)], expected)
    # A byte is the source's token for it, which GPT-2's table writes as a letter: 0xC5 is a letter itself, 0x20 is Ġ.
    assert torch.equal(made[gemma.token_to_id("<0xC5>")], rows[bart.token_to_id("Å")])
    assert torch.equal(made[gemma.token_to_id("<0x20>")], rows[bart.token_to_id("Ġ")])


def test_remapping() -> None:
    rows = torch.tensor([[0.0, 0.0], [2.0, 4.0], [4.0, 8.0]])
    assert remap_embeddings(rows, [[1], [1, 2], [0, 1, 1, 2], []]).tolist() == [[2, 4], [3, 6], [2, 4], [2, 4]]
    assert remap_embeddings(rows.half(), [[1, 2]]).dtype == torch.float16


def test_the_papers_starts_keep_what_was_pretrained(florence: Path, gemma: Path) -> None:
    theirs = Florence2ForConditionalGeneration.from_pretrained(florence).state_dict()
    for preset in ("0.4B", "3.5B"):
        own = build(preset, florence=florence, gemma=gemma).state_dict()
        for name in (
            "vision_tower.blocks.2.0.channel_block.ffn.fc1.weight",
            "encoder.layers.1.fc2.bias",
            "projector.image_projection.weight",
        ):
            renamed = name.replace("projector", "multi_modal_projector").replace("encoder.", "language_model.encoder.")
            assert torch.equal(own[name], theirs[f"model.{renamed}"])
    assert torch.equal(
        build("0.4B", florence=florence, gemma=gemma).decoder.model.decoder.layers[1].encoder_attn.q_proj.weight,
        theirs["model.language_model.decoder.layers.1.encoder_attn.q_proj.weight"],
    )


def test_cross_attention_starts_at_random_from_a_seed(florence: Path, gemma: Path) -> None:
    def layer(seed: int) -> torch.nn.Module:
        return build("3.5B", florence=florence, gemma=gemma, seed=seed).decoder.model.layers[0]

    first, again, other = layer(0), layer(0), layer(1)
    assert torch.equal(first.encoder_attn.k_proj.weight, again.encoder_attn.k_proj.weight)
    assert not torch.equal(first.encoder_attn.k_proj.weight, other.encoder_attn.k_proj.weight)
    assert torch.equal(first.post_encoder_attention_layernorm.weight, first.post_attention_layernorm.weight)


def test_nano_starts_from_the_demo_captioner(tokenizer: Tokenizer) -> None:
    model = build("nano", tokenizer=tokenizer)
    captioner = Florence2ForConditionalGeneration.from_pretrained(CAPTIONER, dtype=torch.float32)
    theirs = captioner.state_dict()
    own = model.state_dict()
    tower = [name for name in own if name.startswith("vision_tower.")]
    assert all(torch.equal(own[name], theirs[f"model.{name}"]) for name in tower)
    assert not any(parameter.requires_grad for parameter in model.vision_tower.parameters())
    untrained = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert all(name.startswith("vision_tower.") for name in untrained)
    assert torch.equal(own["encoder.layers.1.fc1.weight"], theirs["model.language_model.encoder.layers.1.fc1.weight"])
    rows = captioner.get_input_embeddings().weight
    word = tokenizer.token_to_id("▁target")
    source = Tokenizer.from_file(str(CAPTIONER / "tokenizer.json"))
    expected = rows[[piece.id for piece in source.model.tokenize("▁target")]].mean(0)
    torch.testing.assert_close(own["encoder.embed_tokens.weight"][word], expected)
    torch.testing.assert_close(own["decoder.model.decoder.embed_tokens.weight"][word], expected)


def test_other_small_sizes_start_from_its_tower(tokenizer: Tokenizer) -> None:
    pico, random = build("pico", tokenizer=tokenizer), build("pico", "random", tokenizer)
    nano = build("nano", tokenizer=tokenizer)
    assert torch.equal(pico.vision_tower.convs[0].conv.weight, nano.vision_tower.convs[0].conv.weight)
    assert not any(parameter.requires_grad for parameter in pico.vision_tower.parameters())
    assert torch.equal(pico.encoder.layers[0].fc1.weight, random.encoder.layers[0].fc1.weight)
    assert not torch.equal(pico.vision_tower.convs[0].conv.weight, random.vision_tower.convs[0].conv.weight)
    assert all(parameter.requires_grad for parameter in random.parameters())


def test_building_leaves_the_callers_random_numbers_alone(tokenizer: Tokenizer) -> None:
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    build("femto", "random", tokenizer)
    assert torch.equal(torch.rand(3), expected)


def test_what_cannot_be_built_says_what_to_write(tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match=f"model '7B': write one of {', '.join(PRESETS)}"):
        build("7B")
    with pytest.raises(ValueError, match="init 'zero': write pretrained or random"):
        build("nano", "zero", tokenizer)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"model 'nano' needs a tokenizer of its data: pass tokenizer=models.vlm.train_tokenizer\(texts, 4096\)"
    ):
        build("nano")
    with pytest.raises(FileNotFoundError, match="no/where: the demo captioner is not there"):
        build("nano", tokenizer=tokenizer, florence="no/where")
