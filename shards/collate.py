"""A batch of samples as a dictionary, which torch's own collate function cannot make: captions have no source, translations no style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shards.reader import DatasetError

if TYPE_CHECKING:
    from shards.drawn import Draw


def collate(draws: Sequence[Draw]) -> dict[str, Any]:
    """For a DataLoader's ``collate_fn``: the fields of n samples by name, key, image, task, lang, style, source, text, each a list [n].

    Where images are tensors or arrays they are one tensor: [n, height, width, 3], uint8, of ``decode=True``.

    Raises:
        DatasetError: images are arrays of several shapes.
    """
    import numpy as np
    import torch

    batch: dict[str, Any] = {name: list(values) for name, values in zip(draws[0]._fields, zip(*draws, strict=True), strict=True)}
    images = batch["image"]
    if all(isinstance(image, (np.ndarray, torch.Tensor)) for image in images):
        shapes = {tuple(image.shape) for image in images}
        if len(shapes) > 1:
            listed = ", ".join(" x ".join(map(str, shape)) for shape in sorted(shapes))
            raise DatasetError(f"images of shapes {listed} make no batch; bring them to one by the loader's prepare, or collate into lists")
        batch["image"] = torch.stack([torch.as_tensor(image) for image in images])
    return batch
