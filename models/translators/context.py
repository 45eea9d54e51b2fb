"""Translating a short text beside a longer one of the same picture, which tells what its words mean (Spravil et al. 2026).

"A bat on a table" needs to know of the baseball glove. The model is given ``A bat on a table. ### (A wooden bat lies beside a
baseball glove.)``, and what it writes is cut at the first bracket or ``#``. Where it wrote neither, it did not keep the two apart, and
the text is translated again by itself; so it is where a bracket closes before the ``#``, which may be a part of the translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from models.protocols import Translation, Translator

_MARK = re.compile("[(（#＃]")
_BRACKETS_BEFORE = re.compile("[^#＃]*[)）][^#＃]*[#＃]")


@runtime_checkable
class ContextTranslator(Translator, Protocol):
    """A translator that can make use of what else is said of the same picture. An optional part of the protocol."""

    context: bool
    """Whether it should be asked so; a translator without this attribute is not."""

    def translate_in_context(self, texts: Sequence[str], contexts: Sequence[str], source: str, target: str) -> list[Translation]:
        """One translation a text, in order, each beside a longer text of ``contexts``. Otherwise like `Translator.translate`."""
        ...


def translate_in_context(
    translate: Callable[[Sequence[str], str, str], list[Translation]],
    texts: Sequence[str],
    contexts: Sequence[str],
    source: str,
    target: str,
) -> list[Translation]:
    """The method of the paper with a translator that knows nothing of contexts.

    A text that itself has one of the marks is translated without context, for nobody could tell where it ends. ``logprob`` is
    that of all that the model wrote, before it was cut.
    """
    alone = [number for number, text in enumerate(texts) if _MARK.search(text) or not text.strip()]
    beside = [number for number in range(len(texts)) if number not in set(alone)]
    made: dict[int, Translation] = {}
    written = translate([f"{texts[number]} ### ({contexts[number]})" for number in beside], source, target)
    for number, translation in zip(beside, written, strict=True):
        cut = _MARK.split(translation.text, maxsplit=1)
        if len(cut) > 1 and cut[0].strip() and not _BRACKETS_BEFORE.match(translation.text):
            made[number] = Translation(cut[0].strip(), translation.logprob)
        else:
            alone.append(number)
    alone.sort()
    made |= dict(zip(alone, translate([texts[number] for number in alone], source, target), strict=True))
    return [made[number] for number in range(len(texts))]
