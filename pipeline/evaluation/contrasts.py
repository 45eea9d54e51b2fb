"""Losses of the two translations of a sentence, of which the picture says which is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from models.vlm import VLM
from pipeline.evaluation.benchmarks import ContrastItem
from pipeline.evaluation.losses import sample_losses
from pipeline.evaluation.pictures import Picture, picture_at
from pipeline.training.batches import Collate
from pipeline.training.eyes import Eyes


@dataclass(frozen=True)
class Side:
    """One translation of an item, as `Collate` takes a sample: both sides of an item have its picture's key, and look at it once."""

    item: int
    picture: Picture
    lang: str
    source: str
    text: str
    task: ClassVar[str] = "translation"
    style: ClassVar[None] = None

    @property
    def key(self) -> str:
        return self.picture.key

    @property
    def image(self) -> bytes:
        return self.picture.image


def contrast_losses(
    model: VLM, eyes: Eyes, items: Sequence[ContrastItem], lang: str, size: int = 16, tokens: int = 128
) -> tuple[list[float], list[float]]:
    """The mean cross-entropy over tokens, in nats, of the right translation of each item, and of the wrong one.

    What goes beyond ``tokens`` of a prompt or of a text is cut. The model is left in evaluation mode.
    """
    sides = [
        Side(number, picture_at(item.image), lang, item.source, text)
        for number, item in enumerate(items)
        for text in dict.fromkeys((item.correct, item.wrong))
    ]
    model.eval()
    losses: dict[tuple[int, str], float] = {}
    for batch in Collate(model, size, tokens, tokens)(sides):
        for side, loss in zip(batch.samples, sample_losses(model, eyes, batch), strict=True):
            losses[side.item, side.text] = loss
    return (
        [losses[number, item.correct] for number, item in enumerate(items)],
        [losses[number, item.wrong] for number, item in enumerate(items)],
    )
