"""Which samples a report shows, and what of them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image

from shards.manifest import Manifest, ShardInfo
from shards.reader import Dataset
from shards.sample import PICTURES, SCORES, Annotation, Sample, ending

SHOWN = 24
SPLITS_SHOWN = ("train", "test")
_LARGE, _SIDE = 2**19, 640
"""Bytes of a picture that is shown as it is, at most, and pixels of the longer side of what is shown of a larger one."""


@dataclass(frozen=True)
class Captions:
    """The captions of a sample in one language."""

    lang: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True)
class Translations:
    """The translations of a sample of one English text."""

    source: str
    origin: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True)
class Shown:
    """A sample as a report shows it, without its picture; ``thumbnail`` is a data URI of that, as stored or, where it is large, smaller."""

    sample: Sample
    thumbnail: str
    captions: tuple[Captions, ...]
    translations: tuple[Translations, ...]

    @property
    def link(self) -> str | None:
        """The address of the picture, if it is one that may be followed."""
        url = self.sample.url or ""
        return url if url.startswith(("http://", "https://")) else None


def scores(annotation: Annotation) -> list[tuple[str, float]]:
    """The scores that an annotation has."""
    return [(name, value) for name in SCORES if (value := getattr(annotation, name)) is not None]


def choose(out: str, manifest: Manifest) -> list[Shown]:
    """Up to `SHOWN` samples, half of train and half of test where both have enough, at even distances in the order of the keys."""
    there = {split: manifest.samples(split) for split in SPLITS_SHOWN}
    test = min(there["test"], max(SHOWN // 2, SHOWN - there["train"]))
    wanted = {"train": min(there["train"], SHOWN - test), "test": test}
    return [_shown(sample, manifest) for split, number in wanted.items() if number for sample in _even(out, manifest, split, number)]


def _even(out: str, manifest: Manifest, split: str, number: int) -> Iterator[Sample]:
    samples = manifest.samples(split)
    places = [(2 * i + 1) * samples // (2 * number) for i in range(number)]
    dataset, first = Dataset(out, split, manifest, None, None), 0
    for shard in manifest.splits[split]:
        inside = [place - first for place in places if first <= place < first + shard.samples]
        yield from _pick(dataset, shard, inside)
        first += shard.samples


def _pick(dataset: Dataset, shard: ShardInfo, places: list[int]) -> Iterator[Sample]:
    if places:
        for place, sample in enumerate(islice(dataset.read(shard), places[-1] + 1)):
            if place in places:
                yield sample


def _shown(sample: Sample, manifest: Manifest) -> Shown:
    captions = [
        Captions(lang, kept)
        for lang in manifest.langs
        if (kept := tuple(a for a in sample.annotations if a.task == "caption" and a.lang == lang))
    ]
    by_source: dict[tuple[str, str], list[Annotation]] = {}
    for annotation in sample.annotations:
        if annotation.task == "translation":
            by_source.setdefault((annotation.source or "", annotation.origin), []).append(annotation)
    translations = [Translations(source, origin, tuple(kept)) for (source, origin), kept in by_source.items()]
    picture = small(sample.jpg or b"")
    thumbnail = f"data:image/{PICTURES[ending(picture)].lower()};base64," + base64.b64encode(picture).decode()
    return Shown(replace(sample, jpg=None), thumbnail, tuple(captions), tuple(translations))


def small(picture: bytes) -> bytes:
    """A picture that does not make a page of many of them too large to be opened."""
    if len(picture) <= _LARGE:
        return picture
    image, sink = Image.open(io.BytesIO(picture)).convert("RGB"), io.BytesIO()
    image.thumbnail((_SIDE, _SIDE))
    image.save(sink, "JPEG", quality=90)
    return sink.getvalue()
