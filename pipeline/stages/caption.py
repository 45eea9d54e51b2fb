"""Describes images in English."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from PIL import Image

from models.batches import Failure, in_batches
from models.protocols import Caption as Described
from models.protocols import ModelCard
from models.registry import load_captioner
from pipeline.stages.base import Stage, run_only
from pipeline.stages.normalise import normalised
from pipeline.stages.texts import written_captions
from pipeline.tables import JPEG, VERDICT, rejected, table


@dataclass(frozen=True)
class Caption(Stage):
    """Describes each image in English with a teacher captioner.

    Reads pictures, ``alt`` and ``human``; adds ``caption`` (one to many sentences) and ``caption_logprob`` (mean natural-log
    probability a token). An image that the model cannot describe becomes a reject. One that people have described in English is
    described only with ``everything``, as context for their captions, else both columns are null.
    """

    captioner: ModelCard
    everything: bool = False
    batch_size: int = run_only(16)
    max_failures: float = run_only(0.5)

    name, version, reads = "caption", 3, ("key", "width", "height", "alt", "human")
    reads_pictures = JPEG
    adds = {"caption": pa.string(), "caption_logprob": pa.float32()}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_captioner(self.captioner.spec)

    def look(self, chunk: pa.Table, pictures: Mapping[str, bytes]) -> pa.Table:
        model = load_captioner(self.captioner.spec)

        def describe(batch: Sequence[tuple[str, str | None]]) -> list[Described]:
            return model.caption([open_image(pictures[key]) for key, _ in batch], [alt for _, alt in batch])

        wanted = [self.everything or "en" not in written_captions(human) for human in chunk["human"].to_pylist()]
        items = list(zip(chunk["key"].to_pylist(), chunk["alt"].to_pylist(), strict=True))
        asked = [item for item, wants in zip(items, wanted, strict=True) if wants]
        made = iter(in_batches(describe, asked, self.batch_size, pixel_bytes(chunk.filter(pa.array(wanted, pa.bool_()))), BATCH_BYTES))
        results = [next(made) if wants else None for wants in wanted]
        failed = [_failure(result) for result in results]
        captions = [r if bad is None and isinstance(r, Described) else None for r, bad in zip(results, failed, strict=True)]
        columns = {
            "caption": [c and normalised(c.text) for c in captions],
            "caption_logprob": [c and c.logprob for c in captions],
        }
        return table(columns | rejected([bad and "model_failed" for bad in failed], failed), {**self.adds, **VERDICT})


def _failure(result: Described | Failure | None) -> str | None:
    if isinstance(result, Failure):
        return result.detail
    return "the caption is empty" if result and not normalised(result.text) else None


BATCH_BYTES = 2**28
"""Bytes of decoded pictures that a batch may have: a thousand times what a model looks at, and reached only where pictures are stored in
the size that they came in."""


def pixel_bytes(chunk: pa.Table) -> list[int]:
    """Bytes of each picture of a chunk when it is decoded, by ``width`` and ``height``."""
    return [3 * width * height for width, height in zip(chunk["width"].to_pylist(), chunk["height"].to_pylist(), strict=True)]


def open_image(jpeg: bytes) -> Image.Image:
    """The stored picture, decoded."""
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image.convert("RGB")
