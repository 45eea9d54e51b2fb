"""Florence-2 (Xiao et al. 2024) as a captioner, on transformers' own classes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoProcessor, Florence2ForConditionalGeneration

from models.checkpoint import florence2_snapshot
from models.devices import device, inference
from models.protocols import Caption, ModelCard

TASK = "<MORE_DETAILED_CAPTION>"
MAX_NEW_TOKENS = 256


class Florence2:
    """Describes images with the task ``<MORE_DETAILED_CAPTION>``, greedily."""

    def __init__(self, name: str, card: ModelCard) -> None:
        folder = Path(name) if Path(name).is_dir() else florence2_snapshot(name, fetch=True)
        self.describe = card
        self.device = device()
        dtype = torch.float32 if self.device.type == "cpu" else torch.float16
        self.model = Florence2ForConditionalGeneration.from_pretrained(folder, dtype=dtype, local_files_only=True).eval()
        self.model.to(device=self.device)
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        self.limit = self.model.generation_config.max_new_tokens or MAX_NEW_TOKENS
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()

    @inference
    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; ``alts`` are not used."""
        if not images:
            return []
        with self.lock:
            inputs = self.processor(text=[TASK] * len(images), images=list(images), return_tensors="pt").to(self.device, self.model.dtype)
        made = self.model.generate(
            **inputs, max_new_tokens=self.limit, num_beams=1, do_sample=False, return_dict_in_generate=True, output_logits=True
        )
        written = made.sequences[:, 1:]
        logprobs = torch.stack(
            [step.float().log_softmax(-1).gather(1, token[:, None])[:, 0] for step, token in zip(made.logits, written.T, strict=False)], 1
        )
        tokens = written[:, : logprobs.shape[1]]
        real = tokens != self.model.generation_config.pad_token_id
        means = (logprobs * real).sum(1) / real.sum(1).clamp(min=1)
        with self.lock:
            texts = self.processor.batch_decode(written, skip_special_tokens=True)
        # Rounded, for the last bits of a sum depend on how a batch was padded.
        return [Caption(text.strip(), round(mean, 4)) for text, mean in zip(texts, means.tolist(), strict=True)]
