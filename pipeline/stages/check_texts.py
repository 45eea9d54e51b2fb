"""Looks at an image's texts as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.stages.base import Stage
from pipeline.stages.checks import defect, scores
from pipeline.tables import CHECK, VERDICT, rejected, table


@dataclass(frozen=True)
class CheckTexts(Stage):
    """Measures what can be seen of texts without a model: the same as of bitexts.

    Reads ``texts``; adds ``checks``, one `pipeline.tables.CHECK` for each of ``texts``. A translation is looked at beside its English
    original where a translator made it: what people wrote need not follow the English text that stands beside it.
    """

    name, reads = "check_texts", ("texts",)
    adds = {"checks": pa.list_(CHECK)}

    def run(self, chunk: pa.Table, given: Iterator[pa.Table]) -> pa.Table:
        checks = [[_check(text) for text in texts] for texts in chunk["texts"].to_pylist()]
        return table({"checks": checks} | rejected([None] * chunk.num_rows), {**self.adds, **VERDICT})


def _check(text: dict[str, Any]) -> dict[str, Any]:
    original = text["source"] if text["origin"] == "translator" else None
    measured = scores(text["text"], original)
    wrong = defect(text["text"], original)
    if wrong is None and original is None and text["task"] == "translation":
        wrong = defect(text["source"])  # what people wrote beside it must be a text too
    return {
        "length_ratio": measured.length_ratio,
        "repetition": measured.repetition,
        "defect": wrong and wrong.reason,
        "detail": wrong and wrong.detail,
    }
