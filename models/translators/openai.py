"""Chat models behind an OpenAI-compatible server as translators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, StrictUndefined, TemplateError

from models.endpoint import Endpoint, parse_endpoint
from models.protocols import ModelCard, Translation
from models.specs import ModelError
from models.translators.codes import LANGUAGES, Tags, nearest

PROMPT = Path(__file__).parent / "prompt.j2"


class OpenAITranslator:
    """Asks for each text by the template ``prompt.j2``, or by the file that the setting ``prompt`` names.

    A template knows ``text``, ``language`` (its English name) and ``context`` (empty, or a longer text of the same picture). A
    blank text stays as it is, with a ``logprob`` of 0.
    """

    def __init__(self, name: str, card: ModelCard) -> None:
        url, model, settings = parse_endpoint(name)
        file = Path(settings.prompt) if settings.prompt else PROMPT
        try:
            self.template = Environment(undefined=StrictUndefined, autoescape=False).from_string(file.read_text(encoding="utf-8"))
            self.template.render(text="", language="", context="")
        except (OSError, TemplateError) as error:
            raise ModelError(f"translator '{card.spec}': the prompt {file} cannot be used: {error}") from None
        self.describe, self.context = card, settings.context
        self.languages = Tags(LANGUAGES.keys() - {"en"})
        self.endpoint = Endpoint(url, model, settings)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """See `models.protocols.Translator`."""
        return self.translate_in_context(texts, [""] * len(texts), source, target)

    def translate_in_context(self, texts: Sequence[str], contexts: Sequence[str], source: str, target: str) -> list[Translation]:
        """See `models.translators.context.ContextTranslator`."""
        tag = nearest(target, LANGUAGES)
        if tag is None or nearest(source, ("en",)) is None:
            wrong = target if tag is None else source
            raise ValueError(f"translator {self.describe.name} has no '{wrong}'; it has {', '.join(sorted(LANGUAGES))}, out of en")
        asked = {
            (text, context): [{"role": "user", "content": self.template.render(text=text, language=LANGUAGES[tag].name, context=context)}]
            for text, context in zip(texts, contexts, strict=True)
            if text.strip()
        }
        answers = dict(zip(asked, self.endpoint.ask(list(asked.values()), whole=True), strict=True))
        made = [answers.get(pair) for pair in zip(texts, contexts, strict=True)]
        return [
            Translation(answer.text.strip(), answer.logprob) if answer else Translation(text, 0.0)
            for text, answer in zip(texts, made, strict=True)
        ]
