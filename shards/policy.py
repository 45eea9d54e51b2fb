"""Which task-language pairs a split may hold, and which it must: what makes a language held out.

Captions of a held-out language are in no annotation of train and val, whatever their style or origin. The test split has
captions in every language, the references of unseen captioning, and translations into every one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shards.sample import Annotation, Sample


@dataclass(frozen=True)
class Policy:
    """The languages of a dataset, and those that may have captions in train and val."""

    langs: tuple[str, ...]
    caption_langs: tuple[str, ...]

    @property
    def withheld(self) -> tuple[str, ...]:
        """The held-out languages: met in translation only until the test."""
        return tuple(lang for lang in self.langs if lang not in self.caption_langs)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every task-language pair of the dataset, which the test split must hold: captions, then translations."""
        return tuple(("caption", lang) for lang in self.langs) + tuple(("translation", lang) for lang in self.langs if lang != "en")

    def allows(self, split: str, task: str, lang: str) -> bool:
        """Whether ``split`` may hold annotations of this task and language."""
        return (task, lang) in self.pairs and (split == "test" or task == "translation" or lang in self.caption_langs)

    def violations(self, sample: Sample) -> Iterator[tuple[int, str]]:
        """The annotations that the sample may not have: position, and what is wrong with it."""
        for position, annotation in enumerate(sample.annotations):
            if not self.allows(sample.split, annotation.task, annotation.lang):
                yield position, self._why(sample.split, annotation)

    def _why(self, split: str, annotation: Annotation) -> str:
        if annotation.lang not in self.langs:
            return f"{annotation.task} in {annotation.lang}, which is not among the dataset's languages {', '.join(self.langs)}"
        kind = " ".join(filter(None, (annotation.style, annotation.task)))
        where = f"in {split}, where captions are in {', '.join(self.caption_langs)} only"
        return f"{kind} in {annotation.lang} of origin {annotation.origin} {where}"
