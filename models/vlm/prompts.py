"""The paper's prompts, which the encoder reads, and prefixes, which the decoder's text is made to begin with."""

from __future__ import annotations

STYLES = {
    "short": "What does the image describe?",
    "detailed": "Describe in detail what is shown in the image.",
    "more_detailed": "Describe with a paragraph what is shown in the image.",
}
"""The question of each caption style: Florence-2's own prompts of ``<CAPTION>`` and its two longer kinds."""

PREFIXES = {
    "en": "The image shows",
    "de": "Das Bild zeigt",
    "fr": "La photo montre",
    "es": "La imagen muestra",
    "ru": "На картинке изображен",
    "zh": "图为",
}

_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "mi": "Maori", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "simplified Chinese",
}  # fmt: skip


def language_name(lang: str) -> str:
    """What prompts call a language: its English name, or for one without an entry its BCP-47 code; of ``pt-BR`` that of ``pt``."""
    return _NAMES.get(lang.lower()) or _NAMES.get(lang.lower().split("-")[0]) or lang


def caption_prompt(lang: str, style: str) -> str:
    """The prompt for a caption in ``lang``.

    Raises:
        ValueError: no such style.
    """
    if style not in STYLES:
        raise ValueError(f"caption style '{style}': write one of {', '.join(STYLES)}")
    return f"The target language is {language_name(lang)}. {STYLES[style]}"


def translation_prompt(lang: str, source: str) -> str:
    """The prompt for a translation of the English ``source`` into ``lang``."""
    return f"The target language is {language_name(lang)}. Translate the following text: {source}"


def prompt_of(task: str, lang: str, style: str | None = None, source: str | None = None) -> str:
    """The prompt of an annotation, by the fields that `shards.Annotation` names.

    Raises:
        ValueError: no such task or style, or a translation without a source.
    """
    if task == "caption":
        return caption_prompt(lang, style or "short")
    if task == "translation" and source:
        return translation_prompt(lang, source)
    raise ValueError(f"task '{task}' with source {source!r}: write caption, or translation with an English source")


def prefix_of(lang: str) -> str:
    """What a caption in ``lang`` is made to begin with; empty for languages that the paper has none for."""
    return PREFIXES.get(lang, "")


def without_prefix(text: str, lang: str) -> str:
    """A caption without the prefix that it was made to begin with, as it is scored."""
    return text.strip().removeprefix(prefix_of(lang)).strip()
