"""Translation models through transformers' own ``generate``: the families of `models.translators.ct2`, slower, nothing to convert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM

from models.devices import device, inference, loading, number_type
from models.protocols import ModelCard
from models.specs import ModelError
from models.translators.decoding import Decoding
from models.translators.pieces import load_pieces
from models.translators.sequence import END, MAX_TARGET_TOKENS, SequenceTranslator, Tongues, Written

MAX_SCORES = 2**26
"""Tokens times vocabulary whose probabilities are held at once: 256 MB of float32."""


class Transformers(SequenceTranslator):
    """A checkpoint of NLLB, M2M100, OPUS-MT (Marian) or MADLAD-400 (T5) as transformers reads it."""

    def __init__(self, folder: str, card: ModelCard, decoding: Decoding) -> None:
        pieces = load_pieces(Path(folder))
        super().__init__(card, decoding, pieces, Tongues.of(Path(folder), pieces.ids))
        self.tokens = {number: token for token, number in pieces.target_ids.items()}
        self.device = device()
        with loading():
            self.model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=self._number_type(), local_files_only=True)
        self.model.eval().to(device=self.device)
        self.pad, self.start = self.model.config.pad_token_id, self.model.config.decoder_start_token_id
        self.end, self.unknown = pieces.target_ids[END], pieces.ids["<unk>"]
        self.words = getattr(self.model.config, "decoder_vocab_size", None) or self.model.config.vocab_size
        # Marian's padding stands at the start of a translation and nowhere else, but its probability is not always small.
        self.never = [self.pad] if self.model.config.model_type == "marian" else []

    def _number_type(self) -> torch.dtype:
        dtype = self.decoding.dtype
        if "int8" in dtype:
            raise ModelError(f"translator '{self.describe.spec}': transformers does not compute in {dtype}; write ct2:, or another dtype")
        return number_type(self.device) if dtype == "auto" else getattr(torch, dtype)

    @inference
    def write(self, sources: Sequence[Sequence[str]], prefix: Sequence[str]) -> list[Written]:
        """See `SequenceTranslator.write`."""
        rows = [[self.pieces.ids.get(token, self.unknown) for token in source] for source in sources]
        first = [self.start, *(self.pieces.target_ids[token] for token in prefix)]
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        made: dict[int, Written] = {}
        while order:
            # The last is the longest, and all of a batch are padded to its length.
            count = max(1, self.decoding.tokens_on(self.device.type) // len(rows[order[-1]]))
            batch, order = order[-count:], order[:-count]
            made |= zip(batch, self._generate([rows[number] for number in batch], first), strict=True)
        return [made[number] for number in range(len(rows))]

    def _generate(self, rows: list[list[int]], first: list[int]) -> list[Written]:
        inputs, mask = self._padded(rows)
        made = self.model.generate(
            input_ids=inputs, attention_mask=mask, decoder_input_ids=torch.tensor([first] * len(rows), device=self.device),
            num_beams=self.decoding.beams, do_sample=False,
            length_penalty=self.decoding.length_penalty if self.decoding.beams > 1 else None, early_stopping=False, max_length=None,
            max_new_tokens=MAX_TARGET_TOKENS, forced_bos_token_id=None, suppress_tokens=self.never or None,
        )  # fmt: skip
        kept = []
        for sequence in made[:, len(first) :].tolist():
            ends = sequence.index(self.end) + 1 if self.end in sequence else len(sequence)
            kept.append([token for token in sequence[:ends] if token != self.pad])
        totals = self._logprobs(inputs, mask, [[*first, *tokens] for tokens in kept], len(first))
        return [
            Written([self.tokens.get(token, "<unk>") for token in tokens if token != self.end], total, len(tokens), self.end in tokens)
            for tokens, total in zip(kept, totals, strict=True)
        ]

    def _logprobs(self, inputs: torch.Tensor, mask: torch.Tensor, targets: list[list[int]], given: int) -> list[float]:
        """The log-probability of each target after its first ``given`` tokens.

        Asked of the model once more: ``generate`` tells it only if it may keep the scores of all tokens at all steps for all beams.
        """
        totals: list[float] = []
        longest = max(map(len, targets))
        some = max(1, MAX_SCORES // (longest * self.words))
        for start in range(0, len(targets), some):
            rows = slice(start, start + some)
            wanted, real = self._padded(targets[rows])
            logits = self.model(input_ids=inputs[rows], attention_mask=mask[rows], decoder_input_ids=wanted[:, :-1]).logits.float()
            logits[..., self.never] = -torch.inf
            logprobs = logits.log_softmax(-1).gather(2, wanted[:, 1:, None])[..., 0].masked_fill(real[:, 1:] == 0, 0)
            totals += logprobs[:, given - 1 :].sum(1).tolist()
        return totals

    def _padded(self, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """int64 [n, longest] each: the rows filled at their ends, and 1 where they are not."""
        longest = max(map(len, rows))
        filled = torch.tensor([row + [self.pad] * (longest - len(row)) for row in rows], device=self.device)
        return filled, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
