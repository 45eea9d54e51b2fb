"""Texts to a translation model's tokens and back, by the files that are published with it; nothing is converted.

NLLB and MADLAD-400 come with ``tokenizer.json``; M2M100 and OPUS-MT come with sentencepiece models and ``vocab.json`` only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

FILES = (
    "tokenizer.json", "tokenizer_config.json", "source.spm", "target.spm", "sentencepiece.bpe.model", "spiece.model", "vocab.json",
    "target_vocab.json",
)  # fmt: skip
"""What a tokenizer is made of, whichever it is."""
SPACE = "▁"


class Pieces(Protocol):
    """Splits texts into tokens. Safe to share between threads."""

    ids: dict[str, int]
    """The model's own numbers of its source's tokens, languages among them."""
    target_ids: dict[str, int]
    """Those of its target's: the same, but in a few models of OPUS-MT that have a vocabulary a side."""

    def split(self, text: str) -> list[str]:
        """The tokens of a source text, without any that mark its end or language."""
        ...

    def join(self, tokens: Sequence[str]) -> str:
        """The target text that tokens stand for; special ones are left out."""
        ...


def load_pieces(folder: Path) -> Pieces:
    """The tokenizer whose files are in a model's folder.

    Raises:
        FileNotFoundError: there is none.
        ModuleNotFoundError: it needs sentencepiece, which is not installed.
    """
    apart = (folder / "target_vocab.json").is_file()
    if (folder / "tokenizer.json").is_file() and not apart:
        return FastPieces(folder / "tokenizer.json")
    if (folder / "source.spm").is_file():
        target_ids = _vocabulary(folder, "target_vocab.json") if apart else None
        return SentencePieces(folder / "source.spm", folder / "target.spm", _vocabulary(folder), target_ids)
    if (folder / "sentencepiece.bpe.model").is_file():
        return SentencePieces(folder / "sentencepiece.bpe.model", None, _with_languages(_vocabulary(folder)))
    if (folder / "spiece.model").is_file():
        return SentencePieces(folder / "spiece.model", None, None)
    raise FileNotFoundError(
        f"{folder}: no tokenizer there; copy tokenizer.json, or the sentencepiece models (*.spm, *.model) and vocab.json, from the model"
    )


UNKNOWN = ("<unk>", "[UNK]")
"""What stands for a piece that a model does not know. It stays in its text: one that lacks a word must not pass for whole."""


class FastPieces:
    """A ``tokenizer.json``."""

    def __init__(self, file: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(file))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.ids: dict[str, int] = self.tokenizer.get_vocab()
        self.target_ids = self.ids
        added = self.tokenizer.get_added_tokens_decoder().values()
        self.special = {token.content for token in added if token.special and token.content not in UNKNOWN}

    def split(self, text: str) -> list[str]:
        """See `Pieces`."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).tokens)

    def join(self, tokens: Sequence[str]) -> str:
        """See `Pieces`."""
        kept = [self.ids[token] for token in tokens if token in self.ids and token not in self.special]
        return str(self.tokenizer.decode(kept, skip_special_tokens=False)).strip()


class SentencePieces:
    """Sentencepiece models, one or one a side, with the numbers of ``vocab.json`` (and ``target_vocab.json``) or their own.

    Punctuation is not normalised beforehand: transformers does so for OPUS-MT where sacremoses happens to be installed, and a
    translation must not depend on that.
    """

    def __init__(self, source: Path, target: Path | None, ids: dict[str, int] | None, target_ids: dict[str, int] | None = None) -> None:
        self.source = _processor(source)
        self.target = _processor(target) if target else self.source
        self.ids = ids or {self.source.id_to_piece(number): number for number in range(self.source.get_piece_size())}
        self.target_ids = target_ids or self.ids
        marked = (token for token in self.target_ids if token[:1] + token[-1:] == "<>" or token[:2] + token[-2:] in ("____", ">><<"))
        self.special = {token for token in marked if token not in UNKNOWN}

    def split(self, text: str) -> list[str]:
        """See `Pieces`."""
        return list(self.source.encode(text, out_type=str))

    def join(self, tokens: Sequence[str]) -> str:
        """See `Pieces`."""
        pieces = [token for token in tokens if token not in self.special]
        return str(self.target.decode_pieces(pieces)).replace(SPACE, " ").strip()


def _processor(file: Path) -> Any:
    try:
        from sentencepiece import SentencePieceProcessor
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"{file} needs sentencepiece: pip install sentencepiece") from None
    return SentencePieceProcessor(model_file=str(file))


def _vocabulary(folder: Path, name: str = "vocab.json") -> dict[str, int]:
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def _with_languages(vocabulary: dict[str, int]) -> dict[str, int]:
    """M2M100's numbers: its languages, in the order of its paper's list, follow the vocabulary."""
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    codes = FAIRSEQ_LANGUAGE_CODES["m2m100"]
    return vocabulary | {f"__{code}__": len(vocabulary) + number for number, code in enumerate(codes)}
