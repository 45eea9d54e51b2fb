"""What the pipeline asks of its models. Nothing here imports a framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@dataclass(frozen=True)
class ModelCard:
    """Which model made a text or a score.

    ``spec`` is the string that selects it, ``name`` goes into every annotation, ``revision`` and ``sha256`` (of all files of the
    checkpoint) go into the manifest. ``domain`` is set where a model knows one kind of picture only.
    """

    spec: str
    name: str
    revision: str
    sha256: str
    domain: str | None = None


@dataclass(frozen=True)
class Caption:
    """A description in English; ``logprob`` is the mean natural-log probability a token."""

    text: str
    logprob: float


@dataclass(frozen=True)
class Translation:
    """A translation; ``logprob`` is the mean natural-log probability a token.

    ``complete`` is whether the model came to an end of its own; where it did not, words are missing.
    """

    text: str
    logprob: float
    complete: bool = True


class Captioner(Protocol):
    """Describes pictures in English."""

    describe: ModelCard

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """One caption an RGB image of any size, in order; ``alts`` may be ignored. The batch never changes a caption."""
        ...


class Translator(Protocol):
    """Translates out of English."""

    describe: ModelCard
    languages: frozenset[str]
    """BCP-47 codes of what it can translate into."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """One translation a text, in order. The batch never changes a translation.

        Raises:
            ValueError: a language that the model does not have.
        """
        ...


class Embedder(Protocol):
    """Maps pictures and texts into one space."""

    describe: ModelCard
    dim: int
    multilingual: bool
    """Whether texts in other languages than English mean something to it."""

    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """float16 [n, dim], each row of length 1."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """float16 [n, dim], each row of length 1; texts beyond the model's context are cut."""
        ...


class LanguageIdentifier(Protocol):
    """Tells the language of a text."""

    def identify(self, texts: Sequence[str], langs: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest language of each text, and its probability. Short texts are judged among ``langs`` only."""
        ...
