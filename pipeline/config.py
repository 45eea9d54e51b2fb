"""The configuration of a run: one frozen dataclass, from a preset, a file and flags, in that order of precedence.

Nothing heavy is imported here, so that ``python -m pipeline.build --help`` answers at once.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import math
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from models.languages.tags import language

PRESETS = Path(__file__).parent / "presets"
SPLITS = ("train", "val", "test")
STAGES = ("fetch", "dedup", "caption", "translate", "embed", "language", "check_texts", "align", "judge", "pack")
"""What ``--until`` can name. Bitexts are worked on when ``align`` is reached."""
MICROWORLD = "microworld"


_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LONGEST = 2000
"""Letters of a message: what is wrong with a configuration may be the length of a value."""
_INTEGERS = range(-(2**63), 2**63)
"""What numbers without a fraction may be: more fits neither the columns of a table nor all readers of JSON."""


class ConfigError(ValueError):
    """A configuration that cannot work; the message is one line that says what to write instead, whatever was written."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(message: str) -> str:
    """A message as one line of letters that can be shown, its middle left out where it is too long for that."""
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"
    return message if message.isprintable() else "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in message)


def _about(
    help: str, run_only: bool = False, threshold: bool = False, least: float | None = None, most: float | None = None
) -> dict[str, Any]:
    return {"help": help, "run_only": run_only, "threshold": threshold, "least": least, "most": most}


def option(
    default: Any, help: str, *, run_only: bool = False, threshold: bool = False, least: float | None = None, most: float | None = None
) -> Any:
    """A documented configuration field.

    ``run_only`` marks what changes how a run goes but never what it makes: it is left out of the configuration's hash.
    ``threshold`` marks what may differ when a run is judged again. ``least`` and ``most`` bound a number.
    """
    return field(default=default, metadata=_about(help, run_only, threshold, least, most))


