"""What an embedder computes in, as a setting: ``open_clip:DIR?dtype=bfloat16``."""

from __future__ import annotations

from dataclasses import dataclass

DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class EmbedderSettings:
    """``auto`` computes matrix products in float16 on a GPU and in float32 on a CPU, ``bfloat16`` everything, weights included.

    On a CPU that has bfloat16 that is faster; rows of length 1 of the demo embedder are then within 4e-3 of float32's, and as near in
    batches of other sizes.
    """

    dtype: str = "auto"

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype={self.dtype}: must be one of {', '.join(DTYPES)}")
