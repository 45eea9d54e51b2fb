"""Pictures that lie on the disk are read where they are, and what cannot be read any more is told."""

import os
import tarfile
from pathlib import Path

import pytest

from pipeline.sources.files import SourceError
from pipeline.sources.places import place_in, place_of, read_places


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"picture {name}")
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.USTAR_FORMAT) as made:
        made.add(tmp_path / "one", "one.jpg")
        made.add(tmp_path / "two", "two.jpg")
    return tmp_path / "x.tar"


def test_bytes_come_in_the_order_of_their_places(tar: Path) -> None:
    with tar.open("rb") as file:
        one, two = (place_in(str(tar), file, start, 11) for start in (512, 1536))
    single = place_of(tar.parent / "one")
    assert single is not None
    assert (single["path"], single["start"], single["size"], single["ends"]) == (os.fsencode(tar.parent / "one"), 0, 11, one["ends"])
    assert two["ends"] != one["ends"]
    assert list(read_places([two, one, single, two])) == [b"picture two", b"picture one", b"picture one", b"picture two"]


def test_a_place_on_another_system(tar: Path) -> None:
    path = f"file://{tar}"
    with tar.open("rb") as file:
        assert list(read_places([place_in(path, file, 1536, 11)])) == [b"picture two"]


def test_a_picture_that_is_gone_is_told_and_has_no_bytes(tar: Path, caplog: pytest.LogCaptureFixture) -> None:
    places = [place_of(tar.parent / name) for name in ("one", "two")]
    (tar.parent / "one").unlink()
    assert list(read_places([place for place in (*places, places[0]) if place])) == [b"", b"picture two", b""]
    assert f"{tar.parent}/one: No such file or directory; goes on without it" in caplog.text
    assert place_of(tar.parent / "one") is None


def test_a_tar_that_is_gone_ends_the_run(tar: Path) -> None:
    with tar.open("rb") as file:
        place = place_in(str(tar), file, 512, 11)
    tar.unlink()
    with pytest.raises(SourceError, match=r"x\.tar: No such file or directory; name a file that can be read"):
        list(read_places([place]))
