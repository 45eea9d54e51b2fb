"""What a shard's sidecar says of its samples' annotations, in columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shards.local import LocalFiles
from shards.manifest import ShardInfo
from shards.whole import DamagedFile

TEXTS = ("task", "lang", "style", "source", "text")
"""The fields of an annotation that a loader gives."""


@dataclass(frozen=True)
class Sidecar:
    """The samples of a shard that have a wanted annotation.

    Attributes:
        keys: of all samples of the shard.
        kept: numbers of the samples that have a wanted annotation, [samples].
        owners: for each wanted annotation the place in ``kept`` of its sample, rising.
        classes: for each wanted annotation its class.
        rows: for each wanted annotation its row in ``columns``.
        columns: the annotations' fields, by name, wanted or not.
    """

    keys: list[str]
    kept: np.ndarray
    owners: np.ndarray
    classes: np.ndarray
    rows: np.ndarray
    columns: dict[str, pa.Array]

    def take(self, chosen: np.ndarray) -> list[list[str | None]]:
        """Fields `TEXTS` of annotations, each a list; ``chosen`` are positions in ``owners``."""
        rows = pa.array(self.rows[chosen])
        return [self.columns[name].take(rows).to_pylist() for name in self.columns]


def read_sidecar(files: LocalFiles, shard: ShardInfo, class_of: Callable[[str, str], int], fields: tuple[str, ...] = TEXTS) -> Sidecar:
    """Reads a shard's sidecar.

    Args:
        files: of the dataset.
        shard: whose sidecar it is.
        class_of: the class of a task and a language; below 0 where such annotations are not wanted.
        fields: those of `TEXTS` to read; task and lang among them.

    Raises:
        DamagedFile: it is not there, or it is damaged.
        OSError: it cannot be read.
    """
    try:
        with files.sidecar(shard) as file:
            return _read(file, class_of, fields)
    except FileNotFoundError as error:
        raise DamagedFile(f"its sidecar: {error.strerror or 'is not there'}") from None
    except (OSError, DamagedFile, pa.ArrowException, KeyError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFile(f"its sidecar: {' '.join(str(error).split())}") from None  # Arrow says OSError, without a number, of wrong bytes


def _read(file: BinaryIO, class_of: Callable[[str, str], int], fields: tuple[str, ...]) -> Sidecar:
    names = ["key", *(f"annotations.list.element.{name}" for name in fields)]
    # One thread: loaders run in many processes, one a core.
    table = pq.ParquetFile(file).read(columns=names, use_threads=False).combine_chunks()
    lists = table["annotations"].combine_chunks()
    lengths = np.diff(lists.offsets.to_numpy())
    flat = lists.flatten()
    columns = {name: flat.field(name) for name in fields}
    classes = _classes(columns["task"], columns["lang"], class_of)
    rows = np.flatnonzero(classes >= 0)
    samples = np.repeat(np.arange(len(lengths)), lengths)[rows]
    kept, owners = np.unique(samples, return_inverse=True)
    return Sidecar(table["key"].to_pylist(), kept, owners, classes[rows], rows, columns)


def _classes(tasks: pa.Array, langs: pa.Array, class_of: Callable[[str, str], int]) -> np.ndarray:
    coded = [column.dictionary_encode() for column in (tasks, langs)]
    named = [column.dictionary.to_pylist() for column in coded]
    if not all(named):
        return np.empty(0, dtype=np.int64)
    table = np.array([[class_of(task, lang) for lang in named[1]] for task in named[0]], dtype=np.int64)
    task_codes, lang_codes = (column.indices.to_numpy(zero_copy_only=False) for column in coded)
    return table[task_codes, lang_codes]
