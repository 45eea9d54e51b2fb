"""Six grammars that say the facts of a scene: one module a language, all with the same phrasings.

``describe("de", sentence)`` is the German sentence; ``references`` are all phrasings that would be a right translation of
it. `pipeline.microworld.grammar.en.parse` reads English back into facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any

from pipeline.microworld.grammar.plan import VARIANTS, Sentence

LANGUAGES = ("en", "de", "fr", "es", "ru", "zh")


@cache
def _grammar(lang: str) -> Any:
    return import_module(f"{__name__}.{lang}")


def describe(lang: str, sentences: Sequence[Sentence]) -> str:
    """The sentences in one language, joined as that language joins sentences."""
    realise = _grammar(lang).realise
    return ("" if lang == "zh" else " ").join(realise(sentence) for sentence in sentences)


def references(lang: str, sentences: Sequence[Sentence]) -> set[str]:
    """Every phrasing of the same facts, at most 3^n for n sentences."""
    choices = [[replace(sentence, variant=variant) for variant in range(VARIANTS[sentence.kind])] for sentence in sentences]
    return {describe(lang, phrasing) for phrasing in product(*choices)}
