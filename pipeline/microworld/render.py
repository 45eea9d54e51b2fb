"""Draws a scene: sky, place, shadows, things from back to front, and the weather in front of them."""

from __future__ import annotations

import io
import math
import random
from functools import lru_cache

import resvg_py
from PIL import Image, ImageDraw

from pipeline.microworld.layout import SIDE, Placement, place_groups
from pipeline.microworld.places import HORIZON, PLACES, sky
from pipeline.microworld.scenes import AIRBORNE, CLOTHED, INDOORS, Group, Scene
from pipeline.microworld.sprites import sprite_image

VARIANTS = 6
"""Backgrounds a place and light."""

_GROUND_TINT = {
    "sun": (1.0, 1.0, 1.0), "sunset": (1.0, 0.86, 0.78), "night": (0.42, 0.47, 0.68), "rain": (0.8, 0.83, 0.87), "fog": (0.93, 0.94, 0.95),
}  # fmt: skip
_ACTOR_TINT = {
    "sun": (1.0, 1.0, 1.0), "sunset": (1.0, 0.95, 0.9), "night": (0.8, 0.83, 0.95), "rain": (0.94, 0.95, 0.97), "fog": (1.0, 1.0, 1.0),
}  # fmt: skip
_FOG_OVER_GROUND, _FOG_OVER_ACTORS = 0.5, 0.16
_FOG = (226, 230, 231)


def render_scene(scene: Scene, pixels: int = 256) -> Image.Image:
    """The picture of a scene, RGB, ``pixels`` square; the same pixels for the same scene."""
    rng = random.Random(f"render-{scene.seed}")
    picture = _background(scene.place, scene.light, rng.randrange(VARIANTS), pixels).copy()
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    scale = pixels / SIDE
    for placement in sorted(place_groups(scene), key=lambda placement: placement.y):
        _draw(picture, scene.groups[placement.group], placement, scene.light, scale)
    if scene.light == "rain" and scene.place not in INDOORS:
        rain = _rain(rng.randrange(4), pixels)
        picture.paste(rain, (0, 0), rain)
    return picture


def _draw(picture: Image.Image, group: Group, placement: Placement, light: str, scale: float) -> None:
    # In steps, so that the next scene finds its sprites drawn.
    step = max(1, round(4 * scale))
    size = max(8, step * round(placement.size * scale / step))
    x, base = placement.x * scale, placement.y * scale
    lift = 0.2 * size if group.action == "jump" else 0.0
    if group.noun not in AIRBORNE:
        shadow = _shadow(size, 0.5 if lift else 0.8)
        picture.paste((0, 0, 0), (round(x - shadow.width / 2), round(base - size * 0.03 - shadow.height / 2)), shadow)
    lies = group.action == "sleep" and group.noun in CLOTHED
    sprite = _actor(group.noun, group.colour, group.action, size, light, placement.flip)
    angle = placement.tilt
    if lies:
        angle = 80.0 if placement.flip else -80.0
    if group.action == "run":
        angle += 5.0 if placement.flip else -5.0
    if abs(angle) > 1.5:
        sprite = sprite.rotate(angle, Image.Resampling.BILINEAR)
    drop = size * 0.3 if lies else size * 0.03
    left, top = round(x - size / 2), round(base - size + drop - lift)
    picture.paste(sprite, (left, top), sprite)
    if group.action in ("sleep", "run", "jump"):
        mark = _mark(group.action, size, placement.flip)
        above = size * 0.28 if group.action == "sleep" and not lies else 0.0
        picture.paste(mark, (left, round(top - above)), mark)


@lru_cache(maxsize=VARIANTS * 12 * 5)
def _background(place: str, light: str, variant: int, pixels: int) -> Image.Image:
    rng = random.Random(f"background-{place}-{light}-{variant}")
    heavens, ground = _raster(sky(light, rng), pixels).convert("RGB"), _raster(PLACES[place](rng), pixels)
    strength = 0.55 if place in INDOORS else 1.0
    ground = _tinted(ground, tuple(1 - (1 - part) * strength for part in _GROUND_TINT[light]))
    heavens.paste(ground, (0, 0), ground)
    if light == "fog":
        veil = Image.new("RGB", heavens.size, _FOG)
        if place in INDOORS:
            return Image.blend(heavens, veil, 0.12)
        return Image.composite(veil, heavens, _veil(pixels))
    if light == "rain" and place in INDOORS:
        # Only seen through the window.
        window, drops = Image.eval(ground.getchannel("A"), lambda alpha: 255 - alpha), _rain(variant % 4, pixels)
        heavens.paste(drops, (0, 0), Image.composite(drops.getchannel("A"), Image.new("L", drops.size), window))
    return heavens


