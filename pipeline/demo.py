"""The microworld as an input: its loopback web and its bitext pool, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pipeline.config import MICROWORLD, Config


@dataclass(frozen=True)
class Specs:
    """What ``--images`` and ``--bitext`` stand for, and settings of the fetch that go with them."""

    images: str
    bitext: str
    fetch: dict[str, Any]


@contextmanager
def input_specs(config: Config) -> Iterator[Callable[[], Specs]]:
    """What gives the inputs that a configuration names. While the block lasts, the microworld's web is up if they come from there.

    Other processes make the microworld meanwhile; to ask for the inputs is to wait for them. Its pictures have addresses below
    made-up host names, which the fetch is told to find on a loopback port: so the list, and with it every result, is the same
    whatever the port.
    """
    if MICROWORLD not in (config.images, config.bitext):
        yield lambda: Specs(config.images, config.bitext, {})
        return
    with ExitStack() as stack, ThreadPoolExecutor(1) as waiting:
        yield waiting.submit(_microworld, config, stack).result


def _microworld(config: Config, stack: ExitStack) -> Specs:
    from pipeline.microworld.pool import write_pool
    from pipeline.microworld.web import serve
    from pipeline.microworld.world import scene_of, write_image_list

    folder = microworld_folder(config)
    images, bitext, fetch = config.images, config.bitext, dict[str, Any]()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        listed = workers.submit(write_image_list, folder, config.microworld_images, config.seed) if images == MICROWORLD else None
        if listed:
            fetch = {"resolve": stack.enter_context(serve()).resolve}
        if bitext == MICROWORLD:
            first = scene_of(0, config.seed)
            shown = range(first, first + config.microworld_images) if listed else range(0)
            bitext = write_pool(folder, config.targets, config.microworld_lines, config.seed, shown, workers)
        if listed:
            images = str(listed.result())
    return Specs(images, bitext, fetch)


def microworld_folder(config: Config) -> Path:
    """Where the microworld writes its list, its pool and the truth about them.

    Beside nothing else of the run when OUT is not on this machine: what is made on the spot need not be kept there.
    """
    if "://" in config.out:
        return Path("data/microworld") / config.sha256()[:12]
    return Path(config.out) / "work" / MICROWORLD
