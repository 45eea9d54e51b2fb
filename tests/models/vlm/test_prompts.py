from pathlib import Path

import pytest

from models.vlm import VLM, load, prefix_of, prompt_of, without_prefix


def test_the_papers_prompts() -> None:
    assert [prompt_of("caption", lang, "short") for lang in ("en", "zh", "pt-BR", "tlh")] == [
        "The target language is English. What does the image describe?",
        "The target language is simplified Chinese. What does the image describe?",
        "The target language is Portuguese. What does the image describe?",
        "The target language is tlh. What does the image describe?",
    ]
    assert prompt_of("caption", "de", "detailed") == "The target language is German. Describe in detail what is shown in the image."
    paragraph = "Describe with a paragraph what is shown in the image."
    assert prompt_of("caption", "fr", "more_detailed") == f"The target language is French. {paragraph}"
    assert prompt_of("translation", "ru", source="A cat.") == "The target language is Russian. Translate the following text: A cat."


def test_a_plain_florence_is_asked_in_the_words_that_it_knows(florence: Path, families: dict[str, VLM]) -> None:
    plain = load(florence)
    assert plain.prompt_of("caption", "en") == "What does the image describe?"
    assert plain.prompt_of("caption", "en", "detailed") == "Describe in detail what is shown in the image."
    for task, lang, style, source in (("caption", "de", "short", None), ("translation", "de", None, "A cat.")):
        assert plain.prompt_of(task, lang, style, source) == prompt_of(task, lang, style, source)
    for model in families.values():
        if not model.config.shared_embeddings:
            assert model.prompt_of("caption", "en") == "The target language is English. What does the image describe?"


def test_the_papers_prefixes() -> None:
    assert [prefix_of(lang) for lang in ("en", "de", "fr", "es", "ru", "zh", "ja")] == [
        "The image shows", "Das Bild zeigt", "La photo montre", "La imagen muestra", "На картинке изображен", "图为", "",
    ]  # fmt: skip
    assert without_prefix(" Das Bild zeigt eine Katze.", "de") == "eine Katze."
    assert without_prefix("图为一只猫。", "zh") == "一只猫。"
    assert without_prefix("Eine Katze.", "de") == "Eine Katze."


def test_what_is_no_prompt() -> None:
    with pytest.raises(ValueError, match="caption style 'long': write one of short, detailed, more_detailed"):
        prompt_of("caption", "de", "long")
    with pytest.raises(ValueError, match="task 'translation' with source None: write caption, or translation with an English source"):
        prompt_of("translation", "de")
