"""Puts images and texts into one space and scores what lies together there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from models.protocols import Embedder, ModelCard
from models.registry import load_embedder
from pipeline.stages.base import Stage, run_only
from pipeline.stages.batches import Failure, in_batches
from pipeline.stages.caption import open_image
from pipeline.tables import VECTOR, VERDICT, rejected, table, vectors


@dataclass(frozen=True)
class Embed(Stage):
    """Embeds images, and scores their texts against them.

    Reads ``jpeg`` and ``texts``; adds ``image_vector`` and ``clip``: for each of ``texts`` the cosine between the image and a
    caption, or the English original of it where the embedder reads English only, or the English side of a translation.
    An image that cannot be embedded becomes a reject.
    """

    embedder: ModelCard
    batch_size: int = run_only(64)
    max_failures: float = run_only(0.5)

    name, reads = "embed", ("key", "jpeg", "texts")
    adds = {"image_vector": VECTOR, "clip": pa.list_(pa.float32())}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_embedder(self.embedder.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        model = load_embedder(self.embedder.spec)
        images = in_batches(
            lambda batch: list(model.embed_images([open_image(jpeg) for jpeg in batch])), chunk["jpeg"].to_pylist(), self.batch_size
        )
        described = [[_shown(text, model.multilingual) for text in texts] for texts in chunk["texts"].to_pylist()]
        found = embed_unique(model, [text for texts in described for text in texts], self.batch_size)
        results = [_score(image, [found[text] for text in texts]) for image, texts in zip(images, described, strict=True)]
        failed = [r.detail if isinstance(r, Failure) else None for r in results]
        columns = {
            "image_vector": vectors([None if bad else image for image, bad in zip(images, failed, strict=True)]),
            "clip": [None if isinstance(r, Failure) else r for r in results],
        }
        return table(columns | rejected([bad and "model_failed" for bad in failed], failed), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class EmbedBitext(Stage):
    """Embeds the English side of bitexts, and scores the pair where the embedder reads the other language.

    Reads ``en`` and ``text``; adds ``vector`` (of the English side) and ``pair_score`` (cosine between both sides; null where
    the embedder reads English only). A bitext that cannot be embedded becomes a reject.
    """

    embedder: ModelCard
    batch_size: int = run_only(64)
    max_failures: float = run_only(0.5)

    name, reads = "embed_bitext", ("en", "text")
    adds = {"vector": VECTOR, "pair_score": pa.float32()}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_embedder(self.embedder.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        model = load_embedder(self.embedder.spec)
        english, other = chunk["en"].to_pylist(), chunk["text"].to_pylist()
        found = embed_unique(model, english + other if model.multilingual else english, self.batch_size)
        sides = [[found[en], *([found[text]] if model.multilingual else [])] for en, text in zip(english, other, strict=True)]
        failed = [next((side.detail for side in pair if isinstance(side, Failure)), None) for pair in sides]
        columns = {
            "vector": vectors([None if bad else pair[0] for pair, bad in zip(sides, failed, strict=True)]),
            "pair_score": [_cosine(*pair) if bad is None and len(pair) == 2 else None for pair, bad in zip(sides, failed, strict=True)],
        }
        return table(columns | rejected([bad and "model_failed" for bad in failed], failed), {**self.adds, **VERDICT})


def embed_unique(model: Embedder, texts: Sequence[str], size: int) -> dict[str, np.ndarray | Failure]:
    """The vector of each distinct text. Sorted by length, a batch pads little."""
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    return dict(zip(distinct, in_batches(lambda batch: list(model.embed_texts(batch)), distinct, size), strict=True))


def _shown(text: dict[str, str], multilingual: bool) -> str:
    """The text that stands for an annotation before the image."""
    own = text["lang"] == "en" or (multilingual and text["task"] == "caption")
    return text["text"] if own else text["source"]


def _cosine(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.dot(left.astype(np.float32), right.astype(np.float32)))


def _score(image: np.ndarray | Failure, texts: list[np.ndarray | Failure]) -> list[float] | Failure:
    failure = next((vector for vector in [image, *texts] if isinstance(vector, Failure)), None)
    return failure or [_cosine(image, text) for text in texts]  # type: ignore[arg-type]
