"""Sprites: one drawing a noun of the microworld, as SVG, and their raster images."""

from __future__ import annotations

import io
from functools import cache, lru_cache

import resvg_py
from PIL import Image

from pipeline.microworld.palette import PALETTES, Palette
from pipeline.microworld.scenes import ACTIONS, NOUNS
from pipeline.microworld.sprites import birds, buildings, food, mammals, people, plants, small_animals, things, vehicles
from pipeline.microworld.sprites.strokes import Sprite

SPRITES: dict[str, Sprite] = {
    **mammals.SPRITES, **birds.SPRITES, **small_animals.SPRITES, **people.SPRITES, **vehicles.SPRITES, **buildings.SPRITES,
    **plants.SPRITES, **food.SPRITES, **things.SPRITES,
}  # fmt: skip
"""Noun -> function of (shades, action) that gives an SVG fragment in a 100 x 100 box, facing right, base on y = 97."""

LARGE = 128
"""Side in pixels at which a drawing is rendered; smaller sizes are made from that, which takes a twentieth of the time."""

if set(SPRITES) != set(NOUNS):
    raise ImportError(
        f"pipeline/microworld/sprites: no drawing for {sorted(set(NOUNS) - set(SPRITES))}, "
        f"no noun for {sorted(set(SPRITES) - set(NOUNS))}; SPRITES and scenes.NOUNS must name the same things"
    )


def sprite_image(noun: str, colour: str, action: str | None, pixels: int) -> Image.Image:
    """The noun in one colour as RGBA, ``pixels`` x ``pixels``.

    The image comes from a cache that all callers share: copy it before you draw on it. Actions that the drawing does not
    show give the image of the idle noun.
    """
    return _raster(noun, colour, action if action in drawn_actions(noun) else None, pixels)


@cache
def drawn_actions(noun: str) -> frozenset[str]:
    """Actions in which the noun's own drawing differs from the idle one."""
    draw, palette = SPRITES[noun], PALETTES["red"]
    idle = draw(palette, None)
    return frozenset(action for action in ACTIONS if draw(palette, action) != idle)


def sprite_svg(noun: str, colour: str, action: str | None, pixels: int) -> str:
    """A complete SVG document of one sprite, with the gradients ``body`` and ``round`` in the colour's shades."""
    palette = PALETTES[colour]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="{pixels}" height="{pixels}">'
        f"<defs>{_gradients(palette)}</defs>{SPRITES[noun](palette, action)}</svg>"
    )


def _gradients(p: Palette) -> str:
    stops = f'<stop offset="0" stop-color="{p.light}"/><stop offset=".45" stop-color="{p.main}"/><stop offset="1" stop-color="{p.dark}"/>'
    return (
        f'<linearGradient id="body" x2="0" y2="1">{stops}</linearGradient>'
        f'<radialGradient id="round" cx=".36" cy=".3" r=".85">{stops}</radialGradient>'
    )


def forget_sprites() -> None:
    """Gives up the drawings that `sprite_image` keeps."""
    _raster.cache_clear()
    _large.cache_clear()


@lru_cache(maxsize=6000)
def _raster(noun: str, colour: str, action: str | None, pixels: int) -> Image.Image:
    if pixels > LARGE:
        return _drawn(noun, colour, action, pixels)
    return _large(noun, colour, action).resize((pixels, pixels), Image.Resampling.LANCZOS)


@lru_cache(maxsize=1500)
def _large(noun: str, colour: str, action: str | None) -> Image.Image:
    return _drawn(noun, colour, action, LARGE)


def _drawn(noun: str, colour: str, action: str | None, pixels: int) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=sprite_svg(noun, colour, action, pixels), skip_system_fonts=True)
    return Image.open(io.BytesIO(png)).convert("RGBA")