@dataclass(frozen=True)
class Config:
    """Everything that a run depends on. Languages are BCP-47 codes; scores are cosines unless said otherwise."""

    langs: tuple[str, ...] = option((), "languages of the dataset, English among them, as en,de,fr")
    caption_langs: tuple[str, ...] = option((), "languages that may have captions in train and val; the rest are held out")
    images: str = option("", "image list (parquet, csv, tsv, jsonl, txt), folder of pictures, mix:coco=DIR,docci=DIR, or 'microworld'")
    bitext: str = option("", "bitexts, as de=a.en,a.de;fr=pairs.tsv, or 'microworld'; empty for none")
    image_columns: tuple[str, ...] = option(
        (), "columns of the image list where they cannot be guessed, as url=COL,alt=COL,key=COL,image=COL"
    )
    limit: int = option(0, "only the first N rows of the image list; 0 is all", least=0)
    seed: int = option(0, "seed of the microworld and of every random choice")
    microworld_images: int = option(2000, "microworld only: pictures that the loopback web serves", least=1)
    microworld_lines: int = option(20000, "microworld only: bitext lines a language", least=1)

    captioner: str = option("", "teacher that describes images, see models/registry.py")
    translator: str = option("", "teacher that translates from English, see models/registry.py")
    embedder: str = option("", "teacher that embeds images and texts in one space, see models/registry.py")
    identifier: str = option("lid:", "language identifier, see models/registry.py")
    caption_batch: int = option(16, "images a batch of the captioner", run_only=True, least=1)
    translate_batch: int = option(64, "sentences a batch of the translator", run_only=True, least=1)
    embed_batch: int = option(64, "images or texts a batch of the embedder", run_only=True, least=1)
    describe_all: bool = option(
        False, "let the captioner describe also what people have described, as context for a translator with ?context=on"
    )
    max_failures: float = option(0.5, "share of a chunk that a teacher may fail on before the run stops", least=0, most=1)

    image_chunk: int = option(250, "images a chunk", least=1)
    bitext_chunk: int = option(10000, "bitexts a chunk", least=1)
    search_block: int = option(64, "chunks that one alignment task searches", run_only=True, least=1)
    shard_size: int = option(500, "samples a shard", least=1)
    val_share: float = option(0.05, "share of the images in the val split, chosen by hash of the key", least=0, most=1)
    test_share: float = option(0.05, "share of the images in the test split, chosen by hash of the key", least=0, most=1)
    decontaminate: tuple[str, ...] = option(
        (), "benchmarks whose pictures come into neither train nor val, as coco=DIR,xm3600=DIR, see docs/benchmarks.md"
    )
    decontaminate_bits: int = option(
        4, "bits of 64 in which the perceptual hashes of a picture and of a test picture it is the same as may differ", threshold=True,
        least=0, most=16,
    )  # fmt: skip
    verify_hash: str = option("", "column of the image list with an md5, sha256 or sha512 of each file; other bytes are rejected")
    placeholder_urls: int = option(
        10, "a picture whose bytes come from so many different URLs is a placeholder and dropped; 0 keeps them", threshold=True, least=0
    )
    fetch: dict[str, Any] = field(default_factory=dict, metadata=_about("settings of pipeline.fetch, in presets and files only"))

    min_chars: int = option(26, "bitext: characters of the English side, at least", threshold=True, least=0)
    max_chars: int = option(400, "bitext: characters of either side, at most", threshold=True, least=1)
    max_ratio: float = option(
        3.0, "bitext: the longer side is at most so many times the shorter (Chinese counts double)", threshold=True, least=1
    )
    min_pair_score: float = option(
        0.5, "bitext: similarity of the two sides, where the embedder is multilingual", threshold=True, least=-1, most=1
    )
    min_lang_prob: float = option(0.5, "probability of a text's language, at least", threshold=True, least=0, most=1)
    min_clip: float = option(0.2, "image-caption similarity, at least", threshold=True, least=-1, most=1)
    min_logprob: float = option(-3.0, "mean log probability a token of a teacher's text, at least", threshold=True)
    neighbours: int = option(4, "nearest neighbours whose mean normalises the margin", least=1)
    candidates: int = option(16, "bitexts an image and language that alignment keeps for judging", least=1)
    top_n: int = option(4, "bitexts an image and language in the dataset", threshold=True, least=0)
    min_align: float = option(0.2, "image-bitext similarity, at least", threshold=True, least=-1, most=1)
    min_margin: float = option(1.0, "ratio margin of an image-bitext pair, at least", threshold=True, least=0)
    pair_origins: tuple[str, ...] = option(("translator", "bitext"), "what makes translation pairs in train and val: translator, bitext")

    out: str = option("data/demo", "where the dataset goes: a folder or any fsspec URL", run_only=True)
    workers: int = option(0, "chunks in work at once on this machine; 0 is one a core", run_only=True, least=0, most=4096)
    force: bool = option(False, "go on where a check would stop: OUT holds another run, demo teachers on other pictures", run_only=True)
    retry_failed: bool = option(False, "fetch again what failed in a way that can pass", run_only=True)
    until: str = option("", "stop after this stage", run_only=True)
    proxy: str = option("", "http(s)://[USER:PASSWORD@]HOST:PORT to fetch through; the environment's proxies are never used", run_only=True)
    allow_private: tuple[str, ...] = option((), "HOST:PORT that may be contacted although not public; repeatable", run_only=True)

    def reaches(self, stage: str) -> bool:
        """Whether ``until`` lets the run come to a stage of `STAGES`."""
        return not self.until or STAGES.index(stage) <= STAGES.index(self.until)

    @property
    def targets(self) -> tuple[str, ...]:
        """The languages that English is translated into."""
        return tuple(lang for lang in self.langs if lang != "en")

    @property
    def held_out(self) -> tuple[str, ...]:
        """The languages that have no captions in train and val."""
        return tuple(lang for lang in self.langs if lang not in self.caption_langs)

    def identity(self) -> dict[str, Any]:
        """What the run makes depends on this and on nothing else of the configuration; plain JSON values."""
        kept = (f.name for f in fields(self) if not f.metadata["run_only"])
        return json.loads(json.dumps({name: getattr(self, name) for name in kept}))

    def sha256(self) -> str:
        """Hash of `identity`."""
        return hashlib.sha256(json.dumps(self.identity(), sort_keys=True).encode()).hexdigest()

    def subject(self) -> dict[str, Any]:
        """`identity` without thresholds: what stays the same when a run is judged again."""
        thresholds = {f.name for f in fields(self) if f.metadata["threshold"]}
        return {name: value for name, value in self.identity().items() if name not in thresholds}

    def validate(self) -> None:
        """Checks what can be checked without touching inputs or models.

        Raises:
            ConfigError: naming the field, its value and what would work.
        """
        for f in fields(self):
            value, least, most = getattr(self, f.name), f.metadata["least"], f.metadata["most"]
            if (least is not None and value < least) or (most is not None and value > most):
                bounds = f"at least {least}" if most is None else f"between {least} and {most}"
                raise ConfigError(f"{flag(f.name)} {value}: must be {bounds}")
        for name in ("langs", "caption_langs"):
            for lang in getattr(self, name):
                if not _LANGUAGE.fullmatch(lang):
                    raise ConfigError(f"{flag(name)} {lang}: is no language code; write one of BCP-47, as de or pt-BR")
        if not self.langs:
            raise ConfigError("--langs is empty: name the languages, English among them, as --langs en,de,fr")
        if len(set(self.langs)) < len(self.langs):
            raise ConfigError(f"--langs {','.join(self.langs)}: a language is named twice")
        if regional := [lang for lang in self.langs if lang != "en" and language(lang) == "en"]:
            raise ConfigError(f"--langs {','.join(self.langs)}: there is one English, which captions begin in; write en for {regional[0]}")
        if "en" not in self.langs:
            raise ConfigError(f"--langs {','.join(self.langs)}: no English; captions begin in English, so write en,{','.join(self.langs)}")
        for lang in self.caption_langs:
            if lang not in self.langs:
                raise ConfigError(f"--caption-langs {lang}: not among --langs {','.join(self.langs)}; add it there or drop it here")
        if not self.caption_langs:
            raise ConfigError("--caption-langs is empty: name at least one language, as --caption-langs en")
        if self.until and self.until not in STAGES:
            raise ConfigError(f"--until {self.until}: there is no such stage; there are {', '.join(STAGES)}")
        if not self.images:
            raise ConfigError("--images is empty: name an image list, a folder of pictures, or 'microworld'")
        if not self.out:
            raise ConfigError("--out is empty: name a folder or a URL that can be written to")
        for teacher in ("captioner", "translator", "embedder"):
            if not getattr(self, teacher):
                raise ConfigError(f"--{teacher} is empty: name a model, as in models/registry.py, or take a --preset that does")
        for name in ("proxy", "verify_hash", "allow_private"):
            if name in self.fetch:
                raise ConfigError(f"fetch {name}: is no setting of fetch; write it beside fetch, as {name}: ..., or as {flag(name)}")
        if self.placeholder_urls == 1:
            raise ConfigError("--placeholder-urls 1: would drop every picture; write at least 2, or 0 to keep placeholders")
        if self.val_share + self.test_share >= 1:
            raise ConfigError(f"--val-share {self.val_share} and --test-share {self.test_share} leave nothing for train")
        for origin in self.pair_origins:
            if origin not in ("translator", "bitext"):
                raise ConfigError(f"--pair-origins {origin}: must be translator, bitext or both")
        if self.candidates < max(self.top_n, self.neighbours):
            raise ConfigError(f"--candidates {self.candidates}: must be at least --top-n {self.top_n} and --neighbours {self.neighbours}")


