"""The teachers on tiny checkpoints of their real architectures: batches, threads, lengths, languages."""

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


@pytest.mark.parametrize("size", [1, 4, 5, 6])
def test_batch_size_never_changes_a_caption(florence2: Path, size: int) -> None:
    model = load_captioner(f"florence2:{florence2}")
    images = pictures(5)
    batched = [caption for start in range(0, 5, size) for caption in model.caption(images[start : start + size], [None] * 5)]
    whole = model.caption(images, [None] * 5)
    assert [caption.text for caption in batched] == [caption.text for caption in whole]
    assert [caption.logprob for caption in batched] == pytest.approx([caption.logprob for caption in whole], abs=2e-3)
    assert all(caption.logprob < 0 for caption in whole)


@pytest.mark.parametrize("size", [1, 4, 5, 6])
def test_batch_size_never_changes_a_translation(nllb: Path, size: int) -> None:
    model = load_translator(f"ct2:{nllb}")
    batched = [made for start in range(0, 5, size) for made in model.translate(SENTENCES[start : start + size], "en", "de")]
    assert batched == model.translate(SENTENCES, "en", "de")


@pytest.mark.parametrize("size", [1, 4, 5, 6])
def test_batch_size_and_length_never_change_a_vector(clip: Path, size: int) -> None:
    model = load_embedder(f"open_clip:{clip}")
    batched = np.concatenate([model.embed_texts(SENTENCES[start : start + size]) for start in range(0, 5, size)])
    np.testing.assert_allclose(batched, model.embed_texts(SENTENCES), atol=1e-3)
    images = pictures(5)
    batched = np.concatenate([model.embed_images(images[start : start + size]) for start in range(0, 5, size)])
    np.testing.assert_allclose(batched, model.embed_images(images), atol=1e-3)
    assert batched.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(batched.astype(np.float32), axis=1), 1, atol=2e-3)


def test_a_cut_text_tower_gives_what_the_whole_one_gives(clip: Path) -> None:
    import torch

    model = load_embedder(f"open_clip:{clip}")
    with torch.inference_mode():
        whole = torch.nn.functional.normalize(model.model.encode_text(model.tokenizer(SENTENCES)), dim=-1)
    np.testing.assert_allclose(model.embed_texts(SENTENCES), whole.numpy(), atol=1e-3)


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


def test_translator_names_its_languages(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    assert model.languages == {"de", "zh"}
    with pytest.raises(ValueError, match="has no 'fr'; it has de, en, zh"):
        model.translate(["A"], "en", "fr")


def test_embedder_knows_whether_it_is_multilingual(clip: Path) -> None:
    model = load_embedder(f"open_clip:{clip}")
    assert (model.multilingual, model.dim) == (True, 16)
