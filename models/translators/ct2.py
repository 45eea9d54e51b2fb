"""NLLB and M2M100 translation models through CTranslate2."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from models.protocols import ModelCard, Translation
from models.translators.codes import M2M100, NLLB

BEAMS = 2
MAX_BATCH_TOKENS = 4096
MAX_SOURCE_TOKENS = 200
"""Longer texts are translated in parts. NLLB was trained on sentences and leaves out some of what is much longer; the positions
of a small model end not far above."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


class CTranslate2:
    """A directory that ``ct2-transformers-converter`` wrote, with the model's ``tokenizer.json`` beside ``model.bin``.

    A text of more than `MAX_SOURCE_TOKENS` is split between sentences, its parts are translated and joined; a single
    sentence that long is cut. A blank text stays as it is, with a ``logprob`` of 0.
    """

    def __init__(self, name: str, card: ModelCard) -> None:
        folder = Path(name)
        for file in ("model.bin", "tokenizer.json"):
            if not (folder / file).is_file():
                raise FileNotFoundError(
                    f"translator ct2:{name}: no {file} there; where there is a network, make the folder by 'ct2-transformers-converter "
                    "--model facebook/nllb-200-distilled-600M --quantization int8 --copy_files tokenizer.json --output_dir "
                    f"{name}' (2.5 GB download)"
                )
        self.describe = card
        settings = folder / "tokenizer_config.json"
        self.tokenizer = (
            AutoTokenizer.from_pretrained(folder, local_files_only=True)
            if settings.is_file()
            else PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        )
        vocabulary = self.tokenizer.get_vocab()
        self.codes = {lang: code for table in (NLLB, M2M100) for lang, code in table.items() if code in vocabulary}
        self.languages = frozenset(self.codes) - {"en"}
        on_gpu = ctranslate2.get_cuda_device_count() > 0
        self.model = ctranslate2.Translator(
            str(folder),
            device="cuda" if on_gpu else "cpu",
            compute_type="int8_float16" if on_gpu else "int8",
            inter_threads=1,
            intra_threads=1,
        )
        self.lock = threading.Lock()

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """See `models.protocols.Translator`. Beam search; ``logprob`` is that of the best beam, a token."""
        for lang in (source, target):
            if lang not in self.codes:
                raise ValueError(f"translator {self.describe.name} has no '{lang}'; it has {', '.join(sorted(self.codes))}")
        parts = [(number, tokens) for number, text in enumerate(texts) for tokens in self._parts(text)]
        results = (
            self.model.translate_batch(
                [[self.codes[source], *tokens, "</s>"] for _, tokens in parts],
                target_prefix=[[self.codes[target]]] * len(parts),
                beam_size=BEAMS,
                max_batch_size=MAX_BATCH_TOKENS,
                batch_type="tokens",
                max_decoding_length=250,
                return_scores=True,
                return_end_token=True,
            )
            if parts
            else []
        )
        made: list[list[_Part]] = [[] for _ in texts]
        for (number, _), result in zip(parts, results, strict=True):
            tokens = result.hypotheses[0]
            # The score is a mean over all of these, but the first, the language, was given: its probability is not in the sum.
            made[number].append(_Part(self._text(tokens[1:]), result.scores[0] * len(tokens), len(tokens) - 1))
        gap = "" if target in ("zh", "ja", "th") else " "
        return [_joined(done, gap) if done else Translation(text, 0.0) for text, done in zip(texts, made, strict=True)]

    def _parts(self, text: str) -> list[list[str]]:
        """A text's tokens, in as few parts of whole sentences as `MAX_SOURCE_TOKENS` lets them be; none of a blank text."""
        if not text.strip():
            return []
        whole = self._tokens(text)
        if len(whole) <= MAX_SOURCE_TOKENS:
            return [whole]
        parts: list[list[str]] = []
        together = ""
        for sentence in _SENTENCE.split(text):
            longer = f"{together} {sentence}".strip()
            if together and len(self._tokens(longer)) > MAX_SOURCE_TOKENS:
                parts.append(self._tokens(together))
                longer = sentence
            together = longer
        return [part[:MAX_SOURCE_TOKENS] for part in (*parts, self._tokens(together)) if part]

    def _tokens(self, text: str) -> list[str]:
        with self.lock:
            return list(self.tokenizer.convert_ids_to_tokens(self.tokenizer(text, add_special_tokens=False)["input_ids"]))

    def _text(self, words: list[str]) -> str:
        with self.lock:
            return str(self.tokenizer.decode(self.tokenizer.convert_tokens_to_ids(words), skip_special_tokens=True)).strip()


@dataclass(frozen=True)
class _Part:
    text: str
    logprob: float  # of all its tokens together
    tokens: int


def _joined(parts: list[_Part], gap: str) -> Translation:
    mean = sum(part.logprob for part in parts) / sum(part.tokens for part in parts)
    return Translation(gap.join(part.text for part in parts), round(mean, 4))
