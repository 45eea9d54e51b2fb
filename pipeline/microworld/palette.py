"""The ten colours, each as the few shades that a sprite is drawn with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Shades of one colour as CSS hex strings: ``main`` names it, ``light`` and ``dark`` shade it, ``line`` outlines it."""

    main: str
    light: str
    dark: str
    line: str


PALETTES = {
    "red": Palette("#d62828", "#f2685f", "#9c1414", "#5c0b0b"),
    "orange": Palette("#f5841f", "#ffb566", "#c25d0a", "#6e3405"),
    "yellow": Palette("#f7d21e", "#fff07c", "#cfa60a", "#7a6005"),
    "green": Palette("#2f9e44", "#72cf7e", "#1b6e2d", "#0f4219"),
    "blue": Palette("#2563d9", "#6fa4ff", "#173f94", "#0d2458"),
    "purple": Palette("#7b2fbf", "#b27be6", "#531b87", "#310f52"),
    "pink": Palette("#f48fb9", "#ffc6de", "#d45f92", "#8a3058"),
    "brown": Palette("#8b5a2b", "#bb8850", "#5f3a17", "#38210b"),
    "black": Palette("#2b2b30", "#5a5a64", "#141417", "#000000"),
    "white": Palette("#f7f7f4", "#ffffff", "#cfd3d8", "#6b7078"),
}
