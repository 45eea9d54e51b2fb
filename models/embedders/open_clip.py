"""Any model of open_clip as an embedder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.pretrained import download_pretrained_from_hf
from PIL import Image

from models.devices import device, embedder_type, half_precision, inference
from models.downloads import cached, cached_or_fetched
from models.embedders.causal_text import encode, reads_one_position
from models.embedders.multilingual import is_multilingual
from models.embedders.precision import EmbedderSettings
from models.embedders.text_tokens import Tokens
from models.embedders.vectors import no_vectors, normalised
from models.protocols import ModelCard

SIZE = "0.6 to 4 GB"
"""Of the weights of open_clip's models, most of them."""


def _listed(name: str) -> tuple[str, dict[str, Any], str | None]:
    """Architecture, pretrained configuration and revision of ``ARCH/TAG[@REVISION]``.

    Raises:
        FileNotFoundError: open_clip has no such model.
    """
    model, _, revision = name.partition("@")
    where, _, tag = model.rpartition("/")
    if (where, tag) not in open_clip.list_pretrained():
        near = [f"{arch}/{known}" for arch, known in open_clip.list_pretrained() if arch == where]
        raise FileNotFoundError(
            f"embedder open_clip:{name}: neither a folder nor a model of open_clip; "
            f"write one as {', '.join(near or ['xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k'])}"
        )
    return where, open_clip.get_pretrained_cfg(where, tag), revision or None


def weights_of(name: str, fetch: bool) -> Path | None:
    """The cached file with the weights of ``ARCH/TAG[@REVISION]``; one not there is downloaded, or with ``fetch`` off is ``None``.

    Raises:
        FileNotFoundError: open_clip has no such model, or it is not there and the hub does not answer.
    """
    _, config, revision = _listed(name)
    repository, _, file = config["hf_hub"].rpartition("/")

    def load() -> str:
        return download_pretrained_from_hf(repository, file or None, revision)

    if fetch:
        return Path(cached_or_fetched(load, [f"{repository} --revision {revision}" if revision else repository], SIZE))
    try:
        return Path(cached(load))
    except FileNotFoundError:
        return None


class OpenClip:
    """A directory with ``open_clip_config.json``, weights and tokenizer, or ``ARCH/TAG[@REVISION]`` of open_clip's list."""

    def __init__(self, name: str, card: ModelCard, settings: EmbedderSettings) -> None:
        self.describe, self.device, self.dtype = card, device(), settings.dtype
        folder = Path(name) if Path(name).is_dir() else None
        where, pretrained = f"local-dir:{folder}", {}
        if folder is None:
            where, config, _ = _listed(name)
            pretrained = {"pretrained": str(weights_of(name, fetch=True))} | {
                f"image_{key}": config[key] for key in ("mean", "std", "interpolation", "resize_mode") if config.get(key)
            }

        def load() -> tuple[Any, Any, Any]:
            model, _, preprocess = open_clip.create_model_and_transforms(where, device=self.device, **pretrained)
            return model, preprocess, open_clip.get_tokenizer(where)

        text = (open_clip.get_model_config(where) or {}).get("text_cfg", {})
        # Its tokenizer lies in a folder that open_clip saved; the configuration of a text tower of transformers does not.
        others = ["hf_model_name"] if folder else ["hf_model_name", "hf_tokenizer_name"]
        repositories = list(dict.fromkeys(text[key] for key in others if text.get(key)))
        self.model, self.preprocess, self.tokenizer = cached_or_fetched(load, repositories, "less than 0.1 GB")
        self.model.eval().to(embedder_type(self.dtype))
        tower = getattr(self.model, "text", None)
        self.causal = tower if reads_one_position(tower) else None
        self.tokens = Tokens(self.tokenizer) if self.causal is not None and Tokens.can_stand_for(self.tokenizer) else None
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()
        self.dim = int(self.embed_texts(["a"]).shape[1])
        named = where if folder is None else f"{card.name} {text.get('hf_model_name', '')}"
        self.multilingual = is_multilingual(named, folder, self.embed_texts)

    @inference
    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not images:
            return no_vectors(self.dim)
        pixels = torch.stack([self.preprocess(image) for image in images]).to(self.device, embedder_type(self.dtype))
        with half_precision(self.device, self.dtype):
            return normalised(self.model.encode_image(pixels))

    @inference
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not texts:
            return no_vectors(self.dim)
        if self.tokens is not None:
            tokens = self.tokens(texts).to(self.device)
        else:
            with self.lock:
                tokens = self.tokenizer(list(texts)).to(self.device)
        with half_precision(self.device, self.dtype):
            return normalised(self.model.encode_text(tokens) if self.causal is None else encode(self.causal, tokens))