def flag(name: str) -> str:
    """The command-line flag of a field."""
    return "--" + name.replace("_", "-")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for each field of `Config`, and ``--preset`` and ``--config``. Flags that are not given stay unset."""
    parser.add_argument("--preset", default="demo", help=f"one of {', '.join(presets())} (default: demo)")
    parser.add_argument("--config", metavar="FILE", help="YAML with any of the settings, over the preset and under the flags")
    kinds = typing.get_type_hints(Config)
    for f in fields(Config):
        kind, text = kinds[f.name], f.metadata["help"].replace("%", "%%")
        if kind is bool:
            parser.add_argument(flag(f.name), action=argparse.BooleanOptionalAction, default=None, help=text)
        elif f.name == "allow_private":
            parser.add_argument(flag(f.name), action="append", metavar="HOST:PORT", help=text)
        elif kind in (int, float, str):
            parser.add_argument(flag(f.name), type=kind, metavar=f.name.upper(), help=text)
        elif kind == tuple[str, ...]:
            parser.add_argument(flag(f.name), metavar="A,B,...", help=text)


def presets() -> list[str]:
    """Names of the presets that come with the pipeline."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_config(preset: str, file: str | None = None, flags: Mapping[str, Any] | None = None) -> Config:
    """The validated configuration: preset, then ``file``, then ``flags`` (those that are not None). Settings of ``fetch`` that a file does
    not name stay those of the preset.

    Raises:
        ConfigError: unknown preset or setting, a value of the wrong type, or whatever `Config.validate` finds.
    """
    if preset not in presets():
        raise ConfigError(f"--preset {preset}: there is no such preset; there are {', '.join(presets())}")
    settings = _read_yaml(PRESETS / f"{preset}.yaml")
    if file:
        theirs = _read_yaml(Path(file))
        if isinstance(fetch := theirs.get("fetch"), Mapping):
            theirs["fetch"] = {**settings.get("fetch", {}), **fetch}
        settings |= theirs
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    settings |= given
    kinds = typing.get_type_hints(Config)
    config = Config(**{name: _convert(name, value, kinds[name]) for name, value in settings.items()})
    if "langs" in given and "caption_langs" not in given:
        config = dataclasses.replace(config, caption_langs=tuple(lang for lang in config.caption_langs if lang in config.langs))
    config.validate()
    return config


