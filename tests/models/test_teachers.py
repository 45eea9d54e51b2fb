"""The teachers on tiny checkpoints of their real architectures: threads, empty batches, lengths."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.registry import load_captioner, load_embedder, load_translator

SENTENCES = [
    "A red cat.",
    "Two dogs sleep by the lake.",
    "A red cat is in the park.",
    "Two dogs sleep by the lake. A red cat is in the park.",
    "A",
]


def pictures(count: int) -> list[Image.Image]:
    rng = np.random.default_rng(4)
    return [Image.fromarray(rng.integers(0, 255, (40 + 9 * n, 60, 3), dtype=np.uint8)) for n in range(count)]


@pytest.mark.parametrize(("folder", "texts"), [("clip", SENTENCES), ("english_clip", ["Cold!°c", "!°!°!°", "A"])])
def test_a_cut_text_tower_gives_what_the_whole_one_gives(folder: str, texts: list[str], request: pytest.FixtureRequest) -> None:
    import torch

    model = load_embedder(f"open_clip:{request.getfixturevalue(folder)}")
    with torch.inference_mode():
        whole = torch.nn.functional.normalize(model.model.encode_text(model.tokenizer(texts)), dim=-1)
    np.testing.assert_allclose(model.embed_texts(texts), whole.numpy(), atol=1e-3)


def test_empty_batches(florence2: Path, nllb: Path, clip: Path) -> None:
    embedder = load_embedder(f"open_clip:{clip}")
    assert load_captioner(f"florence2:{florence2}").caption([], []) == []
    assert load_translator(f"ct2:{nllb}").translate([], "en", "de") == []
    assert (embedder.embed_texts([]).shape, embedder.embed_images([]).shape) == ((0, 16), (0, 16))


def test_logprob_is_the_mean_of_the_tokens(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    source = ["eng_Latn", *model.pieces.split("A red cat."), "</s>"]
    written = model.write([source], ["deu_Latn"])[0]
    scores = model.model.score_batch([source], [["deu_Latn", *written.tokens]])[0].log_probs
    mean = np.mean(scores[1:] if written.count > len(written.tokens) else scores[1:-1])
    assert model.translate(["A red cat."], "en", "de")[0].logprob == pytest.approx(mean, abs=1e-2)


def test_two_threads_share_a_model(florence2: Path, nllb: Path, clip: Path) -> None:
    captioner, translator, embedder = (
        load_captioner(f"florence2:{florence2}"),
        load_translator(f"ct2:{nllb}"),
        load_embedder(f"open_clip:{clip}"),
    )
    images = pictures(2)

    def work(_: int) -> tuple[object, object, bytes]:
        return captioner.caption(images, [None] * 2), translator.translate(SENTENCES, "en", "zh"), embedder.embed_texts(SENTENCES).tobytes()

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(work, range(12)))
    assert all(result == results[0] for result in results)


def test_embedder_knows_whether_it_is_multilingual(clip: Path) -> None:
    model = load_embedder(f"open_clip:{clip}")
    assert (model.multilingual, model.dim) == (True, 16)
