"""Chat models that see (LLaVA-NeXT, Qwen-VL, Gemma-3, SmolVLM and others of transformers) as captioners."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from models.captioners.prompts import BEGINNING, after_beginning, question
from models.captioners.writing import whole_sentences, write
from models.devices import device, inference, loading, number_type
from models.protocols import Caption, ModelCard


class VisionLanguageModel:
    """Answers `prompts.question` by the checkpoint's own chat template, greedily, with an answer that begins as `prompts.BEGINNING`."""

    def __init__(self, folder: str, card: ModelCard, with_alt: bool = False) -> None:
        self.describe, self.with_alt = card, with_alt
        self.device = device()
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        if not getattr(self.processor, "chat_template", None):
            raise ValueError(
                f"captioner {card.spec}: {folder} has no chat template (chat_template.jinja), so it is not a chat model; "
                "write blip:, blip2: or florence2: for models of these kinds"
            )
        # An alt text may hold what stands for a picture, or ends a turn, in a model's own prompts.
        own = ("image_token", "boi_token", "video_token")
        self.reserved = {*self.processor.tokenizer.all_special_tokens, *(str(getattr(self.processor, name, "")) for name in own)} - {""}
        # The texts of a batch end together: what is written follows the prompt, not padding.
        self.processor.tokenizer.padding_side = "left"
        with loading():
            self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=number_type(self.device), local_files_only=True)
        self.model.eval().to(device=self.device)
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()

    @inference
    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """See `models.protocols.Captioner`; ``alts`` are read only where the spec began with ``alt+``."""
        if not images:
            return []
        told = [self._plain(alt) if self.with_alt and alt else None for alt in alts]
        chats = [_chat(image, question(alt)) for image, alt in zip(images, told, strict=True)]
        with self.lock:
            inputs = self.processor.apply_chat_template(
                chats,
                continue_final_message=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs={"padding": True},
            )
        written, means, finished = write(self.model, inputs.to(self.device, self.model.dtype))
        with self.lock:
            texts = self.processor.tokenizer.batch_decode(written, skip_special_tokens=True)
        return [
            Caption(whole_sentences(after_beginning(text), done), mean) for text, done, mean in zip(texts, finished, means, strict=True)
        ]

    def _plain(self, alt: str) -> str:
        for token in sorted(self.reserved, key=len, reverse=True):
            alt = alt.replace(token, " ")
        return alt


def _chat(image: Image.Image, asked: str) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": asked}]},
        {"role": "assistant", "content": [{"type": "text", "text": BEGINNING}]},
    ]
