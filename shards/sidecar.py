"""What a shard's sidecar says of its samples' annotations, in columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from shards.local import LocalFiles
from shards.manifest import ShardInfo
from shards.parquet import open_parquet, read_columns, told_as_damage
from shards.whole import DamagedFile

TEXTS = ("task", "lang", "style", "source", "text")
"""The fields of an annotation that a loader gives."""


NEEDED = ("task", "lang", "text")
"""Those that every annotation has."""


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
        with files.sidecar(shard) as file, told_as_damage():
            return _read(file, class_of, fields)
    except FileNotFoundError as error:
        raise DamagedFile(f"its sidecar: {error.strerror or 'is not there'}") from None
    except DamagedFile as error:
        raise DamagedFile(f"its sidecar: {error}") from None


def _read(file: BinaryIO, class_of: Callable[[str, str], int], fields: tuple[str, ...]) -> Sidecar:
    parquet = open_parquet(file)
    _check_columns(parquet.schema_arrow, fields)
    names = ["key", *(f"annotations.list.element.{name}" for name in fields)]
    table = read_columns(parquet, names, threads=False).combine_chunks()  # one thread: loaders run in many processes, one a core
    keys, lists = table["key"].combine_chunks(), table["annotations"].combine_chunks()
    flat = lists.flatten()
    columns = {name: flat.field(name) for name in fields}
    needed = {"key": keys, "annotations": lists, "an annotation": flat} | {name: columns[name] for name in NEEDED if name in columns}
    for name, column in needed.items():
        if column.null_count:
            raise DamagedFile(f"has {column.null_count} rows without {name}")
    lengths = np.diff(lists.offsets.to_numpy())
    classes = _classes(columns["task"], columns["lang"], class_of)
    rows = np.flatnonzero(classes >= 0)
    samples = np.repeat(np.arange(len(lengths)), lengths)[rows]
    kept, owners = np.unique(samples, return_inverse=True)
    return Sidecar(keys.to_pylist(), kept, owners, classes[rows], rows, columns)


def _check_columns(schema: pa.Schema, fields: tuple[str, ...]) -> None:
    """Raises DamagedFile where the columns that are read are not there, or of another type than `shards.writer.SIDECAR` says."""
    lists = _type_of(schema, "annotations")
    notes = lists.value_type if pa.types.is_list(lists) else pa.null()
    found = {"key": _type_of(schema, "key")} | {f"annotations.{name}": _type_of(notes, name) for name in fields}
    for name, kind in found.items():
        if kind != pa.string():
            raise DamagedFile(f"has {name} of type {kind}, not string" if kind != pa.null() else f"has no column {name}")


def _type_of(outer: pa.Schema | pa.DataType, name: str) -> pa.DataType:
    """The type of a column of a schema or a field of a struct; that of nothing where there is none of the name, or more than one."""
    if not isinstance(outer, pa.Schema) and not pa.types.is_struct(outer):
        return pa.null()
    number = outer.get_field_index(name)
    return outer.field(number).type if number >= 0 else pa.null()


def _classes(tasks: pa.Array, langs: pa.Array, class_of: Callable[[str, str], int]) -> np.ndarray:
    coded = [column.dictionary_encode() for column in (tasks, langs)]
    named = [column.dictionary.to_pylist() for column in coded]
    if not all(named):
        return np.empty(0, dtype=np.int64)
    table = np.array([[class_of(task, lang) for lang in named[1]] for task in named[0]], dtype=np.int64)
    task_codes, lang_codes = (column.indices.to_numpy(zero_copy_only=False) for column in coded)
    return table[task_codes, lang_codes]
