"""The microworld's bitext pool: sentences about scenes among many that are not, with faults whose places are known."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from pathlib import Path

from pipeline.microworld.faults import PoolFaults
from pipeline.microworld.grammar import LANGUAGES, describe
from pipeline.microworld.grammar.plan import Sentence, free_caption
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.topics import topic_sentences
from shards.storage import write_bytes

OTHER_SCENES = 400_000_000
"""Scenes from here on are in no image list; half of the lines about scenes are about them."""


@dataclass(frozen=True)
class Line:
    """One line of a pair of files. ``scene`` is what it is about, None for anything else; ``fault`` is what was done to it."""

    en: str
    text: str
    scene: int | None = None
    fault: str | None = None


def write_pool(
    folder: Path, langs: Sequence[str], lines: int = 20_000, seed: int = 0, scenes: range = range(0), workers: Executor | None = None
) -> str:
    """Writes line-aligned files for each language but English, the Chinese ones gzipped.

    Args:
        folder: made if it is not there.
        langs: languages of the grammars.
        lines: lines a language.
        seed: of everything in the pool.
        scenes: numbers of the scenes in the image list; every second line about scenes is about one of these.
        workers: what writes languages side by side; one after the other without.

    Returns:
        The files as a bitext spec, ``de=FOLDER/pool.en-de.en,FOLDER/pool.en-de.de;...``.

    Raises:
        ValueError: a language that has no grammar.
    """
    if unknown := [lang for lang in langs if lang not in LANGUAGES]:
        raise ValueError(f"the microworld has no {unknown[0]}; it has {', '.join(LANGUAGES)}")
    folder.mkdir(parents=True, exist_ok=True)
    write = partial(_write_files, folder, lines=lines, seed=seed, scenes=scenes)
    return ";".join((workers.map if workers else map)(write, [lang for lang in langs if lang != "en"]))


def _write_files(folder: Path, lang: str, lines: int, seed: int, scenes: range) -> str:
    ending = ".gz" if lang == "zh" else ""
    paths = [folder / f"pool.en-{lang}.{side}{ending}" for side in ("en", lang)]
    made = list(pool_lines(lang, lines, seed, scenes))
    for path, side in zip(paths, ("en", "text"), strict=True):
        data = "".join(getattr(line, side) + "\n" for line in made).encode()
        write_bytes(str(path), gzip.compress(data, 6, mtime=0) if ending else data)
    return f"{lang}={paths[0]},{paths[1]}"


def pool_lines(lang: str, lines: int, seed: int, scenes: range) -> Iterator[Line]:
    """The lines of one language, in the order of the files; what they are about, and their faults, are the ground truth."""
    for number in range(lines):
        # About half of all English sides are the same in every language, as in corpora that were mined from one crawl.
        shared = _share(seed, number, "shared") < 0.5
        yield _faulty(_sound(number if shared else f"{lang}-{number}", lang, seed, scenes), lang, number, lines, seed, scenes, shared)


def _sound(number: object, lang: str, seed: int, scenes: range) -> Line:
    rng = random.Random(f"pool-{seed}-{number}")
    if rng.random() >= PoolFaults.scene:
        both = topic_sentences(rng.randrange(1 << 40), ("en", lang))
        return Line(both["en"], both[lang])
    scene = rng.choice(scenes) if scenes and rng.random() < 0.5 else OTHER_SCENES + rng.randrange(90_000_000)
    plan, english = _said(scene, rng.randrange(1 << 40), rng.choice((1, 1, 2)))
    return Line(english, describe(lang, plan), scene)


@lru_cache(maxsize=50_000)
def _said(scene: int, salt: int, sentences: int) -> tuple[tuple[Sentence, ...], str]:
    """The first sentences of a caption, as facts and in English: they speak of the things, where the last may be of the weather."""
    plan = free_caption(sample_scene(scene), f"pool-{salt}")[:sentences]
    return plan, describe("en", plan)


def _faulty(line: Line, lang: str, number: int, lines: int, seed: int, scenes: range, shared: bool) -> Line:
    place, low = _share(seed, lang, number, "fault"), 0.0
    fault = None
    for candidate in fields(PoolFaults):
        if candidate.name == "scene":
            continue
        low += getattr(PoolFaults, candidate.name)
        if place < low:
            fault = candidate.name
            break
    if fault is None:
        return line
    rng = random.Random(f"pool-fault-{seed}-{lang}-{number}")
    line = replace(line, fault=fault)
    match fault:
        case "misaligned":
            other = _sound(f"other-{lang}-{number}", lang, seed, scenes)
            return replace(line, text=other.text)
        case "wrong_language":
            foreign = rng.choice([other for other in LANGUAGES if other not in (lang, "en")])
            return replace(line, text=_sound(number if shared else f"{lang}-{number}", foreign, seed, scenes).text)
        case "wrong_english":
            foreign = rng.choice([other for other in LANGUAGES if other not in (lang, "en")])
            return replace(line, en=_sound(number if shared else f"{lang}-{number}", foreign, seed, scenes).text)
        case "copied":
            return replace(line, text=line.en)
        case "duplicate":
            original = (number * 7919 + 13) % lines
            whole = _share(seed, original, "shared") < 0.5
            return replace(_sound(original if whole else f"{lang}-{original}", lang, seed, scenes), fault=fault)
        case "repeated":
            words = line.text.split() if lang != "zh" else list(line.text)
            start = rng.randrange(max(1, len(words) - 3))
            loop = words[start : start + rng.randint(1, 3)]
            joint = "" if lang == "zh" else " "
            return replace(line, text=joint.join(words[:start] + loop * 12))
        case "number_changed":
            figure = rng.randint(12, 480)
            mark = ("。" if lang == "zh" else " ") + "({})"
            return replace(line, en=f"{line.en} ({figure})", text=line.text + mark.format(figure + rng.randint(1, 9)))
        case "too_short":
            short = rng.choice(("OK", "Contact", "Page", "Home", "More", "Yes", "News"))
            return replace(line, en=f"{short} {number % 97}", text=f"{short} {number % 97}.", scene=None)
        case _:
            garbled = line.text.encode().decode("latin-1").replace("\x85", "\x86")
            # Plain ASCII comes through unharmed.
            return replace(line, text=garbled, fault=fault if garbled != line.text else None)


def _share(*parts: object) -> float:
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:12], 16) / 16**12
