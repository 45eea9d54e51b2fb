"""Keeps the first of what comes more than once, and none of a placeholder, the picture that hosts give instead of what they lost.

Finding duplicates is global; marking them is local to a chunk.

Rows are spread by hash into buckets, so that a bucket fits in memory however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import Stage
from pipeline.tables import VERDICT, rejected, table

BUCKETS = 64
CLAIM: dict[str, pa.DataType] = {"id": pa.string(), "chunk": pa.string(), "row": pa.int32(), "place": pa.string(), "where": pa.string()}
"""A row that claims an id: where it stands, and in words (``place``); ``where`` is the address its contents came from."""
LOSS: dict[str, pa.DataType] = {"row": pa.int32(), **VERDICT}
"""A row that lost its id to an earlier one."""


def claims_of(chunk: pa.Table, chunk_id: str) -> pa.Table:
    """The claims of an image chunk on its keys (from ``row``, ``key``, ``url``, ``index``) or of a bitext chunk on its ids
    (from ``row``, ``id``, ``file``, ``index``)."""
    images = "key" in chunk.column_names
    numbers = chunk["index"].cast(pa.string())
    place = pc.binary_join_element_wise("row" if images else chunk["file"], numbers, " " if images else " line ")
    columns = {"id": chunk["key" if images else "id"], "chunk": [chunk_id] * chunk.num_rows, "row": chunk["row"], "place": place}
    return table(columns | ({"where": chunk["url"]} if images else {}), CLAIM)


def buckets(claims: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """The claims by bucket; all claims of one id share a bucket."""
    numbers = np.array([int(id[:8], 16) % BUCKETS for id in claims["id"].to_pylist()], np.int32)
    for bucket in np.unique(numbers).tolist():
        yield bucket, claims.filter(pa.array(numbers == bucket)).combine_chunks()


def losses(claims: Iterable[pa.Table], placeholder_urls: int = 0) -> Iterator[tuple[str, pa.Table]]:
    """Of one bucket's claims, those that lose, by chunk: the first row, in the order of chunks and rows, keeps the id.

    The reason is ``duplicate_url`` where an earlier row came from the same address, else ``duplicate``. An id that is claimed
    from many addresses of the web belongs to a ``placeholder``, and nobody keeps it.

    Args:
        placeholder_urls: from how many different ones; 0 for never.
    """
    every = pa.concat_tables(claims)
    counts = every.group_by("id").aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], 1))["id"].combine_chunks()
    contested = every.filter(pc.is_in(every["id"], value_set=repeated))
    lost: dict[str, list[tuple[int, str, str]]] = {}
    ordered = contested.sort_by([("id", "ascending"), ("chunk", "ascending"), ("row", "ascending")]).to_pylist()
    for _, group in groupby(ordered, key=lambda claim: claim["id"]):
        rivals = list(group)
        first, urls = rivals[0]["place"], len({claim["where"] for claim in rivals if _is_url(claim["where"])})
        if 0 < placeholder_urls <= urls:
            for claim in rivals:
                lost.setdefault(claim["chunk"], []).append((claim["row"], "placeholder", f"same bytes from {urls} URLs, first at {first}"))
            continue
        places: dict[str | None, str] = {rivals[0]["where"]: first}
        for claim in rivals[1:]:
            same_url = claim["where"] is not None and claim["where"] in places
            earlier = places[claim["where"]] if same_url else first
            lost.setdefault(claim["chunk"], []).append((claim["row"], "duplicate_url" if same_url else "duplicate", f"same as {earlier}"))
            places.setdefault(claim["where"], claim["place"])
    for chunk, rows in sorted(lost.items()):
        row, reason, detail = zip(*rows, strict=True)
        yield chunk, table({"row": row, "reject": reason, "detail": detail}, LOSS)


def _is_url(where: str | None) -> bool:
    """Pictures of a folder or a tar have their place there for an address: that it holds copies says nothing about a host."""
    return where is not None and where.lower().startswith(("http://", "https://"))


@dataclass(frozen=True)
class Unique(Stage):
    """Rejects the rows that lost their id to an earlier row. Given are the chunk's `LOSS` rows; adds nothing."""

    name = "dedup"

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        verdicts = {loss["row"]: (loss["reject"], loss["detail"]) for rows in given for loss in rows.to_pylist()}
        reasons, details = (
            zip(*(verdicts.get(row, (None, None)) for row in chunk["row"].to_pylist()), strict=True) if chunk.num_rows else ((), ())
        )
        return table(rejected(reasons, details), VERDICT)
