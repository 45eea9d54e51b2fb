import hashlib
import os
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.chunks import Chunk, split_of
from pipeline.store import Store, column_digests


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


def test_pictures_lie_in_a_tar_and_are_read_one_by_one(store):
    chunk = listed(store, url=["a", "b", "c", "d"])
    keys = pa.array(["k2", None, "k1", "k2"])
    table = part_of([0, 1, 2, 3], [None, "gone", None, None], key=keys, jpg_sha256=["h2", None, "h1", "h2"])
    pictures = Once({"k1": b"pixels", "k2": b"", "k3": b"nobody's"})
    part = store.write(chunk, "fetch", "fetch.parquet", table, pictures=pictures)
    assert pictures.asked == ["k2", "k1"]
    assert store.names("") == ["fetch.parquet", "fetch.tar", "list"]
    assert store.read(part).column_names == ["row", "key", "jpg_sha256", "reject", "detail"]
    with store.pictures(part) as found:
        assert [*found.items()] == [("k2", b""), ("k1", b"pixels")]
        assert (found["k1"], found.size("k1"), "k3" in found) == (b"pixels", 6, False)
    assert (chunk + part).holders(["jpeg"]) == {"jpeg": part}


class Once(dict):
    """Tells what is asked of it."""

    def __init__(self, pictures):
        super().__init__(pictures)
        self.asked = []

    def __getitem__(self, name):
        self.asked.append(name)
        return super().__getitem__(name)


def test_a_part_without_one_of_its_pictures_is_not_written(store):
    chunk = listed(store, url=["a"])
    with pytest.raises(KeyError):
        store.write(chunk, "fetch", "fetch.parquet", part_of([0], [None], key=["k"], jpg_sha256=["h"]), pictures={})
    assert store.names("") == ["list"]


def test_other_pictures_of_the_same_keys_are_told_apart(store):
    chunk = listed(store, url=["a"])
    digests = set()
    for stored in ("h1", "h2", "h1"):
        part = store.write(chunk, "fetch", "fetch.parquet", part_of([0], [None], key=["k"], jpg_sha256=[stored]), pictures={"k": b"x"})
        digests.add((chunk + part).digest(["jpeg"]))
    assert len(digests) == 2


@given(
    pictures=st.dictionaries(st.text("0123456789abcdef", min_size=4, max_size=64), st.binary(max_size=3000), max_size=12),
    rows=st.lists(st.integers(0, 12), max_size=20),
)
def test_what_was_put_into_a_tar_comes_out_of_it(tmp_path_factory, pictures, rows):
    """Of lists and of stages, in whatever order rows name them; the same is written twice in the same bytes."""
    names = [[*pictures, *[None] * 13][number] for number in rows]
    root, files = tmp_path_factory.mktemp("store"), []
    for place in ("one", "other"):
        store = Store(f"{root}/{place}")
        chunk = store.list("images-00000", pa.table({"image": pa.array(names, pa.string())}), pictures)
        hashes = pa.array([name and hashlib.sha256(pictures[name]).hexdigest() for name in names], pa.string())
        table = part_of([*range(len(rows))], [None] * len(rows), key=pa.array(names, pa.string()), jpg_sha256=hashes)
        part = store.write(chunk, "fetch", "fetch.parquet", table, pictures=pictures)
        for held in [part, *([chunk.latest] if pictures else [])]:
            with store.pictures(held) as found:
                assert list(found) == [*dict.fromkeys(name for name in names if name is not None)]
                assert dict(found) == {name: pictures[name] for name in found}
                assert [found.size(name) for name in found] == [len(pictures[name]) for name in found]
        files.append({path.relative_to(f"{root}/{place}"): path.read_bytes() for path in Path(f"{root}/{place}").rglob("*.*")})
    assert files[0] == files[1]


def test_pictures_of_a_list_are_written_once_and_read_by_what_is_no_disk():
    store = Store("memory://pictures/work")
    table = pa.table({"image": pa.array(["a", None, "b"])})
    chunk = store.list("images-00000", table, {"a": b"one", "b": b"two"})
    with store.pictures(chunk.latest) as found:
        assert dict(found) == {"a": b"one", "b": b"two"}
    assert store.list("images-00000", table, {}) == chunk


@given(values=st.lists(st.none() | st.text(max_size=9), min_size=1, max_size=9), cuts=st.sets(st.integers(0, 9)))
def test_a_digest_is_of_values_and_not_of_the_pieces_that_they_are_in(values, cuts):
    ends = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    column = pa.chunked_array([pa.array(values[a:b], pa.string()) for a, b in pairwise(ends)], pa.string())
    whole = pa.chunked_array([pa.array(values, pa.string())])
    assert column_digests(pa.table({"a": column})) == column_digests(pa.table({"a": whole}))


def test_a_column_of_more_than_two_gibibytes_has_a_digest_too():
    """Its pieces are one: 130 times the same 16 MiB, which no array of 32-bit offsets holds together."""
    piece = pa.array(["x" * 2**24])
    table = pa.table({"text": pa.chunked_array([piece] * 130)})
    with pytest.raises(pa.ArrowInvalid, match="offset overflow"):
        table["text"].combine_chunks()
    ((name, digest),) = column_digests(table)
    assert (name, len(digest)) == ("text", 16)
    assert column_digests(table.slice(1)) != ((name, digest),)


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
