"""Translation models through CTranslate2: NLLB, M2M100, OPUS-MT and MADLAD-400."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import ctranslate2

from models.devices import device
from models.protocols import ModelCard
from models.specs import ModelError
from models.translators.decoding import Decoding
from models.translators.pieces import load_pieces
from models.translators.sequence import END, MAX_TARGET_TOKENS, SequenceTranslator, Tongues, Written

PATIENCE = 2
"""How many hypotheses must be complete before the search stops, as a multiple of the beams. With 1, which is CTranslate2's default,
worse ones that end early can stop it before the best is complete: of 300 captions, the demo translator got 5 wrong by two beams,
none by one, and none by two with this patience, in 11 % more time."""


class CTranslate2(SequenceTranslator):
    """A directory that ``python -m models.convert`` wrote: ``model.bin``, its vocabulary, and the tokenizer's files beside it."""

    def __init__(self, name: str, card: ModelCard, decoding: Decoding) -> None:
        folder = Path(name)
        if not (folder / "model.bin").is_file():
            raise FileNotFoundError(
                f"translator ct2:{name}: no model.bin there; where there is a network, make the folder by "
                f"'python -m models.convert facebook/nllb-200-distilled-600M --out {name}' (2.5 GB download)"
            )
        super().__init__(card, decoding, load_pieces(folder), Tongues.of(folder, _vocabulary(folder)))
        processor = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
        self.batch_tokens = decoding.tokens_on(processor)
        dtype = decoding.dtype
        if dtype == "auto":
            dtype = "int8_float16" if processor == "cuda" else "int8"
        able = ctranslate2.get_supported_compute_types(processor)
        if dtype not in able:
            raise ModelError(f"translator '{card.spec}': dtype={dtype} does not run on this {processor}; it has {', '.join(sorted(able))}")
        number = (device().index or 0) if processor == "cuda" else 0
        self.model = ctranslate2.Translator(
            str(folder), device=processor, device_index=number, compute_type=dtype, inter_threads=1, intra_threads=1
        )

    def write(self, sources: Sequence[Sequence[str]], prefix: Sequence[str]) -> list[Written]:
        """See `SequenceTranslator.write`."""
        penalty = self.decoding.length_penalty
        results = self.model.translate_batch(
            [list(source) for source in sources],
            target_prefix=[list(prefix)] * len(sources) if prefix else None,
            beam_size=self.decoding.beams,
            patience=PATIENCE,
            length_penalty=penalty,
            max_batch_size=self.batch_tokens,
            batch_type="tokens",
            max_decoding_length=MAX_TARGET_TOKENS,
            return_scores=True,
            return_end_token=True,
        )
        written = []
        for result in results:
            tokens = result.hypotheses[0]
            # The score is a mean over all of these, but the prefix was given: its probability is not in the sum.
            total = result.scores[0] * len(tokens) ** penalty
            kept = tokens[len(prefix) :]
            complete = kept[-1:] == [END]
            written.append(Written(kept[:-1] if complete else kept, total, len(kept), complete))
        return written


def _vocabulary(folder: Path) -> frozenset[str]:
    files = [folder / f"{name}_vocabulary.json" for name in ("shared", "source", "target")]
    return frozenset(token for file in files if file.is_file() for token in json.loads(file.read_text(encoding="utf-8")))
