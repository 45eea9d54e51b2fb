"""Finds what the inputs hold: the image list as blocks that workers read when they come to them, bitexts as chunks in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.benchmark_pictures import Listed, list_benchmark_pictures
from pipeline.chunks import Chunk
from pipeline.config import Config, ConfigError
from pipeline.fetch import FetchSettings
from pipeline.sources import Block, ImageColumns, open_bitext, open_images
from pipeline.sources.columns import shown
from pipeline.sources.left_out import LeftOut
from pipeline.store import Store


@dataclass(frozen=True)
class Inputs:
    """What a run works on, what it must not train on, and what its sources say of themselves (for the manifest)."""

    images: tuple[Block, ...]
    bitexts: tuple[Chunk, ...]
    fingerprints: dict[str, Any]
    kept_out: Listed | None


def read_inputs(config: Config, store: Store, images: str, bitext: str, settings: FetchSettings) -> Inputs:
    """Cuts the image list into blocks, and streams the bitexts into the store, where what is there is not written again.

    The image list is not read here: it may be larger than memory, and its first rows are not to wait for its last.

    Args:
        images: what ``--images`` stands for, a spec of `pipeline.sources.open_images`.
        bitext: what ``--bitext`` stands for, a spec of `pipeline.sources.open_bitext`, or empty.
        settings: of the fetch, by which also pictures of benchmarks are made the size that is looked at.

    Raises:
        ConfigError: an input is empty, no column of the image list has the hashes, or a bitext's language is not among the run's.
        ValueError: whatever the sources find wrong.
    """
    left_out = LeftOut()
    source = open_images(images, image_columns(config.image_columns), settings.max_bytes + 1, left_out)
    names = source.names() if settings.verify_hash else None
    if names is not None and settings.verify_hash not in names:
        raise ConfigError(f"--verify-hash {settings.verify_hash}: {images} has no such column; it has {shown(names) or 'none'}")
    pictures = source.blocks(config.image_chunk, config.limit, left_out)
    left_out.tell(images)
    rows: dict[str, Any] = {"image": sum(block.rows for block in pictures), "bitext": {}}
    fingerprints: dict[str, Any] = {"images": source.fingerprint(), "rows": rows, "left_out": left_out.facts()}
    if kept_out := list_benchmark_pictures(config, store, images, settings):
        fingerprints["decontaminate"] = kept_out.facts
    texts: list[Chunk] = []
    if bitext:
        pool = open_bitext(bitext)
        fingerprints["bitext"] = pool.fingerprint()
        count: Counter[str] = Counter()
        for _, chunk in pool.chunks(config.bitext_chunk):
            lang = chunk["lang"][0].as_py()
            if lang not in config.targets:
                known = ",".join(config.langs)
                raise ConfigError(f"--bitext {config.bitext}: language {lang} is not among --langs {known}; add it there or drop its files")
            texts.append(store.list(f"{lang}-{count[lang]:05d}", chunk))
            count[lang] += 1
            rows["bitext"][lang] = rows["bitext"].get(lang, 0) + chunk.num_rows
        if not texts:
            raise ConfigError(f"--bitext {config.bitext}: holds no lines; leave it out or give a file with at least one pair")
    return Inputs(pictures, tuple(texts), fingerprints, kept_out)


def image_columns(named: Sequence[str]) -> ImageColumns | None:
    """The columns that ``--image-columns`` names; None where it names none."""
    pairs = {name: column for name, _, column in (part.partition("=") for part in named)}
    if len(pairs) < len(list(named)):
        raise ConfigError(f"--image-columns {','.join(named)}: names a column twice; leave one out")
    try:
        if not all("=" in part for part in named):
            raise TypeError
        return ImageColumns(**pairs) if pairs else None
    except TypeError:
        raise ConfigError(f"--image-columns {','.join(named)}: must be as url=COLUMN,alt=COLUMN with url, alt, key or image") from None
