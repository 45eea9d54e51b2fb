"""BLIP (Li et al. 2022) and BLIP-2 (Li et al. 2023) as captioners."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from models.captioners.writing import end_tokens, whole_sentences, write
from models.devices import device, inference, loading, number_type
from models.protocols import Caption, ModelCard


class Blip:
    """Describes images greedily without a prompt: one short sentence each."""

    def __init__(self, folder: str, card: ModelCard) -> None:
        self.describe, self.device = card, device()
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        with loading():
            self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=number_type(self.device), local_files_only=True)
        self.model.eval().to(device=self.device)
        # Their own generate methods hand on to the text model, and go by what that takes for an end.
        inner = getattr(self.model, "language_model", None)
        self.ends = [self.model.config.text_config.sep_token_id] if inner is None else end_tokens(inner)
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()

    @inference
    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; ``alts`` are not used."""
        if not images:
            return []
        with self.lock:
            inputs = self.processor(images=list(images), return_tensors="pt")
        written, means, finished = write(self.model, inputs.to(self.device, self.model.dtype), self.ends)
        with self.lock:
            texts = self.processor.batch_decode(written, skip_special_tokens=True)
        return [Caption(whole_sentences(text, done), mean) for text, done, mean in zip(texts, finished, means, strict=True)]
