"""What captions of an image become in each language, as their translations come in. Knows no models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.languages.sentences import join_sentences, split_sentences
from pipeline.stages.normalise import normalised
from pipeline.stages.sentences import capitalised, shuffled_subset, styles


@dataclass(frozen=True)
class Said:
    """A text, who it comes from (captioner, translator, human), and how sure its teacher was of it."""

    text: str
    origin: str
    model: str | None = None
    logprob: float | None = None


class EnglishCaption:
    """An English caption and its translations. ``context`` is a longer text of the same picture; ``seed`` orders its sentences."""

    def __init__(self, said: Said, context: str, seed: Sequence[object]) -> None:
        self.said, self.context, self.seed = said, context, seed
        self.sentences = _sentences(said.text)
        self.whole = join_sentences(self.sentences, "en")
        self.styles = styles(self.sentences, "en")
        self.translations: dict[tuple[str, str], Said] = {}

    def aligned(self, lang: str) -> list[str] | None:
        """The sentences of the whole caption's translation, where there are as many as in English."""
        if (lang, self.whole) not in self.translations:
            return None
        sentences = split_sentences(self.translations[lang, self.whole].text, lang)
        return sentences if len(sentences) == len(self.sentences) else None

    def alone(self, lang: str) -> list[str]:
        """The style texts that must be translated by themselves."""
        return [] if self.aligned(lang) is not None else [text for text in self.styles.values() if text != self.whole]

    def english(self) -> Iterator[dict[str, Any]]:
        """The caption by style, as `pipeline.tables.TEXT`, as are the next two."""
        for style, text in self.styles.items():
            yield _text("caption", "en", text, None, self.said, style)

    def captions(self, lang: str) -> Iterator[dict[str, Any]]:
        """Captions by style in another language."""
        whole, sentences = self.translations[lang, self.whole], self.aligned(lang)
        by_sentence = styles(sentences, lang) if sentences else {}
        for style, source in self.styles.items():
            said = whole if sentences else self.translations[lang, source]
            yield _text("caption", lang, by_sentence[style] if sentences else said.text, source, said, style)

    def pairs(self, lang: str) -> Iterator[dict[str, Any]]:
        """The translation pair of the whole caption, and one of a shuffled subset of its sentences."""
        whole, sentences = self.translations[lang, self.whole], self.aligned(lang)
        yield _text("translation", lang, whole.text, self.whole, whole)
        if sentences and len(sentences) > 1:
            order = shuffled_subset(len(sentences), *self.seed)
            if order == list(range(len(sentences))):
                order.reverse()  # the whole caption in its own order stands there already
            source = join_sentences([self.sentences[i] for i in order], "en")
            yield _text("translation", lang, join_sentences([sentences[i] for i in order], lang), source, whole)


class ImageTexts:
    """All texts of an image.

    Args:
        described: the captioner's caption, if it was asked. Where people wrote in English, it is only the context of their captions.
        human: what people wrote, as `pipeline.tables.HUMAN`.
        caption_langs: the languages that its captions may be in.
        pairs: whether captions are to be translated into every language.
        langs: the languages of the dataset, English among them.
        seed: of every random choice.
    """

    def __init__(
        self,
        key: str,
        described: Said | None,
        human: Sequence[Mapping[str, Any]],
        *,
        caption_langs: Sequence[str],
        pairs: bool,
        langs: Sequence[str],
        seed: int,
    ) -> None:
        self.caption_langs, self.pairs, self.langs = caption_langs, pairs, langs
        self.failure: str | None = None
        written = written_captions(human)
        english = written.pop("en", [])
        self.written = {lang: captions for lang, captions in written.items() if lang in caption_langs}
        self.captions: list[EnglishCaption] = []
        if english:
            context = described.text if described else ""
            made = (EnglishCaption(said, context, (key, said.text, "sentences", seed)) for said in english)
            self.captions = list({caption.whole: caption for caption in made}.values())
        elif described:
            self.captions = [EnglishCaption(described, "", (key, "sentences", seed))]
        self._translated(human)

    def asked(self, lang: str) -> Iterator[tuple[EnglishCaption, str, str]]:
        """Whole captions that are to be translated: the caption, its text, and the context beside it."""
        if self.pairs or self._to_be_captioned(lang):
            for caption in self.captions:
                if (lang, caption.whole) not in caption.translations:
                    yield caption, caption.whole, caption.context

    def asked_alone(self, lang: str) -> Iterator[tuple[EnglishCaption, str, str]]:
        """The same of the styles that the translations of whole captions do not give."""
        if self._to_be_captioned(lang):
            for caption in self.captions:
                yield from ((caption, text, caption.whole) for text in caption.alone(lang))

    def texts(self) -> list[dict[str, Any]]:
        """All texts, as `pipeline.tables.TEXT`, none twice."""
        made = [text for lang in self.langs for text in self._texts(lang)]
        distinct: dict[tuple[str, ...], dict[str, Any]] = {}
        for text in made:
            distinct.setdefault(tuple(text[name] for name in ("task", "lang", "style", "source", "text")), text)
        return list(distinct.values())

    def _texts(self, lang: str) -> Iterator[dict[str, Any]]:
        if lang == "en":
            for caption in self.captions:
                yield from caption.english()
            return
        for said in self.written.get(lang, ()):
            # An embedder that reads no other language sees the English caption in its place.
            for style, text in styles(split_sentences(said.text, lang), lang).items():
                yield _text("caption", lang, text, self.captions[0].whole, said, style)
        if self._to_be_captioned(lang):
            for caption in self.captions:
                yield from caption.captions(lang)
        for caption in self.captions:
            there = caption.translations.get((lang, caption.whole))
            if there and (self.pairs or there.origin == "human"):
                yield from caption.pairs(lang)

    def _to_be_captioned(self, lang: str) -> bool:
        """Whether captions in a language are to be made, since nobody wrote any."""
        return lang in self.caption_langs and lang not in self.written

    def _translated(self, human: Sequence[Mapping[str, Any]]) -> None:
        """Gives captions the translations that people made of them."""
        captions = {caption.whole: caption for caption in self.captions}
        for text in human:
            if text["source"] is not None and text["lang"] in self.langs and (words := normalised(text["text"])):
                whole = join_sentences(_sentences(normalised(text["source"])), "en")
                if whole in captions:
                    captions[whole].translations.setdefault((text["lang"], whole), Said(words, "human", text["model"]))


def written_captions(human: Sequence[Mapping[str, Any]] | None) -> dict[str, list[Said]]:
    """Captions that people wrote, by language, without empty ones."""
    found: dict[str, list[Said]] = {}
    for text in human or ():
        if text["source"] is None and (words := normalised(text["text"])):
            found.setdefault(text["lang"], []).append(Said(words, "human", text["model"]))
    return found


def _sentences(text: str) -> list[str]:
    """The sentences of an English text, as captions have them."""
    return [capitalised(sentence) for sentence in split_sentences(text, "en")]


def _text(task: str, lang: str, text: str, source: str | None, said: Said, style: str | None = None) -> dict[str, Any]:
    by = {"origin": said.origin, "model": said.model, "logprob": said.logprob}
    return {"task": task, "lang": lang, "style": style, "source": source, "text": text, **by}
