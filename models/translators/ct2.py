"""NLLB and M2M100 translation models through CTranslate2."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from models.protocols import ModelCard, Translation
from models.translators.codes import M2M100, NLLB

BEAMS = 2
MAX_BATCH_TOKENS = 4096


class CTranslate2:
    """A directory that ``ct2-transformers-converter`` wrote, with the model's ``tokenizer.json`` beside ``model.bin``.

    A text that is longer than the model's positions is cut by the decoder's limit, not by this class: captions and
    sentences of bitexts are far shorter.
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
        with self.lock:
            rows = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
            tokens = [[self.codes[source], *self.tokenizer.convert_ids_to_tokens(row), "</s>"] for row in rows]
        results = self.model.translate_batch(
            tokens,
            target_prefix=[[self.codes[target]]] * len(tokens),
            beam_size=BEAMS,
            max_batch_size=MAX_BATCH_TOKENS,
            batch_type="tokens",
            max_decoding_length=250,
            return_scores=True,
        )
        made = []
        with self.lock:
            for result in results:
                words = [token for token in result.hypotheses[0] if token != self.codes[target]]
                text = self.tokenizer.decode(self.tokenizer.convert_tokens_to_ids(words), skip_special_tokens=True)
                made.append(Translation(text.strip(), round(result.scores[0], 4)))
        return made
