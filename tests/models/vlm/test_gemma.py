from pathlib import Path

import torch
from transformers import Gemma2Config, Gemma2ForCausalLM

from models.vlm import VLM, build
from models.vlm.gemma import CrossAttentionLayer


def test_with_gates_at_zero_it_says_exactly_what_gemma_says(florence: Path, gemma: Path) -> None:
    model = build("3.5B", florence=florence, gemma=gemma).eval()
    assert [layer.encoder_attn_gate.item() for layer in model.decoder.model.layers] == [0.0, 0.0]
    text_only = Gemma2ForCausalLM.from_pretrained(gemma, attn_implementation="eager").eval()
    ids = torch.tensor([[2, 300, 301, 302, 310], [2, 320, 330, 1, 0]])
    with torch.no_grad():
        assert torch.equal(
            model.decoder(input_ids=ids, encoder_hidden_states=torch.randn(2, 7, 32), encoder_attention_mask=torch.ones(2, 7)).logits,
            text_only(input_ids=ids).logits,
        )
        assert torch.equal(model.decoder(input_ids=ids).logits, text_only(input_ids=ids).logits)


def test_the_whole_model_with_gates_at_zero_does_not_see_its_image(florence: Path, gemma: Path) -> None:
    model = build("3.5B", florence=florence, gemma=gemma).eval()
    prompts, labels = torch.tensor([[0, 9, 2]]), torch.tensor([[2, 300, 301, 1]])
    with torch.no_grad():
        first, second = (model(torch.full((1, 3, 64, 64), fill), prompts, torch.ones_like(prompts), labels) for fill in (0.1, 0.9))
        assert torch.equal(first, second)
        for layer in model.decoder.model.layers:
            layer.encoder_attn_gate.fill_(0.5)
        first, second = (model(torch.full((1, 3, 64, 64), fill), prompts, torch.ones_like(prompts), labels) for fill in (0.1, 0.9))
        assert not torch.allclose(first, second)


def test_cross_attention_is_the_attention_of_the_paper(gemma: Path) -> None:
    """Grouped queries, no positions, capped logits, a norm after it, tanh of the gate: written out once more for one layer."""
    torch.manual_seed(4)
    config = Gemma2Config.from_pretrained(gemma)
    config.encoder_hidden_size = 6
    layer = CrossAttentionLayer(config, 0)
    torch.nn.init.normal_(layer.post_encoder_attention_layernorm.weight)
    hidden, encoder, mask = torch.randn(2, 3, 32), torch.randn(2, 5, 6), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    block = layer.encoder_attn
    queries = block.q_proj(hidden).view(2, 3, 4, 8)
    keys, values = (projection(encoder).view(2, 5, 2, 8).repeat_interleave(2, 2) for projection in (block.k_proj, block.v_proj))
    logits = torch.einsum("nthd,nshd->nhts", queries, keys) / 8**0.5
    logits = (50 * torch.tanh(logits / 50)).masked_fill(mask[:, None, None] == 0, -torch.inf)
    read = block.o_proj(torch.einsum("nhts,nshd->nthd", logits.softmax(-1), values).flatten(2))
    norm = read * torch.rsqrt(read.square().mean(-1, keepdim=True) + 1e-6) * (1 + layer.post_encoder_attention_layernorm.weight)
    torch.nn.init.constant_(layer.encoder_attn_gate, 0.3)
    additive = (mask[:, None, None] == 0) * torch.finfo(torch.float32).min
    attended = layer.encoder_attn(hidden, encoder, additive, None)
    made = layer.post_encoder_attention_layernorm(attended) * layer.encoder_attn_gate.tanh()
    torch.testing.assert_close(made, norm * torch.tanh(torch.tensor(0.3)))


def test_only_cross_attention_embeddings_and_encoder_are_trained(families: dict[str, VLM]) -> None:
    model = families["gemma decoder"]
    pixels, prompts, labels = torch.randn(1, 3, 64, 64), torch.tensor([[0, 9, 2]]), torch.tensor([[2, 300, 301, 1]])
    model.train()
    model(pixels, prompts, torch.ones_like(prompts), labels).square().mean().backward()
    trained = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    model.eval()
    model.zero_grad()
    of_decoder = {name.removeprefix("decoder.model.") for name in trained if name.startswith("decoder.")}
    own = ("q_proj", "k_proj", "v_proj", "o_proj")
    assert of_decoder == {
        "embed_tokens.weight",
        *(f"layers.{layer}.encoder_attn.{projection}.weight" for layer in (0, 1) for projection in own),
        *(f"layers.{layer}.{name}" for layer in (0, 1) for name in ("encoder_attn_gate", "post_encoder_attention_layernorm.weight")),
    }
    assert not [name for name in trained if name.startswith(("vision_tower.", "projector."))]
    assert {name for name, _ in model.named_parameters() if name.startswith("encoder.")} <= trained
    assert model.decoder.lm_head.weight is model.decoder.model.embed_tokens.weight