def _read_yaml(path: Path) -> dict[str, Any]:
    from pipeline.strict_yaml import MOST_BYTES, read_yaml

    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # the latter where it is no name of a file
        raise ConfigError(f"--config {path}: cannot be read: {getattr(error, 'strerror', None) or error}; name a file that can") from None
    try:
        settings = read_yaml(data)
    except ValueError as error:
        raise ConfigError(f"--config {path}: {error}") from None
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise ConfigError(f"--config {path}: must be a list of 'setting: value' lines")
    known = {f.name for f in fields(Config)}
    for name in settings:
        if name not in known:
            raise ConfigError(f"--config {path}: unknown setting '{name}'; there are {', '.join(sorted(known))}")
    return settings


def _convert(name: str, value: Any, kind: Any) -> Any:
    if kind == tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)):
            raise ConfigError(f"{flag(name)} {_shown(value)}: must be a list, as A,B,...")
        for part in parts:
            if not isinstance(part, str):
                raise ConfigError(f"{flag(name)} {_shown(part)}: is no text to YAML; write it in quotes")
        return tuple(part.strip() for part in parts if part.strip())
    if kind in (int, float, str, bool):
        if type(value) is not kind and not (kind is float and type(value) is int):
            mend = "must be text; write it in quotes" if kind is str else f"must be of type {kind.__name__}"
            raise ConfigError(f"{flag(name)} {_shown(value)}: {mend}")
        _check_plain(flag(name), value)
        return kind(value)
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name}: must hold 'setting: value' lines")
    _check_plain(name, value)
    return dict(value)


def _check_plain(place: str, value: Any) -> None:
    """Makes sure that a value is one that JSON has, of which the hash of a configuration is made.

    Args:
        place: the setting, for errors.
    """
    if isinstance(value, Mapping):
        for name, part in value.items():
            if not isinstance(name, str):
                raise ConfigError(f"{place} {_shown(name)}: is no text to YAML; write it in quotes")
            _check_plain(f"{place} {name}", part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _check_plain(place, part)
    elif isinstance(value, int) and not isinstance(value, bool):
        if value not in _INTEGERS:
            raise ConfigError(f"{place} {_shown(value)}: must be between -2^63 and 2^63 - 1")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ConfigError(f"{place} {value}: must be a finite number")
    elif value is not None and not isinstance(value, (str, bool)):
        raise ConfigError(f"{place} {_shown(value)}: is a {type(value).__name__} to YAML; write it in quotes")


def _shown(value: Any) -> str:
    """A value for a message. Python writes no number of thousands of digits."""
    try:
        return str(value)
    except ValueError:
        return "of too many digits"
