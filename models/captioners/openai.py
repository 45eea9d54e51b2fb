"""Chat models that see, behind an OpenAI-compatible server, as captioners."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from models.captioners.prompts import BEGINNING, after_beginning, question
from models.captioners.writing import whole_sentences
from models.endpoint import Endpoint, parse_endpoint
from models.protocols import Caption, ModelCard

JPEG_QUALITY = 95


class OpenAICaptioner:
    """Asks what every chat model is asked (`prompts.question`), with the picture as a data URL; answers begin as `prompts.BEGINNING`."""

    def __init__(self, name: str, card: ModelCard, with_alt: bool = False) -> None:
        url, model, settings = parse_endpoint(name)
        self.describe, self.with_alt, self.prefill = card, with_alt, settings.prefill
        self.endpoint = Endpoint(url, model, settings)

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; ``alts`` are read only where the spec began with ``alt+``."""
        chats = [self._chat(image, alt if self.with_alt else None) for image, alt in zip(images, alts, strict=True)]
        return [Caption(whole_sentences(self._whole(answer.text), answer.complete), answer.logprob) for answer in self.endpoint.ask(chats)]

    def _chat(self, image: Image.Image, alt: str | None) -> list[dict[str, Any]]:
        asked = question(alt) if self.prefill else f'{question(alt)} Begin with "{BEGINNING}".'
        content = [{"type": "image_url", "image_url": {"url": _data_url(image)}}, {"type": "text", "text": asked}]
        begun = [{"role": "assistant", "content": BEGINNING}] if self.prefill else []
        return [{"role": "user", "content": content}, *begun]

    def _whole(self, written: str) -> str:
        return after_beginning(written) if self.prefill else written.strip()


def _data_url(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
