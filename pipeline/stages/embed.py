"""Puts images and texts into one space and scores what lies together there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from models.batches import Failure, in_batches
from models.protocols import Embedder, ModelCard
from models.registry import load_embedder
from pipeline.stages.base import Stage, run_only
from pipeline.stages.caption import BATCH_BYTES, open_image, pixel_bytes
from pipeline.tables import JPEG, VECTOR, VERDICT, matrix, rejected, table, vectors


@dataclass(frozen=True)
class Embed(Stage):
    """Embeds images, and scores their texts against them.

    Reads pictures and ``texts``; adds ``image_vector`` and ``clip``: for each of ``texts`` the cosine between the image and a
    caption, or the English original of it where the embedder reads English only, or the English side of a translation.
    An image that cannot be embedded becomes a reject.
    """

    embedder: ModelCard
    batch_size: int = run_only(64)
    max_failures: float = run_only(0.5)

    name, reads, reads_pictures = "embed", ("key", "width", "height", "texts"), JPEG
    adds = {"image_vector": VECTOR, "clip": pa.list_(pa.float32())}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_embedder(self.embedder.spec)

    def look(self, chunk: pa.Table, pictures: Mapping[str, bytes]) -> pa.Table:
        model = load_embedder(self.embedder.spec)

        def embed(batch: Sequence[str]) -> list[np.ndarray]:
            return list(model.embed_images([open_image(pictures[key]) for key in batch]))

        images = in_batches(embed, chunk["key"].to_pylist(), self.batch_size, pixel_bytes(chunk), BATCH_BYTES)
        described = [[_shown(text, model.multilingual) for text in texts] for texts in chunk["texts"].to_pylist()]
        found = embed_unique(model, [text for texts in described for text in texts], self.batch_size)
        results = [_score(image, [found[text] for text in texts]) for image, texts in zip(images, described, strict=True)]
        failed = [r.detail if isinstance(r, Failure) else None for r in results]
        kept = [None if bad or isinstance(image, Failure) else image for image, bad in zip(images, failed, strict=True)]
        columns = {"image_vector": vectors(kept), "clip": [None if isinstance(r, Failure) else r for r in results]}
        return table(columns | rejected([bad and "model_failed" for bad in failed], failed), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class EmbedEnglish(Stage):
    """Embeds English sides of bitexts, each of which is there once.

    Reads ``en``; adds ``vector``. A text that cannot be embedded becomes a reject.
    """

    embedder: ModelCard
    batch_size: int = run_only(64)
    max_failures: float = run_only(0.5)

    name, reads = "embed_english", ("en",)
    adds = {"vector": VECTOR}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_embedder(self.embedder.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        english = chunk["en"].to_pylist()
        found = embed_unique(load_embedder(self.embedder.spec), english, self.batch_size)
        sides = [found[text] for text in english]
        failed = [side.detail if isinstance(side, Failure) else None for side in sides]
        columns = {"vector": vectors([None if isinstance(side, Failure) else side for side in sides])}
        return table(columns | rejected([bad and "model_failed" for bad in failed], failed), {**self.adds, **VERDICT})


@dataclass(frozen=True)
class ComparePair(Stage):
    """Compares the two sides of the bitexts that some image is near to, where the embedder reads the other language.

    Reads ``text``, ``vector`` (of the English side) and ``closest`` (cosine to the nearest image); adds ``pair_score`` (cosine
    between both sides; null where the embedder reads English only). Embedding is what costs, and a bitext below ``min_align``
    could never be used: it becomes a reject (no_image) without its other side being looked at.
    """

    embedder: ModelCard
    min_align: float
    batch_size: int = run_only(64)

    name, reads = "compare_pair", ("text", "vector", "closest")
    adds = {"pair_score": pa.float32()}

    def setup(self) -> None:
        load_embedder(self.embedder.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        model = load_embedder(self.embedder.spec)
        texts, closest = chunk["text"].to_pylist(), chunk["closest"].to_pylist()
        near = [cosine is not None and cosine >= self.min_align for cosine in closest]
        wanted = [text for text, wanted in zip(texts, near, strict=True) if wanted] if model.multilingual else []
        found, english = embed_unique(model, wanted, self.batch_size), matrix(chunk["vector"])
        scores: list[float | None] = [None] * len(texts)
        verdicts: list[tuple[str | None, str | None]] = []
        for row, (text, cosine) in enumerate(zip(texts, closest, strict=True)):
            other = found.get(text)
            if not near[row]:
                verdicts.append(("no_image", "there are no images" if cosine is None else f"{cosine:.3f}, at least {self.min_align}"))
            elif isinstance(other, Failure):
                verdicts.append(("model_failed", other.detail))
            else:
                scores[row] = None if other is None else _cosine(english[row], other)
                verdicts.append((None, None))
        return table({"pair_score": scores} | rejected([v for v, _ in verdicts], [d for _, d in verdicts]), {**self.adds, **VERDICT})


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
