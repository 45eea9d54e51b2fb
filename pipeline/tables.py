"""The Arrow schemas that stages exchange: which columns there are, and what they mean, in one place.

Every part of a chunk has the columns ``row`` (int32, position in the chunk), ``reject`` (why the row was dropped, else
null) and ``detail`` (what exactly was wrong, else null) besides those that its stage adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

VERDICT: dict[str, pa.DataType] = {"reject": pa.string(), "detail": pa.string()}
"""Columns that every stage's table ends with."""

VECTOR = pa.list_(pa.float16())
"""An L2-normalised embedding."""

HUMAN = pa.struct(
    {
        "lang": pa.string(),
        "source": pa.string(),  # translations: the English text; null for captions
        "text": pa.string(),
        "model": pa.string(),  # the dataset that it comes from
    }
)
"""A text that people wrote about an image."""

PLACE = pa.struct(
    {
        "path": pa.binary(),  # of a file, or of a tar that holds it, in the bytes of the file system, which need not be UTF-8
        "start": pa.int64(),  # where in there it begins
        "size": pa.int64(),
        "ends": pa.string(),  # hash of its first and last bytes, by which another picture of the same place and size is told
    }
)
"""Where an image lies that need not be fetched: lists refer to it and do not hold it, for it may be large."""

SOURCE: dict[str, pa.DataType] = {
    "index": pa.int64(),  # row number in the image list
    "url": pa.string(),
    "alt": pa.string(),
    "source_key": pa.string(),  # key that the picture had in the collection it comes from
    "image": pa.string(),  # sha256 of its bytes, where the list holds them; they are `IMAGE`
    "place": PLACE,  # where its bytes are, where they lie beside the list
    "columns": pa.string(),  # the list's other columns, a JSON object
    "names": pa.list_(pa.string()),  # by which other datasets know the picture, as coco:391895
    "source_split": pa.string(),  # in the dataset that it comes from: train, val or test; null where it has none
    "human": pa.list_(HUMAN),
}

IMAGE, JPEG = "image", "jpeg"
"""Pictures of a chunk, as its list holds them and as they are stored. They are declared as columns are, and are none: their bytes lie
in a tar beside a part, and never in memory together (see `pipeline.pictures`)."""

PICTURE_NAMES = {IMAGE: "image", JPEG: "key"}
"""The column whose values name them."""

BITEXT: dict[str, pa.DataType] = {
    "index": pa.int64(),  # line number in its file, from 0 on
    "raw_en": pa.string(),  # both sides as they stand in the file
    "raw_text": pa.string(),
    "lang": pa.string(),
    "file": pa.string(),
}

NORMALISED: dict[str, pa.DataType] = {
    "id": pa.string(),  # 32 hex digits, hash of lang, en, text
    "en": pa.string(),
    "text": pa.string(),
}
"""A bitext as it is scored and kept."""

LEDGER: dict[str, pa.DataType] = {
    "final_url": pa.string(),
    "key": pa.string(),  # first 32 hex digits of sha256; null where nothing usable came
    "status": pa.int32(),
    "attempts": pa.int32(),
    "bytes": pa.int64(),
    "milliseconds": pa.int64(),
    "asked_at": pa.timestamp("ms", "UTC"),  # when the first request went out; null for what is no request
    "content_type": pa.string(),
    "last_modified": pa.string(),  # this and the next three: headers of the last answer, as they came
    "etag": pa.string(),
    "x_robots_tag": pa.string(),
    "retry_after": pa.string(),
    "format": pa.string(),  # of the bytes that came, told by them: JPEG, PNG, WEBP, ...
    "original_width": pa.int32(),  # of the file that came, before it is turned upright
    "original_height": pa.int32(),
    "sha256": pa.string(),  # of the bytes that came
    "jpg_sha256": pa.string(),  # of the bytes that are stored
    "phash": pa.string(),  # perceptual hash, hex
    "width": pa.int32(),  # as stored
    "height": pa.int32(),
    "transient": pa.bool_(),  # the failure can pass: --retry-failed asks again
}

TEXT = pa.struct(
    {
        "task": pa.string(),  # caption or translation
        "lang": pa.string(),
        "style": pa.string(),  # captions: short, detailed, more_detailed
        "source": pa.string(),  # the English text that this one translates, or stands beside; null for English
        "text": pa.string(),
        "origin": pa.string(),  # captioner, translator or human
        "model": pa.string(),  # of what people wrote: the dataset; else null
        "logprob": pa.float32(),  # mean natural-log probability a token; null for what people wrote
    }
)
"""A text that a teacher or people wrote about an image."""

