"""Runs every benchmark, one after the other."""

from __future__ import annotations

from bench import build, loader, scenes, teachers, train

if __name__ == "__main__":
    scenes.main()
    loader.main()
    teachers.main()
    build.main()
    train.main()
