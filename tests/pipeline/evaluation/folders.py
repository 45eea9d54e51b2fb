"""Benchmarks of a few pictures of one colour each, in the layouts that their authors publish; a picture of no colour is not there."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from pipeline.evaluation.benchmarks.xm3600 import LANGS
from tests.pipeline.evaluation.speaker import COLOURS, SAID, SOURCE

Colour = str | None


def draw(path: Path, colour: Colour) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if colour is not None:
        Image.new("RGB", (64, 64), COLOURS[colour]).save(path, "PNG")


def lines(path: Path, texts: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")


def coco(folder: Path, pictures: Mapping[int, Colour]) -> Path:
    """The references of a picture that is there are what is said of it, and a longer sentence."""
    rows = []
    for number, colour in pictures.items():
        draw(folder / "val2014" / f"{number}.jpg", colour)
        said = [{"raw": SAID[colour or "red"]["en"]}, {"raw": f"There is a {colour} thing, number {number}."}]
        rows.append({"split": "test", "filepath": "val2014", "filename": f"{number}.jpg", "cocoid": number, "sentences": said})
    (folder / "dataset_coco.json").write_text(json.dumps({"images": rows}))
    return folder


def paragraphs(folder: Path, pictures: Mapping[int, Colour]) -> Path:
    for number, colour in pictures.items():
        draw(folder / "VG_100K" / f"{number}.jpg", colour)
    rows = [{"image_id": number, "paragraph": "There is a box."} for number in pictures]
    for name, data in (("paragraphs_v1", rows), ("train_split", []), ("val_split", []), ("test_split", [*pictures]), ("image_data", [])):
        (folder / f"{name}.json").write_text(json.dumps(data))
    return folder


def xm3600(folder: Path, pictures: Mapping[str, Colour]) -> Path:
    """The references are what is said of red pictures."""
    for key, colour in pictures.items():
        draw(folder / "images" / f"{key}.jpg", colour)
    rows = [{"image/key": key} | {lang: {"caption": [SAID["red"][lang]]} for lang in LANGS} for key in pictures]
    lines(folder / "captions.jsonl", [json.dumps(row) for row in rows])
    return folder


def commute(folder: Path, lang: str, pictures: Mapping[str, Colour], same: Sequence[str] = ()) -> Path:
    """The right translation is what is said of the picture, the wrong one what is said of the other colour, but of ``same`` the same."""
    other = {"red": "blue", "blue": "red"}
    for name, colour in pictures.items():
        draw(folder / "images" / name, colour)
    lines(folder / f"en-{lang}" / "src.en", [SOURCE for _ in pictures])
    lines(folder / f"en-{lang}" / "img.order", [*pictures])
    colours = {name: colour or "red" for name, colour in pictures.items()}
    lines(folder / f"en-{lang}" / f"correct.{lang}", [SAID[colour][lang] for colour in colours.values()])
    wrong = [SAID[colour if name in same else other[colour]][lang] for name, colour in colours.items()]
    lines(folder / f"en-{lang}" / f"incorrect.{lang}", wrong)
    return folder


def task1(folder: Path, sets: Mapping[str, Mapping[str, Colour]], langs: Sequence[str] = ("de",)) -> Path:
    """Pictures by the names of Multi30K's test sets; the translations are what is said of red pictures."""
    for stem, pictures in sets.items():
        for name, colour in pictures.items():
            draw(folder / "images" / name, colour)
        lines(folder / "data/task1/image_splits" / f"{stem}.txt", [*pictures])
        lines(folder / "data/task1/raw" / f"{stem}.en", [SOURCE for _ in pictures])
        for lang in langs:
            lines(folder / "data/task1/raw" / f"{stem}.{lang}", [SAID["red"][lang] for _ in pictures])
    return folder


def task2(folder: Path, pictures: Mapping[str, Colour]) -> Path:
    for name, colour in pictures.items():
        draw(folder / "images" / name, colour)
    lines(folder / "data/task2/image_splits/test_2016_images.txt", [*pictures])
    for lang in ("en", "de"):
        for number in range(1, 6):
            lines(folder / "data/task2/raw" / f"test_2016.{number}.{lang}", [SAID["red"][lang] for _ in pictures])
    return folder
