"""The alt text of a picture, kept as its caption."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from models.protocols import Caption, ModelCard


class Alt:
    """The captioner ``none``. Looks at nothing; a picture without an alt text gets an empty caption, which makes it a reject."""

    def __init__(self, name: str, card: ModelCard) -> None:
        self.describe = card

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; a ``logprob`` of 0, for nobody doubted."""
        return [Caption((alt or "").strip(), 0.0) for alt in alts]
