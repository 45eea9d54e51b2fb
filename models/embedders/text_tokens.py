"""Texts as a causal text tower of open_clip reads them: by the tokenizer itself, no longer than a batch needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from open_clip.tokenizer import HFTokenizer
from tokenizers import Tokenizer


class Tokens:
    """What an open_clip tokenizer that wraps a fast one of transformers gives, in half the time and from several threads at once.

    The wrapper makes lists of Python's of every batch, padded to the whole context, and changes the tokenizer's state while it pads.
    """

    def __init__(self, tokenizer: HFTokenizer) -> None:
        fast = tokenizer.tokenizer
        self._clean, self._pad = tokenizer.clean_fn, int(fast.pad_token_id)
        self._tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokenizer.context_length)

    @staticmethod
    def can_stand_for(tokenizer: Any) -> bool:
        """Whether the wrapper adds nothing that this leaves out."""
        return (
            type(tokenizer) is HFTokenizer
            and not tokenizer.tokenizer_mode
            and not tokenizer.strip_sep_token
            and tokenizer.tokenizer.is_fast
            and tokenizer.tokenizer.pad_token_id is not None
            and tokenizer.tokenizer.padding_side == tokenizer.tokenizer.truncation_side == "right"
        )

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """int64 [n, longest] of n texts, padded at their ends."""
        found = [encoding.ids for encoding in self._tokenizer.encode_batch_fast([self._clean(text) for text in texts])]
        made = np.full((len(found), max(map(len, found))), self._pad, np.int64)
        for row, ids in zip(made, found, strict=True):
            row[: len(ids)] = ids
        return torch.from_numpy(made)
