"""The teachers on tiny checkpoints of their real architectures: batches, threads, lengths, languages."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.protocols import Translation
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


def test_a_blank_text_is_not_translated(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    assert model.translate(["", "A red cat.", " "], "en", "de") == [
        Translation("", 0.0),
        *model.translate(["A red cat."], "en", "de"),
        Translation(" ", 0.0),
    ]


def test_a_text_beyond_the_positions_is_translated_by_parts(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    sentence = "Two dogs sleep by the lake."
    length = len(model.tokenizer(sentence, add_special_tokens=False)["input_ids"])
    together = " ".join([sentence] * (200 // length))
    whole = model.translate([f"{together} {together}"], "en", "de")[0]
    parts = model.translate([together, together], "en", "de")
    assert whole == Translation(" ".join(part.text for part in parts), parts[0].logprob)


def test_logprob_is_the_mean_of_the_tokens(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    source = ["eng_Latn", *model.tokenizer.tokenize("A red cat."), "</s>"]
    written = model.model.translate_batch(
        [source], target_prefix=[["deu_Latn"]], beam_size=2, max_decoding_length=250, return_end_token=True
    )[0].hypotheses[0]
    ended = written[-1] == "</s>"
    scores = model.model.score_batch([source], [written[:-1] if ended else written])[0].log_probs
    mean = np.mean(scores[1:] if ended else scores[1:-1])
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


def test_translator_names_its_languages(nllb: Path) -> None:
    model = load_translator(f"ct2:{nllb}")
    assert model.languages == {"de", "zh"}
    with pytest.raises(ValueError, match="has no 'fr'; it has de, en, zh"):
        model.translate(["A"], "en", "fr")


def test_embedder_knows_whether_it_is_multilingual(clip: Path) -> None:
    model = load_embedder(f"open_clip:{clip}")
    assert (model.multilingual, model.dim) == (True, 16)
