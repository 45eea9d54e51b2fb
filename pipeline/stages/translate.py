"""Turns captions into texts by style and language, and into translation pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from models.batches import Failure, in_batches
from models.protocols import ModelCard, Translation
from models.registry import load_translator
from models.translators.context import ContextTranslator
from pipeline.chunks import split_of
from pipeline.stages.base import Stage, run_only
from pipeline.stages.normalise import normalised
from pipeline.stages.texts import EnglishCaption, ImageTexts, Said
from pipeline.tables import TEXT, VERDICT, rejected, table

Asked = list[tuple[ImageTexts, EnglishCaption, str, str]]


@dataclass(frozen=True)
class Translate(Stage):
    """Makes an image's texts from its English captions with a teacher translator.

    Reads ``key``, ``caption``, ``caption_logprob``, and what people wrote, ``human``; adds ``texts``, a list of ``tables.TEXT``:

    - English captions by style (one, two, three or more sentences): all that people wrote, else the captioner's;
    - captions that people wrote in further caption languages, for test images in every language; in such a language in which
      they wrote none, translations of the English ones. Where both sides have as many sentences, the styles are taken from the
      translation of the whole caption, else each style is translated alone;
    - translation pairs into every language: each whole caption, and where both sides have the same number of sentences above
      one, a shuffled subset of two or more sentence pairs (paper). Only where ``pairs`` or for test images, but for
      translations by people, which are always kept, and in whose place no teacher is asked.

    A translator that asks for it sees the whole caption beside a style that is translated alone, and the captioner's description
    beside a caption that people wrote (paper). An image of which some translation failed becomes a reject.
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

    name, version, reads = "translate", 4, ("key", "caption", "caption_logprob", "human", "source_split")
    adds = {"texts": pa.list_(TEXT)}

    @property
    def tolerance(self) -> float:
        return self.max_failures

    def setup(self) -> None:
        load_translator(self.translator.spec)

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        images = [self._image(**row) for row in chunk.select(list(self.reads)).to_pylist()]
        for lang in self.langs:
            if lang == "en":
                continue
            self._translate(lang, [(image, *asked) for image in images for asked in image.asked(lang)])
            good = (image for image in images if not image.failure)
            self._translate(lang, [(image, *asked) for image in good for asked in image.asked_alone(lang)])
        reasons = ["model_failed" if image.failure else None for image in images]
        texts = [None if image.failure else image.texts() for image in images]
        return table({"texts": texts} | rejected(reasons, [image.failure for image in images]), {**self.adds, **VERDICT})

    def _image(
        self, key: str, caption: str | None, caption_logprob: float | None, human: list[dict[str, str]] | None, source_split: str | None
    ) -> ImageTexts:
        test = split_of(key, self.val_share, self.test_share, source_split) == "test"
        described = None if caption is None else Said(caption, "captioner", None, caption_logprob)
        caption_langs = self.langs if test else self.caption_langs
        return ImageTexts(
            key, described, human or (), caption_langs=caption_langs, pairs=test or self.pairs, langs=self.langs, seed=self.seed
        )

    def _translate(self, lang: str, asked: Asked) -> None:
        """Translates a text of each image, beside another one where that is not empty and the translator asks for it."""
        model = load_translator(self.translator.spec)
        if not isinstance(model, ContextTranslator) or not model.context:
            asked = [(image, caption, text, "") for image, caption, text, _ in asked]

        def translate(batch: Sequence[tuple[str, str]]) -> list[Translation]:
            texts, contexts = [text for text, _ in batch], [context for _, context in batch]
            if isinstance(model, ContextTranslator) and any(contexts):
                return model.translate_in_context(texts, contexts, "en", lang)
            return model.translate(texts, "en", lang)

        # Equal sentences are translated once; sorted by length, a batch pads little.
        sources = sorted({(text, context) for _, _, text, context in asked}, key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
        results = in_batches(translate, sources, self.batch_size)
        found = dict(zip(sources, results, strict=True))
        for image, caption, source, context in asked:
            result = found[source, context]
            if isinstance(result, Failure):
                image.failure = f"{lang}: {result.detail}"
            elif not normalised(result.text):
                image.failure = f"{lang}: the translation is empty"
            elif not result.complete:
                image.failure = f"{lang}: the translation was cut off at the most that the model writes: {normalised(result.text)[:100]}"
            else:
                caption.translations[lang, source] = Said(normalised(result.text), "translator", None, result.logprob)
