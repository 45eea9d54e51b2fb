"""Reads Parquet files that may be damaged: whatever Arrow stumbles over is a `DamagedFile`, and strings are valid before they are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from shards.plain import one_line
from shards.whole import DamagedFile


@contextmanager
def told_as_damage() -> Iterator[None]:
    """Makes a `DamagedFile` of what Arrow raises of wrong bytes; errors of the storage stay what they are."""
    try:
        yield
    except DamagedFile:
        raise
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFile(one_line(str(error)) or type(error).__name__) from None  # Arrow says OSError, without a number, of wrong bytes


def open_parquet(file: BinaryIO) -> pq.ParquetFile:
    """A Parquet file of an open one.

    Raises:
        DamagedFile: it is none.
    """
    with told_as_damage():
        parquet = pq.ParquetFile(file)
        parquet.schema_arrow.names  # noqa: B018 names that are not UTF-8 show here
        return parquet


def read_columns(parquet: pq.ParquetFile, columns: Sequence[str] | None = None, threads: bool = True) -> pa.Table:
    """Columns of a Parquet file, all by default, every value of which is valid.

    Raises:
        DamagedFile: they cannot be read, or are not what they say.
    """
    with told_as_damage():
        table = parquet.read(columns=columns, use_threads=threads)
        table.validate(full=True)
        return table
