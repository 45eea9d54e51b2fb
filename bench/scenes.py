"""How fast scenes are drawn and described, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.microworld.grammar import LANGUAGES, describe
from pipeline.microworld.grammar.plan import free_caption
from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import Scene, sample_scene

COUNT = 2000


def rate(act: Callable[[Scene], object], first: int) -> float:
    """Scenes a second of CPU time."""
    scenes = [sample_scene(seed) for seed in range(first, first + COUNT)]
    start = time.process_time()
    for scene in scenes:
        act(scene)
    return COUNT / (time.process_time() - start)


def main() -> None:
    """Prints rates from cold and from warm caches; the scenes are new each time."""
    for pixels in (256, 128):
        cold = rate(lambda scene: render_scene(scene, pixels), 0)  # noqa: B023
        warm = rate(lambda scene: render_scene(scene, pixels), COUNT)  # noqa: B023
        print(f"scenes at {pixels} px: {cold:.0f} a second from cold caches, {warm:.0f} from warm ones")
    said = rate(lambda scene: [describe(lang, free_caption(scene)) for lang in LANGUAGES], 0)
    print(f"captions: {said * len(LANGUAGES):,.0f} a second")


if __name__ == "__main__":
    main()
