"""Rows of an image source, with the bytes of their pictures wherever these are."""

from typing import Any

import pyarrow as pa

from pipeline.sources import ImageSource
from pipeline.sources.places import read_places
from pipeline.tables import SOURCE, VERDICT


def rows_of(source: ImageSource, size: int = 100) -> list[dict[str, Any]]:
    """All rows without their nulls."""
    held = dict[str, bytes]()
    chunks = [chunk for _, chunk in source.chunks(size, held.__setitem__)]
    assert all(chunk.schema == pa.schema(list({**SOURCE, **VERDICT}.items())) for chunk in chunks)
    found = [{name: value for name, value in row.items() if value is not None} for chunk in chunks for row in chunk.to_pylist()]
    for row in found:
        if "image" in row:
            row["image"] = held[row["image"]]
        if "place" in row:
            (row["image"],) = read_places([row.pop("place")])
    return found
