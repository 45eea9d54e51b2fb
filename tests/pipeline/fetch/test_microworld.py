"""The fetcher against a real server that misbehaves: each page ends as it should."""

from collections import Counter
from pathlib import Path

from pipeline.fetch import FetchSettings
from pipeline.microworld.web import serve
from pipeline.microworld.world import pages, write_image_list
from pipeline.sources import open_images
from tests.pipeline.fetch.rows import fetched, rows

COUNT = 1500


def test_every_page_ends_as_it_should(tmp_path: Path) -> None:
    """A few pages of each fault and some sound ones; of those that drip none, as they take a whole deadline."""
    ((_, listed),) = open_images(str(write_image_list(tmp_path, COUNT))).chunks(COUNT)
    seen: Counter[str | None] = Counter({"slow_drip": 3})
    chosen = [page for page in pages(COUNT) if not seen.update([page.fault]) and seen[page.fault] <= 3]
    assert len({page.fault for page in chosen}) >= 15
    with serve() as web:
        ways = FetchSettings(resolve=web.resolve, backoff_seconds=0)
        made = fetched(rows(*listed["url"].take([page.index for page in chosen]).to_pylist()), ways)
    # What has the bytes of another row is for the dedup stage to say.
    later = ("ok", "duplicate", "duplicate_url", "placeholder")
    wanted = [None if page.expected in later else page.expected for page in chosen]
    assert made.ledger["reason"].to_pylist() == wanted
    keys = made.ledger["key"].to_pylist()
    assert made.pictures.keys() == {*keys} - {None}
    assert all(len(key) == 32 for key in made.pictures)
