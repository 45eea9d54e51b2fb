"""Plain words for the names that data carries: reasons, stages, scores, languages. A name without words is shown as it is."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.fetch.reasons import REASONS

_STAGES = {
    "list": "Read from the input",
    "fetch": "Fetched from the web and decoded",
    "decontaminate": "Pictures of benchmarks left out",
    "dedup": "Duplicates left out",
    "caption": "Captioned in English",
    "translate": "Captions translated",
    "embed": "Compared with its captions",
    "language": "Languages of the texts identified",
    "align": "Aligned with bitexts",
    "judge": "Judged by the thresholds",
    "check_texts": "Texts checked as they are written",
    "normalise": "Brought into one form",
    "quality": "Looks like a pair of sentences",
    "language_bitext": "Language of the other side identified",
    "language_english": "Language identified",
    "embed_english": "Embedded",
    "take_english": "English side looked up",
    "search_images": "Nearest pictures found",
    "search_bitexts": "Nearest bitexts found",
    "compare_pair": "Near a picture; both sides compared",
    "judge_bitext": "Judged by the thresholds",
    "density": "Neighbours measured for the margin",
}

_REASONS = {
    "test_picture": "a picture that models are measured on",
    "duplicate": "the same as an earlier one",
    "duplicate_url": "same address as an earlier one",
    "placeholder": "the same bytes from many addresses: a placeholder",
    "model_failed": "a model could not read it",
    "no_annotation": "no good text that its split may hold",
    "caption_logprob": "captioner too unsure of all its captions",
    "caption_language": "no caption is in English",
    "caption_clip": "no caption fits the picture",
    "bad_row": "a row that does not fit its columns",
    "not_utf8": "a text that is not UTF-8",
    "unknown_token": "what a model writes for what it does not know",
    "pieces": "pieces of a tokeniser",
    "markup": "markup of a page",
    "english_dropped": "made from an English caption that was dropped",
    "logprob": "its teacher was too unsure of it",
    "language": "not in the language that it should be in",
    "english_language": "its English side is not English",
    "clip": "does not fit the picture",
    "unprintable": "control or replacement characters",
    "mojibake": "decoded by the wrong encoding",
    "too_short": "too short",
    "too_long": "too long",
    "copy": "both sides are the same",
    "length_ratio": "one side is much longer than the other",
    "repetition": "the same words over and over",
    "numbers": "the sides hold different numbers",
    "pair_score": "the sides do not mean the same",
    "no_image": "not near any picture",
}

_BITEXT_REASONS = {"empty": "a side has no text"}
"""What a reason says of a bitext where it says something else of a picture."""

_LANGUAGES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def stage_words(stage: str) -> str:
    """What a stage does to what passes it."""
    return _STAGES.get(stage, stage)


def reason_words(reason: str, item: str = "image") -> str:
    """Why an item (image, annotation or bitext) was dropped."""
    if item == "bitext" and reason in _BITEXT_REASONS:
        return _BITEXT_REASONS[reason]
    if reason in _REASONS:
        return _REASONS[reason]
    if reason.startswith("caption_"):
        return f"all of its English captions: {reason_words(reason.removeprefix('caption_'), 'annotation')}"
    return REASONS[reason].words if reason in REASONS else reason


def language(code: str) -> str:
    """The English name of a language."""
    return _LANGUAGES.get(code, code)


def listing(codes: Sequence[str]) -> str:
    """Languages in a sentence: German, French and Chinese."""
    names = [language(code) for code in codes]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
