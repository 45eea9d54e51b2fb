"""Embedders on tiny checkpoints of the real architectures: batches, lengths, case, two towers from two places, languages."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.embedders.multilingual import _PROBE, expected, is_multilingual, probe
from models.registry import ModelError, describe_model, load_embedder
from tests.models.architectures import EMBEDDERS, TEXTS, mclip
from tests.models.test_captioners import pictures

SENTENCES = [TEXTS[0], "A", "Two dogs sleep by the lake. " * 3, TEXTS[4], "一只狗"]


@pytest.fixture(scope="session")
def towers(tmp_path_factory: pytest.TempPathFactory, clip: Path, english_clip: Path) -> dict[str, str]:
    """The spec of each architecture's tiny checkpoint."""
    specs = {"open_clip": f"open_clip:{clip}", "english_clip": f"open_clip:{english_clip}"}
    for name, build in EMBEDDERS.items():
        backend, _, architecture = name.partition(":")
        folder = tmp_path_factory.mktemp(architecture)
        build(folder)
        specs[architecture] = f"{backend}:{folder}"
    folder = tmp_path_factory.mktemp("mclip")
    mclip(folder)
    specs["mclip"] = f"mclip:{folder}+{specs['clip']}"
    return specs


@pytest.mark.parametrize("architecture", ["open_clip", "english_clip", "clip", "siglip2", "naflex", "mclip"])
def test_batch_size_and_order_never_change_a_vector(architecture: str, towers: dict[str, str]) -> None:
    """The tolerance, 1e-3, is that of a float16 number next to 1."""
    model, images = load_embedder(towers[architecture]), pictures()
    texts, seen = model.embed_texts(SENTENCES), model.embed_images(images)
    for size in (1, 4, 6):
        batched = np.concatenate([model.embed_texts(SENTENCES[start : start + size]) for start in range(0, 5, size)])
        np.testing.assert_allclose(batched, texts, atol=1e-3)
        batched = np.concatenate([model.embed_images(images[start : start + size]) for start in range(0, 5, size)])
        np.testing.assert_allclose(batched, seen, atol=1e-3)
    np.testing.assert_allclose(model.embed_texts(SENTENCES[::-1])[::-1], texts, atol=1e-3)
    np.testing.assert_allclose(model.embed_images(images[::-1])[::-1], seen, atol=1e-3)
    for vectors in (texts, seen):
        assert (vectors.dtype, vectors.shape) == (np.float16, (5, model.dim))
        np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=2e-3)
        assert len({vector.tobytes() for vector in vectors}) == 5
    assert model.embed_texts([]).shape == model.embed_images([]).shape == (0, model.dim)


def test_clip_gives_what_transformers_gives(towers: dict[str, str]) -> None:
    from transformers import CLIPModel, CLIPProcessor

    model, folder = load_embedder(towers["clip"]), towers["clip"].partition(":")[2]
    theirs, processor = CLIPModel.from_pretrained(folder).eval(), CLIPProcessor.from_pretrained(folder)
    with torch.no_grad():
        made = theirs(**processor(text=SENTENCES, images=pictures(), padding=True, truncation=True, max_length=77, return_tensors="pt"))
    np.testing.assert_allclose(model.embed_texts(SENTENCES), made.text_embeds.numpy(), atol=1e-3)
    np.testing.assert_allclose(model.embed_images(pictures()), made.image_embeds.numpy(), atol=1e-3)


@pytest.mark.parametrize("architecture", ["siglip2", "naflex"])
def test_siglip2_reads_64_tokens_in_lower_case(architecture: str, towers: dict[str, str]) -> None:
    model = load_embedder(towers[architecture])
    lower = [text.lower() for text in SENTENCES]
    np.testing.assert_array_equal(model.embed_texts([text.upper() for text in SENTENCES]), model.embed_texts(lower))
    tokens = model.tokenizer(lower, padding="max_length", max_length=64, truncation=True, return_tensors="pt")
    with torch.no_grad():
        theirs = model.model.get_text_features(input_ids=tokens["input_ids"]).pooler_output
    np.testing.assert_allclose(model.embed_texts(SENTENCES), torch.nn.functional.normalize(theirs).numpy(), atol=1e-3)


@pytest.mark.parametrize("backend", ["siglip2", "hf"])
def test_naflex_sees_each_picture_in_its_own_shape(backend: str, towers: dict[str, str]) -> None:
    """Beside pictures of other shapes it is what it is alone: patches that only fill the batch up are masked."""
    from transformers import Siglip2ImageProcessor, Siglip2Model

    folder = towers["naflex"].partition(":")[2]
    model, theirs = load_embedder(f"{backend}:{folder}"), Siglip2Model.from_pretrained(folder).eval()
    processor = Siglip2ImageProcessor.from_pretrained(folder)
    images = [*pictures(), Image.new("RGB", (200, 20), "red"), Image.new("RGB", (3, 3), "blue")]
    alone = [processor(images=[image], return_tensors="pt") for image in images]
    assert [inputs["spatial_shapes"].tolist() for inputs in alone] == [
        [[3, 7]], [[4, 5]], [[6, 4]], [[6, 4]], [[8, 3]], [[2, 12]], [[4, 4]],
    ]  # fmt: skip
    with torch.no_grad():
        made = torch.cat([theirs.get_image_features(**inputs).pooler_output for inputs in alone])
    np.testing.assert_allclose(model.embed_images(images), torch.nn.functional.normalize(made).numpy(), atol=1e-3)


