"""Languages as identifiers tell them: by the language, not by the script or the region that a BCP-47 tag may add."""

from __future__ import annotations

from models.translators.codes import ALIASES


def language(tag: str) -> str:
    """The language that a tag names, without script and region: ``zh`` of ``zh-TW``, ``no`` of ``nb``."""
    first = tag.partition("-")[0].lower()
    return ALIASES.get(first, first)


def sentence_gap(tag: str) -> str:
    """What stands between two sentences: nothing in Chinese and Japanese, else a space, in Thai too, which has none between words."""
    return "" if language(tag) in ("zh", "yue", "ja") else " "


def covers(found: str, claimed: str) -> bool:
    """Whether a text that was found to be in one language may be in the one that is claimed: the same tag, or its language.

    No identifier tells Brazilian Portuguese from Portuguese for sure, so ``pt`` is right for ``pt-BR``, and ``zh`` for ``zh-Hant``.
    """
    return found in (claimed, language(claimed))
