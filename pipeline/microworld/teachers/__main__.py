"""``python -m pipeline.microworld.teachers captioner|translator|embedder``: trains a demo teacher into ``models/weights``."""

from __future__ import annotations

import argparse
import logging
from importlib import import_module
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parents[3] / "models" / "weights"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.microworld.teachers", description=__doc__)
    parser.add_argument("teacher", choices=("captioner", "translator", "embedder"))
    parser.add_argument("--work", type=Path, default=Path("data/teachers"), help="checkpoints and logs; a killed run goes on from here")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the folder that gets the finished teacher's folder")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of torch; 0 lets torch choose")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    teacher = import_module(f"pipeline.microworld.teachers.{options.teacher}")
    work = options.work / options.teacher
    teacher.train_teacher(work)
    teacher.export(work, options.out / options.teacher)


if __name__ == "__main__":
    main()
