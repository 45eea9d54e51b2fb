"""Runs every benchmark, one after the other."""

from __future__ import annotations

import sys

from bench import build, fetch, loader, scenes, teachers, train
from bench import list as lists

if __name__ == "__main__":
    scenes.main()
    missed = loader.main()
    teachers.main()
    fetch.main()
    lists.main()
    build.main()
    train.main()
    sys.exit(missed)
