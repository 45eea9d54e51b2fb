"""Runs every benchmark, one after the other."""

from __future__ import annotations

from bench import build, scenes

if __name__ == "__main__":
    scenes.main()
    build.main()
