"""Florence-2 (Xiao et al. 2024) as a captioner, on transformers' own classes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import torch
from PIL import Image
from transformers import AutoProcessor, Florence2ForConditionalGeneration

from models.captioners.tasks import TASKS, Florence2Settings
from models.captioners.writing import whole_sentences, write
from models.devices import device, inference, loading, number_type
from models.protocols import Caption, ModelCard


class Florence2:
    """Describes images greedily by one of the three tasks that the model knows."""

    def __init__(self, folder: str, card: ModelCard, settings: Florence2Settings) -> None:
        self.describe, self.prompt = card, TASKS[settings.task]
        self.device = device()
        dtype = number_type(self.device) if settings.dtype == "auto" else getattr(torch, settings.dtype)
        # On a CPU torch's fused attention takes longer: one query a step is too little for it.
        attention = "eager" if self.device.type == "cpu" else "sdpa"
        with loading():
            self.model = Florence2ForConditionalGeneration.from_pretrained(
                folder, dtype=dtype, attn_implementation=attention, local_files_only=True
            )
        self.model.eval().to(device=self.device)
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()

    @inference
    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; ``alts`` are not used."""
        if not images:
            return []
        with self.lock:
            inputs = self.processor(text=[self.prompt] * len(images), images=list(images), return_tensors="pt")
        written, means, finished = write(self.model, inputs.to(self.device, self.model.dtype))
        with self.lock:
            texts = self.processor.batch_decode(written, skip_special_tokens=True)
        return [Caption(whole_sentences(text, done), mean) for text, done, mean in zip(texts, finished, means, strict=True)]
