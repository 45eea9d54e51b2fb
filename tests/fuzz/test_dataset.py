"""Whatever happens to the files of a dataset: verify ends with lines, and readers with samples or an error that names the place."""

from __future__ import annotations

import copy
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import shards
from shards.manifest import ManifestError, describe_table
from shards.reader import DatasetError
from shards.sample import SampleError
from shards.tar import END, entry, members
from shards.verify import main
from tests.shards.conftest import Tamper, build

few = settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SHARD = "train-00000"
TABLES = (f"shards/{SHARD}.parquet", "fetch.parquet", "rejects/judge.parquet")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five samples in four shards; not to be changed."""
    out = tmp_path_factory.mktemp("fuzz") / "out"
    build(out, {"train": [range(2), range(2, 3)], "val": [range(3, 4)], "test": [range(4, 5)]})
    return out


@contextmanager
def copied(whole: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(whole, Path(folder) / "out"))


def check(out: Path) -> None:
    """The law, of verify, of `open_dataset` and of the loader."""
    for more in ([], ["--quick"]):
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = main([str(out), "--workers=1", *more])
        lines = said.getvalue().removesuffix("\n").split("\n")
        assert all(line.isprintable() for line in lines), lines
        assert code in (0, 1, 2)
        assert code == 0 or (code == 1 and "problem" in lines[-1]) or (code == 2 and len(lines) == 1), lines
    for read in READS:
        try:
            read(str(out))
        except (DatasetError, ManifestError, SampleError) as error:
            assert str(error).isprintable() and str(out) in str(error), repr(error)


READS: tuple[Callable[[str], object], ...] = (
    lambda out: list(shards.open_dataset(out)),
    lambda out: list(shards.open_dataset(out, tasks=["caption"], langs=["de"])),
    lambda out: list(shards.loader(out, decode=True, hashes=True)),
    lambda out: list(shards.loader(out, langs=["fr"])),
    lambda out: list(shards.loader(out, decode=True, skip_broken=True)),
)


NAMES = ["", "\ud800", "\n", "../x", "en", "train-00000", "train", "caption", "list", "\u2028", "0" * 32]
texts = st.text(max_size=8) | st.sampled_from(NAMES)
numbers = st.integers() | st.floats() | st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63, 10**30, 10**4299])
plain = st.none() | st.booleans() | numbers | texts
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6)
deep = st.integers(50, 70).map(lambda levels: nested(levels))


def nested(levels: int) -> Any:
    made: Any = {}
    for number in range(levels):
        made = [made] if number % 2 else {"x": made}
    return made


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a plain one but the outermost."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from places(one, (*path, name))


@st.composite
def mutated(draw: st.DrawFn, whole: Any) -> Any:
    """A plain value of which some parts were replaced, removed, doubled or added."""
    made = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(made))
        if not paths:
            break
        *outer, last = draw(st.sampled_from(paths))
        holder = made
        for name in outer:
            holder = holder[name]
        change = draw(st.sampled_from(["replace", "replace", "remove", "add", "double"]))
        if change == "remove":
            del holder[last]
        elif change == "replace":
            holder[last] = draw(values | deep)
        elif isinstance(holder, list):
            holder.insert(last, copy.deepcopy(holder[last]) if change == "double" else draw(values))
        else:
            holder[draw(texts)] = copy.deepcopy(holder[last]) if change == "double" else draw(values)
    return made


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some were changed, cut off or put in."""
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        change = draw(st.sampled_from(["flip", "flip", "flip", "cut", "put", "zero"]))
        if change == "flip":
            data = data[:place] + bytes([draw(st.integers(0, 255))]) + data[place + 1 :]
        elif change == "cut":
            data = data[:place] + data[place + draw(st.integers(1, 2000)) :]
        elif change == "put":
            data = data[:place] + draw(st.binary(max_size=20)) + data[place:]
        else:
            data = data[:place] + bytes(100) + data[place + 100 :]
    return data


def seal(out: Path) -> None:
    """Makes the manifest tell the hashes, sizes and rows of the files that there are."""
    tamper = Tamper(out)

    def rows(content: dict[str, Any]) -> None:
        for file in (*content["rejects"], content["run"]["fetch"]):
            try:
                file.update(vars(describe_table(str(out), file["path"])))
            except Exception:
                continue

    tamper.seal()
    tamper.manifest(rows)


