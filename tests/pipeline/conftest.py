"""A small input of coloured pictures and bitexts about colours, and builds of it by tiny teachers in processes of their own."""

import contextlib
import hashlib
import multiprocessing
import random
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from PIL import Image

from tests.pipeline.tiny import COLOURS, WORDS

BITEXTS = {
    "en": ["The house by the river is {} and old.", "A very large {} ball lies there, it is new.", "The car of my uncle is {} since May."],
    "de": ["Das Haus am Fluss ist {} und alt.", "Ein sehr großer {} Ball ist da, das ist neu.", "Das Auto meines Onkels ist {} seit Mai."],
    "fr": ["La maison est {} de la ville.", "Une grande balle {} est de nouveau là.", "La voiture de mon oncle est {} depuis mai."],
}


@dataclass(frozen=True)
class Input:
    """Where the pictures and the bitexts lie: 121 files, of which two are broken and two the same; 300 lines a language."""

    images: str
    bitext: str

    def arguments(self, out: Path, *more: str) -> list[str]:
        """The command line of a build; later flags win."""
        teachers = [
            f"--{role}=python:tests.pipeline.tiny:{role.capitalize()}" for role in ("captioner", "translator", "embedder", "identifier")
        ]
        sizes = ["--image-chunk=30", "--bitext-chunk=100", "--shard-size=40"]
        return [f"--images={self.images}", f"--bitext={self.bitext}", "--langs=en,de,fr", f"--out={out}", *teachers, *sizes, *more]


@pytest.fixture(scope="session")
def given(tmp_path_factory) -> Input:
    folder, chance = tmp_path_factory.mktemp("input"), random.Random(1)
    (folder / "images").mkdir()
    for number in range(120):
        colour = tuple(min(255, max(0, value + chance.randint(-15, 15))) for value in chance.choice(list(COLOURS.values())))
        Image.new("RGB", (60 + number % 3, 64 + number // 3), colour).save(folder / "images" / f"{number:04}.jpg")
    (folder / "images" / "0120.jpg").write_bytes((folder / "images" / "0003.jpg").read_bytes())
    for broken in ("0005.jpg", "0050.jpg"):
        (folder / "images" / broken).write_bytes(b"junk")
    for lang in ("de", "fr"):
        lines = []
        for number in range(300):
            pattern, colour = chance.randrange(3), chance.choice(list(COLOURS))
            other = colour if number % 10 else chance.choice([name for name in COLOURS if name != colour])  # a tenth is misaligned
            lines.append(
                f"{BITEXTS['en'][pattern].format(colour)} No {number}.\t{BITEXTS[lang][pattern].format(WORDS[lang][other])} No {number}.\n"
            )
        (folder / f"{lang}.tsv").write_text("".join(lines), encoding="utf-8")
    return Input(str(folder / "images"), f"de={folder}/de.tsv;fr={folder}/fr.tsv")


_processes = multiprocessing.get_context("forkserver")  # forked from a process that has imported Beam but runs no threads
_processes.set_forkserver_preload(["pipeline.run", "pipeline.graph", "pipeline.runner", "pipeline.progress", "tests.pipeline.tiny"])


def _main(arguments: list[str], log: str) -> None:
    from pipeline.build import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background of a shell
    with open(log, "w", encoding="utf-8", buffering=1) as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        code = main(arguments)
    sys.exit(code)


@pytest.fixture
def start(tmp_path) -> Callable[[list[str]], tuple[BaseProcess, Path]]:
    """Starts a build in a process of its own; gives the process and the file of its output."""

    def run(arguments: list[str]) -> tuple[BaseProcess, Path]:
        log = tmp_path / "log.txt"
        process = _processes.Process(target=_main, args=(arguments, str(log)))
        process.start()
        return process, log

    return run


@pytest.fixture
def build(start) -> Callable[[list[str]], tuple[int, str]]:
    """Runs a build to its end; gives its exit code and its output."""

    def run(arguments: list[str]) -> tuple[int, str]:
        process, log = start(arguments)
        process.join(60)
        assert process.exitcode is not None
        return process.exitcode, log.read_text(encoding="utf-8")

    return run


@pytest.fixture(scope="session")
def build_once() -> Callable[[list[str], Path], Path]:
    """Runs a build that several tests look at, to its good end; gives its folder."""

    def run(arguments: list[str], out: Path) -> Path:
        log = out.with_suffix(".txt")
        process = _processes.Process(target=_main, args=(arguments, str(log)))
        process.start()
        process.join(60)
        assert process.exitcode == 0, log.read_text()
        return out

    return run


@pytest.fixture(scope="session")
def built(given, build_once, tmp_path_factory) -> Path:
    """A finished build, by as many threads as cores."""
    out = tmp_path_factory.mktemp("built") / "out"
    return build_once(given.arguments(out, "--workers=2"), out)


def contents(out: Path) -> dict[str, str]:
    """A hash of every shard and rejects file."""
    files = sorted(path for folder in ("shards", "rejects") for path in (out / folder).iterdir())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Torch computes on one thread, as sums on several differ in their last bits."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
