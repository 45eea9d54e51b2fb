"""Greedy generation for captioners on transformers: tokens, and how sure of them a model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from models.languages.sentences import split_sentences

MAX_NEW_TOKENS = 256
"""Where a checkpoint's own generation configuration does not say how long a caption may be."""


class _Confidence(LogitsProcessor):
    """Notes the log-probability of each step's likeliest token, which greedy generation takes.

    Keeping all logits instead, as ``generate`` offers, would take a gigabyte for 16 captions of 256 tokens out of 150,000.
    """

    def __init__(self) -> None:
        self.steps: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        self.steps.append(scores.float().log_softmax(-1).amax(-1))
        return scores


def write(model: Any, inputs: Mapping[str, Any], ends: Sequence[int] | None = None) -> tuple[torch.Tensor, list[float], list[bool]]:
    """Continues each row of ``inputs`` greedily.

    Args:
        model: of transformers, with ``generate``.
        inputs: what its processor made.
        ends: the tokens that end a text, where they are others than those of the model's generation configuration.

    Returns:
        int64 [n, steps], the new tokens, with padding behind a row's end; the mean natural-log probability a token, the one that
        ends a text included, under the rules of the generation configuration (such as no n-gram twice), rounded to four digits, for
        the last bits depend on how a batch was padded; and whether a row came to its end within the limit.
    """
    confidence = _Confidence()
    limit = model.generation_config.max_new_tokens or MAX_NEW_TOKENS
    sequences = model.generate(
        **inputs,
        max_new_tokens=limit,
        num_beams=1,
        do_sample=False,
        logits_processor=LogitsProcessorList([confidence]),
    )
    written = sequences[:, sequences.shape[1] - len(confidence.steps) :]
    ended = torch.isin(written, torch.tensor(end_tokens(model) if ends is None else ends, device=written.device))
    before_end = ended.cumsum(1) - ended.long() == 0
    logprobs = torch.stack(confidence.steps, 1).where(before_end, 0)
    means = logprobs.sum(1) / before_end.sum(1)
    return written, [round(mean, 4) for mean in means.tolist()], ended.any(1).tolist()


def whole_sentences(text: str, finished: bool) -> str:
    """A text without the sentence that the limit cut off, where there are others before it."""
    text = text.strip()
    if finished or text.endswith((".", "!", "?", "。")):
        return text
    sentences = split_sentences(text, "en")
    return text if len(sentences) < 2 else text.removesuffix(sentences[-1]).rstrip()


def end_tokens(model: Any) -> list[int]:
    """The tokens that end a text by a model's generation configuration."""
    tokens = model.generation_config.eos_token_id
    return tokens if isinstance(tokens, list) else [] if tokens is None else [tokens]
