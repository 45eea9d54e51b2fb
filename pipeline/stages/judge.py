"""Turns scores into verdicts: the one place where thresholds meet what the stages measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from models.languages.sentences import join_sentences
from pipeline.chunks import split_of
from pipeline.stages.base import Stage
from pipeline.stages.checks import Scores, over
from pipeline.stages.quality import wrong_language
from pipeline.stages.sentences import shuffled_subset
from pipeline.tables import ANNOTATION, DROPPED, VERDICT, rejected, table
from shards.policy import Policy


@dataclass(frozen=True)
class Judge(Stage):
    """Decides what of an image goes into the dataset.

    Reads all texts and scores; adds ``split`` (that of the image's own dataset, else by hash of its key), ``annotations`` (list of
    ``tables.ANNOTATION``, kept) and ``dropped`` (list of ``tables.DROPPED``). A text is dropped for what `pipeline.stages.checks` finds
    wrong with it, for ``length_ratio``, ``repetition``, ``logprob`` (its teacher was unsure), ``language`` or ``clip``; a caption that a
    teacher made from a dropped English one goes with it (``english_dropped``). Of the bitexts, those above both floors compete; the
    ``top_n`` of the best margin are kept, no English sentence twice, and from two or more of them one paragraph is made
    (paper). An image without any good English caption becomes a reject for the reason of its first one, one of which nothing
    is left that its split may hold becomes ``no_annotation``.

    Held-out languages get captions in the test split only; ``pair_origins`` says what makes translation pairs outside it,
    besides people.
    """

    langs: tuple[str, ...]
    caption_langs: tuple[str, ...]
    val_share: float
    test_share: float
    min_logprob: float
    max_ratio: float
    min_lang_prob: float
    min_clip: float
    min_align: float
    min_margin: float
    top_n: int
    pair_origins: tuple[str, ...]
    captioner: str
    translator: str
    seed: int

    name, version = "judge", 3
    reads = ("key", "source_split", "texts", "checks", "clip", "lang_found", "lang_prob", "candidates")
    adds = {"split": pa.string(), "annotations": pa.list_(ANNOTATION), "dropped": pa.list_(DROPPED)}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        made = [self._judge(**row) for row in chunk.select(list(self.reads)).to_pylist()]
        columns = {name: [row[name] for row in made] for name in self.adds}
        return table(columns | rejected([row["reject"] for row in made], [row["detail"] for row in made]), {**self.adds, **VERDICT})

    def _judge(
        self,
        key: str,
        source_split: str | None,
        texts: list[dict[str, Any]],
        checks: list[dict[str, Any]],
        clip: list[float],
        lang_found: list[str],
        lang_prob: list[float],
        candidates: list[dict[str, Any]],
    ) -> dict[str, Any]:
        split = split_of(key, self.val_share, self.test_share, source_split)
        kept: list[dict[str, Any]] = []
        dropped: list[dict[str, Any]] = []
        bad_english: dict[str, str] = {}
        for text, check, score, found, sure in zip(texts, checks, clip, lang_found, lang_prob, strict=True):
            reason, detail = self._text(text, check, score, found, sure)
            if reason is None and text["task"] == "caption" and text["origin"] == "translator" and text["source"] in bad_english:
                reason, detail = "english_dropped", f"{text['style']} English caption: {bad_english[text['source']]}"
            if reason is not None:
                dropped.append(
                    {name: text[name] for name in ("task", "lang", "style", "source", "text")} | {"reason": reason, "detail": detail}
                )
                if text["lang"] == "en":
                    bad_english[text["text"]] = reason
            elif self._wanted(split, text["task"], text["lang"], text["origin"]):
                model = {"captioner": self.captioner, "translator": self.translator}.get(text["origin"], text["model"])
                source = text["source"] if text["task"] == "translation" else None
                kept.append(text | {"source": source, "model": model, "clip": score, "lang_prob": sure})
        english = [text for text in texts if text["lang"] == "en"]
        if all(text["text"] in bad_english for text in english):
            first = next(row for row in dropped if row["lang"] == "en")
            return {
                "split": split,
                "annotations": [],
                "dropped": dropped,
                "reject": f"caption_{first['reason']}",
                "detail": first["detail"],
            }
        for lang in self.langs:
            if self._wanted(split, "translation", lang, "bitext"):
                kept += self._pairs(key, lang, [candidate for candidate in candidates if candidate["lang"] == lang])
        if not kept:
            return {
                "split": split,
                "annotations": [],
                "dropped": dropped,
                "reject": "no_annotation",
                "detail": "nothing good that this split may hold",
            }
        return {"split": split, "annotations": kept, "dropped": dropped, "reject": None, "detail": None}

    def _text(
        self, text: dict[str, Any], check: dict[str, Any], clip: float, found: str, sure: float
    ) -> tuple[str, str] | tuple[None, None]:
        if check["defect"] is not None:
            return check["defect"], check["detail"]
        if wrong := over(Scores(check["length_ratio"], check["repetition"]), self.max_ratio):
            return wrong.reason, wrong.detail
        if text["logprob"] is not None and text["logprob"] < self.min_logprob:
            return "logprob", f"{text['logprob']:.2f}, at least {self.min_logprob}"
        if bad := wrong_language(text["lang"], found, sure, self.min_lang_prob):
            return "language", bad
        if clip < self.min_clip:
            return "clip", f"{clip:.3f}, at least {self.min_clip}"
        return None, None

    def _wanted(self, split: str, task: str, lang: str, origin: str) -> bool:
        allowed = Policy(self.langs, self.caption_langs).allows(split, task, lang)
        return allowed and (task == "caption" or split == "test" or origin in ("human", *self.pair_origins))

    def _pairs(self, key: str, lang: str, candidates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        near = (c for c in candidates if c["clip"] >= self.min_align and c["margin"] >= self.min_margin)
        distinct: dict[str, dict[str, Any]] = {}
        for candidate in near:
            distinct.setdefault(candidate["source"], candidate)
        best = list(distinct.values())[: self.top_n]
        pairs = [_pair(lang, [candidate]) for candidate in best]
        if len(best) > 1:
            order = shuffled_subset(len(best), key, lang, "paragraph", self.seed)
            pairs.append(_pair(lang, [best[i] for i in order]))
        return pairs


def _pair(lang: str, bitexts: list[dict[str, Any]]) -> dict[str, Any]:
    """A translation annotation from one bitext, or a paragraph from several with the means of their scores."""

    def mean(name: str) -> float | None:
        values = [bitext[name] for bitext in bitexts if bitext[name] is not None]
        return sum(values) / len(values) if values else None

    scores = {name: mean(name) for name in ("clip", "margin", "lang_prob", "pair_score")}
    source = join_sentences([bitext["source"] for bitext in bitexts], "en")
    return {
        "task": "translation",
        "lang": lang,
        "source": source,
        "text": join_sentences([b["text"] for b in bitexts], lang),
        "origin": "bitext",
        **scores,
    }
