"""The captioning tasks of Florence-2, as a setting: ``florence2:ID?task=detailed``."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = {"short": "<CAPTION>", "detailed": "<DETAILED_CAPTION>", "more_detailed": "<MORE_DETAILED_CAPTION>"}


@dataclass(frozen=True)
class Florence2Settings:
    """``task`` is one of `TASKS`: a sentence, two or three, or a paragraph."""

    task: str = "more_detailed"

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task={self.task}: must be one of {', '.join(TASKS)}")
