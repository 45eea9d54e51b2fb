"""croissant.json: the dataset described in MLCommons Croissant 1.0, for `mlcroissant` and search engines."""

from __future__ import annotations

import json
from typing import Any

from shards.manifest import Manifest, TableFile
from shards.sample import ANNOTATION_FIELDS, SCORES, SPLITS
from shards.storage import write_bytes

NAME = "croissant.json"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes."""

PARQUET, TAR = "application/x-parquet", "application/x-tar"

FIELDS = {
    "key": ("sc:Text", "The sample's key, 32 hex digits: its member names in the shard's tar are KEY.jpg (or .webp, .png) and KEY.json."),
    "url": ("sc:URL", "Where the picture was fetched."),
    "source_key": ("sc:Text", "The picture's key in the collection that it was taken from."),
    "sha256": ("sc:Text", "sha256 of the bytes that came."),
    "jpg_sha256": ("sc:Text", "sha256 of the bytes that are stored."),
    "width": ("sc:Integer", "Width as stored, pixels."),
    "height": ("sc:Integer", "Height as stored, pixels."),
    "alt": ("sc:Text", "The text that came with the picture, as it was."),
}
ANNOTATION = {
    "task": "caption or translation.",
    "lang": "Language of the text, BCP-47.",
    "style": "Captions: short, detailed or more_detailed.",
    "source": "Translations: the English text.",
    "text": "The text.",
    "origin": "captioner, translator, bitext or human.",
    "model": "The teacher that wrote the text, or the dataset that a human one comes from.",
    "clip": "Cosine between the picture and the text, or the English side of a bitext.",
    "margin": "Ratio margin of the picture and a bitext (Artetxe and Schwenk 2019).",
    "lang_prob": "Probability that the text is of its language.",
    "pair_score": "Cosine between the two sides of a bitext.",
    "logprob": "Mean natural-log probability a token of a teacher's text.",
}


def title(manifest: Manifest) -> str:
    """A name for the dataset, from its languages."""
    return f"captions-and-translations-{'-'.join(manifest.langs)}"


def summary(manifest: Manifest) -> str:
    """What the dataset is, in a sentence or two."""
    withheld = manifest.policy.withheld
    held = f" Captions in {', '.join(withheld)} are held out of train and val: only the test split has them." if withheld else ""
    pictures, langs = f"{sum(map(manifest.samples, SPLITS)):,}", ", ".join(manifest.langs)
    return f"{pictures} pictures with captions and image-aligned translations from English, languages {langs}.{held}"


def croissant(manifest: Manifest) -> dict[str, Any]:
    """The description, a JSON-LD object. Paths are relative to the dataset."""
    splits = [split for split in SPLITS if manifest.splits.get(split)]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title(manifest),
        "description": summary(manifest),
        "license": "other: pictures under the terms of their sources",
        "inLanguage": list(manifest.langs),
        "version": f"{manifest.format}.0.0",
        "distribution": [
            _file_set("tars", "Pictures and records, a WebDataset.", TAR, "shards/*.tar"),
            _file_set("sidecars", "The records of each shard, one row a sample.", PARQUET, "shards/*.parquet"),
            *(_file_set(f"sidecars-{split}", f"The records of {split}.", PARQUET, f"shards/{split}-*.parquet") for split in splits),
            _file_object(manifest.fetch, "What became of each row of the image list."),
            *(_file_object(file, "What was dropped, and why.") for file in manifest.rejects),
        ],
        "recordSet": [_splits(splits), *(_samples(split) for split in splits)],
    }


def write_croissant(out: str, manifest: Manifest) -> None:
    """Writes OUT/croissant.json."""
    write_bytes(f"{out.rstrip('/')}/{NAME}", (json.dumps(croissant(manifest), ensure_ascii=False, indent=1) + "\n").encode())


def _file_set(name: str, description: str, encoding: str, includes: str) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "description": description, "encodingFormat": encoding, "includes": includes}


def _file_object(file: TableFile, description: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "description": f"{description} {file.rows:,} rows.",
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": PARQUET,
        "sha256": file.sha256,
    }


def _splits(splits: list[str]) -> dict[str, Any]:
    kinds = {"train": "cr:TrainingSplit", "val": "cr:ValidationSplit", "test": "cr:TestSplit"}
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The splits.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": "splits/name", "name": "name", "description": "Name of the split.", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": "splits/url", "name": "url", "description": "What the split is for.", "dataType": "sc:URL"},
        ],
        "data": [{"splits/name": split, "splits/url": kinds[split]} for split in splits],
    }


def _samples(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The samples of {split}.",
        "key": {"@id": f"{split}/key"},
        "field": [
            *(_field(f"{split}/{name}", description, kind, split, {"column": name}) for name, (kind, description) in FIELDS.items()),
            _field(f"{split}/split", "The sample's split.", "sc:Text", split, {"column": "split"})
            | {"references": {"field": {"@id": "splits/name"}}},
            {
                "@type": "cr:Field",
                "@id": f"{split}/annotations",
                "name": "annotations",
                "description": "What is said of the picture.",
                "repeated": True,
                "subField": [_annotation(split, name) for name in ANNOTATION_FIELDS],
            },
        ],
    }


def _field(name: str, description: str, kind: str, split: str, extract: dict[str, str]) -> dict[str, Any]:
    source = {"fileSet": {"@id": f"sidecars-{split}"}, "extract": extract}
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name.rsplit("/", 1)[-1],
        "description": description,
        "dataType": kind,
        "source": source,
    }


def _annotation(split: str, name: str) -> dict[str, Any]:
    made = _field(
        f"{split}/annotations/{name}", ANNOTATION[name], "sc:Float" if name in SCORES else "sc:Text", split, {"column": "annotations"}
    )
    made["source"]["transform"] = {"jsonPath": name}
    return made
