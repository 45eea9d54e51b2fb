"""Draws a scene: sky, place, shadows, things from back to front, and the weather in front of them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product

import resvg_py
from PIL import Image, ImageDraw

from pipeline.microworld.layout import LIFT, LYING, SIDE, Placement, extent, lies, place_groups
from pipeline.microworld.lights import FOG_COLOUR, FOG_OVER_GROUND, FOG_OVER_THINGS, LIGHTS, Tint, rain, sky
from pipeline.microworld.places import PLACES
from pipeline.microworld.places.drawing import HORIZON, stroke
from pipeline.microworld.scenes import AIRBORNE, INDOORS, Group, Scene
from pipeline.microworld.sprites import forget_sprites, sprite_image

VARIANTS = 6
"""Backgrounds a place and light; each is used as it is and mirrored, a little brighter or darker."""
_RAINS = 4
_BRIGHTNESS = (0.95, 0.975, 1.0, 1.025, 1.05)


def render_scene(scene: Scene, pixels: int = SIDE) -> Image.Image:
    """The picture of a scene, RGB, ``pixels`` square; the same pixels for the same scene."""
    rng = random.Random(f"render-{scene.seed}")
    picture = _background(scene.place, scene.light, rng.randrange(VARIANTS), pixels)
    brightness, mirrored, shower = rng.choice(_BRIGHTNESS), rng.random() < 0.5, rng.randrange(_RAINS)
    picture = _tinted(picture, (brightness,) * 3)
    picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture.copy()
    for placement in sorted(place_groups(scene), key=lambda placement: placement.y):
        _draw(picture, scene.groups[placement.group], placement, scene.light, pixels / SIDE)
    if scene.light == "rain" and scene.place not in INDOORS:
        streaks = _rain(shower, pixels)
        picture.paste(streaks, (0, 0), streaks)
    return picture


def draw_backgrounds(pixels: int = SIDE) -> Iterator[Image.Image]:
    """Draws what can be behind things, one a step, and keeps it for `render_scene`."""
    for place, light, variant in product(PLACES, LIGHTS, range(VARIANTS)):
        yield _background(place, light, variant, pixels)


def forget() -> None:
    """Gives up all that is kept for `render_scene`, which draws it again."""
    for kept in (_background, _sky, _ground, _actor, _veil, _shadow, _mark, _rain):
        kept.cache_clear()
    forget_sprites()


def _draw(picture: Image.Image, group: Group, placement: Placement, light: str, scale: float) -> None:
    # In steps, so that the next scene finds its sprites drawn.
    step = max(1, round(4 * scale))
    size = max(8, step * round(placement.size * scale / step))
    x, base = placement.x * scale, placement.y * scale
    shape, lift = extent(group.noun, group.action), LIFT * size if group.action == "jump" else 0.0
    if group.noun not in AIRBORNE:
        shadow = _shadow(round(2 * shape.half * size), 0.6 if lift else 0.9)
        picture.paste((0, 0, 0), (round(x - shadow.width / 2), round(base - shadow.height * 0.6)), shadow)
    sprite = _actor(group.noun, group.colour, group.action, size, light)
    if placement.flip:
        sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turn = -1.0 if placement.flip else 1.0
    angle = LYING * turn if lies(group) else placement.tilt - (5.0 * turn if group.action == "run" else 0.0)
    if abs(angle) > 1.5:
        sprite = sprite.rotate(angle, Image.Resampling.BILINEAR)
    left, top = round(x - size / 2), round(base - size * shape.bottom - lift)
    picture.paste(sprite, (left, top), sprite)
    if group.action in ("sleep", "run", "jump"):
        mark = _mark(group.action, size, placement.flip)
        # Zs hang over the sleeper, wherever its drawing ends; lines and arcs belong to the box.
        above = size * (0.3 - shape.top) if group.action == "sleep" else 0.0
        picture.paste(mark, (left, round(top - above)), mark)


@lru_cache(maxsize=VARIANTS * len(PLACES) * len(LIGHTS))
def _background(place: str, light: str, variant: int, pixels: int) -> Image.Image:
    picture, ground = _sky(light, variant, pixels).copy(), _ground(place, variant, pixels)
    ground = _tinted(ground, LIGHTS[light].indoors if place in INDOORS else LIGHTS[light].ground)
    picture.paste(ground, (0, 0), ground)
    if light == "fog":
        veil = Image.new("RGB", picture.size, FOG_COLOUR)
        return Image.blend(picture, veil, 0.12) if place in INDOORS else Image.composite(veil, picture, _veil(pixels))
    if light == "rain" and place in INDOORS:
        # Only seen through the window.
        window, drops = ground.getchannel("A").point(lambda alpha: 255 - alpha), _rain(variant % _RAINS, pixels)
        picture.paste(drops, (0, 0), Image.composite(drops.getchannel("A"), Image.new("L", drops.size), window))
    return picture


@lru_cache(maxsize=VARIANTS * len(LIGHTS))
def _sky(light: str, variant: int, pixels: int) -> Image.Image:
    return _raster(sky(light, random.Random(f"sky-{light}-{variant}")), pixels).convert("RGB")


@lru_cache(maxsize=VARIANTS * len(PLACES))
def _ground(place: str, variant: int, pixels: int) -> Image.Image:
    return _raster(PLACES[place](random.Random(f"place-{place}-{variant}")), pixels)


def _raster(svg: str, width: int, box: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """The fragment, drawn on a canvas of ``box`` units, as RGBA of the given width in pixels."""
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box[0]} {box[1]}" '
        f'width="{width}" height="{round(width * box[1] / box[0])}">{svg}</svg>'
    )
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)))).convert("RGBA")


@lru_cache(maxsize=4)
def _veil(pixels: int) -> Image.Image:
    """Opacity of the fog, which thins out towards the viewer."""
    column = [round(255 * (FOG_OVER_GROUND - max(0, row - HORIZON) / (2 * SIDE))) for row in range(SIDE)]
    return Image.frombytes("L", (1, SIDE), bytes(column)).resize((pixels, pixels), Image.Resampling.BILINEAR)


@lru_cache(maxsize=8000)
def _actor(noun: str, colour: str, action: str | None, pixels: int, light: str) -> Image.Image:
    sprite = _tinted(sprite_image(noun, colour, action, pixels), LIGHTS[light].things)
    if light == "fog":
        veil = Image.new("RGBA", sprite.size, (*FOG_COLOUR, 255))
        veil.putalpha(sprite.getchannel("A"))
        sprite = Image.blend(sprite, veil, FOG_OVER_THINGS)
    return sprite


def _tinted(image: Image.Image, tint: Tint) -> Image.Image:
    if tint == (1.0, 1.0, 1.0):
        return image
    return image.point(_table(tint, len(image.getbands())))


@cache
def _table(tint: Tint, bands: int) -> list[int]:
    """What becomes of each value of each band; opacity stays."""
    table = [min(255, round(value * part)) for part in tint for value in range(256)]
    return table + list(range(256)) if bands == 4 else table


@lru_cache(maxsize=512)
def _shadow(width: int, strength: float) -> Image.Image:
    """Mask of a soft ellipse under something ``width`` pixels wide."""
    width, height = max(6, round(width * 1.04)), max(3, round(width * 0.2))
    large = Image.new("L", (width * 3, height * 3))
    draw = ImageDraw.Draw(large)
    for step in range(6):
        inset = step / 14
        box = (width * 3 * inset, height * 3 * inset, width * 3 * (1 - inset) - 1, height * 3 * (1 - inset) - 1)
        draw.ellipse(box, fill=round(90 * strength * (step + 1) / 6))
    return large.resize((width, height), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1024)
def _mark(action: str, size: int, flip: bool) -> Image.Image:
    """What tells an action from afar: Zs, lines of speed, arcs of a leap; as wide as the sprite, with a white edge."""
    if action == "sleep":
        path, colour, edge, thick = "M60 26h11l-11 11h11M74 10h15l-15 15h15", "#3b3f8f", 8.0, 4.4
    elif action == "run":
        path, colour, edge, thick = "M2 46h15M0 62h19M3 78h13", "#5b6068", 6.0, 3.0
    else:
        path, colour, edge, thick = "M14 98q8 7 16 0M70 98q8 7 16 0", "#5b6068", 6.0, 3.0
    turned = 'transform="matrix(-1 0 0 1 100 0)"' if flip and action == "run" else ""
    return _raster(f"<g {turned}>{stroke(path, '#ffffff', edge)}{stroke(path, colour, thick)}</g>", size, (100, 108))


@lru_cache(maxsize=2 * _RAINS)
def _rain(variant: int, pixels: int) -> Image.Image:
    return _raster(rain(random.Random(f"rain-{variant}")), pixels)
