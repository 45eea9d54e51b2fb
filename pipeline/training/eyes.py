"""What a model sees of pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass

import torch

from models.vlm import VLM, squared
from models.vlm.config import VISION_TOWER
from shards.pictures import decode_picture

KEPT_BYTES = 2_000_000_000
"""How much of a frozen tower's output is kept in memory."""
TOGETHER, _SMALL = 8, 256
"""Pictures that a tower looks at together on a CPU, a third of the time of one by one, up to this number of pixels a side; larger ones
keep the cores busy alone."""


@dataclass(frozen=True)
class Prepared:
    """A picture that a loader's worker has made ready: uint8 [side, side, 3]; None where the tower's output for it is kept.

    ``name`` is a digest of its file.
    """

    name: str
    pixels: torch.Tensor | None


class Prepare:
    """Decodes a picture and gives it the model's size: the part of seeing that needs no weights, for `shards.loader`.

    Pictures whose digest is among ``known`` are not decoded again.
    """

    def __init__(self, side: int, known: Container[str] = ()) -> None:
        self.side, self.known = side, known

    def __call__(self, image: bytes) -> Prepared:
        name = hashlib.blake2b(image, digest_size=16).hexdigest()
        return Prepared(name, None if name in self.known else squared(torch.from_numpy(decode_picture(image))[None], self.side)[0])

    def __getstate__(self) -> dict[str, object]:
        # What is known lies in the memory of the process that made it; one that gets this as a message decodes all.
        return {"side": self.side, "known": ()}


class Eyes:
    """What a model sees of pictures: the tower's output, or nothing where it is blind.

    Where the tower is frozen and runs on a CPU, the output for a picture is kept, up to ``keep`` bytes, and computed of a fixed number
    of pictures at a time: then it does not depend on which others came with it, and a resumed run sees what an unbroken one saw.
    """

    def __init__(self, model: VLM, blind: bool = False, keep: int | None = None) -> None:
        self.model, self.blind = model, blind
        self.keeps = VISION_TOWER in model.config.frozen and model.device.type == "cpu"
        self._kept: dict[str, torch.Tensor] = {}
        self._room = KEPT_BYTES if keep is None else keep
        self._together = TOGETHER if model.image_size <= _SMALL else 1

    def prepare(self) -> Prepare | None:
        """What a loader is to do with pictures for these eyes; nothing where they are blind."""
        return None if self.blind else Prepare(self.model.image_size, self._kept if self.keeps else ())

    def __call__(self, pictures: Sequence[tuple[str, bytes | Prepared]]) -> torch.Tensor | None:
        """float [n, C, h, w] of n pictures, or ``None``; each is given as a key of its own and its file, or as it was prepared."""
        if self.blind:
            return None
        if not self.keeps:
            return self.model.see(self.model.preprocess(torch.stack([self._pixels(image) for _, image in pictures])))
        names = [image.name if isinstance(image, Prepared) else key for key, image in pictures]
        named = dict(zip(names, (image for _, image in pictures), strict=True))
        new = [name for name in named if name not in self._kept]
        seen = {name: self._kept[name] for name in named if name in self._kept}
        for first in range(0, len(new), self._together):
            group = new[first : first + self._together]
            seen |= zip(group, self._seen([named[name] for name in group]), strict=True)
        for name in new:
            if seen[name].nbytes <= self._room:
                self._kept[name] = seen[name]
                self._room -= seen[name].nbytes
        return torch.stack([seen[name] for name in names])

    def _seen(self, images: Sequence[bytes | Prepared]) -> list[torch.Tensor]:
        """The tower's output for some pictures, with the last one again in the places that are left."""
        pixels = [self._pixels(image) for image in images]
        pixels += [pixels[-1]] * (self._together - len(pixels))
        # As exact whatever precision the passes of training have, for validation looks at the same.
        with torch.no_grad(), torch.autocast(self.model.device.type, enabled=False):
            seen = self.model.see(self.model.preprocess(torch.stack(pixels))).float()
        return [one.clone() for one in seen[: len(images)]]

    def _pixels(self, image: bytes | Prepared) -> torch.Tensor:
        prepared = image if isinstance(image, Prepared) else Prepare(self.model.image_size)(image)
        assert prepared.pixels is not None
        return prepared.pixels
