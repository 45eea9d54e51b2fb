"""Draws docs/scenes.png: ``python docs/scenes.py``"""

from pathlib import Path

from PIL import Image

from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import sample_scene

COLUMNS, ROWS, PIXELS, FIRST = 8, 3, 160, 40

if __name__ == "__main__":
    sheet = Image.new("RGB", (COLUMNS * PIXELS, ROWS * PIXELS))
    for number in range(COLUMNS * ROWS):
        sheet.paste(render_scene(sample_scene(FIRST + number), PIXELS), (number % COLUMNS * PIXELS, number // COLUMNS * PIXELS))
    sheet.quantize(256).save(Path(__file__).with_suffix(".png"), optimize=True)
