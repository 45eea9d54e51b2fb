"""README.md of a dataset: a Hugging Face dataset card, from its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shards.croissant import summary, title
from shards.manifest import Manifest
from shards.sample import PICTURES, SPLITS, TASKS
from shards.storage import write_bytes

NAME = "README.md"

LAYOUT = """\
`shards/SPLIT-NNNNN.tar` holds `KEY.jpg` (`.webp` or `.png` where the build was told so) and `KEY.json` side by side;
`shards/SPLIT-NNNNN.parquet` has the same records, one row a sample. `fetch.parquet` says what became of each row of the
image list, `rejects/*.parquet` what was dropped, at which stage and why; `manifest.json` lists configuration, models,
inputs, and bytes and sha256 of every file.
"""

HELD_OUT = """\
Captions in train and val are in **{captions}** only. Held out: **{withheld}**.
Translations from English cover every language in every split; the test split has captions in every language, so that it
shows whether a model captions in languages that it met in translation only. `python -m shards.verify` checks this in every
annotation.
"""

LOADING = """\
## How to load it

```python
from shards import open_dataset

for sample in open_dataset("OUT", "{split}", tasks=["caption"], langs=["{lang}"]):
    print(sample.key, sample.annotations[0].text, len(sample.jpg))
```

With plain webdataset or datasets, and the records alone:

