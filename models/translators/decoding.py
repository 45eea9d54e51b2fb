"""How translation models search: settings behind a spec, as ``ct2:DIR?beams=4&length_penalty=0.9`` (the paper's)."""

from __future__ import annotations

from dataclasses import dataclass

DTYPES = ("auto", "float32", "float16", "bfloat16", "int8", "int8_float16", "int8_bfloat16")


@dataclass(frozen=True)
class Decoding:
    """Settings of a translation model's beam search.

    ``length_penalty`` is the power of its length that a hypothesis's log-probability is divided by: above 1 favours long ones.
    ``dtype`` is what the device computes in; ``auto`` is int8 for CTranslate2 (with float16 on a GPU), and for transformers
    float32 on a CPU and bfloat16 on a GPU.
    ``batch_tokens`` bounds what is translated at once, padding included, sentences sorted by length; 0 is what suits the device.
    ``context`` shows the model the whole caption beside a part of it, see `models.translators.context`.
    """

    beams: int = 2
    length_penalty: float = 1.0
    dtype: str = "auto"
    batch_tokens: int = 0
    context: bool = False

    def __post_init__(self) -> None:
        if self.beams < 1:
            raise ValueError(f"beams={self.beams}: must be at least 1")
        if self.batch_tokens < 0:
            raise ValueError(f"batch_tokens={self.batch_tokens}: must not be below 0")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype={self.dtype}: must be one of {', '.join(DTYPES)}")

    def tokens_on(self, processor: str) -> int:
        """``batch_tokens``, or 1024 on a CPU, whose caches hold no more, and 8192 on a GPU."""
        return self.batch_tokens or (1024 if processor == "cpu" else 8192)
