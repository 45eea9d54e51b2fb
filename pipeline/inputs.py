"""Reads the inputs into chunks: a run begins with their rows in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.chunks import Chunk
from pipeline.config import Config, ConfigError
from pipeline.sources import ImageColumns, open_bitext, open_images
from pipeline.store import Store
from pipeline.tables import BITEXT, SOURCE, table


@dataclass(frozen=True)
class Inputs:
    """The chunks of a run, and what their sources say of themselves (for the manifest)."""

    images: tuple[Chunk, ...]
    bitexts: tuple[Chunk, ...]
    fingerprints: dict[str, Any]


def read_inputs(config: Config, store: Store, images: str, bitext: str) -> Inputs:
    """Streams both inputs into the store, a chunk at a time; what is there already is not written again.

    Args:
        images: what ``--images`` stands for, a spec of `pipeline.sources.open_images`.
        bitext: what ``--bitext`` stands for, a spec of `pipeline.sources.open_bitext`, or empty.

    Raises:
        ConfigError: an input is empty, or a bitext's language is not among the run's.
        ValueError: whatever the sources find wrong.
    """
    source = open_images(images, image_columns(config.image_columns))
    rows = _first(source.chunks(config.image_chunk), config.limit)
    pictures = tuple(store.list(f"images-{number:05d}", _exactly(chunk, SOURCE)) for number, chunk in enumerate(rows))
    if not pictures:
        raise ConfigError(f"--images {config.images}: holds no rows; give a list with at least one picture")
    fingerprints: dict[str, Any] = {"images": source.fingerprint()}
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
            texts.append(store.list(f"{lang}-{count[lang]:05d}", _exactly(chunk, BITEXT)))
            count[lang] += 1
        if not texts:
            raise ConfigError(f"--bitext {config.bitext}: holds no lines; leave it out or give a file with at least one pair")
    return Inputs(pictures, tuple(texts), fingerprints)


def image_columns(named: Iterable[str]) -> ImageColumns | None:
    """The columns that ``--image-columns`` names; None where it names none."""
    pairs = {name: column for name, _, column in (part.partition("=") for part in named)}
    try:
        return ImageColumns(**pairs) if pairs else None
    except TypeError:
        raise ConfigError(f"--image-columns {','.join(named)}: must be as url=COLUMN,alt=COLUMN") from None


def _first(chunks: Iterable[tuple[str, pa.Table]], limit: int) -> Iterator[pa.Table]:
    taken = 0
    for _, chunk in chunks:
        chunk = chunk.slice(0, limit - taken) if limit else chunk
        taken += chunk.num_rows
        if chunk.num_rows:
            yield chunk
        if limit and taken >= limit:
            return


def _exactly(chunk: pa.Table, types: dict[str, pa.DataType]) -> pa.Table:
    return table({name: chunk[name] for name in types if name in chunk.column_names}, types)
