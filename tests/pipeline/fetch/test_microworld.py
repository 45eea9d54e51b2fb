"""The fetcher against a real server that misbehaves: each page ends as it should."""

from pathlib import Path

from pipeline.fetch import FetchSettings, fetch_chunk
from pipeline.microworld.web import serve
from pipeline.microworld.world import pages, write_image_list
from pipeline.sources import open_images

COUNT = 400


def test_every_page_ends_as_it_should(tmp_path: Path) -> None:
    ((_, rows),) = open_images(str(write_image_list(tmp_path, COUNT))).chunks(COUNT)
    with serve() as web:
        fetched = fetch_chunk(rows, FetchSettings(resolve=web.resolve, deadline_seconds=20, backoff_seconds=0))
    found = fetched.ledger["reason"].to_pylist()
    # What has the bytes of another row is for the dedup stage to say.
    wanted = [None if page.expected in ("ok", "duplicate", "duplicate_url") else page.expected for page in pages(COUNT)]
    slow = {page.index for page in pages(COUNT) if page.fault == "slow_drip"}
    assert [reason for index, reason in enumerate(found) if index not in slow] == [
        reason for index, reason in enumerate(wanted) if index not in slow
    ]
    keys = [key for key in fetched.ledger["key"].to_pylist() if key]
    assert set(keys) == set(fetched.images)
    assert all(len(key) == 32 for key in keys)