def test_mclip_means_over_the_tokens_and_takes_the_other_tower_for_images(towers: dict[str, str]) -> None:
    model, images = load_embedder(towers["mclip"]), load_embedder(towers["clip"])
    tokens = model.tokenizer(["A red cat"], return_tensors="pt")
    with torch.no_grad():
        states = model.tower(**tokens).last_hidden_state[0]
        theirs = torch.nn.functional.normalize(model.projection(states.mean(0)), dim=0)
    np.testing.assert_allclose(model.embed_texts(["A red cat"])[0], theirs.numpy(), atol=1e-3)
    np.testing.assert_array_equal(model.embed_images(pictures()), images.embed_images(pictures()))
    parts = [describe_model("embedder", towers["clip"]).name, towers["mclip"].partition(":")[2].partition("+")[0].rpartition("/")[2]]
    card = model.describe
    assert (card.name, card.revision, len(card.sha256)) == (f"{parts[1]}+{parts[0]}", "local+local", 64)
    assert card.sha256 != images.describe.sha256


def test_mclip_with_towers_that_do_not_belong_together(towers: dict[str, str]) -> None:
    text = towers["mclip"].partition("+")[0]
    with pytest.raises(
        ValueError, match=r"the text tower makes 24 numbers and .* 32; name the image tower that the text tower was trained for"
    ):
        load_embedder(f"{text}+{towers['siglip2']}")
    with pytest.raises(ModelError, match="no image tower named; write a text tower and an embedder, as mclip:M-CLIP/XLM-Roberta-Large"):
        load_embedder(text)
    with pytest.raises(ValueError, match="names no modelBase, so it is no text tower of Multilingual-CLIP"):
        load_embedder(f"mclip:{towers['clip'].partition(':')[2]}+{towers['clip']}")


def test_a_model_without_two_towers(florence2: Path) -> None:
    with pytest.raises(ValueError, match="Florence2Model has not an image and a text tower; write a CLIP-like model"):
        load_embedder(f"hf:{florence2}")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("xlm-roberta-base-ViT-B-32", True),
        ("M-CLIP/XLM-Roberta-Large-Vit-B-32+ViT-B-32/openai", True),
        ("google/siglip2-base-patch16-224", True),
        ("google/siglip-base-patch16-224", False),
        ("ViT-L-16-SigLIP2-256", True),
        ("facebook/metaclip-2-worldwide-huge-quickgelu", True),
        ("openai/clip-vit-base-patch32", False),
        ("somebody/model", None),
    ],
)
def test_the_table_of_families(name: str, known: bool | None) -> None:
    assert expected(name) is known


def _reader(langs: set[str]):
    """Embeds the probe's sentences as what they mean where it reads their language, else as what they look like."""
    meaning = {text: number for lang in langs for number, text in enumerate(_PROBE[lang])}

    def embed_texts(texts):
        numbers = [meaning.get(text, 8 + sum(map(ord, text)) % 56) for text in texts]
        return np.eye(64, dtype=np.float16)[numbers]

    return embed_texts


def test_the_probe_tells_who_reads_other_languages() -> None:
    assert probe(_reader({"en", "de", "ru", "zh"})) == 1
    assert probe(_reader({"en", "de"})) < 0.7
    assert probe(_reader({"en"})) < 0.3


def test_the_probe_overrules_the_table_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not is_multilingual("xlm-roberta-base-ViT-B-32", None, _reader({"en"}))
        assert is_multilingual("somebody/model", None, _reader({"en", "de", "ru", "zh"}))
    assert [record.message.partition(", but")[0] for record in caplog.records] == [
        "embedder xlm-roberta-base-ViT-B-32 is known as multilingual"
    ]


def test_a_card_of_the_model_itself_is_believed(towers: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(towers["clip"].partition(":")[2], tmp_path / "fr")
    (tmp_path / "fr" / "card.json").write_text(json.dumps({"languages": ["en", "fr"]}))
    assert load_embedder(f"hf:{tmp_path / 'fr'}").multilingual
    assert not load_embedder(towers["clip"]).multilingual


def test_bfloat16_is_a_setting_and_near_float32() -> None:
    exact, fast = load_embedder("demo"), load_embedder("demo?dtype=bfloat16")
    np.testing.assert_allclose(fast.embed_texts(SENTENCES), exact.embed_texts(SENTENCES), atol=4e-3)
    np.testing.assert_allclose(np.concatenate([fast.embed_texts([text]) for text in SENTENCES]), fast.embed_texts(SENTENCES), atol=4e-3)
    with pytest.raises(ModelError, match=r"dtype=int4: must be one of auto, float32, bfloat16"):
        load_embedder("demo?dtype=int4")


def test_texts_are_read_as_open_clips_tokenizer_reads_them(towers: dict[str, str]) -> None:
    model = load_embedder(towers["open_clip"])
    texts = [*SENTENCES, "", "  two\n spaces ", "&lt;b&gt; “quoted” ｆｕｌｌ", "word " * 200, "Schöne Grüße", "猫在睡觉。"]
    expected = model.tokenizer(texts)
    made = model.tokens(texts)
    assert made.shape[1] == 40  # the longest is cut
    assert torch.equal(made, expected)
    short = model.tokens(texts[:2])
    assert torch.equal(short, expected[:2, : short.shape[1]])
    assert bool((expected[:2, short.shape[1] :] == 1).all())
    assert load_embedder(towers["english_clip"]).tokens is None  # whose tokenizer is none of transformers'
