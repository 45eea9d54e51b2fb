"""Multilingual-CLIP (Carlsson et al. 2022): a text tower that was trained to land where a CLIP's own text tower lands."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PretrainedConfig

from models.devices import device, half_precision, inference
from models.downloads import cached_or_fetched
from models.embedders.multilingual import is_multilingual
from models.embedders.vectors import no_vectors, normalised
from models.protocols import Embedder, ModelCard

MAX_TOKENS = 128
"""Texts are cut here; captions are shorter, and what was never trained on is not worth its time."""


class MClip:
    """A text tower in Multilingual-CLIP's own format, and the image tower of another embedder.

    Its ``config.json`` names the transformer below it (``modelBase``), whose configuration is read from beside it (a folder of
    that name), or from the hub; its weights are that transformer's, and a linear map into the space of the images
    (``LinearTransformation``), over the mean of all tokens.
    """

    def __init__(self, folder: str, card: ModelCard, images: Embedder) -> None:
        self.describe, self.device, self.images = card, device(), images
        config = json.loads((Path(folder) / "config.json").read_text())
        if "modelBase" not in config:
            raise ValueError(f"embedder {card.spec}: {folder}/config.json names no modelBase, so it is no text tower of Multilingual-CLIP")
        self.tower = AutoModel.from_config(_configuration(Path(folder), config["modelBase"]))
        self.projection = torch.nn.Linear(config["transformerDimensions"], config["numDims"])
        weights = _weights(Path(folder))
        self.projection.load_state_dict({name.partition(".")[2]: weights.pop(name) for name in [*weights] if name.startswith("Linear")})
        # Buffers of positions, which older versions of transformers saved too, are none of the weights.
        tower = {name.removeprefix("transformer."): values for name, values in weights.items() if not name.endswith("position_ids")}
        self.tower.load_state_dict(tower)
        self.tower.eval().to(self.device)
        self.projection.eval().to(self.device)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        # Fast tokenizers change their own state while they pad, and must not be shared by two threads at a time.
        self.lock = threading.Lock()
        self.dim = images.dim
        if config["numDims"] != images.dim:
            raise ValueError(
                f"embedder {card.spec}: the text tower makes {config['numDims']} numbers and {images.describe.name} {images.dim}; "
                "name the image tower that the text tower was trained for"
            )
        self.multilingual = is_multilingual(card.name, Path(folder), self.embed_texts)

    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """See `models.protocols.Embedder`; what the image tower says."""
        return self.images.embed_images(images)

    @inference
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `models.protocols.Embedder`."""
        if not texts:
            return no_vectors(self.dim)
        with self.lock:
            tokens = self.tokenizer(list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt").to(self.device)
        with half_precision(self.device):
            states = self.tower(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(2)
            return normalised(self.projection((states * mask).sum(1) / mask.sum(1)))


def _configuration(folder: Path, base: str) -> PretrainedConfig:
    if (folder / base).is_dir():
        return AutoConfig.from_pretrained(folder / base, local_files_only=True)
    return cached_or_fetched(lambda: AutoConfig.from_pretrained(base), [base], "its config.json is enough")


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    if (folder / "model.safetensors").exists():
        return load_file(folder / "model.safetensors")
    return torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
