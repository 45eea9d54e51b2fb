"""Writes what a run leaves beside its shards: the ledger of the fetch, the rejects, and for an unfinished run the table so far."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.chunks import Chunk, Part, in_order
from pipeline.store import Store
from pipeline.tables import DROPPED, LEDGER, REJECT, SOURCE, VECTOR, VERDICT, table

ROW_GROUP = 20_000
"""Rows a row group: a fixed number, so that a file does not depend on how rows were chunked."""

FETCH = {
    "index": SOURCE["index"],
    "url": SOURCE["url"],
    "final_url": LEDGER["final_url"],
    "key": LEDGER["key"],
    "reason": VERDICT["reject"],
    "detail": VERDICT["detail"],
    **{name: kind for name, kind in LEDGER.items() if name not in ("final_url", "key")},
    "alt": SOURCE["alt"],
    "source_key": SOURCE["source_key"],
}
"""Columns of OUT/fetch.parquet: one row an input row, ``key`` null where it could not be read or fetched, ``reason`` null where it was."""


_SAID = {
    "image": {"index": "index", "url": "url", "text": "alt"},
    "bitext": {"index": "index", "file": "file", "lang": "lang", "source": "raw_en", "text": "raw_text"},
    "english": {"source": "en"},
}
"""What a reject says of its item: columns of `pipeline.tables.REJECT`, and which columns of the item's list they hold."""


def write_fetch(out: Store, store: Store, chunks: Iterable[Chunk]) -> None:
    """Writes OUT/fetch.parquet from the image chunks."""
    _write(out, "fetch.parquet", FETCH, (_fetched(store, chunk) for chunk in chunks))


def _fetched(store: Store, chunk: Chunk) -> pa.Table:
    listed = store.read(chunk.parts[0], ["row", "index", "url", "alt", "source_key", *VERDICT])
    fetched = _at(store.read(_need(chunk, "fetch")), listed["row"])
    columns = {name: listed[name] for name in ("index", "url", "alt", "source_key")} | {name: fetched[name] for name in LEDGER}
    columns["key"] = pc.if_else(pc.is_valid(fetched["reject"]), pa.scalar(None, pa.string()), fetched["key"])
    columns["reason"] = pc.coalesce(listed["reject"], fetched["reject"])
    columns["detail"] = pc.coalesce(listed["detail"], fetched["detail"])
    return table(columns, FETCH)


def _at(part: pa.Table, rows: pa.ChunkedArray) -> pa.Table:
    """What a part says of rows of its chunk; null of those that did not come to it."""
    return part.take(pc.index_in(rows.combine_chunks(), value_set=part["row"].combine_chunks()))


def write_rejects(out: Store, store: Store, chunks: Iterable[Chunk]) -> list[str]:
    """Writes OUT/rejects/STAGE.parquet for each stage that ran, also where it rejected nothing; returns the names."""
    ordered = in_order(chunks)
    stages = list(dict.fromkeys(part.stage for chunk in ordered for part in chunk.parts))
    for stage in stages:
        rows = (rejects for chunk in ordered for part in chunk.parts if part.stage == stage for rejects in _rejects(store, chunk, part))
        _write(out, f"rejects/{stage}.parquet", REJECT, rows)
    return [f"rejects/{stage}.parquet" for stage in stages]


def _rejects(store: Store, chunk: Chunk, part: Part) -> Iterator[pa.Table]:
    """The rows that a part rejected, then the texts that it dropped of those it kept or rejected."""
    if part.rejected:
        verdicts = store.read(part, ["row", *VERDICT])
        verdicts = verdicts.filter(pc.is_valid(verdicts["reject"]))
        listed = store.read(chunk.parts[0], list(_SAID[chunk.item].values())).take(verdicts["row"])
        columns = {name: listed[column] for name, column in _SAID[chunk.item].items()}
        columns |= {"reason": verdicts["reject"], "detail": verdicts["detail"]}
        columns |= {name: [value] * len(verdicts) for name, value in (("item", chunk.item), ("stage", part.stage))}
        name, stage = {"image": ("key", "fetch"), "bitext": ("id", "normalise")}.get(chunk.item, ("", ""))
        if named := chunk.part(stage):
            columns["key"] = _at(store.read(named, ["row", name]), verdicts["row"])[name]
        yield table(columns, REJECT)
    if "dropped" in dict(part.digests):
        yield _dropped(store, chunk, part)


def _dropped(store: Store, chunk: Chunk, part: Part) -> pa.Table:
    judged = store.read(part, ["row", "dropped"]).to_pylist()
    listed = store.read(chunk.parts[0], ["row", "index", "url"])
    keys = _at(store.read(_need(chunk, "fetch"), ["row", "key"]), listed["row"])["key"]
    listed = listed.drop_columns("row")
    rows: list[dict[str, Any]] = [
        {**text, "item": "annotation", "stage": part.stage, "key": keys[row["row"]].as_py(), **listed.slice(row["row"], 1).to_pylist()[0]}
        for row in judged
        for text in row["dropped"] or ()
    ]
    names = ["item", "stage", "key", "index", "url", *(DROPPED.field(i).name for i in range(DROPPED.num_fields))]
    return table({name: [row[name] for row in rows] for name in names}, REJECT)


def write_table(out: Store, store: Store, chunks: Iterable[Chunk]) -> None:
    """Writes OUT/table.parquet: all that is known of the images that are left, without pixels and vectors."""
    chunks = list(chunks)
    names = [name for part in chunks[0].parts for name, _ in part.digests if name not in ("jpeg", "image", "place", "image_vector")]
    first = store.load(chunks[0], names).drop_columns("row")
    types = {field.name: field.type for field in first.schema if field.type != VECTOR}
    _write(out, "table.parquet", types, (store.load(chunk, names).select(list(types)) for chunk in chunks))


def _need(chunk: Chunk, stage: str) -> Part:
    part = chunk.part(stage)
    assert part is not None, f"chunk {chunk.id} has not been through {stage}"
    return part


def _write(out: Store, path: str, types: dict[str, pa.DataType], tables: Iterable[pa.Table]) -> None:
    sink, schema = io.BytesIO(), pa.schema(list(types.items()))
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        rest = schema.empty_table()
        for rows in tables:
            rest = pa.concat_tables([rest, rows])
            while rest.num_rows >= ROW_GROUP:
                writer.write_table(rest.slice(0, ROW_GROUP).combine_chunks())
                rest = rest.slice(ROW_GROUP)
        if rest.num_rows:
            writer.write_table(rest.combine_chunks())
    out.write_bytes(path, sink.getvalue())
