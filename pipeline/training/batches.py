"""From samples with one annotation each to tensors."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from models.vlm import IGNORED, VLM


@dataclass(frozen=True)
class Batch:
    """n samples (anything with the fields of `shards.drawn.Draw`), their prompts [n, P] and labels [n, T]."""

    samples: tuple[Any, ...]
    prompt_ids: torch.Tensor
    prompt_mask: torch.Tensor
    labels: torch.Tensor

    @property
    def pictures(self) -> list[tuple[str, Any]]:
        """Each sample's key and picture."""
        return [(sample.key, sample.image) for sample in self.samples]

    def parts(self, size: int) -> Iterator[Batch]:
        """The same samples ``size`` at a time; all of them together with 0."""
        for first in range(0, len(self.samples), size or len(self.samples)):
            rows = slice(first, first + (size or len(self.samples)))
            yield Batch(self.samples[rows], self.prompt_ids[rows], self.prompt_mask[rows], self.labels[rows])


class Collate:
    """Turns ``size`` x ``bucket`` samples into ``bucket`` batches of samples of about one length, so that little is padding.

    Which come together, and in which order, follows from the samples alone. Holds of a model only what workers of a loader need.
    """

    def __init__(self, model: VLM, size: int, prompt_tokens: int = 128, text_tokens: int = 128) -> None:
        self.texts, self.size, self.prompt_tokens, self.text_tokens = model.texts, size, prompt_tokens, text_tokens

    def __call__(self, samples: Sequence[Any]) -> list[Batch]:
        rows = [(sample, self._prompt(sample), self.texts.encode_text(sample.text, self.text_tokens)) for sample in samples]
        rows.sort(key=lambda row: len(row[1]) + len(row[2]))
        batches = [self._batch(rows[start : start + self.size]) for start in range(0, len(rows), self.size)]
        digest = hashlib.sha256("".join(sample.key for sample in samples).encode()).digest()
        random.Random(digest).shuffle(batches)
        return batches

    def _prompt(self, sample: Any) -> list[int]:
        prompt = self.texts.prompt_of(sample.task, sample.lang, sample.style, sample.source)
        return self.texts.encode_prompt(prompt, self.prompt_tokens)

    def _batch(self, rows: Sequence[tuple[Any, list[int], list[int]]]) -> Batch:
        prompts = padded([prompt for _, prompt, _ in rows], IGNORED)
        return Batch(
            tuple(sample for sample, _, _ in rows),
            prompts.masked_fill(prompts == IGNORED, self.texts.config.prompt_marks.pad),
            (prompts != IGNORED).long(),
            padded([text for _, _, text in rows], IGNORED),
        )


def padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    """int64 [rows, longest], short rows filled at their end."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


def loss_per_sample(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed cross-entropy of each sample's tokens, float32 [n], and how many they are, [n]."""
    flat = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return flat.view(labels.shape).sum(1), (labels != IGNORED).sum(1)
