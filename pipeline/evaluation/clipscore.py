"""CLIPScore (Hessel et al. 2021): how near captions are to their pictures, without references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from models.protocols import Embedder
from pipeline.evaluation.bootstrap import Interval, bootstrap_mean
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.pictures import Picture
from shards.pictures import decode_picture

WEIGHT = 2.5
"""The paper's w."""
PROMPT = "A photo depicts "
"""What the paper writes before every caption."""


@dataclass(frozen=True)
class ClipScore:
    """``scores`` [n] = 250 · max(cosine, 0), one a picture: in hundredths, as other scores."""

    score: Interval
    scores: tuple[float, ...]
    signature: str


def clip_score(
    embedder: Embedder, pictures: Sequence[Picture], captions: Sequence[str], lang: str, seed: int = 0, batch_size: int = 64
) -> ClipScore:
    """CLIPScore of one caption a picture.

    The paper's English prompt is written before English captions only. So many pictures are decoded at a time as ``batch_size`` says:
    5,000 of DOCCI's would be 47 GB.

    Raises:
        EvaluationError: not as many captions as pictures, or a language that the embedder does not know.
    """
    if len(pictures) != len(captions):
        raise EvaluationError(f"{len(pictures)} pictures but {len(captions)} captions; give one caption a picture, in order")
    if lang != "en" and not embedder.multilingual:
        raise EvaluationError(
            f"CLIPScore in '{lang}': {embedder.describe.spec} knows English only; name a multilingual embedder, as "
            "open_clip:xlm-roberta-large-ViT-H-14/frozen_laion5b_s13b_b90k"
        )
    texts = [PROMPT + caption if lang == "en" else caption for caption in captions]
    scores: list[float] = []
    for first in range(0, len(pictures), batch_size):
        images = [Image.fromarray(decode_picture(picture.image)) for picture in pictures[first : first + batch_size]]
        seen = embedder.embed_images(images).astype(np.float64)
        said = embedder.embed_texts(texts[first : first + batch_size]).astype(np.float64)
        scores += (100 * WEIGHT * np.maximum((seen * said).sum(1), 0.0)).tolist()
    prompt = "paper" if lang == "en" else "none"
    return ClipScore(
        bootstrap_mean(scores, seed=seed), tuple(scores), f"CLIPScore|w:{WEIGHT}|prompt:{prompt}|model:{embedder.describe.spec}"
    )
