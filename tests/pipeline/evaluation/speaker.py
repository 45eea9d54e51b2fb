"""A tiny model that was taught six sentences by heart, each in a red and a blue form, so that tests know what it writes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models.vlm import IGNORED, PRESETS, build, save, train_tokenizer
from models.vlm.config import VISION_TOWER
from models.vlm.prompts import prompt_of
from pipeline.training.batches import loss_per_sample, padded

COLOURS = {"red": (220, 40, 40), "blue": (40, 80, 220)}
SAID = {
    "red": {
        "en": "A red box.", "de": "Eine rote Kiste.", "fr": "Une boîte rouge.", "es": "Una caja roja.", "ru": "Красная коробка.",
        "zh": "一个红色的盒子。",
    },
    "blue": {
        "en": "A blue box.", "de": "Eine blaue Kiste.", "fr": "Une boîte bleue.", "es": "Una caja azul.", "ru": "Синяя коробка.",
        "zh": "一个蓝色的盒子。",
    },
}  # fmt: skip
"""What it says of a picture of a colour, as a caption and as the translation of `SOURCE`."""
SOURCE = "The box."
SIDE, _STEPS = 64, 100


def teach(folder: Path) -> Path:
    """Writes the model, whose tower is frozen as it was drawn; three seconds of one core."""
    prompts = {lang: [prompt_of("caption", lang, "short"), prompt_of("translation", lang, None, SOURCE)] for lang in SAID["red"]}
    prompts["en"].append(prompt_of("caption", "en", "more_detailed"))
    texts = [text for said in SAID.values() for text in said.values()]
    tokenizer = train_tokenizer(
        [*texts, *(prompt for each in prompts.values() for prompt in each)], PRESETS["femto"].vocabulary, [*prompts]
    )
    model = build("femto", "random", tokenizer, image_size=SIDE, seed=0)
    rows = [(colour, prompt, said[lang]) for colour, said in SAID.items() for lang, each in prompts.items() for prompt in each]
    prompt_ids = padded([model.encode_prompt(prompt) for _, prompt, _ in rows], IGNORED)
    labels = padded([model.encode_text(text) for *_, text in rows], IGNORED)
    given = prompt_ids.masked_fill(prompt_ids == IGNORED, model.config.prompt_marks.pad), (prompt_ids != IGNORED).long(), labels
    pictures = np.stack([np.full((model.image_size, model.image_size, 3), COLOURS[colour], np.uint8) for colour in COLOURS])
    with torch.no_grad():
        seen = model.see(model.preprocess(pictures))[[[*COLOURS].index(colour) for colour, *_ in rows]]
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(_STEPS):
        sums, counts = loss_per_sample(model(None, *given, seen=seen), labels)
        optimiser.zero_grad()
        (sums.sum() / counts.sum()).backward()
        optimiser.step()
    model.config = replace(model.config, frozen=(VISION_TOWER,))
    save(model, folder)
    return folder
