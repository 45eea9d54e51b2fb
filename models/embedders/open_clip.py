"""Any model of open_clip as an embedder."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.transformer import TextTransformer
from PIL import Image

from models.checkpoint import cached, cached_or_fetched
from models.devices import device, inference
from models.protocols import ModelCard

_MULTILINGUAL = ("xlm", "nllb", "mt5", "multilingual", "i18n", "SigLIP2", "worldwide")
"""What names of open_clip's multilingual architectures contain."""


SIZE = "0.6 to 4 GB"


def _listed(name: str) -> tuple[str, str]:
    """Architecture and tag of ``ARCH/TAG``.

    Raises:
        FileNotFoundError: open_clip has no such model.
    """
    where, _, tag = name.rpartition("/")
    if (where, tag) not in open_clip.list_pretrained():
        near = [f"{arch}/{known}" for arch, known in open_clip.list_pretrained() if arch == where]
        raise FileNotFoundError(
            f"embedder open_clip:{name}: neither a folder nor a model of open_clip; "
            f"write one as {', '.join(near or ['xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k'])}"
        )
    return where, tag


def _repository(where: str, tag: str) -> str:
    return str(Path(open_clip.get_pretrained_cfg(where, tag)["hf_hub"] + "x").parent)


def weights_of(name: str, fetch: bool) -> Path | None:
    """The cached file with the weights of ``ARCH/TAG``; one that is not there is downloaded, or with ``fetch`` off is ``None``.

    Raises:
        FileNotFoundError: open_clip has no such model, or it is not there and the hub does not answer.
    """
    where, tag = _listed(name)

    def load() -> str:
        return open_clip.download_pretrained(open_clip.get_pretrained_cfg(where, tag))

    if fetch:
        return Path(cached_or_fetched(load, [_repository(where, tag)], SIZE))
    try:
        return Path(cached(load))
    except FileNotFoundError:
        return None


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
            where, tag = _listed(name)
            self.multilingual = any(mark in where for mark in _MULTILINGUAL)

        def load() -> tuple[Any, Any, Any]:
            model, _, preprocess = open_clip.create_model_and_transforms(where, pretrained=tag, device=self.device)
            return model, preprocess, open_clip.get_tokenizer(where)

        text = (open_clip.get_model_config(where) or {}).get("text_cfg", {})
        others = [text[key] for key in ("hf_model_name", "hf_tokenizer_name") if text.get(key) and not (tag is None and "tokenizer" in key)]
        repositories = list(dict.fromkeys([*([] if tag is None else [_repository(where, tag)]), *others]))
        self.model, self.preprocess, self.tokenizer = cached_or_fetched(load, repositories, SIZE)
        self.model.eval()
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()
        self.dim = int(self.embed_texts(["a"]).shape[1])

    @inference
    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not images:
            return np.zeros((0, self.dim), np.float16)
        pixels = torch.stack([self.preprocess(image) for image in images]).to(self.device)
        return _normalised(self.model.encode_image(pixels))

    @inference
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not texts:
            return np.zeros((0, self.dim), np.float16)
        with self.lock:
            tokens = self.tokenizer(list(texts)).to(self.device)
        text = getattr(self.model, "text", None)
        if (
            isinstance(text, TextTransformer)
            and text.attn_mask is not None
            and text.cls_emb is None
            and text.pool_type in ("argmax", "eos")
        ):
            # Under a causal mask nothing behind the token that stands for a text changes it, so a batch need be no longer than
            # its longest. Counting what is not padding would not do: CLIP's padding is also its token for "!".
            ends = tokens.argmax(1) if text.pool_type == "argmax" else (tokens == text.eos_id).int().argmax(1)
            longest = int(ends.max()) + 1
            tower = copy.copy(text)
            tower._buffers = {**text._buffers, "attn_mask": text.attn_mask[:longest, :longest]}
            return _normalised(tower(tokens[:, :longest]))
        return _normalised(self.model.encode_text(tokens))


def _normalised(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy().astype(np.float16)
