import os

import pyarrow as pa
import pytest

from pipeline.chunks import Chunk, split_of
from pipeline.store import Store


def listed(store: Store, **columns) -> Chunk:
    return store.list("images-00000", pa.table(columns))


def part_of(rows: list[int], reject: list[str | None], **columns) -> pa.Table:
    none = [None] * len(rows)
    return pa.table(
        {"row": pa.array(rows, pa.int32()), **columns, "reject": pa.array(reject, pa.string()), "detail": pa.array(none, pa.string())}
    )


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(str(tmp_path / "work"))


def test_a_part_comes_back_as_it_was_written(store):
    chunk = listed(store, url=["a", "b"])
    part = store.write(chunk, "shout", "shout/1.parquet", part_of([0, 1], [None, "rude"], loud=["A", "B"]), 1.5)
    assert store.find("shout/1.parquet") == part
    assert store.find("shout/1.parquet").seconds == 1.5
    assert (part.rows, part.rejected) == (2, 1)
    assert store.read(part, ["loud", "reject"]).to_pydict() == {"loud": ["A", "B"], "reject": [None, "rude"]}
    assert store.find("shout/2.parquet") is None


def test_load_gives_the_living_rows_of_all_parts(store):
    chunk = listed(store, url=["a", "b", "c"])
    chunk += store.write(chunk, "one", "one.parquet", part_of([0, 1, 2], [None, "bad", None], n=[1, 2, 3]))
    chunk += store.write(chunk, "two", "two.parquet", part_of([0, 2], ["worse", None], m=[10, 30]))
    assert store.load(chunk, ("m", "url", "n")).to_pydict() == {"row": [2], "m": [30], "url": ["c"], "n": [3]}
    assert chunk.living == 1
    with pytest.raises(KeyError, match="has no columns"):
        store.load(chunk, ("nothing",))


def test_pixels_lie_in_a_tar_and_are_a_column_to_those_who_ask(store):
    chunk = listed(store, url=["a", "b", "c"])
    pixels, hashes = pa.array([b"pixels", None, b"pixels"], pa.binary()), ["h1", None, "h1"]
    table = part_of([0, 1, 2], [None, "gone", None], key=["k1", None, "k1"], jpg_sha256=hashes, jpeg=pixels)
    part = store.write(chunk, "fetch", "fetch.parquet", table)
    assert store.names("") == ["fetch.parquet", "fetch.tar", "list"]
    assert store.read(part).column_names == ["row", "key", "jpg_sha256", "reject", "detail"]
    assert store.load(chunk + part, ("jpeg",)).to_pydict() == {"row": [0, 2], "jpeg": [b"pixels", b"pixels"]}
    with store.pixels(part) as picture:
        assert (picture("k1"), picture("k2")) == (b"pixels", None)


def test_the_digest_follows_what_is_read_and_who_is_alive(store):
    chunk = listed(store, url=["a", "b"], alt=["x", "y"])
    other = listed(store, url=["a", "b"], alt=["x", "z"])
    assert chunk.digest(["url"]) == other.digest(["url"])
    assert chunk.digest(["alt"]) != other.digest(["alt"])
    lost = chunk + store.write(chunk, "s", "s.parquet", part_of([0, 1], [None, "bad"]))
    kept = chunk + store.write(chunk, "s", "t.parquet", part_of([0, 1], [None, None]))
    assert lost.digest(["url"]) != chunk.digest(["url"]) == kept.digest(["url"])


def test_listing_the_same_rows_twice_writes_once(store, tmp_path):
    first = listed(store, url=["a"])
    path = tmp_path / "work" / first.latest.path
    os.utime(path, (1, 1))
    assert listed(store, url=["a"]) == first
    assert path.stat().st_mtime == 1
    assert listed(store, url=["b"]) != first


def test_what_a_killed_run_left_is_swept(store, tmp_path):
    chunk = listed(store, url=["a"])
    (tmp_path / "work" / "list" / ".half.parquet.123.tmp").write_bytes(b"half")
    store.sweep()
    assert store.names("list") == [chunk.latest.path.removeprefix("list/")]


def test_splits_have_their_shares_and_do_not_move():
    keys = [f"{number:032x}" for number in range(20000)]
    splits = [split_of(key, 0.05, 0.1) for key in keys]
    assert [round(splits.count(split) / len(keys), 2) for split in ("train", "val", "test")] == [0.85, 0.05, 0.1]
    assert [split_of(key, 0.05, 0.1) for key in keys[:5]] == splits[:5]
