"""Checks one shard: bytes, members, records, pictures, sidecar, counts, policy."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from PIL import Image

from shards.checks.problems import Problems
from shards.manifest import ShardInfo
from shards.parquet import open_parquet, read_columns
from shards.pictures import STUMBLES
from shards.plain import one_line, parse
from shards.policy import Policy
from shards.sample import KEY, PICTURES, Sample, faults
from shards.storage import open_file, open_stream
from shards.tar import TarError, members
from shards.whole import DamagedFile
from shards.writer import SIDECAR

AGAIN = "get the file again, or remove it and build again"
REBUILD = "remove the shard and build again"


@dataclass
class ShardFacts:
    """What the checks of the whole dataset need to know of a shard."""

    split: str
    name: str
    keys: list[bytes] = field(default_factory=list)  # 16 bytes each
    hashes: list[bytes] = field(default_factory=list)  # sha256 of what came, 32 bytes each
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)  # annotations by task and language
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)  # samples that have any, by task and language
    whole: bool = True  # every record could be read, so that counts and keys mean something
    problems: Problems = field(default_factory=Problems)


class ShardCheck:
    """The checks of one shard; `run` makes them all.

    The quick form takes the tar at its size: what the tar's records would be checked for is checked on the sidecar's.
    """

    def __init__(self, out: str, split: str, shard: ShardInfo, policy: Policy, quick: bool) -> None:
        self.out, self.split, self.shard, self.policy, self.quick = out, split, shard, policy, quick
        self.facts = ShardFacts(split, shard.name)
        self.problems = self.facts.problems
        self._previous = ""

    def run(self) -> ShardFacts:
        sidecar = self._sidecar()
        records = None if self.quick else self._tar()
        if sidecar is not None and records is not None:
            self._compare(records, sidecar)
        if records is not None and len(records) != self.shard.samples:
            self.problems.add("count", self.shard.tar, f"holds {len(records)} samples, the manifest says {self.shard.samples}", REBUILD)
        listed = {(task, lang): n for task, by_lang in self.shard.annotations.items() for lang, n in by_lang.items()}
        for task, lang in sorted(listed.keys() | self.facts.pairs.keys()) if self.facts.whole else ():
            held, said = self.facts.pairs[task, lang], listed.get((task, lang), 0)
            if held != said:
                what = f"holds {held} annotations of task {task} in {lang}, the manifest says {said}"
                self.problems.add("count", self.shard.parquet if self.quick else self.shard.tar, what, REBUILD)
        return self.facts

    def _sidecar(self) -> pa.Table | None:
        path = self.shard.parquet
        table = self._sidecar_table(path)
        if table is None:
            self.facts.whole &= not self.quick
        elif self.quick:
            for row in table.to_pylist():
                self._record(path, str(row["key"]), _without_nulls(row))
        return table

    def _sidecar_table(self, path: str) -> pa.Table | None:
        """All of the sidecar; None where it cannot be read, has other columns, or more rows than the tar has room for."""
        try:
            with open_file(f"{self.out}/{path}") as file:
                data = file.read()
            self._same_bytes(path, len(data), hashlib.sha256(data).hexdigest(), self.shard.parquet_bytes, self.shard.parquet_sha256)
            parquet = open_parquet(io.BytesIO(data))
            if not parquet.schema_arrow.equals(SIDECAR):
                names = ", ".join(parquet.schema_arrow.names)
                self.problems.add("sidecar", path, f"has columns {names} of types that the format does not know", REBUILD)
                return None
            if (rows := parquet.metadata.num_rows) != self.shard.samples:
                self.problems.add("count", path, f"holds {rows} samples, the manifest says {self.shard.samples}", REBUILD)
            return read_columns(parquet) if rows <= max(self.shard.room, self.shard.samples) else None
        except FileNotFoundError:  # the checks of the files have said so
            return None
        except (DamagedFile, OSError) as error:
            self.problems.add("sidecar", path, f"cannot be read: {one_line(str(error))}", AGAIN)
            return None

    def _tar(self) -> list[dict[str, Any] | None] | None:
        """Checks the tar; its records, None for one that does not keep to the format; None if there is no tar."""
        path, picture = self.shard.tar, None
        records: list[dict[str, Any] | None] = []
        try:
            with open_stream(f"{self.out}/{path}") as file:
                hashing = _Hashing(file)
                try:
                    for name, data in members(hashing):
                        stem, _, extension = name.partition(".")
                        if extension not in (*PICTURES, "json") or not KEY.fullmatch(stem):
                            self.facts.whole = False
                            self.problems.add(
                                "key", path, "is not named by 32 lower-case hex digits and .jpg, .webp, .png or .json", REBUILD, name
                            )
                        elif extension != "json":
                            self._alone(path, picture)
                            picture = name, data
                        elif picture is None or picture[0].partition(".")[0] != stem:
                            self.facts.whole = False
                            self.problems.add("order", path, f"does not follow its picture, {stem}.jpg", REBUILD, name)
                        else:
                            records.append(self._sample(path, stem, *picture, data))
                            picture = None
                    self._alone(path, picture)
                except TarError as error:
                    self.facts.whole = False
                    self.problems.add("tar", path, str(error), AGAIN)
                hashing.drain()
        except FileNotFoundError:
            self.facts.whole = False
            return None
        except OSError as error:
            self.facts.whole = False
            self.problems.add("tar", path, f"cannot be read: {one_line(str(error))}", AGAIN)
            return None
        self._same_bytes(path, hashing.bytes, hashing.sha256, self.shard.bytes, self.shard.sha256)
        return records

    def _compare(self, records: list[dict[str, Any] | None], sidecar: pa.Table) -> None:
        """Checks that the sidecar says what the records say, as far as both can be read."""
        rows = [row for row, record in enumerate(records[: len(sidecar)]) if record is not None]
        ours, theirs = pa.Table.from_pylist([records[row] for row in rows], SIDECAR), sidecar.take(pa.array(rows, pa.int64()))
        if ours.equals(theirs):
            return
        for mine, other in zip(ours.to_pylist(), theirs.to_pylist(), strict=True):
            if differing := [name for name in SIDECAR.names if mine[name] != other[name]]:
                what = f"is not what {mine['key']}.json of {self.shard.tar} says: {', '.join(differing)}"
                self.problems.add("sidecar", self.shard.parquet, what, REBUILD, mine["key"])

    def _alone(self, path: str, picture: tuple[str, bytes] | None) -> None:
        if picture:
            self.facts.whole = False
            self.problems.add("order", path, f"is not followed by {picture[0].partition('.')[0]}.json", REBUILD, picture[0])

    def _sample(self, path: str, stem: str, picture: str, jpg: bytes, data: bytes) -> dict[str, Any] | None:
        member = f"{stem}.json"
        try:
            record = parse(data)
        except ValueError as error:
            self.facts.whole = False
            self.problems.add("json", path, f"is not JSON: {one_line(str(error))}", REBUILD, member)
            return None
        sample = self._record(path, member, record, stem)
        if sample is None:
            return None
        self._picture(path, picture, jpg, sample)
        return record

    def _record(self, path: str, member: str, record: Any, stem: str | None = None) -> Sample | None:
        """Checks a record by itself; the sample, if it keeps to the format."""
        wrong = list(faults(record))
        for fault in wrong:
            self.problems.add("schema", path, fault, REBUILD, member)
        if wrong:
            self.facts.whole = False
            return None
        sample = Sample.from_record(record)
        if stem is not None and sample.key != stem:
            self.problems.add("schema", path, f"key is {sample.key}", REBUILD, member)
        if sample.split != self.split:
            self.problems.add("split", path, f"split is {sample.split} in a shard of {self.split}", REBUILD, member)
        if sample.key <= self._previous:
            self.problems.add("order", path, f"comes after {self._previous}; keys must rise", REBUILD, member)
        self._previous = sample.key
        for position, what in self.policy.violations(sample):
            self.problems.add("policy", path, f"annotation {position}: {what}", REBUILD, member)
        self.facts.keys.append(bytes.fromhex(sample.key))
        self.facts.hashes.append(bytes.fromhex(sample.sha256))
        pairs = [(annotation.task, annotation.lang) for annotation in sample.annotations]
        self.facts.pairs.update(pairs)
        self.facts.covered.update(set(pairs))
        return sample

    def _picture(self, path: str, member: str, jpg: bytes, sample: Sample) -> None:
        if (found := hashlib.sha256(jpg).hexdigest()) != sample.jpg_sha256:
            self.problems.add("picture", path, f"has sha256 {found}, its record says {sample.jpg_sha256}", AGAIN, member)
        size = (sample.width, sample.height)
        try:
            with Image.open(io.BytesIO(jpg)) as image:
                if image.size == size:  # else its pixels may be more than memory holds
                    image.load()
        except (*STUMBLES, Image.DecompressionBombError) as error:
            self.problems.add("picture", path, f"cannot be decoded: {one_line(str(error))}", REBUILD, member)
            return
        if image.format != (expected := PICTURES[member.rpartition(".")[2]]):
            self.problems.add("picture", path, f"is {image.format}, not {expected}", REBUILD, member)
        if image.size != size:
            what = f"is {image.width} x {image.height} pixels, its record says {sample.width} x {sample.height}"
            self.problems.add("picture", path, what, REBUILD, member)

    def _same_bytes(self, path: str, size: int, sha256: str, size_said: int, sha256_said: str) -> None:
        # Another size has been reported by the checks of the files; its hash says nothing new.
        if size == size_said and sha256 != sha256_said:
            self.problems.add("sha256", path, f"has sha256 {sha256}, the manifest says {sha256_said}", AGAIN)


class _Hashing:
    """A file that is read once from end to end and hashed on the way."""

    def __init__(self, file: Any) -> None:
        self.bytes, self._file, self._hash = 0, file, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self.bytes += len(data)
        return data

    def drain(self) -> None:
        while self.read(1 << 20):
            pass


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if value is not None}
    kept["annotations"] = [a and {name: value for name, value in a.items() if value is not None} for a in kept.get("annotations") or []]
    return kept
