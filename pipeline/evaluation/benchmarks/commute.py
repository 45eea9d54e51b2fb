"""CoMMuTE (Futeral et al. 2023) in the layout of github.com/MatthieuFP/CoMMuTE. CC BY-NC-SA 4.0: to be measured on, never trained on."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.benchmarks.items import Benchmark, ContrastItem
from pipeline.evaluation.errors import EvaluationError
from pipeline.sources.published.layout import check_aligned, find_image, read_lines


def read_commute(folder: Path) -> list[Benchmark]:
    """One benchmark a language, of ``en-XX/{src.en,correct.XX,incorrect.XX,img.order}`` and ``images``.

    In three items of the published en-ru the two translations are equal: they count, as ties, which are wrong.

    Raises:
        EvaluationError: no language is there.
        SourceError: files are missing or not aligned.
    """
    found = []
    for pair in sorted(folder.glob("en-??")):
        lang = pair.name.removeprefix("en-")
        columns = {str(pair / name): read_lines(pair / name) for name in ("img.order", "src.en", f"correct.{lang}", f"incorrect.{lang}")}
        check_aligned(columns)
        items = tuple(
            ContrastItem(f"{number:04}-{picture}", find_image(folder, picture, ("images",)), source, correct, wrong)
            for number, (picture, source, correct, wrong) in enumerate(zip(*columns.values(), strict=True))
        )
        files = {"source": pair / "src.en", "correct": pair / f"correct.{lang}", "wrong": pair / f"incorrect.{lang}"}
        found.append(Benchmark("CoMMuTE", lang, items, None, files=files))
    if not found:
        raise EvaluationError(f"{folder}: no folder en-de, en-fr, en-ru, en-zh ...; see docs/benchmarks.md for how it should look")
    return found
