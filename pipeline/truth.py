"""Measures a microworld dataset against the facts that the pipeline never saw. ``python -m pipeline.truth OUT``"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from pipeline.config import MICROWORLD
from pipeline.microworld.claims import KINDS, Tally, check, check_captions
from pipeline.microworld.grammar import describe, en, references
from pipeline.microworld.pool import Line, pool_lines
from pipeline.microworld.scenes import Scene, sample_scene
from pipeline.microworld.world import Page, pages, scene_of
from shards.manifest import Manifest, ManifestError
from shards.reader import open_dataset
from shards.sample import Annotation, Sample
from shards.storage import open_file

BAD_BITEXT = frozenset(
    {"misaligned", "wrong_language", "wrong_english", "copied", "repeated", "number_changed", "too_short", "garbled", "duplicate"}
)  # fmt: skip
"""Faults of bitexts, all of which a filter should find."""


@dataclass(frozen=True)
class World:
    """The microworld of a run, made again from its configuration."""

    pages: list[Page]
    lines: dict[str, list[Line]]

    @staticmethod
    def of(config: dict[str, Any]) -> World:
        """The world that a manifest's configuration names."""
        count, seed = config["microworld_images"], config["seed"]
        first = scene_of(0, seed)
        shown = range(first, first + count) if config["images"] == MICROWORLD else range(0)
        langs = [lang for lang in config["langs"] if lang != "en"] if config["bitext"] == MICROWORLD else []
        lines = {lang: list(pool_lines(lang, config["microworld_lines"], seed, shown)) for lang in langs}
        return World(list(pages(count, seed)), lines)

    @cached_property
    def by_url(self) -> dict[str, Page]:
        """The first page of each URL."""
        return {page.url: page for page in reversed(self.pages)}


def measure(out: str) -> dict[str, Any]:
    """All measures of a dataset, shares in [0, 1].

    Raises:
        ManifestError: OUT is no finished dataset.
        ValueError: it was not made from the microworld.
    """
    manifest = Manifest.read(out)
    config = dict(manifest.config)
    if config.get("images") != MICROWORLD:
        raise ValueError(
            f"{out}: its images are {config.get('images')}, not the microworld; nothing is known of them but what the report says"
        )
    world = World.of(config)
    samples = [sample for split in ("train", "val", "test") for sample in open_dataset(out, split=split)]
    shown = ((sample, world.by_url[str(sample.url)]) for sample in samples)
    seen = [(sample, sample_scene(page.scene)) for sample, page in shown if page.fault != "placeholder"]
    return {
        "captions": caption_quality(seen),
        "translations": translation_quality(seen),
        "alignment": alignment_quality(seen),
        "fetch": fetch_quality(out, world),
        "bitexts": bitext_quality(out, world),
    }


def caption_quality(seen: Sequence[tuple[Sample, Scene]]) -> dict[str, float]:
    """Of the longest English caption of each sample: share that the grammar can read, and precision of what they state.

    ``object_recall`` is the share of the things in the picture that the caption names.
    """
    texts, scenes, named, there = [], [], 0, 0
    for sample, scene in seen:
        english = [note.text for note in sample.annotations if note.task == "caption" and note.lang == "en"]
        if not english:
            continue
        texts.append(max(english, key=len))
        scenes.append(scene)
        mentioned = {group.noun for sentence in en.parse(texts[-1]) or () for group in (sentence.a, sentence.b) if group}
        named += len(mentioned & {group.noun for group in scene.groups})
        there += len(scene.groups)
    tally, readable = check_captions(texts, scenes)
    shares = {f"{kind}_precision": tally.share(kind) for kind in KINDS}
    return {"captions": len(texts), "readable": readable / max(1, len(texts)), **shares, "object_recall": named / max(1, there)}


def translation_quality(seen: Sequence[tuple[Sample, Scene]]) -> dict[str, dict[str, float]]:
    """Of the teacher's translations, by language: share that is exactly one of the grammar's references, and chrF."""
    from sacrebleu.metrics import CHRF

    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for sample, _ in seen:
        english = {note.style: note.text for note in sample.annotations if note.task == "caption" and note.lang == "en"}
        for note in sample.annotations:
            source = note.source if note.task == "translation" else english.get(note.style)
            if note.origin == "translator" and source:
                pairs[note.lang].append((source, note.text))
    measured = {}
    for lang, made in sorted(pairs.items()):
        parsed = [(sentences, text) for source, text in made if (sentences := en.parse(source)) is not None]
        exact = sum(text in references(lang, sentences) for sentences, text in parsed)
        chrf = CHRF().corpus_score([text for _, text in parsed], [[describe(lang, sentences) for sentences, _ in parsed]]).score
        measured[lang] = {"texts": len(made), "parsed": len(parsed) / len(made), "exact": exact / max(1, len(parsed)), "chrf": chrf}
    return measured


