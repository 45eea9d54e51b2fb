"""Language fidelity: how many outputs are in the language that was asked for. Without it copied German and bad French look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from models.languages.tags import covers
from models.protocols import LanguageIdentifier
from pipeline.evaluation.benchmarks.xm3600 import LANGS
from pipeline.evaluation.bootstrap import Interval, bootstrap_mean


@dataclass(frozen=True)
class Fidelity:
    """``share`` of outputs in the language, 0 to 1; ``found`` [n] is the language of each, "" for one without letters."""

    share: Interval
    found: tuple[str, ...]
    counts: dict[str, int]


def judged_among(*langs: Iterable[str]) -> tuple[str, ...]:
    """The languages that short outputs are judged among: those given, and always the paper's six.

    A run of two languages whose outputs were judged among these would find its French to be English.
    """
    return tuple(sorted({*LANGS, *chain.from_iterable(langs)}))


def language_fidelity(outputs: Sequence[str], lang: str, langs: Sequence[str], identifier: LanguageIdentifier, seed: int = 0) -> Fidelity:
    """Asks ``identifier`` for the language of each output, short ones among ``langs`` only.

    Raises:
        EvaluationError: no outputs.
    """
    found = tuple(name for name, _ in identifier.identify(outputs, langs))
    share = bootstrap_mean([float(covers(name, lang)) for name in found], seed=seed)
    return Fidelity(share, found, dict(sorted(Counter(found).items())))
