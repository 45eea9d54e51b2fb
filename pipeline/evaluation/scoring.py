"""Scores of what a model writes: about a dataset's own pictures, and on benchmarks."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from models.protocols import Embedder, LanguageIdentifier
from models.vlm import VLM
from pipeline.evaluation.benchmarks import Benchmark, CaptionItem, ContrastItem, TranslationItem
from pipeline.evaluation.bleu import caption_bleu4, translation_bleu
from pipeline.evaluation.bootstrap import bootstrap_mean
from pipeline.evaluation.cider import MIN_PICTURES, cider
from pipeline.evaluation.clipscore import clip_score
from pipeline.evaluation.commute import contrastive_accuracy
from pipeline.evaluation.contrasts import contrast_losses
from pipeline.evaluation.fidelity import judged_among, language_fidelity
from pipeline.evaluation.generation import Decoding, Request, write_texts
from pipeline.evaluation.losses import one_of
from pipeline.evaluation.pictures import Faults, Picture, picture_at
from pipeline.evaluation.ptb import Tokenizer, ptb
from pipeline.evaluation.results import Measured, Row
from pipeline.evaluation.segment import segmenter
from pipeline.evaluation.summary import Score
from pipeline.training.eyes import Eyes
from shards.manifest import Manifest
from shards.reader import open_dataset

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scorer:
    """A model with what its texts are scored by.

    ``langs`` are those that it was trained in: short texts are judged among them, the paper's and those of the test set. The losses of
    contrasts are taken of ``tokens`` of a prompt and of a text at most. With an ``embedder`` captions in the languages that it knows have
    a CLIPScore. ``faults`` are tried pictures.
    """

    model: VLM
    eyes: Eyes
    identifier: LanguageIdentifier
    langs: tuple[str, ...]
    decoding: Decoding
    tokens: int
    seed: int
    embedder: Embedder | None
    faults: Faults

    def dataset(self, out: str, split: str, pictures: int) -> Iterator[Measured]:
        """Captions in every language, without and with prefix, and translations, of the first pictures of a split, language by language.

        A picture's caption in the longest style that it has is compared with the dataset's own; one of its
        translations likewise.
        """
        langs = Manifest.read(out).langs
        samples, among = list(islice(open_dataset(out, split), pictures)), judged_among(self.langs, langs)
        for lang in langs:
            chosen = [
                (sample, max(notes, key=lambda note: len(note.text)))
                for sample in samples
                if (notes := [note for note in sample.annotations if note.task == "caption" and note.lang == lang])
            ]
            if chosen:
                requests = [
                    Request(sample.key, Picture(sample.key, sample.jpg or b""), self.model.prompt_of("caption", lang, note.style), lang)
                    for sample, note in chosen
                ]
                references = [[note.text] for _, note in chosen]
                yield self._captions(f"{split} captions", lang, requests, references, segmenter(lang), among)
        for lang in langs:
            pairs = [
                (sample, one_of(notes, sample.key))
                for sample in samples
                if (notes := [note for note in sample.annotations if note.task == "translation" and note.lang == lang])
            ]
            if pairs:
                requests = [
                    Request(sample.key, Picture(sample.key, sample.jpg or b""), self._translation_of(note.source or "", lang), lang)
                    for sample, note in pairs
                ]
                made = self._translations(f"{split} translations", lang, requests, [note.text for _, note in pairs], among)
                rows = [row | {"source": note.source} for row, (_, note) in zip(made.rows, pairs, strict=True)]
                yield Measured(made.scores, rows)

    def benchmark(self, benchmark: Benchmark, langs: Sequence[str]) -> Measured | None:
        """All scores of a test set, and a row an item; no headline where items are missing.

        None where no picture can be looked at, which is logged. ``langs`` are those of the whole benchmark.
        """
        faults, lang = self.faults.of(benchmark.images), benchmark.lang
        items = [item for item in benchmark.items if item.image not in faults]
        if note := benchmark.shortfall(faults):
            logger.warning("%s %s: %s: %s", benchmark.name, lang, "no headline" if items else "skipped", note)
        captions = [item for item in items if isinstance(item, CaptionItem)]
        translations = [item for item in items if isinstance(item, TranslationItem)]
        contrasts = [item for item in items if isinstance(item, ContrastItem)]
        among = judged_among(self.langs, langs)
        if captions:
            prompt = self.model.prompt_of("caption", lang, benchmark.style)
            requests = [Request(item.id, picture_at(item.image), prompt, lang) for item in captions]
            tokens = segmenter(lang) if benchmark.words else ptb()
            made = self._captions(benchmark.name, lang, requests, [item.references for item in captions], tokens, among)
        elif translations:
            made = self._translations(
                benchmark.name, lang, self._requests(translations, lang), [item.reference for item in translations], among
            )
        elif contrasts:
            made = self._contrasts(benchmark.name, lang, contrasts, among)
        else:
            return None
        return Measured([replace(score, headline=False, note=note) for score in made.scores], made.rows) if note else made

    def _captions(
        self,
        name: str,
        lang: str,
        requests: Sequence[Request],
        references: Sequence[Sequence[str]],
        tokenizer: Tokenizer,
        among: Sequence[str],
    ) -> Measured:
        """Without the prefix and with it."""
        flat = iter(tokenizer.tokenize([text for each in references for text in each]))
        grouped = [list(islice(flat, len(each))) for each in references]
        measured = Measured([], [])
        if len(requests) < MIN_PICTURES:
            logger.warning("%s %s: %d pictures are too few for CIDEr, which wants %d", name, lang, len(requests), MIN_PICTURES)
        for prefix in (False, True):
            texts = write_texts(self.model, [replace(request, prefix=prefix) for request in requests], self.decoding, self.eyes)
            fidelity = language_fidelity(texts, lang, among, self.identifier, self.seed)
            rows: list[Row] = [
                {"set": name, "id": request.id, "lang": lang, "prefix": prefix, "text": text, "references": list(each), "found": found}
                for request, text, each, found in zip(requests, texts, references, fidelity.found, strict=True)
            ]
            candidates = tokenizer.tokenize(texts)
            if len(texts) >= MIN_PICTURES:
                whole = cider(candidates, grouped, tokenizer.signature, self.seed)
                rows = [row | {"cider": value} for row, value in zip(rows, whole.scores, strict=True)]
                measured.scores.append(Score(name, lang, "CIDEr", whole.score, len(texts), whole.signature, fidelity.share, prefix))
            bleu = caption_bleu4(candidates, grouped, tokenizer.signature, self.seed)
            measured.scores.append(Score(name, lang, "BLEU-4", bleu.score, len(texts), bleu.signature, fidelity.share, prefix))
            if self.embedder is not None and (lang == "en" or self.embedder.multilingual):
                near = clip_score(self.embedder, [request.picture for request in requests], texts, lang, self.seed)
                rows = [row | {"clip_score": value} for row, value in zip(rows, near.scores, strict=True)]
                measured.scores.append(Score(name, lang, "CLIPScore", near.score, len(texts), near.signature, fidelity.share, prefix))
            measured.rows.extend(rows)
        return measured

    def _translations(self, name: str, lang: str, requests: Sequence[Request], references: Sequence[str], among: Sequence[str]) -> Measured:
        texts = write_texts(self.model, requests, self.decoding, self.eyes)
        fidelity = language_fidelity(texts, lang, among, self.identifier, self.seed)
        bleu = translation_bleu(texts, [[reference] for reference in references], lang, self.seed)
        exact = bootstrap_mean([100.0 * (text == reference) for text, reference in zip(texts, references, strict=True)], seed=self.seed)
        scores = [
            Score(name, lang, "BLEU", bleu.score, len(texts), bleu.signature, fidelity.share),
            Score(name, lang, "exact", exact, len(texts), "share of outputs equal to the reference, in %", fidelity.share),
        ]
        rows: list[Row] = [
            {"set": name, "id": request.id, "lang": lang, "text": text, "references": [reference], "found": found, "bleu": value}
            for request, text, reference, found, value in zip(requests, texts, references, fidelity.found, bleu.scores, strict=True)
        ]
        return Measured(scores, rows)

    def _contrasts(self, name: str, lang: str, items: Sequence[ContrastItem], among: Sequence[str]) -> Measured:
        """Accuracy by perplexity, and BLEU of what the model writes itself."""
        correct, wrong = contrast_losses(self.model, self.eyes, items, lang, self.decoding.size, self.tokens)
        accuracy = contrastive_accuracy(correct, wrong, [item.source for item in items], self.seed)
        made = self._translations(name, lang, self._requests(items, lang), [item.correct for item in items], among)
        signature = f"share of right translations with the lower perplexity, in %, {accuracy.ties} ties counted wrong"
        rows = [
            row | {"perplexity_correct": math.exp(loss), "perplexity_wrong": math.exp(other), "right": right}
            for row, loss, other, right in zip(made.rows, correct, wrong, accuracy.right, strict=True)
        ]
        return Measured([Score(name, lang, "accuracy", accuracy.score, len(items), signature), *made.scores], rows)

    def _requests(self, items: Sequence[TranslationItem | ContrastItem], lang: str) -> list[Request]:
        return [Request(item.id, picture_at(item.image), self._translation_of(item.source, lang), lang) for item in items]

    def _translation_of(self, source: str, lang: str) -> str:
        return self.model.prompt_of("translation", lang, None, source)
