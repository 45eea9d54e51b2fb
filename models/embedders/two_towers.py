"""Models of transformers with an image and a text tower (CLIP, SigLIP, SigLIP 2, MetaCLIP 2, AltCLIP, ...) as embedders."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from models.devices import device, embedder_type, half_precision, inference, loading
from models.embedders.multilingual import is_multilingual
from models.embedders.precision import EmbedderSettings
from models.embedders.vectors import no_vectors, normalised
from models.protocols import ModelCard

_LOWER_CASE = ("siglip", "siglip2")
"""Kinds of models that were trained on lower-cased texts, whatever the class of the tokenizer that a checkpoint names."""


class TwoTowers:
    """Embeds images and texts with ``get_image_features`` and ``get_text_features``.

    The SigLIP kinds know no padding mask and read their text from its last position: texts are padded to the 64 tokens of their
    training, and lower-cased as there (Tschannen et al. 2025). All other kinds are padded to the longest of a batch. Whatever the
    image processor makes of pictures goes into the model, also the masks and shapes of SigLIP 2's NaFlex checkpoints.
    """

    def __init__(self, folder: str, card: ModelCard, settings: EmbedderSettings) -> None:
        self.describe, self.device, self.dtype = card, device(), settings.dtype
        with loading():
            self.model = AutoModel.from_pretrained(folder, dtype=embedder_type(self.dtype), local_files_only=True)
        if not hasattr(self.model, "get_text_features") or not hasattr(self.model, "get_image_features"):
            raise ValueError(
                f"embedder {card.spec}: {type(self.model).__name__} has not an image and a text tower; "
                "write a CLIP-like model, as hf:openai/clip-vit-base-patch32"
            )
        self.model.eval().to(device=self.device)
        self.images = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.lower_case = self.model.config.model_type in _LOWER_CASE
        text = self.model.config.text_config
        # RoBERTa's positions, as AltCLIP has them, begin behind the number of its padding.
        reserved = text.pad_token_id + 1 if text.model_type in ("altclip_text_model", "xlm-roberta", "roberta") else 0
        self.limit = text.max_position_embeddings - reserved
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()
        self.dim = int(self.embed_texts(["a"]).shape[1])
        self.multilingual = is_multilingual(card.name, Path(folder), self.embed_texts)

    @inference
    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not images:
            return no_vectors(self.dim)
        inputs = self.images(images=list(images), return_tensors="pt").to(self.device, embedder_type(self.dtype))
        with half_precision(self.device, self.dtype):
            return normalised(_pooled(self.model.get_image_features(**inputs)))

    @inference
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not texts:
            return no_vectors(self.dim)
        shown = [text.lower() for text in texts] if self.lower_case else list(texts)
        with self.lock:
            inputs = self.tokenizer(
                shown,
                padding="max_length" if self.lower_case else "longest",
                truncation=True,
                max_length=self.limit,
                return_attention_mask=not self.lower_case,
                return_tensors="pt",
            ).to(self.device)
        inputs.pop("token_type_ids", None)
        with half_precision(self.device, self.dtype):
            return normalised(_pooled(self.model.get_text_features(**inputs)))


def _pooled(features: Any) -> torch.Tensor:
    return features if isinstance(features, torch.Tensor) else features.pooler_output
