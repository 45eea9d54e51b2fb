"""The family: Florence-2's encoder with its own decoder or Gemma-2's, which writes captions and translations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BartForCausalLM
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.models.bart.modeling_bart import BartEncoder
from transformers.models.florence2.modeling_florence2 import Florence2MultiModalProjector, Florence2VisionBackbone

from models.vlm.config import GEMMA_BODY, PROJECTOR, VISION_TOWER, VLMConfig
from models.vlm.gemma import ADDED, GemmaDecoder, additive_mask
from models.vlm.images import squared
from models.vlm.texts import IGNORED, Texts

_SMALL = 512
"""Widths below this train faster with plain attention than with a fused one, on a CPU by 1.4 times."""


class VLM(torch.nn.Module):
    """An image and a prompt go in, a text in the prompt's language comes out.

    n images, P prompt tokens, T text tokens and V tokens of vocabulary: the encoder reads image tokens and then the prompt, as Florence-2's
    does; the decoder reads the encoder. ``prompt_ids`` are padded at their end and ``prompt_mask`` is 0 there. ``labels`` are the tokens of
    `encode_text`, padded with -100.
    """

    def __init__(self, config: VLMConfig, prompt_tokenizer: Tokenizer | None, tokenizer: Tokenizer | None) -> None:
        """Random weights. Without tokenizers it computes, but neither encodes nor decodes."""
        super().__init__()
        self.config, self.prompt_tokenizer, self.tokenizer = config, prompt_tokenizer, tokenizer
        self.vision_tower = Florence2VisionBackbone(config.vision_config())
        self.projector = Florence2MultiModalProjector(config.florence())
        self.encoder = BartEncoder(config.encoder_config())
        # Typed loosely, for transformers' own annotations of generation do not check.
        self.decoder: Any
        if config.decoder_kind == "bart":
            self.decoder = BartForCausalLM(config.bart_decoder_config())
        else:
            self.decoder = GemmaDecoder(config.gemma_decoder_config())
        self.tie()
        # What generation reads of a decoder's own settings must not depend on the checkpoint that it came from.
        self.decoder.generation_config = type(self.decoder.generation_config)(
            pad_token_id=config.text_marks.pad, eos_token_id=config.text_marks.end, bos_token_id=config.text_marks.start
        )
        self.set_attention("eager" if config.encoder["d_model"] < _SMALL else "sdpa")
        self.freeze()

    def tie(self) -> None:
        """Makes the decoder's head its embeddings and, where they are shared, these the encoder's; for after weights were replaced."""
        if self.config.shared_embeddings:
            self.decoder.get_input_embeddings().weight = self.encoder.embed_tokens.weight
        self.decoder.tie_weights()

    def freeze(self) -> None:
        """Takes what the configuration freezes from training."""
        if VISION_TOWER in self.config.frozen:
            self.vision_tower.requires_grad_(False)
        if PROJECTOR in self.config.frozen:
            self.projector.requires_grad_(False)
        if GEMMA_BODY in self.config.frozen:
            for name, parameter in self.decoder.named_parameters():
                parameter.requires_grad_("embed_tokens" in name or any(part in name.split(".") for part in ADDED))

    def train(self, mode: bool = True) -> VLM:
        """As torch's; a frozen tower stays as it is when it is used."""
        super().train(mode)
        if VISION_TOWER in self.config.frozen:
            self.vision_tower.eval()
        return self

    @property
    def image_size(self) -> int:
        """Pixels a side of the images that `preprocess` makes."""
        return self.config.image_size

    def set_attention(self, implementation: str) -> None:
        """``eager``, ``sdpa`` or another that transformers knows; of a Gemma decoder only where it can cap logits."""
        for part in (self.vision_tower, self.encoder, self.decoder):
            if implementation != "sdpa" or part._supports_sdpa:
                part.set_attn_implementation(implementation)

    def set_gradient_checkpointing(self, on: bool) -> None:
        """Whether layers are computed again in the backward pass, for less memory; logits and gradients are the same."""
        for part in (self.encoder, self.decoder):
            if on:
                part.gradient_checkpointing_enable({"use_reentrant": False})
            else:
                part.gradient_checkpointing_disable()

    def preprocess(self, images: torch.Tensor | np.ndarray) -> torch.Tensor:
        """float32 [n, 3, image_size, image_size], normalised, of uint8 RGB [n, H, W, 3]; the sides are scaled apart, as in the paper."""
        # A copy, for what comes of a decoder or a shared memory may not be written to.
        given = torch.from_numpy(np.array(images)) if isinstance(images, np.ndarray) else images
        pixels = squared(given.to(self.device), self.image_size).permute(0, 3, 1, 2)
        mean = torch.tensor(self.config.mean, device=self.device)[:, None, None]
        std = torch.tensor(self.config.std, device=self.device)[:, None, None]
        return (pixels.float() / 255 - mean) / std

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.encoder.device

    @property
    def texts(self) -> Texts:
        """Its prompts and tokens, which need no weights."""
        return Texts(self.config, self.prompt_tokenizer, self.tokenizer)

    def prompt_of(self, task: str, lang: str, style: str | None = None, source: str | None = None) -> str:
        """See `Texts`, as for the next ones."""
        return self.texts.prompt_of(task, lang, style, source)

    def encode_prompt(self, text: str, limit: int = 128) -> list[int]:
        return self.texts.encode_prompt(text, limit)

    def encode_text(self, text: str, limit: int = 128) -> list[int]:
        return self.texts.encode_text(text, limit)

    def encode_prefix(self, text: str) -> list[int]:
        return self.texts.encode_prefix(text)

    def decode(self, ids: Sequence[int]) -> str:
        return self.texts.decode(ids)

    def see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """The tower's output, float [n, C, h, w]. A frozen tower's depends on the image only, and may be kept for later."""
        return self._see(pixel_values)

    def encode(
        self, pixel_values: torch.Tensor | None, prompt_ids: torch.Tensor, prompt_mask: torch.Tensor, seen: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The encoder's output, float [n, S, d], and its mask [n, S]. S counts the image's tokens and the prompt's.

        ``seen`` is the tower's output where it is known. With neither ``pixel_values`` nor ``seen`` the model is blind: it reads the
        prompt alone.
        """
        return self._encode(pixel_values, prompt_ids, prompt_mask, seen)

    # The public methods are entrances at which a sharded model gathers its weights and leaves them again, so they must not be nested.
    def _see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and VISION_TOWER not in self.config.frozen):
            return self.vision_tower(pixel_values).last_hidden_state

    def _encode(
        self, pixel_values: torch.Tensor | None, prompt_ids: torch.Tensor, prompt_mask: torch.Tensor, seen: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        words = self.encoder.embed_tokens(prompt_ids)
        if seen is None and pixel_values is not None:
            seen = self._see(pixel_values)
        if seen is not None:
            image = self.projector(seen.to(self.projector.image_projection.weight.dtype))
            words = torch.cat([image.to(words.dtype), words], 1)
            prompt_mask = torch.cat([prompt_mask.new_ones(image.shape[:2]), prompt_mask], 1)
        # Masks that are ready to add: transformers would look whether anything is padded, and so wait for the device.
        return self.encoder(inputs_embeds=words, attention_mask=additive_mask(prompt_mask, words.dtype)).last_hidden_state, prompt_mask

    def forward(
        self,
        pixel_values: torch.Tensor | None,
        prompt_ids: torch.Tensor,
        prompt_mask: torch.Tensor,
        labels: torch.Tensor,
        seen: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Logits, float [n, T, V]: of position t for ``labels[:, t]``, from the labels before it.

        ``pixel_values`` is float [n, 3, H, W], or ``None`` with ``seen`` as in `encode`. The cross-entropy of the logits with the labels
        (``ignore_index=-100``) is the loss.
        """
        marks = self.config.text_marks
        encoded, mask = self._encode(pixel_values, prompt_ids, prompt_mask, seen)
        given = torch.cat([torch.full_like(labels[:, :1], marks.start), labels[:, :-1]], 1)
        given = given.masked_fill(given == IGNORED, marks.pad)
        length = labels.shape[1]
        ahead = torch.full((length, length), torch.finfo(encoded.dtype).min, dtype=encoded.dtype, device=encoded.device).triu(1)
        return self.decoder(
            input_ids=given,
            attention_mask=ahead[None, None],
            encoder_hidden_states=encoded,
            encoder_attention_mask=additive_mask(mask, encoded.dtype),
            use_cache=False,
        ).logits

    @torch.no_grad()
    def generate(
        self,
        pixel_values: torch.Tensor | None,
        prompt_ids: torch.Tensor,
        prompt_mask: torch.Tensor,
        prefix_ids: Sequence[int] | Sequence[Sequence[int]] | None = None,
        beams: int = 4,
        max_new_tokens: int = 128,
        seen: torch.Tensor | None = None,
    ) -> list[list[int]]:
        """The likeliest text of each image and prompt by beam search, as tokens without those around it.

        ``prefix_ids`` (see `encode_prefix`), one for all or one each, is what the texts begin with; it is part of what comes back and does
        not count as new. transformers' own search; call `eval` first.
        """
        encoded, mask = self._encode(pixel_values, prompt_ids, prompt_mask, seen)
        rows = len(prompt_ids)
        prefixes: list[list[int]]
        if prefix_ids and not isinstance(prefix_ids[0], int):
            prefixes = [list(prefix) for prefix in prefix_ids]  # type: ignore[arg-type]
        else:
            prefixes = [list(prefix_ids or [])] * rows  # type: ignore[arg-type]
        if len(prefixes) != rows:
            raise ValueError(f"{len(prefixes)} prefixes for {rows} images: give one for all, or one each")
        made: list[list[int]] = [[] for _ in range(rows)]
        # Prefixes of one length at a time: a decoder's padding would be a second way to be wrong.
        for length in sorted({len(prefix) for prefix in prefixes}):
            chosen = [row for row, prefix in enumerate(prefixes) if len(prefix) == length]
            texts = self._search(encoded[chosen], mask[chosen], [prefixes[row] for row in chosen], beams, max_new_tokens)
            for row, text in zip(chosen, texts, strict=True):
                made[row] = text
        return made

    def _search(
        self, encoded: torch.Tensor, mask: torch.Tensor, prefixes: list[list[int]], beams: int, max_new_tokens: int
    ) -> list[list[int]]:
        marks = self.config.text_marks
        before = [marks.start, *marks.begin]
        given = torch.tensor([[*before, *prefix] for prefix in prefixes], device=encoded.device)
        settings: dict[str, Any] = {"num_beams": beams, "do_sample": False, "max_new_tokens": max_new_tokens, "use_cache": True}
        if beams == 1:
            settings |= {name: value for name, value in self.config.search.items() if name != "early_stopping"}  # which is about beams
        else:
            settings |= self.config.search
        written = self.decoder.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            encoder_hidden_states=encoded,
            encoder_attention_mask=mask,
            past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
            **settings,
        )
        return [_until(row[len(before) :], marks.end, marks.pad) for row in written.tolist()]


def _until(ids: list[int], end: int, pad: int) -> list[int]:
    kept = ids[: ids.index(end)] if end in ids else ids
    return [token for token in kept if token != pad]
