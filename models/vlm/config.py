"""What a model's folder says about it, ``config.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from transformers import BartConfig, Florence2Config, Florence2VisionConfig, Gemma2Config

from models.vlm.presets import Preset
from models.vlm.tokenizer import BART_PROMPT, BART_TEXT, GEMMA_TEXT, Marks, TextMarks

Decoder = Literal["bart", "gemma2"]
VISION_TOWER, PROJECTOR, GEMMA_BODY = "vision_tower", "projector", "gemma_body"
"""What can be frozen: the tower; what makes its output the encoder's input; of a Gemma decoder all but cross-attention with its norm and
gate, and the embeddings."""
PAPER_SEARCH: dict[str, Any] = {"no_repeat_ngram_size": 3, "early_stopping": True}
"""What the configurations of Florence-2 and of the paper's models say of beam search, besides the number of beams."""


BART_TOKENS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": None}
"""Numbers of BART's special tokens, which its tokenizer and ours have."""


@dataclass(frozen=True)
class VLMConfig:
    """A model's shape, its special tokens and what of it is frozen. ``vision``, ``encoder`` and ``decoder`` are transformers' fields."""

    preset: str
    image_size: int  # pixels a side
    mean: tuple[float, ...]
    std: tuple[float, ...]
    vision: dict[str, Any]  # Florence2VisionConfig
    encoder: dict[str, Any]  # BartConfig
    decoder_kind: Decoder
    decoder: dict[str, Any]  # BartConfig or Gemma2Config
    prompt_marks: Marks
    text_marks: TextMarks
    shared_embeddings: bool  # whether encoder and decoder have the same ones, as a plain Florence-2 does
    frozen: tuple[str, ...]
    search: dict[str, Any]  # of beam search, besides beams and length: arguments of transformers' generate

    def florence(self) -> Florence2Config:
        """transformers' configuration of tower, projector and encoder."""
        return Florence2Config(vision_config=self.vision_config(), text_config=self.encoder_config().to_dict() | {"model_type": "bart"})

    def vision_config(self) -> Florence2VisionConfig:
        """transformers' configuration of the tower."""
        return Florence2VisionConfig(**self.vision)

    def encoder_config(self) -> BartConfig:
        """transformers' configuration of the encoder."""
        return BartConfig(**self.encoder)

    def bart_decoder_config(self) -> BartConfig:
        """transformers' configuration of a Florence-2 decoder."""
        return BartConfig(**self.decoder, is_decoder=True, is_encoder_decoder=False)

    def gemma_decoder_config(self) -> Gemma2Config:
        """transformers' configuration of a Gemma-2 decoder, with the width of the encoder that it reads as ``encoder_hidden_size``."""
        fields: dict[str, Any] = self.decoder | {"encoder_hidden_size": self.encoder["d_model"]}
        return Gemma2Config(**fields)

    def save(self, folder: Path) -> None:
        """Writes ``folder/config.json``."""
        record = asdict(self) | {"model_type": "captions-from-translations", "format": 1}
        (folder / "config.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> VLMConfig:
        """The configuration of a ``config.json`` that `save` wrote."""
        record = {name: value for name, value in record.items() if name not in ("model_type", "format")}
        tuples = {name: tuple(record[name]) for name in ("mean", "std", "frozen")}
        marks = {"prompt_marks": Marks.from_record(record["prompt_marks"]), "text_marks": TextMarks.from_record(record["text_marks"])}
        return cls(**(record | tuples | marks))

    def with_image_size(self, image_size: int | None) -> VLMConfig:
        """The same at another image size; at its own with ``None``."""
        return self if image_size is None else replace(self, image_size=image_size)


def config_of(preset: Preset, pretrained: bool = True, vocabulary: int | None = None) -> VLMConfig:
    """The configuration of a preset; ``vocabulary`` is that of a trained tokenizer where it is not the preset's.

    With ``pretrained`` parts are frozen as in the paper: always the vision tower, with the projector (but in the small sizes, whose
    tower saw little), and a Gemma decoder's body.
    """
    vocabulary, prompt_vocabulary = (vocabulary or preset.vocabulary), (vocabulary or preset.prompt_vocabulary)
    encoder = preset.text | BART_TOKENS | {"vocab_size": prompt_vocabulary}
    text_marks = BART_TEXT if preset.for_cpu else GEMMA_TEXT
    if preset.gemma is not None:
        decoder = preset.gemma | {"vocab_size": vocabulary}
    else:
        decoder = preset.text | BART_TOKENS | {"vocab_size": vocabulary, "pad_token_id": text_marks.pad, "eos_token_id": text_marks.end}
        decoder |= {"bos_token_id": 0 if preset.for_cpu else 2, "decoder_start_token_id": text_marks.start}
    parts = ((VISION_TOWER, True), (PROJECTOR, not preset.for_cpu), (GEMMA_BODY, preset.gemma is not None))
    frozen = tuple(part for part, there in parts if pretrained and there)
    return VLMConfig(
        preset.name, preset.image_size, preset.mean, preset.std, preset.vision, encoder, "bart" if preset.gemma is None else "gemma2",
        decoder, BART_PROMPT, text_marks, False, frozen, {} if preset.for_cpu else PAPER_SEARCH,
    )  # fmt: skip