def written_quality(out: str, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Of what a trained model wrote (``evaluation.items.jsonl`` of `pipeline.evaluate`): shares that are true.

    English captions: share that the grammar can read, and of their statements those that hold. Translations, by language: share
    that is one of the grammar's references for the source.
    """
    config = dict(Manifest.read(out).config)
    by_url = {page.url: page for page in pages(config["microworld_images"], config["seed"])}
    scenes = {str(s.key): sample_scene(by_url[str(s.url)].scene) for split in ("val", "test") for s in open_dataset(out, split)}
    measured: dict[str, dict[str, float]] = {}
    for prefix in (False, True):
        texts = [row for row in rows if row["set"].endswith("captions") and row["lang"] == "en" and row["prefix"] == prefix]
        if texts:
            tally, readable = check_captions([row["text"] for row in texts], [scenes[row["id"]] for row in texts])
            right, stated = sum(tally.right.values()), sum(tally.stated.values())
            shares = {kind: tally.share(kind) for kind in KINDS}
            measured["captions en" + (", prefix" if prefix else "")] = {
                "texts": len(texts), "readable": readable / len(texts), "facts": right / max(1, stated), **shares
            }  # fmt: skip
    for lang in config["langs"]:
        texts = [row for row in rows if row["set"].endswith("translations") and row["lang"] == lang]
        read = [(en.parse(row["source"]), row["text"]) for row in texts]
        about = [(sentences, text) for sentences, text in read if sentences is not None]
        if about:
            exact = sum(text in references(lang, sentences) for sentences, text in about) / len(about)
            measured[f"translations {lang}"] = {"texts": len(about), "exact": exact}
    return measured


def alignment_quality(seen: Sequence[tuple[Sample, Scene]]) -> dict[str, dict[str, float]]:
    """Of the aligned bitexts, by language: share whose English side is true of the picture, and the share of what it says.

    ``true@1`` looks at the best margin of each image, ``true@N`` at all; ``shuffled`` gives each image the bitexts of the next
    one, which is what a matching that is blind to the picture would reach.
    """
    found: dict[str, list[tuple[int, list[Annotation]]]] = defaultdict(list)
    for place, (sample, _) in enumerate(seen):
        by_lang: dict[str, list[Annotation]] = defaultdict(list)
        for note in sample.annotations:
            if note.origin == "bitext" and note.source:
                by_lang[note.lang].append(note)
        for lang, notes in by_lang.items():
            single = [note for note in notes if not any(other is not note and str(other.source) in str(note.source) for other in notes)]
            found[lang].append((place, sorted(single, key=lambda note: -(note.margin or 0.0))))
    measured = {}
    for lang, rows in sorted(found.items()):
        scenes = [scene for _, scene in seen]
        first = [_truth(notes[:1], scenes[place]) for place, notes in rows if notes]
        every = [_truth(notes, scenes[place]) for place, notes in rows if notes]
        blind = [_truth(notes[:1], scenes[(place + 1) % len(scenes)]) for place, notes in rows if notes]
        measured[lang] = {
            "images": len(first),
            "pairs": sum(total for total, _, _ in every),
            "true@1": _share_of(first, 1),
            "true@N": _share_of(every, 1),
            "statements@1": _mean(first),
            "statements@N": _mean(every),
            "shuffled": _share_of(blind, 1),
            "statements_shuffled": _mean(blind),
        }
    return measured


def _truth(notes: Sequence[Annotation], scene: Scene) -> tuple[int, int, Tally]:
    """How many pairs there are, how many of them are wholly true, and what they state in all."""
    right, total = 0, Tally()
    for note in notes:
        sentences = en.parse(str(note.source))
        if sentences is None:  # not about any scene
            total.add("object", False)
            continue
        tally = check(sentences, scene)
        right += tally.true
        total = total + tally
    return len(notes), right, total


def _share_of(rows: Sequence[tuple[int, int, Tally]], place: int) -> float:
    return sum(row[place] for row in rows) / max(1, sum(row[0] for row in rows))  # type: ignore[misc]


def _mean(rows: Sequence[tuple[int, int, Tally]]) -> float:
    stated = sum(sum(tally.stated.values()) for _, _, tally in rows)
    return sum(sum(tally.right.values()) for _, _, tally in rows) / max(1, stated)


def fetch_quality(out: str, world: World) -> dict[str, dict[str, float]]:
    """By planted fault of the web: how many pages, the share that did not become samples, and that whose reason is the right one.

    ``sound`` are the pages without a fault or with one that a good fetcher deals with.
    """
    with open_file(f"{out}/fetch.parquet") as file:
        ledger = pq.read_table(file, columns=["index", "reason"]).to_pylist()
    late = {row["index"]: row["reason"] for row in _reject_rows(out, "image")}
    verdicts: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for row in ledger:
        page = world.pages[row["index"]]
        reason = row["reason"] or late.get(page.index) or "ok"
        verdicts["sound" if page.expected == "ok" else str(page.fault)].append((reason, reason == page.expected))
    return {
        fault: {
            "pages": len(found),
            "rejected": sum(reason != "ok" for reason, _ in found) / len(found),
            "as_expected": sum(right for _, right in found) / len(found),
        }
        for fault, found in sorted(verdicts.items())
    }


def bitext_quality(out: str, world: World) -> dict[str, dict[str, float]]:
    """By planted fault of the pool: how many lines, and the share that was rejected; and by reason, how often it was right.

    A repeated pair is a duplicate wherever it comes from, so that is told from the lines themselves. Lines that no picture is
    near to (no_image) are left out: they were not looked at further.
    """
    rejects: dict[tuple[str, int], str] = {}
    for row in _reject_rows(out, "bitext"):
        rejects[row["lang"], row["index"]] = row["reason"]
    by_fault: dict[str, Counter[bool]] = defaultdict(Counter)
    by_reason: dict[str, Counter[bool]] = defaultdict(Counter)
    for lang, lines in world.lines.items():
        earlier: set[tuple[str, str]] = set()
        for number, line in enumerate(lines):
            repeated = (line.en, line.text) in earlier
            earlier.add((line.en, line.text))
            fault = "duplicate" if repeated else "sound" if line.fault in (None, "duplicate") else str(line.fault)
            reason = rejects.get((lang, number))
            if reason != "no_image":
                by_fault[fault][reason is not None] += 1
            if reason and reason != "no_image":  # of use for no picture, which is no fault
                by_reason[reason][fault in BAD_BITEXT] += 1
    measured = {fault: {"lines": found.total(), "rejected": found[True] / found.total()} for fault, found in sorted(by_fault.items())}
    return measured | {f"reason {name}": {"lines": c.total(), "precision": c[True] / c.total()} for name, c in sorted(by_reason.items())}


def _reject_rows(out: str, item: str) -> Iterator[dict[str, Any]]:
    for table in Manifest.read(out).rejects:
        with open_file(f"{out}/{table.path}") as file:
            yield from (row for row in pq.read_table(file).to_pylist() if row["item"] == item)


def show(measures: dict[str, Any]) -> Iterable[str]:
    """The measures as lines of text."""
    for title, found in measures.items():
        yield f"\n{title}"
        if all(isinstance(value, dict) for value in found.values()):
            names = list(dict.fromkeys(name for row in found.values() for name in row))
            yield " " * 22 + "".join(f"{name:>15}" for name in names)
            for label, row in found.items():
                yield f"  {label:<20}" + "".join(f"{_number(row.get(name)):>15}" for name in names)
        else:
            yield from (f"  {name:<22}{_number(value):>12}" for name, value in found.items())


def _number(value: float | int | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}" if value > 1.5 else f"{value:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the measures of OUT; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.truth", description=__doc__)
    parser.add_argument("out", help="folder or fsspec URL of a dataset that was built from the microworld")
    parser.add_argument("--json", metavar="FILE", help="also write the measures as JSON")
    parser.add_argument("--items", metavar="FILE", help="measure what a model wrote instead: evaluation.items.jsonl of pipeline.evaluate")
    options = parser.parse_args(arguments)
    try:
        out = options.out.rstrip("/")
        if options.items:
            with open(options.items, encoding="utf-8") as file:
                measures: dict[str, Any] = {"written": written_quality(out, [json.loads(line) for line in file])}
        else:
            measures = measure(out)
    except (ManifestError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print("\n".join(show(measures)).lstrip())
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(measures, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
