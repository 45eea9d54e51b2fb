"""What holds of every chunk that is fetched, whatever the rows, the web and the pictures are."""

import io
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from PIL import Image

from pipeline.fetch import REASONS, FetchSettings, Row
from pipeline.fetch.chunk import LEDGER_ROW
from tests.fuzz.laws import is_one_line, within
from tests.pipeline.fetch.rows import fetched as fetch


def fetched(rows: Sequence[Row], ways: FetchSettings, seconds: float) -> list[dict[str, Any]]:
    """The ledger of a chunk, with the picture of each row as ``jpg``, after all that must hold of it has been looked at.

    Args:
        seconds: that the chunk may take.
    """
    with within(seconds, 400):
        made = fetch(rows, ways)
    made.ledger.validate(full=True)
    assert made.ledger.schema == pa.schema(list(LEDGER_ROW.items()))
    assert len(made.ledger) == len(rows)
    found = [row | {"jpg": made.pictures.get(row["key"])} for row in made.ledger.to_pylist()]
    for row in found:
        _check(row, ways)
    return found


def _check(row: dict[str, Any], ways: FetchSettings) -> None:
    assert (row["jpg"] is None) == (row["key"] is None) == (row["reason"] is not None), row
    assert row["bytes"] is None or 0 <= row["bytes"] <= ways.max_bytes
    assert row["attempts"] <= 1 + max(1, ways.retries)
    assert row["status"] is None or 100 <= row["status"] <= 999
    if row["reason"] is None:
        stored = Image.open(io.BytesIO(row["jpg"]))
        stored.load()
        assert (stored.mode, stored.size) == ("RGB", (row["width"], row["height"]))
        return
    assert row["reason"] in REASONS
    assert row["reason"] != "internal_error", row["detail"]
    assert is_one_line(row["detail"]), row["detail"]
    assert row["transient"] == REASONS[row["reason"]].transient


@contextmanager
def no_names() -> Iterator[None]:
    """A network in which no name is known: text that happens to be a host's name leads nowhere."""

    def look_up(host: str, *_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not known")

    before = socket.getaddrinfo
    socket.getaddrinfo = look_up  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.getaddrinfo = before
