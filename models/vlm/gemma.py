"""Gemma-2 as a decoder that reads an encoder: a gated cross-attention in every layer, on transformers' own classes.

The block stands between self-attention and MLP, as in the paper: ``h + tanh(gate) * norm(attention(h, encoder))``. Keys and values come
from the encoder's output, heads are grouped and logits soft-capped as in Gemma-2's self-attention, there are no rotary positions, and
the gate is a scalar that starts at 0: the decoder then says exactly what Gemma-2 says.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import Gemma2Config, Gemma2ForCausalLM
from transformers.cache_utils import Cache, EncoderDecoderCache
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.models.gemma2.modeling_gemma2 import (
    Gemma2DecoderLayer,
    Gemma2RMSNorm,
    Gemma2RotaryEmbedding,
    Gemma2TextScaledWordEmbedding,
    eager_attention_forward,
)

ADDED = ("encoder_attn", "encoder_attn_gate", "post_encoder_attention_layernorm")
"""Names of what a layer has beyond Gemma-2's, which are those of the authors' published checkpoints."""


def additive_mask(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """float [n, 1, 1, S] to add to the logits of attention, of a mask [n, S] that is 0 where nothing may be read."""
    return (mask[:, None, None, :] == 0).to(dtype) * torch.finfo(dtype).min


def restore_buffers(model: torch.nn.Module) -> None:
    """Computes again what Gemma-2 computes at its making and does not save: lost on the meta device, and too coarse in half precision."""
    for module in model.modules():
        if isinstance(module, Gemma2TextScaledWordEmbedding):
            module.embed_scale = torch.nn.Buffer(torch.tensor(module.scalar_embed_scale, device=module.weight.device), persistent=False)
        elif isinstance(module, Gemma2RotaryEmbedding):
            fresh = Gemma2RotaryEmbedding(module.config)
            module.inv_freq, module.original_inv_freq = fresh.inv_freq, fresh.original_inv_freq


class CrossAttention(torch.nn.Module):
    """Grouped-query attention of the decoder on the encoder's output, float [n, S, encoder_width]."""

    def __init__(self, config: Gemma2Config, encoder_width: int, layer_idx: int) -> None:
        super().__init__()
        self.layer_idx, self.head_dim = layer_idx, config.head_dim
        self.num_key_value_groups = config.num_attention_heads // config.num_key_value_heads
        self.scaling, self.softcap = config.query_pre_attn_scalar**-0.5, config.attn_logit_softcapping
        queries, keys = config.num_attention_heads * self.head_dim, config.num_key_value_heads * self.head_dim
        self.q_proj = torch.nn.Linear(config.hidden_size, queries, bias=config.attention_bias)
        self.k_proj = torch.nn.Linear(encoder_width, keys, bias=config.attention_bias)
        self.v_proj = torch.nn.Linear(encoder_width, keys, bias=config.attention_bias)
        self.o_proj = torch.nn.Linear(queries, config.hidden_size, bias=config.attention_bias)

    def forward(
        self, hidden: torch.Tensor, encoder: torch.Tensor, mask: torch.Tensor | None, cache: EncoderDecoderCache | None
    ) -> torch.Tensor:
        """float [n, T, hidden]; ``mask`` is added to the logits, and broadcasts to [n, heads, T, S]."""
        query = self._heads(self.q_proj(hidden))
        if cache is not None and cache.is_updated.get(self.layer_idx):
            stored: Any = cache.cross_attention_cache.layers[self.layer_idx]
            key, value = stored.keys, stored.values
        else:
            key, value = self._heads(self.k_proj(encoder)), self._heads(self.v_proj(encoder))
            if cache is not None:
                key, value = cache.cross_attention_cache.update(key, value, self.layer_idx)
                cache.is_updated[self.layer_idx] = True
        # Gemma-2 has no fused attention that caps logits on every device; the encoder's output is short.
        attended, _ = eager_attention_forward(self, query, key, value, mask, scaling=self.scaling, softcap=self.softcap)
        return self.o_proj(attended.flatten(2))

    def _heads(self, states: torch.Tensor) -> torch.Tensor:
        return states.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)


class CrossAttentionLayer(Gemma2DecoderLayer):
    """Gemma-2's layer with a gated cross-attention between self-attention and MLP."""

    def __init__(self, config: Gemma2Config, layer_idx: int) -> None:
        super().__init__(config, layer_idx)
        self.encoder_attn = CrossAttention(config, config.encoder_hidden_size, layer_idx)
        self.encoder_attn_gate = torch.nn.Parameter(torch.zeros(1))
        self.post_encoder_attention_layernorm = Gemma2RMSNorm(config.hidden_size, eps=config.rms_norm_eps)

    def forward(  # type: ignore[override]
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor] | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_attention_mask: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> torch.Tensor:
        cache = past_key_values if isinstance(past_key_values, EncoderDecoderCache) else None
        attended, _ = self.self_attn(
            hidden_states=self.input_layernorm(hidden_states),
            position_embeddings=position_embeddings,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values if cache is None else cache.self_attention_cache,
            **kwargs,
        )
        hidden_states = hidden_states + self.post_attention_layernorm(attended)
        if encoder_hidden_states is not None:
            read = self.encoder_attn(hidden_states, encoder_hidden_states, encoder_attention_mask, cache)
            hidden_states = hidden_states + self.post_encoder_attention_layernorm(read) * self.encoder_attn_gate.tanh()
        written = self.mlp(self.pre_feedforward_layernorm(hidden_states))
        return hidden_states + self.post_feedforward_layernorm(written)


class GemmaDecoder(Gemma2ForCausalLM):
    """Gemma-2 that reads an encoder of width ``config.encoder_hidden_size``.

    Without ``encoder_hidden_states`` it is Gemma-2.
    """

    def __init__(self, config: Gemma2Config) -> None:
        # Without layers, for at 9B those that are replaced would take 30 GB.
        layers, config.num_hidden_layers = config.num_hidden_layers, 0
        super().__init__(config)
        config.num_hidden_layers = layers
        self.model.layers = torch.nn.ModuleList(CrossAttentionLayer(config, index) for index in range(layers))
        self.post_init()

    def forward(  # type: ignore[override]
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_attention_mask: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """As Gemma2ForCausalLM; ``encoder_hidden_states`` float [n, S, width], ``encoder_attention_mask`` [n, S], 0 where padded, or
        as `additive_mask` makes it."""
        if encoder_hidden_states is not None and encoder_attention_mask is not None and encoder_attention_mask.ndim == 2:
            encoder_attention_mask = additive_mask(encoder_attention_mask, encoder_hidden_states.dtype)
        return super().forward(
            input_ids=input_ids,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=encoder_attention_mask,
            **kwargs,
        )
