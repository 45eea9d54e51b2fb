"""XM3600's text treatment: NFKC, words, no punctuation, lower case. The segmenter is named in every score's signature.

========== ==================================================================================================================
``stanza`` Stanza's words of the language, what the paper used; models must be on the machine (``stanza.download``)
``jieba``  Chinese by rjieba (jieba in Rust)
``char``   Chinese, Japanese and Thai by characters; runs of Latin letters and digits stay words
``words``  words are runs of letters, marks and digits; apostrophes and hyphens part them
``auto``   stanza where it is installed with the language's model, else jieba (Chinese), else char (zh, ja, th) or words
========== ==================================================================================================================

Scores by different segmenters cannot be compared: in Chinese they differ by tens of CIDEr.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, get_args

import regex

from models.languages.tags import language
from models.translators.codes import UNSPACED, unspaced
from pipeline.evaluation.errors import EvaluationError

logger = logging.getLogger(__name__)

Name = Literal["auto", "stanza", "jieba", "char", "words"]
_STANZA_NAMES = {"zh": "zh-hans", "zh-Hant": "zh-hant", "zh-TW": "zh-hant", "zh-HK": "zh-hant"}
_PUNCTUATION = regex.compile(r"[\p{P}\p{S}]+")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CHARACTER = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]\p{M}*|[\p{L}\p{M}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]]+", regex.V1
)


@dataclass(frozen=True)
class Segmenter:
    """Words of one language; ``signature`` names segmenter and version."""

    lang: str
    signature: str
    split: Callable[[Sequence[str]], list[list[str]]]

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """NFKC, words, punctuation and symbols removed, lower case; words that were all punctuation are gone."""
        normal = [unicodedata.normalize("NFKC", " ".join(text.split())) for text in texts]
        return [[word for raw in words for word in _PUNCTUATION.sub("", raw).lower().split()] for words in self.split(normal)]


def segmenter(lang: str, name: str = "auto") -> Segmenter:
    """The segmenter of this name for a language.

    Raises:
        EvaluationError: unknown name, one that does not do the language, or one that is not installed.
    """
    if name not in get_args(Name):
        raise EvaluationError(f"segmenter '{name}': unknown; write one of {', '.join(get_args(Name))}")
    if name == "auto":
        return _best(lang)
    if name == "stanza":
        return _stanza(lang)
    if name == "jieba":
        if language(lang) != "zh":
            raise EvaluationError(f"segmenter 'jieba' does Chinese only, not '{lang}'; write words, stanza or auto")
        return _jieba()
    if name == "words" and unspaced(lang):
        raise EvaluationError(f"segmenter 'words': '{lang}' writes no spaces, a caption would be one word; write stanza, char or auto")
    if name == "char" and not unspaced(lang):
        raise EvaluationError(f"segmenter 'char' does {', '.join(sorted(UNSPACED))} only, not '{lang}'; write words, stanza or auto")
    pattern = _CHARACTER if name == "char" else _WORD
    return Segmenter(lang, f"{name}:1", lambda texts: [pattern.findall(text) for text in texts])


def _best(lang: str) -> Segmenter:
    for choice in (_stanza, *([lambda _: _jieba()] if language(lang) == "zh" else [])):
        try:
            return choice(lang)
        except EvaluationError as missing:
            _tell(str(missing))
    return segmenter(lang, "char" if unspaced(lang) else "words")


@cache
def _tell(missing: str) -> None:
    """Says once a process what is not there, and not again for each language and set."""
    logger.info("%s", missing)


def _stanza(lang: str) -> Segmenter:
    try:
        import stanza
    except ImportError:
        raise EvaluationError("segmenter 'stanza' is not installed: pip install stanza") from None
    name = _STANZA_NAMES.get(lang, lang)
    try:
        pipeline = stanza.Pipeline(name, processors="tokenize", download_method=None, verbose=False)
    except Exception as error:
        raise EvaluationError(
            f"segmenter 'stanza' has no model of '{name}' here ({error}): python -c \"import stanza; stanza.download('{name}')\""
        ) from None

    def split(texts: Sequence[str]) -> list[list[str]]:
        # An empty text makes no document; it has no words either.
        full = [text for text in texts if text]
        documents: list[Any] = pipeline.bulk_process(full) if full else []
        # Words and not tokens, as the paper's authors do: French "du" is one token of two words.
        words = iter([[word.text for sentence in document.sentences for word in sentence.words] for document in documents])
        return [next(words) if text else [] for text in texts]

    return Segmenter(lang, f"stanza:{stanza.__version__}-{name}-words", split)


def _jieba() -> Segmenter:
    try:
        import rjieba
    except ImportError:
        raise EvaluationError("segmenter 'jieba' is not installed: pip install rjieba") from None
    return Segmenter("zh", f"jieba:rjieba-{_version('rjieba')}", lambda texts: [rjieba.cut(text) for text in texts])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