@few
@given(data=st.data())
def test_a_manifest_with_other_values(whole: Path, data: st.DataObject) -> None:
    with copied(whole) as out:
        path = out / "manifest.json"
        content = data.draw(mutated(json.loads(path.read_bytes())))
        if data.draw(st.booleans()):
            path.write_text(json.dumps(content))
        else:
            path.write_bytes(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        check(out)


@few
@given(data=st.data())
def test_a_manifest_of_other_bytes(whole: Path, data: st.DataObject) -> None:
    with copied(whole) as out:
        path = out / "manifest.json"
        path.write_bytes(data.draw(damaged(path.read_bytes()) | st.binary(max_size=30)))
        check(out)


@few
@given(data=st.data())
def test_records_with_other_values(whole: Path, data: st.DataObject) -> None:
    with copied(whole) as out:
        tamper = Tamper(out)
        contents = tamper.members(SHARD)
        record = data.draw(mutated(json.loads(contents[1][1])))
        if data.draw(st.booleans()):
            text = json.dumps(record).encode()
        else:
            text = data.draw(damaged(contents[1][1]))
        contents[1] = contents[1][0], text
        tamper.write(SHARD, contents)
        check(out)


@few
@given(data=st.data(), sealed=st.booleans())
def test_a_tar_of_other_bytes(whole: Path, data: st.DataObject, sealed: bool) -> None:
    with copied(whole) as out:
        path = out / f"shards/{SHARD}.tar"
        path.write_bytes(data.draw(damaged(path.read_bytes())))
        if sealed:
            seal(out)
        check(out)


@few
@given(data=st.data(), sealed=st.booleans())
def test_a_tar_of_other_members(whole: Path, data: st.DataObject, sealed: bool) -> None:
    with copied(whole) as out:
        path = out / f"shards/{SHARD}.tar"
        with open(path, "rb") as file:
            there = list(members(file))
        names = [name for name, _ in there]
        name = st.sampled_from([*names, "x", "0" * 32 + ".json", names[0].replace("jpg", "png"), names[0] + ".jpg"])
        name |= st.text(st.characters(max_codepoint=127), max_size=100)
        content = st.sampled_from([content for _, content in there]) | st.binary(max_size=50)
        made = data.draw(st.lists(st.sampled_from(there) | st.tuples(name, content), max_size=6))
        tar = b"".join(entry(name, content) for name, content in made) + END
        header = data.draw(st.sampled_from([b"", b"-0000000001\0", b"77777777777\0", b" 00000_0001\0", b"0o000000001\0"]))
        if header and made:  # a size that is none, under a checksum that fits
            tar = tar[:124] + header + tar[136:148] + b" " * 8 + tar[156:]
            tar = tar[:148] + b"%06o\0 " % sum(tar[:512]) + tar[156:]
        path.write_bytes(tar)
        if sealed:
            seal(out)
        check(out)


@few
@given(data=st.data(), table=st.sampled_from(TABLES), sealed=st.booleans())
def test_tables_of_other_bytes(whole: Path, data: st.DataObject, table: str, sealed: bool) -> None:
    with copied(whole) as out:
        path = out / table
        path.write_bytes(data.draw(damaged(path.read_bytes())))
        if sealed:
            seal(out)
        check(out)


@st.composite
def another(draw: st.DrawFn, table: pa.Table) -> pa.Table:
    """A table of which a column is not there, twice there, of another name, of another type, or has nulls; or of other rows."""
    place = draw(st.integers(0, table.num_columns - 1))
    name, column = table.schema.names[place], table.column(place)
    change = draw(st.sampled_from(["drop", "double", "rename", "null", "type", "bytes", "rows"]))
    if change == "drop":
        return table.drop_columns(name)
    if change == "double":
        return table.append_column(name, column)
    if change == "rename":
        return table.rename_columns(
            [*table.schema.names[:place], draw(texts.filter(lambda text: "\ud800" not in text)), *table.schema.names[place + 1 :]]
        )
    if change == "rows":
        return table.take(pa.array(draw(st.lists(st.integers(0, len(table) - 1), max_size=6)), pa.int64()))
    kinds = [pa.null(), pa.int64(), pa.large_string(), pa.binary(), pa.list_(pa.string()), pa.float64(), pa.timestamp("ms"), pa.bool_()]
    if change == "bytes":  # not UTF-8, under a type that says it is
        values = pa.array([b"\xff\xfe"] * len(table), pa.binary())
        return table.set_column(place, pa.field(name, pa.string()), pa.Array.from_buffers(pa.string(), len(table), values.buffers()))
    kind = column.type if change == "null" else draw(st.sampled_from(kinds))
    return table.set_column(place, pa.field(name, kind), pa.nulls(len(table), kind))


@few
@given(data=st.data(), file=st.sampled_from(TABLES))
def test_tables_of_other_columns(whole: Path, data: st.DataObject, file: str) -> None:
    with copied(whole) as out:
        pq.write_table(data.draw(another(pq.read_table(out / file))), out / file)
        seal(out)
        check(out)
