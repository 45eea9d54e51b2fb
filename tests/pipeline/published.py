"""A tiny mix of published datasets in their own layouts, with drawn pictures of one colour each that no perceptual hash takes for another.

Pictures are shared as the real datasets share them: COCO's restval has one of AmbiguousCOCO and one of Image Paragraphs' test, Image
Paragraphs' train has one of COCO's test, DOCCI's train holds a smaller copy of one of Multi30K's test.
"""

import gzip
import json
import random
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from models.protocols import ModelCard, Translation
from tests.pipeline.tiny import COLOURS, SENTENCES, WORDS, Translator, colours_of

NAMES = list(COLOURS)


def colour(number: int) -> str:
    return NAMES[number % len(NAMES)]


def draw(number: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A picture that is of one colour on the whole and unlike that of any other number. A PNG, whatever its file is called."""
    chance = random.Random(number)
    image = Image.new("RGB", (9, 8))
    for x in range(9):
        for y in range(8):
            lighter = chance.choice((-14, 14))
            image.putpixel((x, y), tuple(min(255, max(0, value + lighter)) for value in COLOURS[colour(number)]))
    sink = BytesIO()
    image.resize(size, Image.Resampling.NEAREST).save(sink, "PNG")
    return sink.getvalue()


def said(number: int, sentence: int, lang: str = "en") -> str:
    """A sentence that the tiny translator knows about the picture of this number."""
    name = colour(number)
    return SENTENCES[lang][sentence].format(name if lang == "en" else WORDS[lang][name])


def write(path: Path, data: bytes | str | list[str], pack: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in data) if isinstance(data, list) else data
    data = data.encode() if isinstance(data, str) else data
    if pack:
        path, data = path.with_name(path.name + ".gz"), gzip.compress(data, mtime=0)
    path.write_bytes(data)


COCO = {"train": range(100, 106), "restval": range(110, 114), "val": range(120, 122), "test": range(130, 133)}
"""Numbers of COCO's pictures by split. 111 is one of AmbiguousCOCO, 112 one of Image Paragraphs' test."""


def coco_name(number: int) -> str:
    place = "train2014" if number in COCO["train"] else "val2014"
    return f"COCO_{place}_{number:012}.jpg"


def coco(folder: Path) -> Path:
    """Five captions a picture, two of which are the same."""
    rows = []
    for split, numbers in COCO.items():
        for number in numbers:
            name = coco_name(number)
            texts = [said(number, 0), f"a {colour(number)} thing is here", said(number, 0), f"there is the {colour(number)} thing", "\n"]
            texts[4] = f"the thing is {colour(number)} all over \n"
            rows.append(
                {
                    "split": split,
                    "filepath": name.split("_")[1],
                    "filename": name,
                    "cocoid": number,
                    "sentences": [{"raw": t} for t in texts],
                }
            )
            write(folder / name.split("_")[1] / name, draw(number))
    write(folder / "dataset_coco.json", json.dumps({"images": rows, "dataset": "coco"}))
    return folder


MULTI30K = {"train": (201, 202, 203), "val": (211,), "test_2016_flickr": (221, 222), "test_2017_flickr": (231,)}
"""Numbers of Multi30K's pictures by set, and of Flickr's photos. Besides, AmbiguousCOCO has COCO's 111, twice."""


def multi30k(folder: Path) -> Path:
    """Task 1 has French for all, task 2 no test of 2017."""
    sets = {stem: [(f"{number}.jpg", number) for number in numbers] for stem, numbers in MULTI30K.items()}
    sets["test_2017_mscoco"] = [(f"{coco_name(111)}#7", 111), (f"{coco_name(111)}#8", 111)]
    for stem, pictures in sets.items():
        write(folder / f"data/task1/image_splits/{stem}.txt", [name for name, _ in pictures])
        for lang in ("en", "de", "fr"):
            lines = [said(number, place % 2, lang) for place, (_, number) in enumerate(pictures)]
            write(folder / f"data/task1/raw/{stem}.{lang}", lines, pack=lang != "fr")
        for name, number in pictures:
            write(folder / "images" / name.partition("#")[0], draw(number))
    for stem, its in (("train", "train"), ("val", "val"), ("test_2016_flickr", "test_2016")):
        numbers = MULTI30K[stem]
        write(folder / f"data/task2/image_splits/{its}_images.txt", [f"{number}.jpg" for number in numbers])
        for caption in range(1, 6):
            write(folder / f"data/task2/raw/{its}.{caption}.en", [f"It is the {colour(n)} number {caption}." for n in numbers], pack=True)
            write(folder / f"data/task2/raw/{its}.{caption}.de", [f"Das ist {WORDS['de'][colour(n)]}, Nummer {caption}." for n in numbers])
    return folder


PARAGRAPHS = {"train": (301, 302, 130), "val": (311,), "test": (321, 112)}
"""Numbers of Visual Genome's pictures by split; 130 and 112 are COCO's, which made their numbers here 1130 and 1112."""


def vg_number(number: int) -> int:
    return number if number > 300 else 1000 + number


def paragraphs(folder: Path) -> Path:
    """Three sentences a paragraph. Pictures that COCO has too are smaller here, so that no hash of their bytes tells."""
    rows, listed = [], []
    for split, numbers in PARAGRAPHS.items():
        write(folder / f"{split}_split.json", json.dumps([vg_number(number) for number in numbers]))
        for number in numbers:
            shared = number < 300
            text = " ".join(said(number, sentence) for sentence in range(3))
            rows.append({"image_id": vg_number(number), "url": f"https://example.org/VG_100K/{vg_number(number)}.jpg", "paragraph": text})
            listed.append({"image_id": vg_number(number), "coco_id": number if shared else None, "flickr_id": None})
            # Turned upside down: only the numbers tell that it is the same picture.
            data = draw(number)
            if shared:
                sink = BytesIO()
                Image.open(BytesIO(data)).transpose(Image.Transpose.ROTATE_180).save(sink, "PNG")
                data = sink.getvalue()
            write(folder / "VG_100K" / f"{vg_number(number)}.jpg", data)
    write(folder / "paragraphs_v1.json", json.dumps(rows))
    write(folder / "image_data.json", json.dumps(listed))
    return folder


DOCCI = {"train": (401, 402, 222), "qual_dev": (411,), "test": (421,), "qual_test": (431,)}
"""Numbers of DOCCI's pictures by split; 222 is one of Multi30K's Test2016."""


def docci(folder: Path) -> Path:
    """Two sentences a description."""
    rows = []
    for split, numbers in DOCCI.items():
        for place, number in enumerate(numbers):
            name = f"{split}_{place:05}.jpg"
            text = f"{said(number, 0)} {said(number, 1)}"
            rows.append(json.dumps({"example_id": name[:-4], "split": split, "image_file": name, "description": text}))
            write(folder / "images" / name, draw(number, (240, 180)))
    write(folder / "docci_descriptions.jsonlines", rows)
    return folder


def mix(folder: Path) -> str:
    """All four below a folder; gives the spec of the mix."""
    made = {"coco": coco, "multi30k": multi30k, "paragraphs": paragraphs, "docci": docci}
    return "mix:" + ",".join(f"{name}={make(folder / name)}" for name, make in made.items())


def lettered(number: int) -> str:
    """A number without digits: a translation with other numbers than its original would not be kept."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


class Glossary(Translator):
    """Translates any sentence about a colour, each into one, and says how many words it saw beside it."""

    describe = ModelCard("python:tests.pipeline.published:Glossary", "glossary", "1", "9" * 64, None)
    context = True

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        return self.translate_in_context(texts, [""] * len(texts), source, target)

    def translate_in_context(self, texts: Sequence[str], contexts: Sequence[str], source: str, target: str) -> list[Translation]:
        return [Translation(self._write(text, len(beside.split()), target), -0.5) for text, beside in zip(texts, contexts, strict=True)]

    def _write(self, text: str, beside: int, target: str) -> str:
        pattern = {"de": "Das ist {}, {} Zeichen neben {} Wörtern.", "fr": "Une image est {}, {} lettres et {} mots de plus."}[target]
        sentences = [sentence for sentence in re.split(r"(?<=\.) ", text) if sentence]
        words = [WORDS[target][name] for sentence in sentences for name in colours_of(sentence)[:1] or ["white"]]
        return " ".join(
            pattern.format(word, lettered(len(sentence)), lettered(beside)) for word, sentence in zip(words, sentences, strict=True)
        )
