"""What a model reads and writes, as tokens. Without its weights, so that the workers of a loader can have it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tokenizers import Tokenizer

from models.vlm.config import VLMConfig
from models.vlm.prompts import STYLES, prompt_of

IGNORED = -100
"""The label of a position that no loss is taken of."""


class Texts:
    """The tokenizers of a model with what stands around its prompts and texts. Without tokenizers it neither encodes nor decodes."""

    def __init__(self, config: VLMConfig, prompt_tokenizer: Tokenizer | None, tokenizer: Tokenizer | None) -> None:
        self.config, self.prompt_tokenizer, self.tokenizer = config, prompt_tokenizer, tokenizer

    def prompt_of(self, task: str, lang: str, style: str | None = None, source: str | None = None) -> str:
        """The prompt of an annotation, see `models.vlm.prompts.prompt_of`; a plain Florence-2, which knows no other language, is asked for
        English captions in the words that it was trained on, without the sentence about the language."""
        plain = self.config.shared_embeddings and (task, lang) == ("caption", "en") and (style or "short") in STYLES
        return STYLES[style or "short"] if plain else prompt_of(task, lang, style, source)

    @property
    def prompt_room(self) -> int:
        """The most tokens of a prompt: the encoder's positions without a picture's, one a place of the tower's grid and one for all."""
        side = math.ceil(self.config.image_size / math.prod(self.config.vision.get("patch_stride", (4, 2, 2, 2))))
        return self.config.encoder.get("max_position_embeddings", 1024) - side * side - 1

    def encode_prompt(self, text: str, limit: int = 128) -> list[int]:
        """The encoder's tokens of a prompt with those that stand around it, at most ``limit``, and what fits beside a picture."""
        marks, limit = self.config.prompt_marks, min(limit, self.prompt_room)
        ids = _tokens(self.prompt_tokenizer, text)
        return [*marks.begin, *ids[: limit - len(marks.begin) - 1], marks.end]

    def encode_text(self, text: str, limit: int = 128) -> list[int]:
        """The decoder's labels of a text: its tokens with those that stand around them, the first ``limit`` of these."""
        marks = self.config.text_marks
        return [*marks.begin, *_tokens(self.tokenizer, text), marks.end][:limit]

    def encode_prefix(self, text: str) -> list[int]:
        """The decoder's tokens of the beginning of a text, nothing around them; for `VLM.generate`."""
        return _tokens(self.tokenizer, text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the decoder's tokens, without special ones."""
        kept = [token for token in ids if token != IGNORED]
        return _there(self.tokenizer).decode(kept, skip_special_tokens=True).strip()


def _tokens(tokenizer: Tokenizer | None, text: str) -> list[int]:
    return _there(tokenizer).encode(text, add_special_tokens=False).ids


def _there(tokenizer: Tokenizer | None) -> Tokenizer:
    if tokenizer is None:
        raise ValueError("this model has no tokenizer: build it with one, see models.vlm.train_tokenizer")
    return tokenizer