```python
import webdataset

samples = webdataset.WebDataset("OUT/shards/{split}-{files}.tar", shardshuffle=False).decode("pil")

import datasets
import pyarrow.parquet

# The columns of all samples; without them datasets takes those that the first five happen to have.
columns = datasets.Features.from_arrow_schema(pyarrow.parquet.read_schema("OUT/shards/{split}-00000.parquet"))
text = datasets.Value("string")
features = datasets.Features({{"__key__": text, "__url__": text, "{picture}": datasets.Image(), "json": dict(columns)}})
samples = datasets.load_dataset("webdataset", data_files={{"{split}": "OUT/shards/{split}-*.tar"}}, features=features)

import duckdb

records = duckdb.sql("select key, unnest(annotations, recursive := true) from 'OUT/shards/{split}-*.parquet'")
```
"""

MAKING = """\
A captioner described each picture in English; a translator carried captions over to the other caption languages and, as
translation pairs, to every language. Bitexts were aligned with pictures by the similarity of their English side and the
picture, with a ratio margin. Scores were then judged by thresholds.
"""

PEOPLE = """\
Of pictures that come from datasets described by people, their captions and translations were kept (`"origin": "human"`, the
dataset's name as `model`), and teachers wrote only what was missing. Splits are those of these datasets.
"""

LIMITS = """\
- Texts were written by models or mined from bitexts, and checked by models; some are wrong. Scores stand beside each, to
  filter harder.
- A mined translation is about something like the picture, not about the picture itself; its English side may say what
  cannot be seen.
- Languages other than English were reached by way of English, and carry its view of what is worth saying.
- Pictures come from the web: they keep the terms of their sources, named by `url`, and what the web is biased to."""


def card(manifest: Manifest) -> str:
    """The card: YAML header for the hub, then what is in the dataset, how to load it, how it was made, what it cannot do."""
    return "\n".join(
        [
            *_header(manifest),
            f"# {title(manifest)}",
            "",
            summary(manifest),
            "Each picture lies beside a JSON record of its captions and translations, with where each text comes from and how it scored.",
            "",
            *_contents(manifest),
            *_policy(manifest),
            *_loading(manifest),
            *_making(manifest),
            *_limits(manifest),
        ]
    )


def write_card(out: str, manifest: Manifest) -> None:
    """Writes OUT/README.md."""
    write_bytes(f"{out.rstrip('/')}/{NAME}", card(manifest).encode())


def _splits(manifest: Manifest) -> list[str]:
    return [split for split in SPLITS if manifest.splits.get(split)]


def _header(manifest: Manifest) -> Iterable[str]:
    yield from ("---", f"pretty_name: Captions and image-aligned translations ({', '.join(manifest.langs)})", "language:")
    yield from (f'- "{lang}"' for lang in manifest.langs)  # quoted: "no" alone is false in YAML
    yield from ("multilinguality: multilingual", "license: other", "license_name: pictures-under-the-terms-of-their-sources")
    yield from ("task_categories:", "- image-to-text", "- translation")
    yield from ("size_categories:", f"- {_size_category(sum(map(manifest.samples, SPLITS)))}")
    yield from ("tags:", "- webdataset", "- croissant", "- image-captioning", "- multimodal-machine-translation", "- synthetic")
    yield "configs:"
    yield from ("- config_name: default", "  data_files:")
    for split in _splits(manifest):
        yield from (f"  - split: {split}", f"    path: shards/{split}-*.tar")
    yield from ("---", "")


def _size_category(samples: int) -> str:
    names = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"]
    return next((name for power, name in enumerate(names, 3) if samples < 10**power), "1B<n<10B")


def _contents(manifest: Manifest) -> Iterable[str]:
    yield from ("## What is in it", "")
    splits = _splits(manifest)
    rows = [
        [split, len(manifest.splits[split]), manifest.samples(split), sum(shard.bytes for shard in manifest.splits[split]) / 1e6]
        for split in splits
    ]
    yield from _table(("split", "shards", "samples", "MB"), rows)
    counts = {split: manifest.annotations(split) for split in splits}
    for task in TASKS:
        rows = [
            [lang, *(counts[split].get(task, {}).get(lang, 0) for split in splits)]
            for lang in manifest.langs
            if task == "caption" or lang != "en"
        ]
        yield from _table((f"{task}s in", *splits), rows)
    yield LAYOUT


def _policy(manifest: Manifest) -> Iterable[str]:
    yield from ("## Which languages have captions", "")
    if manifest.policy.withheld:
        yield HELD_OUT.format(captions=", ".join(manifest.caption_langs), withheld=", ".join(manifest.policy.withheld))
    else:
        yield "Every split has captions in every language; none is held out.\n"


def _loading(manifest: Manifest) -> Iterable[str]:
    split = next(iter(_splits(manifest)), "train")
    last = len(manifest.splits.get(split, ())) - 1
    files = f"{{00000..{last:05d}}}" if last > 0 else "00000"
    fetch = manifest.config.get("fetch")
    written = fetch.get("format", "jpeg") if isinstance(fetch, Mapping) else "jpeg"
    picture = next((ending for ending, name in PICTURES.items() if name.lower() == written), "jpg")
    yield LOADING.format(split=split, files=files, lang=manifest.caption_langs[0], picture=picture)


def _making(manifest: Manifest) -> Iterable[str]:
    yield from ("## How it was made", "")
    yield MAKING
    if str(manifest.config.get("images", "")).startswith("mix:"):
        yield PEOPLE
    yield from _table(("role", "model", "revision", "sha256"), [[role, *_model(model)] for role, model in sorted(manifest.models.items())])
    rows = [[stage.stage, stage.item, stage.entered, stage.left, _reasons(stage.rejected)] for stage in manifest.funnel]
    yield from _table(("stage", "of", "in", "out", "rejected"), rows)
    yield from (f"Configuration `{manifest.config_sha256[:12]}`:", "", "```yaml")
    yield from (f"{name}: {_setting(value)}" for name, value in sorted(manifest.config.items()))
    yield from ("```", f"Code: {', '.join(f'{name} {version}' for name, version in sorted(manifest.code.items()))}.", "")


def _model(model: Mapping[str, Any]) -> list[str]:
    return [str(model.get("name") or model.get("spec") or "?"), str(model.get("revision") or ""), str(model.get("sha256") or "")[:12]]


def _reasons(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {number:,}" for reason, number in sorted(rejected.items(), key=lambda pair: (-pair[1], pair[0]))) or "none"


def _setting(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def _limits(manifest: Manifest) -> Iterable[str]:
    yield from ("## Known limits", "")
    yield LIMITS
    yield from _domains(manifest)
    yield ""


def _domains(manifest: Manifest) -> Iterable[str]:
    for domain in sorted({str(model["domain"]) for model in manifest.models.values() if model.get("domain")}):
        yield f"- The teachers know the {domain} only; so does this dataset."


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterable[str]:
    if not rows:
        return
    yield f"| {' | '.join(head)} |"
    yield "|" + "|".join("---:" if isinstance(cell, (int, float)) else "---" for cell in rows[0]) + "|"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
