"""Reads a dataset: `open_dataset` looks at the manifest and at the files' sizes first, so that what is wrong shows at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shards.manifest import Manifest, ManifestError, ShardInfo
from shards.plain import one_line
from shards.sample import PICTURES, SPLITS, TASKS, Sample, SampleError
from shards.storage import open_stream, sizes_of
from shards.tar import Readable, TarError, members


class DatasetError(ValueError):
    """A dataset that is not whole, or that has not what is asked of it."""


@dataclass(frozen=True)
class Dataset:
    """The samples of a split, each with the annotations of the wanted tasks and languages; see `open_dataset`.

    Can be iterated over any number of times, always in the same order: by shard, and by key in a shard.
    """

    out: str
    split: str
    manifest: Manifest
    tasks: frozenset[str] | None
    langs: frozenset[str] | None

    @property
    def shards(self) -> tuple[ShardInfo, ...]:
        """The shards that hold something of what is wanted."""
        return tuple(shard for shard in self.manifest.splits[self.split] if self._holds(shard))

    def __iter__(self) -> Iterator[Sample]:
        for shard in self.shards:
            yield from self.read(shard)

    def read(self, shard: ShardInfo) -> Iterator[Sample]:
        """The samples of one shard.

        Raises:
            DatasetError: the shard is damaged; the message names the file and the place.
        """
        path = f"{self.out}/{shard.tar}"
        with open_stream(path) as file:
            try:
                yield from filter(None, map(self._select, read_samples(file)))
            except (TarError, SampleError) as error:
                raise DatasetError(f"{path}: {error}; get the file again") from None

    def _holds(self, shard: ShardInfo) -> bool:
        return any(number and self.wants(task, lang) for task, by_lang in shard.annotations.items() for lang, number in by_lang.items())

    def wants(self, task: str, lang: str) -> bool:
        """Whether annotations of a task and a language are among what is wanted."""
        return (self.tasks is None or task in self.tasks) and (self.langs is None or lang in self.langs)

    def _select(self, sample: Sample) -> Sample | None:
        if self.tasks is None and self.langs is None:
            return sample
        kept = tuple(annotation for annotation in sample.annotations if self.wants(annotation.task, annotation.lang))
        return dataclasses.replace(sample, annotations=kept) if kept else None


def open_dataset(out: str, split: str = "train", tasks: Iterable[str] | None = None, langs: Iterable[str] | None = None) -> Dataset:
    """The samples of a split.

    Args:
        out: the dataset, a folder or any fsspec URL.
        split: train, val or test.
        tasks: caption, translation; all by default.
        langs: languages of the annotations' texts; all by default. Samples without such an annotation are left out.

    Raises:
        DatasetError: no dataset, an incomplete one, or one that has nothing of what is asked for; the message says what it has.
    """
    dataset = select(out, split, tasks, langs)
    for shard, fault in file_faults(dataset):
        raise DatasetError(f"{dataset.out}/{shard.tar}: {fault}; get the file again, or build the dataset again")
    return dataset


def select(out: str, split: str = "train", tasks: Iterable[str] | None = None, langs: Iterable[str] | None = None) -> Dataset:
    """As `open_dataset`, but looks at the manifest only, not at the files."""
    out = str(out).rstrip("/")
    try:
        manifest = Manifest.read(out)
    except ManifestError as error:
        raise DatasetError(str(error)) from None
    if not manifest.splits.get(split):
        there = ", ".join(name for name in SPLITS if manifest.splits.get(name)) or "none"
        raise DatasetError(f"{out}: has no samples in split '{split}'; splits with samples: {there}")
    dataset = Dataset(out, split, manifest, _known("task", tasks, TASKS), _known("language", langs, manifest.langs))
    _check_names(dataset)
    if not dataset.shards:
        there = "; ".join(f"{task} in {', '.join(by_lang)}" for task, by_lang in manifest.annotations(split).items())
        held = f", held out there: {', '.join(manifest.policy.withheld)}" if split != "test" and manifest.policy.withheld else ""
        raise DatasetError(f"{out}: split '{split}' has no annotation of the wanted tasks and languages; it has {there}{held}")
    return dataset


def read_samples(file: Readable) -> Iterator[Sample]:
    """The samples of an open tar, KEY.jpg (or .webp, .png) and KEY.json side by side.

    Raises:
        TarError: the tar is damaged.
        SampleError: the members are not in pairs, or a KEY.json does not keep to the format.
    """
    picture: tuple[str, bytes] | None = None
    member = ""
    for name, data in members(file):
        stem, _, extension = name.partition(".")
        if picture is None and extension in PICTURES:
            picture, member = (stem, data), name
        elif picture is not None and extension == "json" and stem == picture[0]:
            yield Sample.from_json(data, picture[1])
            picture = None
        else:
            raise SampleError(f"member {one_line(name)} is not next to its other half; run python -m shards.verify")
    if picture is not None:
        raise SampleError(f"member {one_line(member)} is not next to its other half; run python -m shards.verify")


def file_faults(dataset: Dataset) -> Iterator[tuple[ShardInfo, str]]:
    """The split's shards whose tar is not there or has another size than the manifest says, as far as the storage tells."""
    shards = dataset.manifest.splits[dataset.split]
    there = sizes_of(f"{dataset.out}/shards", [f"{shard.name}.tar" for shard in shards])
    for shard in shards:
        name = f"{shard.name}.tar"
        if name not in there:
            yield shard, "is not there"
        elif (found := there[name]) is not None and found != shard.bytes:
            yield shard, f"has {found} bytes, the manifest says {shard.bytes}"


def _known(kind: str, wanted: Iterable[str] | None, there: Sequence[str]) -> frozenset[str] | None:
    if wanted is None:
        return None
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in there:
            raise DatasetError(f"{kind} '{name}': the dataset has {', '.join(there)}")
    return frozenset(names)


def _check_names(dataset: Dataset) -> None:
    for number, shard in enumerate(dataset.manifest.splits[dataset.split]):
        if shard.name != (expected := f"{dataset.split}-{number:05d}"):
            raise DatasetError(f"{dataset.out}: the manifest lists {shard.name} where {expected} should be; run python -m shards.verify")
