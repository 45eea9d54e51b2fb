"""Turns captions into texts by style and language, and into translation pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from models.batches import Failure, in_batches
from models.protocols import ModelCard, Translation
from models.registry import load_translator
from models.translators.context import ContextTranslator
from pipeline.chunks import split_of
from pipeline.stages.base import Stage, run_only
from pipeline.stages.sentences import capitalised, join_sentences, one_line, shuffled_subset, split_sentences, styles
from pipeline.tables import TEXT, VERDICT, rejected, table


@dataclass(frozen=True)
class Translate(Stage):
    """Makes an image's texts from its English caption with a teacher translator.

    Reads ``key``, ``caption``, ``caption_logprob``; adds ``texts``, a list of ``tables.TEXT``:

    - English captions by style (one, two, three or more sentences);
    - the same in each further caption language, and for test images in every language. Where both sides have as many
      sentences, the styles are taken from the translation of the whole caption, else each style is translated alone;
    - translation pairs into every language: the whole caption, and where both sides have the same number of sentences
      above one, a shuffled subset of two or more sentence pairs (paper). Only where ``pairs`` or for test images.

    A translator that asks for it sees the whole caption beside a style that is translated alone. An image of which some
    translation failed becomes a reject.
    """

    translator: ModelCard
    langs: tuple[str, ...]
    caption_langs: tuple[str, ...]
    val_share: float
    test_share: float
    pairs: bool
    seed: int
    batch_size: int = run_only(64)
    max_failures: float = run_only(0.5)

    name, version, reads = "translate", 2, ("key", "caption", "caption_logprob")
    adds = {"texts": pa.list_(TEXT)}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_translator(self.translator.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        images = [_Image(self, **row) for row in chunk.select(list(self.reads)).to_pylist()]
        for lang in self.langs:
            if lang == "en":
                continue
            wholes = [image for image in images if image.wants(lang)]
            self._translate(lang, [(image, image.whole, "") for image in wholes])
            self._translate(lang, [(image, text, image.whole) for image in wholes for text in image.alone(lang)])
        reasons = ["model_failed" if image.failure else None for image in images]
        texts = [None if image.failure else image.texts() for image in images]
        return table({"texts": texts} | rejected(reasons, [image.failure for image in images]), {**self.adds, **VERDICT})

    def _translate(self, lang: str, asked: list[tuple[_Image, str, str]]) -> None:
        """Translates a text of each image, beside another one where that is not empty and the translator asks for it."""
        model = load_translator(self.translator.spec)
        if not isinstance(model, ContextTranslator) or not model.context:
            asked = [(image, text, "") for image, text, _ in asked]

        def translate(batch: Sequence[tuple[str, str]]) -> list[Translation]:
            texts, contexts = [text for text, _ in batch], [context for _, context in batch]
            if isinstance(model, ContextTranslator) and any(contexts):
                return model.translate_in_context(texts, contexts, "en", lang)
            return model.translate(texts, "en", lang)

        # Equal sentences are translated once; sorted by length, a batch pads little.
        sources = sorted({(text, context) for _, text, context in asked}, key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
        results = in_batches(translate, sources, self.batch_size)
        found = dict(zip(sources, results, strict=True))
        for image, source, context in asked:
            result = found[source, context]
            if isinstance(result, Failure) or not one_line(result.text):
                image.failure = f"{lang}: {result.detail if isinstance(result, Failure) else 'the translation is empty'}"
            else:
                image.translations[lang, source] = (one_line(result.text), result.logprob)


class _Image:
    """One image's caption and its translations as they come in."""

    def __init__(self, stage: Translate, key: str, caption: str, caption_logprob: float) -> None:
        self.stage, self.key, self.logprob = stage, key, caption_logprob
        self.sentences = [capitalised(sentence) for sentence in split_sentences(caption)]
        self.whole = join_sentences(self.sentences, "en")
        self.styles = styles(self.sentences, "en")
        self.translations: dict[tuple[str, str], tuple[str, float]] = {}
        self.failure: str | None = None
        test = split_of(key, stage.val_share, stage.test_share) == "test"
        self.caption_langs = stage.langs if test else stage.caption_langs
        self.pairs = test or stage.pairs

    def wants(self, lang: str) -> bool:
        """Whether this image needs anything in a language."""
        return self.pairs or lang in self.caption_langs

    def aligned(self, lang: str) -> list[str] | None:
        """The sentences of the whole caption's translation, where there are as many as in English."""
        if (lang, self.whole) not in self.translations:
            return None
        sentences = split_sentences(self.translations[lang, self.whole][0])
        return sentences if len(sentences) == len(self.sentences) else None

    def alone(self, lang: str) -> list[str]:
        """The style texts that must be translated by themselves."""
        if lang not in self.caption_langs or self.aligned(lang) is not None:
            return []
        return [text for text in self.styles.values() if text != self.whole]

    def texts(self) -> list[dict[str, Any]]:
        """All texts, as `TEXT`."""
        made = []
        for lang in self.stage.langs:
            if lang == "en":
                made += [_text("caption", "en", text, None, self.logprob, style) for style, text in self.styles.items()]
                continue
            if not self.wants(lang):
                continue
            whole, logprob = self.translations[lang, self.whole]
            sentences = self.aligned(lang)
            if lang in self.caption_langs:
                by_sentence = styles(sentences, lang) if sentences else {}
                for style, source in self.styles.items():
                    text, sure = (by_sentence[style], logprob) if sentences else self.translations[lang, source]
                    made.append(_text("caption", lang, text, source, sure, style))
            if self.pairs:
                made.append(_text("translation", lang, whole, self.whole, logprob))
                if sentences and len(sentences) > 1:
                    order = shuffled_subset(len(sentences), self.key, "sentences", self.stage.seed)
                    if order == list(range(len(sentences))):
                        order.reverse()  # the whole caption in its own order stands there already
                    source = join_sentences([self.sentences[i] for i in order], "en")
                    made.append(_text("translation", lang, join_sentences([sentences[i] for i in order], lang), source, logprob))
        return made


def _text(task: str, lang: str, text: str, source: str | None, logprob: float, style: str | None = None) -> dict[str, Any]:
    return {"task": task, "lang": lang, "style": style, "source": source, "text": text, "logprob": logprob}
