"""Pictures that wait for the rest of their chunk."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.fetch import FetchSettings
from pipeline.fetch.shelf import Shelf, ShelfError
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import picture


def test_what_many_threads_put_down_is_found_again() -> None:
    pictures = {f"{number}": bytes([number]) * 997 * number for number in range(60)}
    with closing(Shelf()) as shelf, ThreadPoolExecutor(8) as threads:
        list(threads.map(shelf.put, pictures, pictures.values()))
        assert dict(shelf.pictures) == pictures
        assert shelf.size == sum(map(len, pictures.values()))


def test_what_has_a_name_that_is_there_takes_no_room() -> None:
    with closing(Shelf()) as shelf:
        for name, picture in (("a", b"one"), ("b", b""), ("a", b"one")):
            shelf.put(name, picture)
        assert list(shelf.pictures.items()) == [("a", b"one"), ("b", b"")]
        assert [shelf.pictures.size(name) for name in ("a", "b")] == [3, 0]
        assert shelf.size == 3
        with pytest.raises(KeyError):
            shelf.pictures["c"]


def test_a_shelf_leaves_nothing_behind(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Shelf()) as shelf:
        shelf.put("a", b"picture")
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_no_fault_of_a_picture(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ShelfError, match=r"gone: pictures cannot be put there: No such file or directory; make room, or name .* TMPDIR"):
        fetched(rows("a.jpg", images=[picture()]), FetchSettings())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_ends_the_chunk(monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: open("/dev/full", "r+b", buffering=0))  # noqa: SIM115
    with pytest.raises(ShelfError, match="No space left on device"):
        fetched(rows("a.jpg", images=[picture()]), FetchSettings())
