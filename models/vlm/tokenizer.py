"""Tokenizers: one trained on the data's own texts for the small sizes, published ``tokenizer.json`` files for the large."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from models.vlm.prompts import STYLES, language_name

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""Special tokens of a trained tokenizer, BART's, with the numbers 0 to 3."""
_ONE_EACH = "[\u3040-\u30ff\u3400-\u9fff\u3000-\u303f\uff00-\uffef]"
"""Scripts without spaces between words: each character is a token of its own, for a phrase learnt whole would not be taken apart."""
_BYTE = re.compile("<0x([0-9A-F]{2})>")


@dataclass(frozen=True)
class Marks:
    """Numbers of the tokens that stand around a text: ``begin`` before it, ``end`` after it, ``pad`` behind it."""

    begin: tuple[int, ...]
    end: int
    pad: int

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The marks of a plain dictionary, as JSON gives it."""
        return cls(**(record | {"begin": tuple(record["begin"])}))


@dataclass(frozen=True)
class TextMarks(Marks):
    """Those of a decoder, which reads ``start`` first and never writes it."""

    start: int


BART_PROMPT = Marks((0,), 2, 1)
BART_TEXT = TextMarks((), 2, 1, start=2)
"""How the demo captioner's texts are written: ``</s>`` first read, then the text, then ``</s>``."""
GEMMA_TEXT = TextMarks((2,), 1, 0, start=1)
"""How the authors' code writes Gemma-2 tokens: ``<eos>`` first read, then ``<bos>``, the text and ``<eos>``."""


def train_tokenizer(texts: Iterable[str], size: int, langs: Iterable[str] = ()) -> Tokenizer:
    """The tokenizer of a small size, of at most ``size`` tokens; see `byte_pairs`.

    ``texts`` are a dataset's texts and English sources, in an order that does not change; the words of the prompts in ``langs`` are
    added. The same texts give the same tokenizer.
    """
    questions = [*STYLES.values(), "Translate the following text:", *(f"The target language is {language_name(lang)}." for lang in langs)]
    # Every prompt is read in every batch, so its words are worth a token each however small the vocabulary.
    return byte_pairs([*texts, *questions * 1000], size, SPECIAL)


def byte_pairs(texts: Iterable[str], size: int, special: Sequence[str]) -> Tokenizer:
    """A byte-pair tokenizer of at most ``size`` tokens, in the sentencepiece manner, that can write any text (by bytes where need be).

    ``special`` tokens get the first numbers, in order.
    """
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token=None, fuse_unk=False))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_ONE_EACH), "isolated"),
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Split(Regex("[.,!?;:]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first"), decoders.Fuse()])
    in_bytes = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[*special, *in_bytes], show_progress=False, min_frequency=2)
    tokenizer.train_from_iterator(texts, trainer)
    # The trainer reserves numbers only for special tokens, but a special byte would be dropped when text is decoded.
    described = json.loads(tokenizer.to_str())
    described["added_tokens"] = [token for token in described["added_tokens"] if token["content"] not in in_bytes]
    return Tokenizer.from_str(json.dumps(described))


def pieces_of(target: Tokenizer, source: Tokenizer, special: dict[int, int]) -> list[list[int]]:
    """For each token of ``target``, the tokens of ``source`` that write the same; ``special`` maps numbers that have no text.

    A byte is written by the source's token for that byte.
    """
    vocabulary = source.get_vocab()
    in_bytes = _byte_tokens(source)
    # Through a sentencepiece-like source the start of a word must not be added to what stands inside one.
    metaspace = "▁" in vocabulary or any(token.startswith("▁") for token in vocabulary)
    made: list[list[int]] = []
    for number in range(target.get_vocab_size()):
        token = target.id_to_token(number)
        if number in special:
            made.append([special[number]])
        elif token is None:
            made.append([])
        elif byte := _BYTE.fullmatch(token):
            made.append([in_bytes[int(byte[1], 16)]])
        elif metaspace:
            made.append([piece.id for piece in source.model.tokenize(token)])
        else:
            made.append(source.encode(token.replace("▁", " "), add_special_tokens=False).ids)
    return made


def _byte_tokens(tokenizer: Tokenizer) -> list[int]:
    """The token of each of the 256 bytes: ``<0xE5>``, or GPT-2's printable stand-in for it."""
    vocabulary = tokenizer.get_vocab()
    if "<0x00>" in vocabulary:
        return [vocabulary[f"<0x{byte:02X}>"] for byte in range(256)]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    stand_in = {byte: chr(byte) for byte in printable}
    stand_in |= {byte: chr(256 + index) for index, byte in enumerate(byte for byte in range(256) if byte not in printable)}
    return [vocabulary[stand_in[byte]] for byte in range(256)]
