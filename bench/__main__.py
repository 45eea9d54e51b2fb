"""Runs every benchmark, one after the other."""

from __future__ import annotations

from bench import build, loader, scenes, teachers

if __name__ == "__main__":
    scenes.main()
    loader.main()
    teachers.main()
    build.main()
