"""The paper's model family, from 3 million parameters to 11.2 billion: Florence-2's encoder, its own decoder or Gemma-2's."""

from models.vlm.building import build
from models.vlm.config import VLMConfig
from models.vlm.images import squared
from models.vlm.model import VLM
from models.vlm.presets import PRESETS, preset_of
from models.vlm.prompts import prefix_of, prompt_of, without_prefix
from models.vlm.saving import load, save
from models.vlm.sizes import Sizes, sizes, sizes_of
from models.vlm.texts import IGNORED, Texts
from models.vlm.tokenizer import train_tokenizer

__all__ = [
    "IGNORED",
    "PRESETS",
    "VLM",
    "Sizes",
    "Texts",
    "VLMConfig",
    "build",
    "load",
    "prefix_of",
    "preset_of",
    "prompt_of",
    "save",
    "sizes",
    "sizes_of",
    "squared",
    "train_tokenizer",
    "without_prefix",
]
