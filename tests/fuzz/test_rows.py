"""Rows of any URL, bytes and columns: a row of the ledger each."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.fetch import FetchSettings
from tests.fuzz.laws import examples
from tests.fuzz.ledger import fetched, no_names
from tests.fuzz.pictures import damaged, samples
from tests.fuzz.urls import URLS
from tests.pipeline.fetch.rows import rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8), lambda part: st.lists(part) | st.dictionaries(st.text(), part)
)
DIGITS = st.text("0123456789abcdefABCDEFg ", max_size=8).map(lambda text: (text * 64)[: 8 * len(text)]) | st.sampled_from(
    ("é" * 32, "0" * 64)
)
COLUMNS = (
    st.none()
    | st.text(st.characters(codec="utf-8"))
    | st.dictionaries(st.just("hash") | st.text(), VALUES | DIGITS).map(json.dumps)
    | st.just("[" * 100_000)
)
ROWS = st.lists(
    st.tuples(
        st.none() | URLS.filter(lambda url: url.isascii() or _storable(url)),
        st.none() | st.binary(max_size=40) | damaged() | st.sampled_from(samples()),
        COLUMNS,
    ),
    max_size=6,
)


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@examples(250)
@given(ROWS, st.sampled_from(("", "hash")))
@example([(None, samples()[0], "[1]")], "hash")
@example([(None, samples()[0], '{"hash": {"a": 1}}')], "hash")
@example([("http://x.invalid/a", None, "no JSON")], "hash")
def test_any_rows(listed: list[tuple[str | None, bytes | None, str | None]], column: str) -> None:
    urls, images, columns = ([row[part] for row in listed] for part in range(3))
    ways = FetchSettings(verify_hash=column, deadline_seconds=1, retries=0, max_bytes=100_000, max_pixels=2_000_000, decode_threads=1)
    with no_names():
        found = fetched(rows(*urls, images=images, columns=columns), ways, 20)
    for row, (url, image, _) in zip(found, listed, strict=True):
        assert row["attempts"] == 0 or (image is None and url)
