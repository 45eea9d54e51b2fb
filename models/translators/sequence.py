"""What translation models of every family have in common: language tokens, long texts, scores."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.languages.sentences import join_sentences, split_sentences
from models.protocols import ModelCard, Translation
from models.translators.codes import Family, Tags, codes_in, family_in, nearest, pair_named, tags_called
from models.translators.context import translate_in_context
from models.translators.decoding import Decoding
from models.translators.pieces import SPACE, Pieces

MAX_SOURCE_TOKENS = 200
"""Longer texts are translated in parts. These models were trained on sentences and leave out some of what is much longer; the
positions of a small model end not far above."""
MAX_TARGET_TOKENS = 250
END = "</s>"


@dataclass(frozen=True)
class Written:
    """What a model wrote for one part of a text: its tokens without the language's, and their natural-log probability."""

    tokens: Sequence[str]
    logprob: float  # of all tokens together, the end's among them
    count: int  # of the tokens that logprob is the sum over
    complete: bool  # whether it ended before `MAX_TARGET_TOKENS`


@dataclass(frozen=True)
class Tongues:
    """The languages of a model: its family, and the token of each language, which is empty in a model of one pair."""

    family: Family
    codes: dict[str, str]
    sources: Tags
    """What it translates from."""

    @staticmethod
    def of(folder: Path, vocabulary: Container[str]) -> Tongues:
        """Read from a model's vocabulary; what OPUS-MT's vocabularies leave open, from ``tokenizer_config.json`` or the folder's name.

        Raises:
            ValueError: neither tells.
        """
        family = family_in(vocabulary) or "opus"
        codes = codes_in(family, vocabulary)
        if family != "opus":
            return Tongues(family, codes, Tags(codes))
        settings = folder / "tokenizer_config.json"
        said = json.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
        named = pair_named(str(folder))
        source, target = said.get("source_lang") or named[0], said.get("target_lang") or named[1]
        codes = codes or dict.fromkeys(tags_called(target), "")
        if not codes:
            raise ValueError(
                f"{folder}: cannot tell which languages it translates between; write them into tokenizer_config.json there, "
                'as "source_lang": "en", "target_lang": "de"'
            )
        return Tongues(family, codes, tags_called(source) or tags_called("en"))

    def frame(self, source: str, target: str) -> tuple[list[str], list[str]]:
        """The tokens before a source text, and those that the target text must begin with.

        Raises:
            ValueError: naming the language that the model has not, and those that it has.
        """
        to, of = nearest(target, self.codes), nearest(source, self.sources)
        if to is None or of is None:
            raise ValueError(f"'{target if to is None else source}'; it has {', '.join(sorted({*self.codes, *self.sources}))}")
        if self.family in ("nllb", "m2m100"):
            return [self.codes[of]], [self.codes[to]]
        return [code for code in (self.codes[to],) if code], []


class SequenceTranslator(ABC):
    """A translation model that reads and writes tokens.

    A text of more than `MAX_SOURCE_TOKENS` is split between sentences, and a single sentence that long between words; the parts
    are translated and joined. A blank text stays as it is, with a ``logprob`` of 0.
    """

    def __init__(self, card: ModelCard, decoding: Decoding, pieces: Pieces, tongues: Tongues) -> None:
        self.describe, self.decoding, self.pieces, self.tongues = card, decoding, pieces, tongues
        self.context = decoding.context
        self.languages = Tags(tongues.codes.keys() - {"en"})

    @abstractmethod
    def write(self, sources: Sequence[Sequence[str]], prefix: Sequence[str]) -> list[Written]:
        """The best translation of each part, in order; none depends on the others.

        Args:
            sources: tokens with those of the language and of the end around them.
            prefix: what each translation begins with.
        """

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """See `models.protocols.Translator`. Beam search; ``logprob`` is that of the best beam, a token."""
        try:
            before, prefix = self.tongues.frame(source, target)
        except ValueError as error:
            raise ValueError(f"translator {self.describe.name} has no {error}") from None
        parts = [(number, tokens) for number, text in enumerate(texts) for tokens in self._parts(text, source)]
        made: list[list[tuple[str, Written]]] = [[] for _ in texts]
        written = self.write([[*before, *tokens, END] for _, tokens in parts], prefix) if parts else []
        for (number, _), result in zip(parts, written, strict=True):
            made[number].append((self.pieces.join(result.tokens), result))
        return [_joined(done, target) if done else Translation(text, 0.0) for text, done in zip(texts, made, strict=True)]

    def translate_in_context(self, texts: Sequence[str], contexts: Sequence[str], source: str, target: str) -> list[Translation]:
        """See `models.translators.context.ContextTranslator`."""
        return translate_in_context(self.translate, texts, contexts, source, target)

    def _parts(self, text: str, lang: str) -> list[list[str]]:
        """A text's tokens, in as few parts of whole sentences as `MAX_SOURCE_TOKENS` lets them be; none of a blank text."""
        if not text.strip():
            return []
        whole = self.pieces.split(text)
        if len(whole) <= MAX_SOURCE_TOKENS:
            return [whole]
        parts: list[list[str]] = []
        together: list[str] = []
        for sentence in split_sentences(text, lang):
            longer = self.pieces.split(join_sentences([*together, sentence], lang))
            if together and len(longer) > MAX_SOURCE_TOKENS:
                parts += _cut(self.pieces.split(join_sentences(together, lang)))
                together = []
            together.append(sentence)
        return parts + _cut(self.pieces.split(join_sentences(together, lang)))


def _cut(tokens: list[str]) -> list[list[str]]:
    """Tokens in parts of no more than `MAX_SOURCE_TOKENS`, between words where there are any."""
    parts = []
    while len(tokens) > MAX_SOURCE_TOKENS:
        end = next((number for number in range(MAX_SOURCE_TOKENS, 0, -1) if tokens[number].startswith((SPACE, "Ġ"))), MAX_SOURCE_TOKENS)
        parts.append(tokens[:end])
        tokens = tokens[end:]
    return [*parts, tokens]


def _joined(parts: list[tuple[str, Written]], lang: str) -> Translation:
    mean = sum(written.logprob for _, written in parts) / max(1, sum(written.count for _, written in parts))
    complete = all(written.complete for _, written in parts) and (len(parts) == 1 or all(text for text, _ in parts))
    return Translation(join_sentences([text for text, _ in parts], lang), round(mean, 4), complete)
