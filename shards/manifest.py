"""The manifest: what a dataset holds and how it came about, written last, so that a dataset that has one is whole."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shards.policy import Policy
from shards.sample import SPLITS
from shards.storage import open_file, read_bytes, write_bytes

FORMAT = 1
NAME = "manifest.json"
FETCH = "fetch.parquet"

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
    def parquet(self) -> str:
        """Where the sidecar lies, relative to the dataset."""
        return f"shards/{self.name}.parquet"


@dataclass(frozen=True)
class FunnelStage:
    """What a stage did to all items of a kind: ``entered`` = ``left`` + the sum of ``rejected`` (by reason).

    ``item`` is image, annotation or bitext. The last stage of the images leaves the samples. The rejects are the rows of
    ``rejects/*.parquet`` that name the stage.
    """

    stage: str
    item: str
    entered: int
    left: int
    rejected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A dataset. All but ``run`` depends on inputs, configuration and code only.

    The file has ``fetch`` in its ``run`` block: the ledger tells times and attempts, which differ from run to run.
    """

    config: Mapping[str, Any]  # that the result depends on
    config_sha256: str  # see `config_hash`
    code: Mapping[str, str]  # versions by distribution
    models: Mapping[str, Mapping[str, Any]]  # by role: spec, name, revision, sha256 of the weights, domain
    inputs: Mapping[str, Any]  # fingerprints by input
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
        return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()

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
        """The manifest of what `read_content` gives."""
        values = {name: value for name, value in content.items() if name != "identity"}
        try:
            values["splits"] = {split: tuple(ShardInfo(**shard) for shard in shards) for split, shards in values["splits"].items()}
            values["rejects"] = tuple(TableFile(**file) for file in values["rejects"])
            values["run"] = dict(values["run"])
            values["fetch"] = TableFile(**values["run"].pop("fetch"))
            values["funnel"] = tuple(FunnelStage(**stage) for stage in values["funnel"])
            values |= {name: tuple(values[name]) for name in ("langs", "caption_langs")}
            return cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise ManifestError(f"{out}/{NAME}: does not keep to format {FORMAT}: {error}; build the dataset again") from None


def read_content(out: str) -> dict[str, Any]:
    """The plain dictionary of OUT/manifest.json.

    Raises:
        ManifestError: there is none, it is not JSON, or of a format that this version does not read.
    """
    path = f"{out.rstrip('/')}/{NAME}"
    try:
        content = json.loads(read_bytes(path))
    except (FileNotFoundError, NotADirectoryError):
        raise ManifestError(f"{path}: is not there; name the folder of a dataset, or start its build again, which writes it last") from None
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ManifestError(f"{path}: is not JSON: {error}; start the build again") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise ManifestError(f"{path}: is of format {found}, this version reads {FORMAT}; take the version that wrote it, or build again")
    return content


def content_faults(content: Mapping[str, Any]) -> Iterator[str]:
    """What of a manifest's contents contradicts itself."""
    if (found := config_hash(content["config"])) != content["config_sha256"]:
        yield f"config_sha256 is {content['config_sha256']}, the configuration has {found}"
    if (found := _identity(content)) != content.get("identity"):
        yield f"identity is {content.get('identity')}, the contents have {found}"
    for name in ("langs", "caption_langs"):
        if list(content["config"].get(name, content[name])) != list(content[name]):
            yield f"{name} is {content[name]}, the configuration has {content['config'][name]}"


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