def _raster(svg: str, pixels: int) -> Image.Image:
    document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{pixels}" height="{pixels}">{svg}</svg>'
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)))).convert("RGBA")


@lru_cache(maxsize=4)
def _veil(pixels: int) -> Image.Image:
    """Fog thins out towards the viewer."""
    column = [round(255 * _FOG_OVER_GROUND * (1.5 if row < HORIZON else 1.5 - (row - HORIZON) / SIDE)) for row in range(SIDE)]
    strip = Image.new("L", (1, SIDE))
    strip.putdata(column)
    return strip.resize((pixels, pixels), Image.Resampling.BILINEAR)


@lru_cache(maxsize=20000)
def _actor(noun: str, colour: str, action: str | None, pixels: int, light: str, flip: bool) -> Image.Image:
    sprite = _tinted(sprite_image(noun, colour, action, pixels), _ACTOR_TINT[light])
    if light == "fog":
        veil = Image.new("RGBA", sprite.size, (*_FOG, 255))
        veil.putalpha(sprite.getchannel("A"))
        sprite = Image.blend(sprite, veil, _FOG_OVER_ACTORS)
    return sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else sprite


def _tinted(image: Image.Image, tint: tuple[float, ...]) -> Image.Image:
    if min(tint) == 1.0:
        return image
    return image.point([round(value * part) for part in tint for value in range(256)] + list(range(256)))


@lru_cache(maxsize=512)
def _shadow(size: int, strength: float) -> Image.Image:
    """Mask of a soft ellipse."""
    width, height = round(size * 0.84), max(3, round(size * 0.17))
    large = Image.new("L", (width * 3, height * 3))
    draw = ImageDraw.Draw(large)
    for step in range(6):
        inset = step / 14
        box = (width * 3 * inset, height * 3 * inset, width * 3 * (1 - inset) - 1, height * 3 * (1 - inset) - 1)
        draw.ellipse(box, fill=round(90 * strength * (step + 1) / 6))
    return large.resize((width, height), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1024)
def _mark(action: str, size: int, flip: bool) -> Image.Image:
    """What tells an action from afar: Zs, lines of speed, arcs of a leap; on a square of the sprite's size."""
    if action == "sleep":
        strokes = "".join(
            f'<path d="M{x} {y}h{w}l{-w} {w}h{w}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round" stroke-linecap="round"/>'
            for colour, width in (("#ffffff", 8), ("#3b3f8f", 4.4))
            for x, y, w in ((60, 26, 11), (74, 10, 15))
        )
    elif action == "run":
        strokes = "".join(
            f'<path d="M{x} {y}h{length}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'
            for colour, width in (("#ffffff", 6), ("#5b6068", 3))
            for x, y, length in ((2, 46, 15), (0, 62, 19), (3, 78, 13))
        )
    else:
        strokes = "".join(
            f'<path d="M{x} {y}q{bend} 7 {bend * 2} 0" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'
            for colour, width in (("#ffffff", 6), ("#5b6068", 3))
            for x, y, bend in ((14, 98, 8), (70, 98, 8))
        )
    turn = 'transform="matrix(-1 0 0 1 100 0)"' if flip and action == "run" else ""
    document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 108" width="{size}" height="{round(size * 1.08)}"><g {turn}>{strokes}</g></svg>'
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)))).convert("RGBA")


@lru_cache(maxsize=8)
def _rain(variant: int, pixels: int) -> Image.Image:
    rng = random.Random(f"rain-{variant}")
    slant, streaks = math.radians(14), []
    for _ in range(70):
        x, y, length = rng.uniform(-10, 266), rng.uniform(-10, 250), rng.uniform(9, 18)
        streaks.append(f'<path d="M{x:.1f} {y:.1f}l{-length * math.sin(slant):.1f} {length * math.cos(slant):.1f}"/>')
    return _raster(f'<g stroke="#e4eef6" stroke-opacity="0.62" stroke-width="1.3" stroke-linecap="round">{"".join(streaks)}</g>', pixels)
