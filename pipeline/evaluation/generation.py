"""Texts that a model writes for pictures and prompts, by beam search."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.vlm import VLM, prefix_of, without_prefix
from pipeline.evaluation.pictures import Picture
from pipeline.training.batches import padded
from pipeline.training.eyes import Eyes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What to write for the item ``id``: what ``prompt`` asks about the picture, in ``lang``; with ``prefix``, beginning as the paper makes
    captions begin."""

    id: str
    picture: Picture
    prompt: str
    lang: str
    prefix: bool = False


@dataclass(frozen=True)
class Decoding:
    """The paper's settings by default."""

    beams: int = 4
    max_new_tokens: int = 128
    size: int = 16
    """Texts written side by side; it changes nothing."""
    prompt_tokens: int = 128
    """Most tokens of a prompt."""


def write_texts(model: VLM, requests: Sequence[Request], decoding: Decoding, eyes: Eyes) -> list[str]:
    """The text of each request, without its prefix. The model is left in evaluation mode."""
    model.eval()
    prompts = [model.encode_prompt(request.prompt, decoding.prompt_tokens) for request in requests]
    order = sorted(range(len(requests)), key=lambda number: len(prompts[number]))
    texts = [""] * len(requests)
    told = time.monotonic()
    for start in range(0, len(order), decoding.size):
        rows = order[start : start + decoding.size]
        ids = padded([prompts[row] for row in rows], -1)
        mask = (ids != -1).long()
        prefixes = [model.encode_prefix(prefix_of(requests[row].lang)) if requests[row].prefix else [] for row in rows]
        with torch.no_grad():
            written = model.generate(
                None,
                ids.masked_fill(ids == -1, model.config.prompt_marks.pad).to(model.device),
                mask.to(model.device),
                prefixes,
                decoding.beams,
                decoding.max_new_tokens,
                seen=eyes([(requests[row].picture.key, requests[row].picture.image) for row in rows]),
            )
        for row, made in zip(rows, written, strict=True):
            text, request = model.decode(made), requests[row]
            texts[row] = without_prefix(text, request.lang) if request.prefix else text
        if time.monotonic() - told > 10:
            told = time.monotonic()
            logger.info("%d of %d texts", start + len(rows), len(order))
    return texts
