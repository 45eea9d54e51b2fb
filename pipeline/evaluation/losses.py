"""Cross-entropy of a split's annotations, in the paper's groups: unseen and seen captioning, seen translation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

import torch

from models.vlm import VLM
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.summary import Group, Loss
from pipeline.training.batches import Batch, Collate, loss_per_sample
from pipeline.training.eyes import Eyes
from shards.drawn import Draw
from shards.manifest import Manifest
from shards.reader import open_dataset

Item = TypeVar("Item")
ALL: frozenset[Group] = frozenset(("UC", "ST", "SC"))


def group_of(task: str, lang: str, caption_langs: frozenset[str]) -> Group:
    """SC for captions in a language that has some in train, UC in one that has none, ST for translations."""
    return "ST" if task == "translation" else "SC" if lang in caption_langs else "UC"


def annotations_of(
    out: str, split: str, groups: frozenset[Group] = ALL, limit: int | None = None, one_each: bool = False
) -> Iterator[Draw]:
    """Each annotation of these groups, as a sample of its own; of the first ``limit`` pictures of a split.

    With ``one_each`` only one of each group and picture, the same each time.
    """
    caption_langs = frozenset(Manifest.read(out).caption_langs)
    for sample in islice(open_dataset(out, split), limit):
        by_group: dict[Group, list[Draw]] = {}
        for note in sample.annotations:
            if (group := group_of(note.task, note.lang, caption_langs)) in groups:
                draw = Draw(sample.key, sample.jpg, note.task, note.lang, note.style, note.source, note.text)
                by_group.setdefault(group, []).append(draw)
        for group in sorted(by_group):
            draws = by_group[group]
            yield from [one_of(draws, sample.key)] if one_each else draws


def one_of(items: Sequence[Item], key: str) -> Item:
    """One of what a picture has, the same each time: each is as likely."""
    return items[int(key[:8], 16) % len(items)]


def split_losses(
    model: VLM,
    out: str,
    split: str,
    groups: frozenset[Group] = ALL,
    limit: int | None = None,
    one_each: bool = False,
    eyes: Eyes | None = None,
    size: int = 32,
    tokens: tuple[int, int] = (128, 128),
) -> dict[Group, list[Loss]]:
    """The loss of each annotation by group: mean over its tokens, in nats. What goes beyond ``tokens`` (prompt, text) is cut.

    Groups without annotations are not in the result. The model is left in evaluation mode.

    Raises:
        EvaluationError: the split has no annotation of these groups.
    """
    chosen = list(annotations_of(out, split, groups, limit, one_each))
    if not chosen:
        raise EvaluationError(f"{out}: split '{split}' has no annotations of {', '.join(sorted(groups))}; evaluate another split")
    caption_langs = frozenset(Manifest.read(out).caption_langs)
    eyes, losses = eyes or Eyes(model), dict[Group, list[Loss]]()
    model.eval()
    for batch in Collate(model, size, *tokens)(chosen):
        for sample, value in zip(batch.samples, sample_losses(model, eyes, batch), strict=True):
            losses.setdefault(group_of(sample.task, sample.lang, caption_langs), []).append(Loss(sample.key, sample.lang, value))
    return losses


def sample_losses(model: VLM, eyes: Eyes, batch: Batch) -> list[float]:
    """The mean cross-entropy over the tokens of each sample, in nats."""
    prompt_ids, prompt_mask, labels = (tensor.to(model.device) for tensor in (batch.prompt_ids, batch.prompt_mask, batch.labels))
    # Not inference mode: what a sharded model gathers in it could not be trained with afterwards.
    with torch.no_grad():
        sums, counts = loss_per_sample(model(None, prompt_ids, prompt_mask, labels, seen=eyes(batch.pictures)), labels)
    return (sums / counts).tolist()
