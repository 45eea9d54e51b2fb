"""Whether texts in other languages than English mean something to an embedder: asked of its card, checked by a probe."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

logger = logging.getLogger(__name__)

_FAMILIES = {
    "xlm": True, "nllb": True, "mt5": True, "i18n": True, "siglip2": True, "worldwide": True, "m-clip": True, "multilingual": True,
    "altclip-m": True, "clip-vit": False, "openai": False, "siglip-": False, "metaclip-": False, "align-": False, "eva": False,
}  # fmt: skip
"""By what a model's name contains, the first that fits; after the cards of the models on the hub."""
_PROBE = {
    "en": [
        "A dog runs on the beach.",
        "Two women eat in a restaurant.",
        "The train is at the station.",
        "Snow lies on the mountains.",
        "A child reads a book.",
        "The man repairs a bicycle.",
        "A cat sleeps on the sofa.",
        "Boats in the harbour at night.",
    ],
    "de": [
        "Ein Hund rennt am Strand.",
        "Zwei Frauen essen in einem Restaurant.",
        "Der Zug steht im Bahnhof.",
        "Auf den Bergen liegt Schnee.",
        "Ein Kind liest ein Buch.",
        "Der Mann repariert ein Fahrrad.",
        "Eine Katze schläft auf dem Sofa.",
        "Boote nachts im Hafen.",
    ],
    "ru": [
        "Собака бежит по пляжу.",
        "Две женщины едят в ресторане.",
        "Поезд стоит на вокзале.",
        "На горах лежит снег.",
        "Ребёнок читает книгу.",
        "Мужчина чинит велосипед.",
        "Кошка спит на диване.",
        "Лодки в гавани ночью.",
    ],
    "zh": [
        "一只狗在沙滩上奔跑。",
        "两个女人在餐厅吃饭。",
        "火车停在车站。",
        "山上有积雪。",
        "一个孩子在看书。",
        "男人在修自行车。",
        "一只猫睡在沙发上。",
        "夜晚港口里的船。",
    ],
}
"""The same eight things in four languages."""
FOUND = 0.7
"""Share of the probe's German, Russian and Chinese sentences whose nearest English one must be their own. By chance it is 1/8."""


def is_multilingual(name: str, folder: Path | None, embed_texts: Callable[[Sequence[str]], np.ndarray]) -> bool:
    """Whether an embedder reads other languages than English.

    A ``card.json`` with ``languages`` in the model's own folder is believed. Else the probe decides, and what the table of families
    says against it is logged: a fine-tuned model may have lost its languages, or found some.

    Args:
        name: of the model, its architecture or its repository.
        folder: where its files are.
        embed_texts: as `models.protocols.Embedder.embed_texts`.
    """
    card = folder / "card.json" if folder else None
    if card and card.exists() and (languages := json.loads(card.read_text()).get("languages")):
        return len(languages) > 1
    measured = probe(embed_texts)
    told = expected(name)
    if told is not None and told != (measured >= FOUND):
        logger.warning(
            "embedder %s is known as %s, but finds %.0f %% of the translated sentences of a probe; it is taken as %s",
            name, _word(told), 100 * measured, _word(measured >= FOUND),
        )  # fmt: skip
    return measured >= FOUND


def expected(name: str) -> bool | None:
    """What the table of families says of a model's name; None where it is not in it."""
    return next((known for mark, known in _FAMILIES.items() if mark in name.lower()), None)


def probe(embed_texts: Callable[[Sequence[str]], np.ndarray]) -> float:
    """Share of translated sentences that are nearest to their own English one: 1 at best, 0.125 by chance."""
    vectors = {lang: embed_texts(texts).astype(np.float32) for lang, texts in _PROBE.items()}
    hits = [(vectors[lang] @ vectors["en"].T).argmax(1) == np.arange(len(_PROBE["en"])) for lang in _PROBE if lang != "en"]
    return float(np.mean(hits))


def _word(multilingual: bool) -> str:
    return "multilingual" if multilingual else "English-only"
