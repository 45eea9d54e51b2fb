"""From samples with one annotation each to tensors."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from models.vlm import IGNORED, VLM, prompt_of
from models.vlm.config import VISION_TOWER
from shards.jpeg import decode

KEPT_BYTES = 2_000_000_000
"""How much of a frozen tower's output is kept in memory."""


@dataclass(frozen=True)
class Batch:
    """n samples (anything with the fields of `shards.drawn.Draw`, the picture as stored), their prompts [n, P] and labels [n, T]."""

    samples: tuple[Any, ...]
    prompt_ids: torch.Tensor
    prompt_mask: torch.Tensor
    labels: torch.Tensor

    @property
    def pictures(self) -> list[tuple[str, bytes]]:
        """Key and file of each sample's picture."""
        return [(sample.key, sample.image) for sample in self.samples]


@dataclass(frozen=True)
class Collate:
    """Turns ``size`` x ``bucket`` samples into ``bucket`` batches of samples of about one length, so that little is padding.

    Which come together, and in which order, follows from the samples alone.
    """

    model: VLM
    size: int
    prompt_tokens: int = 128
    text_tokens: int = 128

    def __call__(self, samples: Sequence[Any]) -> list[Batch]:
        rows = [(sample, self._prompt(sample), self.model.encode_text(sample.text, self.text_tokens)) for sample in samples]
        rows.sort(key=lambda row: len(row[1]) + len(row[2]))
        batches = [self._batch(rows[start : start + self.size]) for start in range(0, len(rows), self.size)]
        digest = hashlib.sha256("".join(sample.key for sample in samples).encode()).digest()
        random.Random(digest).shuffle(batches)
        return batches

    def _prompt(self, sample: Any) -> list[int]:
        return self.model.encode_prompt(prompt_of(sample.task, sample.lang, sample.style, sample.source), self.prompt_tokens)

    def _batch(self, rows: Sequence[tuple[Any, list[int], list[int]]]) -> Batch:
        prompts = padded([prompt for _, prompt, _ in rows], IGNORED)
        return Batch(
            tuple(sample for sample, _, _ in rows),
            prompts.masked_fill(prompts == IGNORED, self.model.config.prompt_marks.pad),
            (prompts != IGNORED).long(),
            padded([text for _, _, text in rows], IGNORED),
        )


def padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    """int64 [rows, longest], short rows filled at their end."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


class Eyes:
    """What a model sees of pictures: the tower's output, or nothing where it is blind.

    Where the tower is frozen and runs on a CPU, the output for a picture is kept, up to ``keep`` bytes, and computed of one picture
    at a time: then it does not depend on which others came with it, and a resumed run sees what an unbroken one saw.
    """

    def __init__(self, model: VLM, blind: bool = False, keep: int = KEPT_BYTES) -> None:
        self.model, self.blind = model, blind
        self.keeps = VISION_TOWER in model.config.frozen and model.device.type == "cpu"
        self._kept: dict[str, torch.Tensor] = {}
        self._room = keep

    def __call__(self, pictures: Sequence[tuple[str, bytes]]) -> torch.Tensor | None:
        """float [n, C, h, w] of n pictures, each given as its key and its file; or ``None``."""
        if self.blind:
            return None
        if not self.keeps:
            return self.model.see(torch.cat([self._pixels(image) for _, image in pictures]))
        return torch.cat([self._seen(key, image) for key, image in pictures])

    def _seen(self, key: str, image: bytes) -> torch.Tensor:
        if key in self._kept:
            return self._kept[key]
        # As exact whatever precision the passes of training have, for validation looks at the same.
        with torch.no_grad(), torch.autocast(self.model.device.type, enabled=False):
            seen = self.model.see(self._pixels(image)).float()
        if seen.nbytes <= self._room:
            self._kept[key] = seen
            self._room -= seen.nbytes
        return seen

    def _pixels(self, image: bytes) -> torch.Tensor:
        return self.model.preprocess(pixels(image)[None])


def pixels(image: bytes) -> np.ndarray:
    """RGB uint8 [height, width, 3] of a picture's file, of whatever format."""
    if image.startswith(b"\xff\xd8"):
        return decode(image)
    return np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))


def loss_per_sample(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed cross-entropy of each sample's tokens, float32 [n], and how many they are, [n]."""
    flat = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return flat.view(labels.shape).sum(1), (labels != IGNORED).sum(1)
