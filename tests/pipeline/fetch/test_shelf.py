"""Pictures that wait for the rest of their chunk."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.fetch import FetchSettings, fetch_chunk
from pipeline.fetch import shelf as shelf_module
from pipeline.fetch.shelf import Shelf, ShelfError
from tests.pipeline.fetch.rows import rows
from tests.pipeline.fetch.web import picture


def test_what_many_threads_put_down_is_found_again() -> None:
    pictures = [bytes([number]) * 997 * number for number in range(60)]
    with closing(Shelf()) as shelf, ThreadPoolExecutor(8) as threads:
        places = list(threads.map(shelf.put, pictures))
        assert shelf.column(places).to_pylist() == pictures


def test_a_column_has_pictures_in_any_order_and_nothing_where_none_is() -> None:
    with closing(Shelf()) as shelf:
        first, second = shelf.put(b"one"), shelf.put(b"two")
        assert shelf.column([None, second, None, first, first]).to_pylist() == [None, b"two", None, b"one", b"one"]
        assert shelf.column([]).to_pylist() == []


def test_more_than_an_array_holds_becomes_several(monkeypatch) -> None:
    monkeypatch.setattr(shelf_module, "_MOST", 5)
    with closing(Shelf()) as shelf:
        places = [shelf.put(b"one"), None, shelf.put(b"two"), shelf.put(b"2"), None]
        column = shelf.column(places)
        assert [array.to_pylist() for array in column.chunks] == [[b"one", None], [b"two", b"2", None]]


def test_a_shelf_leaves_nothing_behind(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Shelf()) as shelf:
        shelf.put(b"picture")
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_no_fault_of_a_picture(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ShelfError, match=r"gone: pictures cannot be put there: No such file or directory; make room, or name .* TMPDIR"):
        fetch_chunk(rows("a.jpg", images=[picture()]), FetchSettings())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_ends_the_chunk(monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: open("/dev/full", "r+b", buffering=0))  # noqa: SIM115
    with pytest.raises(ShelfError, match="No space left on device"):
        fetch_chunk(rows("a.jpg", images=[picture()]), FetchSettings())
