"""Batches as dictionaries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import shards
from shards import collate
from shards.drawn import Draw
from shards.reader import DatasetError


def draw(image: object, source: str | None = None) -> Draw:
    return Draw("0a", image, "caption", "de", None if source else "short", source, "Ein Fuchs.")


def test_fields() -> None:
    assert collate([draw(b"one"), draw(b"other", "A fox.")]) == {
        "key": ["0a", "0a"],
        "image": [b"one", b"other"],
        "task": ["caption", "caption"],
        "lang": ["de", "de"],
        "style": ["short", None],
        "source": [None, "A fox."],
        "text": ["Ein Fuchs.", "Ein Fuchs."],
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_in_a_dataloader(pristine: Path, workers: int) -> None:
    batches = list(DataLoader(shards.loader(str(pristine), decode=True), batch_size=4, num_workers=workers, collate_fn=collate))
    drawn = list(shards.loader(str(pristine), decode=True))
    assert [text for batch in batches for text in batch["text"]] == [one.text for one in drawn]
    pixels = torch.cat([batch["image"] for batch in batches])
    assert (pixels.shape, pixels.dtype) == ((8, 16, 24, 3), torch.uint8)
    assert np.array_equal(pixels.numpy(), np.stack([one.image for one in drawn]))


def test_tensors() -> None:
    assert torch.equal(collate([draw(torch.zeros(2)), draw(torch.ones(2))])["image"], torch.tensor([[0.0, 0.0], [1.0, 1.0]]))


def test_several_shapes() -> None:
    with pytest.raises(DatasetError, match=r"images of shapes 1 x 2 x 3, 2 x 1 x 3 make no batch; bring them to one by"):
        collate([draw(np.zeros((1, 2, 3))), draw(np.zeros((2, 1, 3)))])
