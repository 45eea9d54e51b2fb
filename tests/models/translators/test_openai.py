"""Chat translation through a real server on loopback."""

import re
from pathlib import Path

import pytest

from models.protocols import Translation
from models.registry import load_translator
from models.specs import ModelError
from models.translators.context import ContextTranslator
from tests.models.endpoint_server import Server, answer

WORDS = {"German": {"A red cat.": "Eine rote Katze.", "A bat.": "Eine Fledermaus."}, "Brazilian Portuguese": {"A red cat.": "Um gato."}}


def translate(asked: dict) -> dict:
    prompt = asked["messages"][0]["content"]
    language = re.search(r"from English into ([\w ]+)\.", prompt)[1]  # type: ignore[index]
    text = prompt.rpartition("Text: ")[2]
    if "glove" in prompt:
        return answer("Ein Schläger.", [-0.5])
    return answer(f" {WORDS[language][text]}\n", [-0.25, -0.75])


def test_each_text_is_asked_for_by_the_prompt() -> None:
    with Server(translate) as server:
        model = load_translator(f"openai:{server.url}#tiny")
        assert model.translate(["A red cat.", "", "A bat.", "A red cat."], "en", "de") == [
            Translation("Eine rote Katze.", -0.5),
            Translation("", 0.0),
            Translation("Eine Fledermaus.", -0.5),
            Translation("Eine rote Katze.", -0.5),
        ]
        assert [request["messages"] for request in server.requests if "red" in str(request)] == [
            [
                {
                    "role": "user",
                    "content": "Translate the text from English into German. Answer with the translation only: no quotation marks, notes "
                    "or alternatives.\n\nText: A red cat.",
                }
            ]
        ]
        assert model.translate(["A red cat."], "en", "pt-BR")[0].text == "Um gato."
        assert {"de", "zh-Hant", "quz", "pt-PT"} <= {tag for tag in ("de", "zh-Hant", "quz", "pt-PT", "xx", "en") if tag in model.languages}
        with pytest.raises(ValueError, match="translator tiny has no 'xx'; it has ar, bg, "):
            model.translate(["A"], "en", "xx")
        with pytest.raises(ValueError, match="has no 'fr'"):
            model.translate(["A"], "fr", "de")


def test_context_goes_into_the_prompt() -> None:
    with Server(translate) as server:
        model = load_translator(f"openai:{server.url}#tiny?context=on")
        assert isinstance(model, ContextTranslator)
        assert model.context
        assert model.translate_in_context(["A bat.", "A bat."], ["The bat lies by a glove.", ""], "en", "de") == [
            Translation("Ein Schläger.", -0.5),
            Translation("Eine Fledermaus.", -0.5),
        ]


def test_a_prompt_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.j2").write_text("from English into {{ language }}. Text: {{ text }}")
    (tmp_path / "bad.j2").write_text("{{ txt }}")
    with Server(translate) as server:
        model = load_translator(f"openai:{server.url}#tiny?prompt={tmp_path / 'own.j2'}&logprobs=off")
        assert model.translate(["A bat."], "en", "de")[0].text == "Eine Fledermaus."
        assert server.requests[0]["messages"][0]["content"] == "from English into German. Text: A bat."
        assert "logprobs" not in server.requests[0]
        with pytest.raises(ModelError, match=r"the prompt \S+bad.j2 cannot be used: 'txt' is undefined"):
            load_translator(f"openai:{server.url}#tiny?prompt={tmp_path / 'bad.j2'}")
