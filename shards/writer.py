"""Writes shards: the same samples give the same bytes, wherever and whenever."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shards.manifest import Manifest, ShardInfo
from shards.sample import SCORES, Annotation, Sample, SampleError, ending, faults
from shards.storage import UNFINISHED, Sink, remove, replacing, sizes, write_bytes
from shards.tar import END, entry

ANNOTATION = pa.struct([(name, pa.float32() if name in SCORES else pa.string()) for name in Annotation.__dataclass_fields__])
SIDECAR = pa.schema(
    [
        ("key", pa.string()),
        ("url", pa.string()),
        ("source_key", pa.string()),
        ("sha256", pa.string()),
        ("jpg_sha256", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("split", pa.string()),
        ("alt", pa.string()),
        ("annotations", pa.list_(ANNOTATION)),
    ]
)
"""The columns of a shard's Parquet file: all of KEY.json, one row a sample, in the order of the tar."""


def shard_name(split: str, number: int) -> str:
    """The name of a shard, as train-00000."""
    return f"{split}-{number:05d}"


def write_shard(directory: str, split: str, number: int, samples: Iterable[Sample]) -> ShardInfo:
    """Writes a shard's tar and sidecar, each whole or not at all, in the place of what had their names.

    Args:
        directory: OUT/shards, a folder or any fsspec URL.
        split: train, val or test.
        number: from 0, without holes.
        samples: by rising key, with their ``jpg``; read once, and only one picture is held at a time.

    Raises:
        SampleError: a sample that does not keep to the format, or to this shard's split or order; nothing is written.
        OSError: the shard cannot be written; the message is one line that names it.
    """
    name, previous = shard_name(split, number), ""
    rows: list[dict[str, Any]] = []
    counts: Counter[tuple[str, str]] = Counter()
    base = f"{directory.rstrip('/')}/{name}"
    with replacing(f"{base}.tar") as sink:
        tar = _Measured(sink)
        for sample in samples:
            data = sample.to_json()
            _check(name, split, previous, sample, data)
            tar.write(entry(f"{sample.key}.{ending(sample.jpg or b'')}", sample.jpg or b""))
            tar.write(entry(f"{sample.key}.json", data))
            rows.append(sample.record())
            counts.update((annotation.task, annotation.lang) for annotation in sample.annotations)
            previous = sample.key
        if not rows:
            raise SampleError(f"shard {name}: has no samples; leave it out")
        tar.write(END)
        sidecar = _sidecar(rows)
        sink.sync()  # so that a full disk shows before the sidecar has its final name
        write_bytes(f"{base}.parquet", sidecar)
    annotations: dict[str, dict[str, int]] = {}
    for task, lang in sorted(counts):
        annotations.setdefault(task, {})[lang] = counts[task, lang]
    return ShardInfo(name, len(rows), annotations, tar.bytes, tar.sha256, len(sidecar), hashlib.sha256(sidecar).hexdigest())


def remove_unlisted(out: str, manifest: Manifest) -> list[str]:
    """Removes what an earlier run left below OUT/shards and OUT/rejects and this manifest does not list; their paths.

    To replace a dataset by another: take its manifest away, write shards, call this, write the manifest.
    """
    listed = {file.path for file in manifest.rejects} | {path for _, shard in manifest.shards for path in (shard.tar, shard.parquet)}
    found = [f"{folder}/{name}" for folder in ("shards", "rejects") for name in sorted(sizes(f"{out.rstrip('/')}/{folder}"))]
    gone = [path for path in found if path not in listed and path.endswith((".tar", ".parquet", UNFINISHED))]
    for path in gone:
        remove(f"{out.rstrip('/')}/{path}")
    return gone


class _Measured:
    """What is written to a sink, with the number and the sha256 of its bytes so far."""

    def __init__(self, sink: Sink) -> None:
        self.bytes = 0
        self._sink, self._hash = sink, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        self._hash.update(data)
        self.bytes += len(data)


def _check(name: str, split: str, previous: str, sample: Sample, data: bytes) -> None:
    wrong = list(faults(json.loads(data)))
    if sample.split != split:
        wrong.append(f"is of split {sample.split}")
    if sample.key <= previous:
        wrong.append(f"comes after {previous}; keys must rise")
    if sample.jpg is None or hashlib.sha256(sample.jpg).hexdigest() != sample.jpg_sha256:
        wrong.append("has not the picture that jpg_sha256 says")
    if wrong:
        raise SampleError(f"shard {name}: sample {sample.key}: {'; '.join(wrong)}")


def _sidecar(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SIDECAR), sink, compression="zstd")
    return sink.getvalue()
