"""What the tower sees of a picture is the same whichever pictures came with it, and is computed once."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from models.vlm import VLM, build, train_tokenizer
from pipeline.training.eyes import TOGETHER, Eyes


@pytest.fixture(scope="module")
def model() -> VLM:
    """With the demo captioner's tower, which is frozen."""
    return build("femto", "pretrained", train_tokenizer(["a red bus", "ein roter Bus"], 300, ("en", "de"))).eval()


@pytest.fixture(scope="module")
def pictures() -> list[tuple[str, bytes]]:
    made, random = [], np.random.default_rng(5)
    for number in range(3 * TOGETHER):
        sink = io.BytesIO()
        Image.fromarray(random.integers(0, 255, (40, 50, 3), np.uint8)).save(sink, "PNG")
        made.append((f"picture {number}", sink.getvalue()))
    return made


def test_a_picture_is_seen_as_itself_in_any_company(model: VLM, pictures: list[tuple[str, bytes]]) -> None:
    whole = Eyes(model)(pictures)
    assert whole is not None
    assert whole.shape[0] == len(pictures)
    assert not torch.equal(whole[0], whole[1])
    for size in (1, 3, TOGETHER, TOGETHER + 3):
        eyes = Eyes(model)
        parts = [eyes(pictures[first : first + size]) for first in range(0, len(pictures), size)]
        assert torch.equal(torch.cat(parts), whole)  # type: ignore[arg-type]
    assert torch.equal(Eyes(model)([*reversed(pictures)]).flip(0), whole)  # type: ignore[union-attr]
    near = model.see(model.preprocess(torch.stack([Eyes(model)._pixels(image) for _, image in pictures])))
    assert torch.allclose(near, whole, atol=1e-3)


def test_a_picture_is_looked_at_once_as_long_as_there_is_room(
    model: VLM, pictures: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, see = [], model.see
    monkeypatch.setattr(model, "see", lambda pixels: looked.append(len(pixels)) or see(pixels))
    eyes = Eyes(model)
    first = eyes([pictures[0], pictures[1], pictures[0]])
    assert torch.equal(eyes([pictures[1]])[0], first[1])  # type: ignore[index]
    assert torch.equal(first[0], first[2])  # type: ignore[index]
    assert looked == [TOGETHER]
    room = Eyes(model, keep=first[0].nbytes)  # type: ignore[index]
    room(pictures[:2])
    assert (torch.equal(room(pictures[:2]), first[:2]), looked) == (True, [TOGETHER] * 3)  # type: ignore[arg-type, index]
    assert (room(pictures[:1]) is not None, looked) == (True, [TOGETHER] * 3)
