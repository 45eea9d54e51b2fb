"""Scores of what a model writes: about a dataset's own pictures, and on benchmarks."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from PIL import Image

from models.protocols import Embedder, LanguageIdentifier
from models.vlm import VLM, prompt_of
from pipeline.evaluation.benchmarks import Benchmark, CaptionItem, ContrastItem, TranslationItem
from pipeline.evaluation.bleu import caption_bleu4, translation_bleu
from pipeline.evaluation.bootstrap import bootstrap_mean
from pipeline.evaluation.cider import MIN_PICTURES, cider
from pipeline.evaluation.clipscore import clip_score
from pipeline.evaluation.commute import contrastive_accuracy
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.fidelity import language_fidelity
from pipeline.evaluation.generation import Decoding, Request, write_texts
from pipeline.evaluation.losses import one_of, sample_losses
from pipeline.evaluation.ptb import ptb
from pipeline.evaluation.segment import segmenter
from pipeline.evaluation.summary import Score
from pipeline.training.batches import Collate, Eyes, pixels
from shards.drawn import Draw
from shards.manifest import Manifest
from shards.reader import open_dataset

logger = logging.getLogger(__name__)

Row = dict[str, Any]


@dataclass(frozen=True)
class Scorer:
    """A model with what its texts are scored by.

    ``langs`` are what a short text's language is looked for among; with an ``embedder`` captions in the languages that it knows have a
    CLIPScore.
    """

    model: VLM
    eyes: Eyes
    identifier: LanguageIdentifier
    langs: tuple[str, ...]
    decoding: Decoding
    seed: int = 0
    embedder: Embedder | None = None

    def dataset(self, out: str, split: str, pictures: int) -> tuple[list[Score], list[Row]]:
        """Captions in every language, without and with prefix, and translations, of the first pictures of a split; and a row a text.

        A picture's caption in the longest style that it has is compared with the dataset's own; one of its
        translations likewise.
        """
        manifest = Manifest.read(out)
        samples = list(islice(open_dataset(out, split), pictures))
        scores, rows = [], []
        for lang in manifest.langs:
            chosen = [
                (sample, max(notes, key=lambda note: len(note.text)))
                for sample in samples
                if (notes := [note for note in sample.annotations if note.task == "caption" and note.lang == lang])
            ]
            for prefix in (False, True) if chosen else ():
                requests = [
                    Request(sample.key, sample.jpg or b"", prompt_of("caption", lang, note.style), lang, prefix) for sample, note in chosen
                ]
                references = [[note.text] for _, note in chosen]
                made, more = self._captions(f"{split} captions", lang, requests, references, segmenter(lang))
                scores += made
                rows += more
        for lang in manifest.langs:
            pairs = [
                (sample, one_of(notes, sample.key))
                for sample in samples
                if (notes := [note for note in sample.annotations if note.task == "translation" and note.lang == lang])
            ]
            if pairs:
                requests = [
                    Request(sample.key, sample.jpg or b"", prompt_of("translation", lang, None, note.source), lang)
                    for sample, note in pairs
                ]
                made, more = self._translations(f"{split} translations", lang, requests, [note.text for _, note in pairs])
                scores += made
                rows += [row | {"source": note.source} for row, (_, note) in zip(more, pairs, strict=True)]
        return scores, rows

    def benchmark(self, benchmark: Benchmark) -> tuple[list[Score], list[Row]]:
        """All scores of a test set, and a row an item; no headline where items are missing."""
        items = [item for item in benchmark.items if item.image.is_file()]
        if not items:
            raise EvaluationError(f"{benchmark.name} {benchmark.lang}: none of its {len(benchmark.items)} pictures is there")
        note = ""
        try:
            benchmark.check_complete([item.id for item in items])
        except EvaluationError as error:
            note = str(error)
            logger.warning("%s", note)
        lang, scores, rows = benchmark.lang, list[Score](), list[Row]()
        captions = [item for item in items if isinstance(item, CaptionItem)]
        translations = [item for item in items if isinstance(item, TranslationItem)]
        contrasts = [item for item in items if isinstance(item, ContrastItem)]
        for prefix in (False, True) if captions else ():
            prompt = prompt_of("caption", lang, benchmark.style)
            requests = [Request(item.id, item.image.read_bytes(), prompt, lang, prefix) for item in captions]
            tokens = segmenter(lang) if benchmark.words else ptb()
            made, more = self._captions(benchmark.name, lang, requests, [list(item.references) for item in captions], tokens)
            scores += made
            rows += more
        if translations:
            requests = [
                Request(item.id, item.image.read_bytes(), prompt_of("translation", lang, None, item.source), lang) for item in translations
            ]
            made, more = self._translations(benchmark.name, lang, requests, [item.reference for item in translations])
            scores += made
            rows += more
        if contrasts:
            made, more = self._contrasts(benchmark.name, lang, contrasts)
            scores += made
            rows += more
        return [_without_headline(score, note) if note else score for score in scores], rows

    def _captions(
        self, name: str, lang: str, requests: Sequence[Request], references: Sequence[Sequence[str]], tokens: Any
    ) -> tuple[list[Score], list[Row]]:
        prefix = requests[0].prefix
        texts = write_texts(self.model, requests, self.decoding, self.eyes)
        fidelity = language_fidelity(texts, lang, self.langs, self.identifier, self.seed)
        counts = [len(each) for each in references]
        flat = tokens.tokenize([text for each in references for text in each])
        grouped = [flat[sum(counts[:row]) : sum(counts[: row + 1])] for row in range(len(counts))]
        candidates = tokens.tokenize(texts)
        bleu = caption_bleu4(candidates, grouped, tokens.signature, self.seed)
        scores = [Score(name, lang, "BLEU-4", bleu.score, len(texts), bleu.signature, fidelity.share, prefix)]
        rows: list[Row] = [
            {"set": name, "id": request.key, "lang": lang, "prefix": prefix, "text": text, "references": list(each), "found": found}
            for request, text, each, found in zip(requests, texts, references, fidelity.found, strict=True)
        ]
        if self.embedder is not None and (lang == "en" or self.embedder.multilingual):
            near = clip_score(self.embedder, [Image.fromarray(pixels(request.image)) for request in requests], texts, lang, self.seed)
            scores.append(Score(name, lang, "CLIPScore", near.score, len(texts), near.signature, fidelity.share, prefix))
            rows = [row | {"clip_score": value} for row, value in zip(rows, near.scores, strict=True)]
        if len(texts) < MIN_PICTURES:
            logger.warning("%s %s: %d pictures are too few for CIDEr, which wants %d", name, lang, len(texts), MIN_PICTURES)
            return scores, rows
        made = cider(candidates, grouped, tokens.signature, self.seed)
        rows = [row | {"cider": value} for row, value in zip(rows, made.scores, strict=True)]
        return [Score(name, lang, "CIDEr", made.score, len(texts), made.signature, fidelity.share, prefix), *scores], rows

    def _translations(self, name: str, lang: str, requests: Sequence[Request], references: Sequence[str]) -> tuple[list[Score], list[Row]]:
        texts = write_texts(self.model, requests, self.decoding, self.eyes)
        fidelity = language_fidelity(texts, lang, self.langs, self.identifier, self.seed)
        bleu = translation_bleu(texts, [[reference] for reference in references], lang, self.seed)
        exact = bootstrap_mean([100.0 * (text == reference) for text, reference in zip(texts, references, strict=True)], seed=self.seed)
        scores = [
            Score(name, lang, "BLEU", bleu.score, len(texts), bleu.signature, fidelity.share),
            Score(name, lang, "exact", exact, len(texts), "share of outputs equal to the reference, in %", fidelity.share),
        ]
        rows: list[Row] = [
            {"set": name, "id": request.key, "lang": lang, "text": text, "references": [reference], "found": found, "bleu": value}
            for request, text, reference, found, value in zip(requests, texts, references, fidelity.found, bleu.scores, strict=True)
        ]
        return scores, rows

    def _contrasts(self, name: str, lang: str, items: Sequence[ContrastItem]) -> tuple[list[Score], list[Row]]:
        """Accuracy by perplexity, and BLEU of what the model writes itself."""
        losses: dict[str, dict[str, float]] = defaultdict(dict)
        draws = [
            Draw(f"{item.id} {side}", item.image.read_bytes(), "translation", lang, None, item.source, text)
            for item in items
            for side, text in (("correct", item.correct), ("wrong", item.wrong))
        ]
        collate = Collate(self.model, self.decoding.size)
        for batch in collate(draws):
            for draw, value in zip(batch.samples, sample_losses(self.model, self.eyes, batch), strict=True):
                ident, side = draw.key.rsplit(" ", 1)
                losses[ident][side] = value
        correct, wrong = ([losses[item.id][side] for item in items] for side in ("correct", "wrong"))
        accuracy = contrastive_accuracy(correct, wrong, [item.source for item in items], self.seed)
        requests = [Request(item.id, item.image.read_bytes(), prompt_of("translation", lang, None, item.source), lang) for item in items]
        scores, rows = self._translations(name, lang, requests, [item.correct for item in items])
        signature = f"share of right translations with the lower perplexity, in %, {accuracy.ties} ties counted wrong"
        extra = zip(rows, correct, wrong, accuracy.right, strict=True)
        rows = [
            row | {"perplexity_correct": math.exp(right), "perplexity_wrong": math.exp(left), "right": verdict}
            for row, right, left, verdict in extra
        ]
        return [Score(name, lang, "accuracy", accuracy.score, len(items), signature), *scores], rows


def _without_headline(score: Score, note: str) -> Score:
    return replace(score, headline=False, note=note)
