"""The manifest: what a dataset holds and how it came about, written last, so that a dataset that has one is whole."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shards.plain import PlainError, made_of, one_line, parse, shown
from shards.policy import Policy
from shards.sample import LANG, SPLITS
from shards.storage import open_file, read_bytes, write_bytes
from shards.tar import BLOCK

FORMAT = 1
NAME = "manifest.json"
FETCH = "fetch.parquet"

SHARD = re.compile(r"[a-z]+-[0-9]{5,}")
REJECTS = re.compile(r"rejects/[A-Za-z0-9_-]+\.parquet")

Counts = Mapping[str, Mapping[str, int]]
"""Numbers of annotations by task and language."""


class ManifestError(ValueError):
    """A manifest that is not there or cannot be read."""


@dataclass(frozen=True)
class TableFile:
    """A Parquet file besides the shards; ``path`` is relative to the dataset."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ShardInfo:
    """A shard: its tar, its sidecar, and the numbers of its samples and annotations."""

    name: str  # as train-00000
    samples: int
    annotations: Counts
    bytes: int  # of the tar
    sha256: str
    parquet_bytes: int
    parquet_sha256: str

    @property
    def tar(self) -> str:
        """Where the tar lies, relative to the dataset."""
        return f"shards/{self.name}.tar"

    @property
    def room(self) -> int:
        """How many samples a tar of its bytes can hold: each is two headers, a block of picture and a block of record at least."""
        return self.bytes // (4 * BLOCK)

    @property
    def parquet(self) -> str:
        """Where the sidecar lies, relative to the dataset."""
        return f"shards/{self.name}.parquet"


