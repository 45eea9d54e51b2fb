"""What a causal text tower of open_clip makes of texts, computed only where it is read."""

from __future__ import annotations

import torch
from open_clip.transformer import ResidualAttentionBlock, TextTransformer


def reads_one_position(text: object) -> bool:
    """Whether a text tower is causal and hands out the state of the token that ends a text, as CLIP's do (Radford et al. 2021)."""
    return (
        isinstance(text, TextTransformer)
        and text.attn_mask is not None
        and text.cls_emb is None
        and text.pool_type in ("argmax", "eos")
        and all(type(block) is ResidualAttentionBlock for block in text.transformer.resblocks)
    )


def encode(text: TextTransformer, tokens: torch.Tensor) -> torch.Tensor:
    """What ``text(tokens)`` gives, floating [n, dim] of int64 [n, context], for a tower that `reads_one_position`.

    Under a causal mask nothing behind the token that ends a text changes its state, so a batch need be no longer than its longest
    text; and of the last block only that one state is wanted: its queries and its MLP, five sixths of its work, are computed there
    alone. Counting what is not padding would not find the end: CLIP's padding is also its token for "!".
    """
    ends = tokens.argmax(1) if text.pool_type == "argmax" else (tokens == text.eos_id).int().argmax(1)
    rows, length = torch.arange(len(tokens), device=tokens.device), int(ends.max()) + 1
    states = text.token_embedding(tokens[:, :length]).to(text.transformer.get_cast_dtype())
    states = states + text.positional_embedding[:length].to(states.dtype)
    *blocks, last = text.transformer.resblocks
    for block in blocks:
        states = block(states, attn_mask=text.attn_mask[:length, :length])
    normal, behind = last.ln_1(states), torch.arange(length, device=tokens.device) > ends[:, None]
    mask = torch.zeros(behind.shape, device=tokens.device).masked_fill(behind, float("-inf")).repeat_interleave(last.attn.num_heads, 0)
    state = states[rows, ends] + last.ls_1(last.attention(normal[rows, ends][:, None], normal, normal, mask[:, None])[:, 0])
    state = text.ln_final(state + last.ls_2(last.mlp(last.ln_2(state))))
    if text.text_projection is None:
        return state
    return text.text_projection(state) if isinstance(text.text_projection, torch.nn.Linear) else state @ text.text_projection
