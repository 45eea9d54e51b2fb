"""The captioning tasks of Florence-2, and what it computes in, as settings: ``florence2:ID?task=detailed&dtype=bfloat16``."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = {"short": "<CAPTION>", "detailed": "<DETAILED_CAPTION>", "more_detailed": "<MORE_DETAILED_CAPTION>"}
DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class Florence2Settings:
    """``task`` is one of `TASKS`: a sentence, two or three, or a paragraph. ``auto`` computes in 16 bits on a GPU and in
    float32 on a CPU; ``bfloat16`` is faster on a CPU that has it, and now and then writes another caption.
    """

    task: str = "more_detailed"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task={self.task}: must be one of {', '.join(TASKS)}")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype={self.dtype}: must be one of {', '.join(DTYPES)}")
