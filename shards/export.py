"""python -m shards.export OUT --format caption-via-translation --out DIR: the shards in the form that another trainer reads.

caption-via-translation: what the published trainer of "Scaling Laws for Conditional Emergence of Multilingual Image
Captioning via Generalization from Translation" (arXiv 2503.09443) reads: a tar a shard with KEY.jpg and KEY.data, a JSON
list of {"type", "lang", "prompt", "output"}.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence

from shards.manifest import Manifest
from shards.reader import DatasetError, open_dataset
from shards.sample import SPLITS, Annotation, Sample, ending
from shards.storage import replacing, sizes
from shards.tar import END, entry

PROMPTS = {"short": "<CAPTION>", "detailed": "<DETAILED_CAPTION>", "more_detailed": "<MORE_DETAILED_CAPTION>"}


def caption_via_translation(sample: Sample) -> tuple[str, bytes]:
    """Extension and contents of the file beside KEY.jpg."""
    return "data", json.dumps([_instruction(annotation) for annotation in sample.annotations], ensure_ascii=False).encode()


def _instruction(annotation: Annotation) -> dict[str, str]:
    task = PROMPTS[annotation.style or "short"] if annotation.task == "caption" else f"<TRANSLATE>{annotation.source}"
    prompt = f"<LANG_{annotation.lang.upper()}>{task}"
    return {"type": annotation.task, "lang": annotation.lang, "prompt": prompt, "output": annotation.text}


FORMATS: Mapping[str, Callable[[Sample], tuple[str, bytes]]] = {"caption-via-translation": caption_via_translation}


def export(out: str, format: str, target: str) -> dict[str, int]:
    """Writes all shards of a dataset in another form, under the names that they have; the samples a split.

    Raises:
        DatasetError: the dataset is not whole, or ``target`` holds something already.
        OSError: ``target`` cannot be written.
    """
    target = target.rstrip("/")
    if sizes(target):
        raise DatasetError(f"{target}: holds files already; choose an empty folder")
    written: dict[str, int] = {}
    for split in [name for name in SPLITS if Manifest.read(out).splits.get(name)]:
        dataset = open_dataset(out, split)
        for shard in dataset.shards:
            with replacing(f"{target}/{shard.name}.tar") as tar:
                for sample in dataset.read(shard):
                    extension, data = FORMATS[format](sample)
                    tar.write(entry(f"{sample.key}.{ending(sample.jpg or b'')}", sample.jpg or b""))
                    tar.write(entry(f"{sample.key}.{extension}", data))
                    written[split] = written.get(split, 0) + 1
                tar.write(END)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m shards.export", description=(__doc__ or "").split(": ", 1)[1], formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("dataset", metavar="OUT", help="the dataset: a folder or any fsspec URL")
    parser.add_argument("--format", required=True, choices=sorted(FORMATS))
    parser.add_argument("--out", required=True, metavar="DIR", help="where the export goes: an empty folder or any fsspec URL")
    options = parser.parse_args(arguments)
    try:
        written = export(options.dataset, options.format, options.out)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out}: {', '.join(f'{number:,} samples of {split}' for split, number in written.items())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