@dataclass(frozen=True)
class FunnelStage:
    """What a stage did to all items of a kind: ``entered`` = ``left`` + the sum of ``rejected`` (by reason).

    ``item`` is image, bitext, english (sides of bitexts) or annotation. The stages of an item follow one another: what one left
    entered the next. The first is ``list``, which the rows entered that a reader found in the input; annotations have one stage
    only. The last stage of the images leaves the samples. The rejects are the rows of ``rejects/*.parquet`` that name stage and item.
    """

    stage: str
    item: str
    entered: int
    left: int
    rejected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class InputRows:
    """How many rows the files of the inputs hold, whatever became of them: ``inputs["rows"]`` of a manifest."""

    image: int
    bitext: Mapping[str, int]  # by language; empty where there are no bitexts


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A dataset. All but ``run`` depends on inputs, configuration and code only.

    The file has ``fetch`` in its ``run`` block: the ledger tells times and attempts, which differ from run to run.
    """

    config: Mapping[str, Any]  # that the result depends on
    config_sha256: str  # see `config_hash`
    code: Mapping[str, str]  # versions by distribution
    models: Mapping[str, Mapping[str, Any]]  # by role: spec, name, revision, sha256 of the weights, domain
    inputs: Mapping[str, Any]  # fingerprints by input; ``rows`` as in `InputRows`
    langs: tuple[str, ...]
    caption_langs: tuple[str, ...]
    splits: Mapping[str, tuple[ShardInfo, ...]]  # in order of number; a split without samples has no shards
    rejects: tuple[TableFile, ...]
    fetch: TableFile
    funnel: tuple[FunnelStage, ...]  # in order of the stages
    run: Mapping[str, Any] = field(default_factory=dict)  # times and whatever else differs from run to run
    format: int = FORMAT

    @property
    def policy(self) -> Policy:
        """Which task-language pairs each split may hold."""
        return Policy(self.langs, self.caption_langs)

    @property
    def shards(self) -> Iterator[tuple[str, ShardInfo]]:
        """Every shard with its split, in order."""
        return ((split, shard) for split in SPLITS for shard in self.splits.get(split, ()))

    def samples(self, split: str) -> int:
        """Number of samples of a split."""
        return sum(shard.samples for shard in self.splits.get(split, ()))

    def annotations(self, split: str) -> Counts:
        """Numbers of annotations of a split."""
        return total(shard.annotations for shard in self.splits.get(split, ()))

    def identity(self) -> str:
        """sha256 of all but ``run`` and ``fetch``: two runs that made the same dataset have the same."""
        return _identity(self._content())

    def _content(self) -> dict[str, Any]:
        content = dataclasses.asdict(self)
        return content | {"run": {**content["run"], "fetch": content.pop("fetch")}}

    def to_json(self) -> bytes:
        """The contents of manifest.json: keys sorted, UTF-8."""
        content = self._content() | {"identity": self.identity()}
        return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()

    def write(self, out: str) -> None:
        """Writes OUT/manifest.json; call it when everything else is there."""
        write_bytes(f"{out.rstrip('/')}/{NAME}", self.to_json())

    @classmethod
    def read(cls, out: str) -> Manifest:
        """The manifest of a dataset.

        Raises:
            ManifestError: there is none, or it is none that this version reads.
        """
        return cls.from_content(out, read_content(out))

    @classmethod
    def from_content(cls, out: str, content: Mapping[str, Any]) -> Manifest:
        """The manifest of what `read_content` gives.

        Raises:
            ManifestError: it does not keep to the format.
        """
        values = {name: value for name, value in content.items() if name != "identity"}
        if isinstance(run := values.get("run"), dict) and "fetch" in run:
            values |= {"run": {name: value for name, value in run.items() if name != "fetch"}, "fetch": run["fetch"]}
        try:
            made = made_of(cls, values)
            for fault in _faults(made):
                raise PlainError(fault, "it")
        except PlainError as error:
            raise ManifestError(f"{out}/{NAME}: does not keep to format {FORMAT}: {error}; build the dataset again") from None
        return made


def _faults(manifest: Manifest) -> Iterator[str]:
    """What no reader could work with, although it is of its type."""
    for name, langs in (("langs", manifest.langs), ("caption_langs", manifest.caption_langs)):
        yield from (f"has {shown(lang)} in {name}, which is no language code" for lang in langs if not LANG.fullmatch(lang))
    for shard in (shard for shards in manifest.splits.values() for shard in shards):
        if not SHARD.fullmatch(shard.name):
            yield f"lists a shard {shown(shard.name)}; names are as train-00000"
    yield from (f"lists rejects at {shown(file.path)}, not below rejects" for file in manifest.rejects if not REJECTS.fullmatch(file.path))
    if manifest.fetch.path != FETCH:
        yield f"has fetch at {shown(manifest.fetch.path)}, not at {FETCH}"


def read_content(out: str) -> dict[str, Any]:
    """The plain dictionary of OUT/manifest.json.

    Raises:
        ManifestError: there is none, it is not JSON, or of a format that this version does not read.
    """
    path = f"{out.rstrip('/')}/{NAME}"
    try:
        content = parse(read_bytes(path))
    except (FileNotFoundError, NotADirectoryError):
        raise ManifestError(f"{path}: is not there; name the folder of a dataset, or start its build again, which writes it last") from None
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ManifestError(f"{path}: is not JSON: {one_line(str(error))}; start the build again") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = shown(content.get("format") if isinstance(content, dict) else None)
        raise ManifestError(f"{path}: is of format {found}, this version reads {FORMAT}; take the version that wrote it, or build again")
    return content


def content_faults(content: Mapping[str, Any]) -> Iterator[str]:
    """What of a manifest's contents contradicts itself."""
    if (found := config_hash(content["config"])) != content["config_sha256"]:
        yield f"config_sha256 is {content['config_sha256']}, the configuration has {found}"
    if (found := _identity(content)) != content.get("identity"):
        yield f"identity is {content.get('identity')}, the contents have {found}"
    for name in ("langs", "caption_langs"):
        if (configured := content["config"].get(name, content[name])) != content[name]:
            yield f"{name} is {content[name]}, the configuration has {configured}"


def config_hash(config: Mapping[str, Any]) -> str:
    """sha256 of a configuration of plain JSON values."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _identity(content: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in content.items() if name not in ("run", "identity")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def total(counts: Iterable[Counts]) -> dict[str, dict[str, int]]:
    """The sum of several counts, tasks and languages sorted."""
    sums: Counter[tuple[str, str]] = Counter()
    for by_task in counts:
        for task, by_lang in by_task.items():
            sums.update({(task, lang): number for lang, number in by_lang.items()})
    made: dict[str, dict[str, int]] = {}
    for task, lang in sorted(sums):
        made.setdefault(task, {})[lang] = sums[task, lang]
    return made


def describe_table(out: str, path: str) -> TableFile:
    """What the manifest says of a Parquet file that lies at ``path`` below ``out``."""
    import pyarrow.parquet as pq

    digest, size = hashlib.sha256(), 0
    with open_file(f"{out.rstrip('/')}/{path}") as file:
        rows = pq.ParquetFile(file).metadata.num_rows
        file.seek(0)
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return TableFile(path, rows, size, digest.hexdigest())
