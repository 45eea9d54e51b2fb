"""Any model of open_clip as an embedder."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from open_clip.transformer import TextTransformer
from PIL import Image

from models.checkpoint import missing
from models.devices import device, inference
from models.protocols import ModelCard

_MULTILINGUAL = ("xlm", "nllb", "mt5", "multilingual", "i18n", "SigLIP2")
"""What names of open_clip's multilingual architectures contain."""


class OpenClip:
    """A directory with ``open_clip_config.json``, weights and tokenizer, or ``ARCH/TAG`` of open_clip's list."""

    def __init__(self, name: str, card: ModelCard) -> None:
        self.describe, self.device = card, device()
        folder = Path(name)
        if folder.is_dir():
            languages = json.loads((folder / "card.json").read_text()).get("languages", []) if (folder / "card.json").exists() else []
            self.multilingual = len(languages) > 1 or any(mark in (folder / "open_clip_config.json").read_text() for mark in _MULTILINGUAL)
            where, tag = f"local-dir:{folder}", None
        else:
            where, _, tag = name.rpartition("/")
            if (where, tag) not in open_clip.list_pretrained():
                near = [f"{arch}/{known}" for arch, known in open_clip.list_pretrained() if arch == where] or [
                    "xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"
                ]
                raise FileNotFoundError(
                    f"embedder open_clip:{name}: neither a folder nor a model of open_clip; write one as {', '.join(near)}"
                )
            self.multilingual = any(mark in where for mark in _MULTILINGUAL)
        try:
            self.model, _, self.preprocess = open_clip.create_model_and_transforms(where, pretrained=tag, device=self.device)
            self.tokenizer = open_clip.get_tokenizer(where)
        except Exception as error:
            if folder.is_dir():
                raise
            raise missing(open_clip.get_pretrained_cfg(where, tag).get("hf_hub", name).rstrip("/"), "0.6 to 4 GB", error) from None
        self.model.eval()
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()
        self.dim = int(self.embed_texts(["a"]).shape[1])

    @inference
    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        pixels = torch.stack([self.preprocess(image) for image in images]).to(self.device)
        return _normalised(self.model.encode_image(pixels))

    @inference
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        with self.lock:
            tokens = self.tokenizer(list(texts)).to(self.device)
        text = getattr(self.model, "text", None)
        if (
            isinstance(text, TextTransformer)
            and text.attn_mask is not None
            and text.cls_emb is None
            and text.pool_type in ("argmax", "eos")
        ):
            # Under a causal mask nothing behind the end of a text changes it, so a batch need be no longer than its longest.
            longest = int((tokens != text.pad_id).sum(1).max())
            tower = copy.copy(text)
            tower._buffers = {**text._buffers, "attn_mask": text.attn_mask[:longest, :longest]}
            return _normalised(tower(tokens[:, :longest]))
        return _normalised(self.model.encode_text(tokens))


def _normalised(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy().astype(np.float16)