CHECK = pa.struct(
    {
        "length_ratio": pa.float32(),  # see `pipeline.stages.checks.Scores`; null of a text without an original
        "repetition": pa.float32(),
        "defect": pa.string(),  # reason of what is wrong whatever the thresholds, null where nothing is
        "detail": pa.string(),
    }
)
"""What can be seen of a text without a model."""

CANDIDATE = pa.struct(
    {
        "lang": pa.string(),
        "id": pa.string(),
        "source": pa.string(),
        "text": pa.string(),
        "lang_prob": pa.float32(),
        "pair_score": pa.float32(),
        "clip": pa.float32(),  # cosine between the image and the English side
        "density": pa.float32(),  # mean cosine between the bitext and its nearest images
        "margin": pa.float32(),  # clip over the mean density of both sides; null until all neighbours are known
    }
)
"""A bitext that lies near an image."""

ANNOTATION = pa.struct(
    {
        "task": pa.string(),
        "lang": pa.string(),
        "style": pa.string(),
        "source": pa.string(),
        "text": pa.string(),
        "origin": pa.string(),  # captioner, translator, bitext, human
        "model": pa.string(),
        "clip": pa.float32(),
        "margin": pa.float32(),
        "lang_prob": pa.float32(),
        "pair_score": pa.float32(),
        "logprob": pa.float32(),
    }
)
"""What a sample says of its image; see ``shards.sample.Annotation``."""

DROPPED = pa.struct({**{name: pa.string() for name in ("task", "lang", "style", "source", "text", "reason", "detail")}})
"""A text that judging dropped."""

BENCHMARK_PICTURE: dict[str, pa.DataType] = {
    "benchmark": pa.string(),
    "item": pa.string(),
    "names": pa.list_(pa.string()),
    "sha256": pa.string(),  # of its file; null where that is not on the disk
    "phash": pa.string(),  # as in `LEDGER`
}
"""A picture that captions or translations are measured on."""

REJECT: dict[str, pa.DataType] = {
    "item": pa.string(),  # image, annotation, bitext, english (the English side of bitexts)
    "key": pa.string(),  # of the image, or id of the bitext
    "index": pa.int64(),  # row of the image list, or line of the bitext file
    "stage": pa.string(),
    "reason": pa.string(),
    "detail": pa.string(),
    "url": pa.string(),
    "file": pa.string(),  # of a bitext
    "task": pa.string(),
    "lang": pa.string(),
    "style": pa.string(),
    "source": pa.string(),  # English side
    "text": pa.string(),
}
"""A row of OUT/rejects/STAGE.parquet."""


def table(columns: Mapping[str, Iterable[Any] | pa.Array], types: Mapping[str, pa.DataType]) -> pa.Table:
    """A table of exactly the columns of ``types``, in their order; columns that are not given are null."""
    unknown = set(columns) - set(types)
    if unknown:
        raise KeyError(f"columns {sorted(unknown)} are not among {list(types)}")
    arrays = {name: _array(values, types[name]) for name, values in columns.items()}
    rows = len(next(iter(arrays.values()))) if arrays else 0
    return pa.table({name: arrays.get(name, pa.nulls(rows, kind)) for name, kind in types.items()}, pa.schema(list(types.items())))


def _array(values: Iterable[Any] | pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values.cast(kind)
    return pa.array(values if isinstance(values, (list, np.ndarray)) else list(values), kind)


def vectors(rows: Sequence[np.ndarray | None]) -> pa.Array:
    """Float16 vectors of one length, or None, as a column of `VECTOR`."""
    there = [row for row in rows if row is not None]
    flat = np.concatenate(there).astype(np.float16) if there else np.zeros(0, np.float16)
    ends = np.cumsum([0, *(0 if row is None else len(row) for row in rows)], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(flat), mask=pa.array([row is None for row in rows], pa.bool_()))


def matrix(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """A column of lists of one length, without nulls, as a float32 matrix [rows, length]; [0, 0] for no rows."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if len(column) == 0:
        return np.zeros((0, 0), np.float32)
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    return flat.reshape(len(column), len(flat) // len(column))


def rejected(reasons: Sequence[str | None], details: Sequence[str | None] | None = None) -> dict[str, pa.Array]:
    """The verdict columns."""
    return {"reject": pa.array(reasons, pa.string()), "detail": pa.array(details or [None] * len(reasons), pa.string())}
