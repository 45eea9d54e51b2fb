from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoProcessor, Florence2ForConditionalGeneration

from models.vlm import IGNORED, VLM, build, load, save


def inputs(model: VLM, prompts: list[str], texts: list[str]) -> tuple[torch.Tensor, ...]:
    """Images of noise and the padded tokens of prompts and texts."""
    pixels = torch.randn(len(prompts), 3, 64, 64, generator=torch.Generator().manual_seed(5))
    asked = [torch.tensor(model.encode_prompt(prompt)) for prompt in prompts]
    written = [torch.tensor(model.encode_text(text)) for text in texts]
    ids = torch.nn.utils.rnn.pad_sequence(asked, batch_first=True, padding_value=model.config.prompt_marks.pad)
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in asked], batch_first=True)
    return pixels, ids, mask, torch.nn.utils.rnn.pad_sequence(written, batch_first=True, padding_value=IGNORED)


PROMPTS = ["What does the image describe?", "The target language is German. Translate the following text: a red cat in the park"]
WRITTEN = ["The image shows a red cat.", "图为公园里的一只红色的猫。"]


def test_neither_batch_nor_padding_changes_logits(model: VLM) -> None:
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    with torch.no_grad():
        together = model(pixels, ids, mask, labels)
        wider = [torch.nn.functional.pad(tensor, (0, 9), value=value) for tensor, value in ((ids, 1), (mask, 0), (labels, IGNORED))]
        padded = model(pixels, *wider)
    assert together.shape == (*labels.shape, model.config.decoder["vocab_size"])
    for row in range(2):
        asked, written = mask[row].sum(), (labels[row] != IGNORED).sum()
        with torch.no_grad():
            alone = model(pixels[row : row + 1], ids[row : row + 1, :asked], mask[row : row + 1, :asked], labels[row : row + 1, :written])
        torch.testing.assert_close(together[row, :written], alone[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(padded[row, :written], alone[0], rtol=1e-4, atol=1e-4)


def test_a_prompt_is_cut_to_what_fits_beside_a_picture(model: VLM) -> None:
    prompt = torch.tensor([model.encode_prompt("cat " * 3000, limit=9999)])
    assert prompt.shape[1] == model.texts.prompt_room
    size, labels = model.image_size, torch.tensor([model.encode_text("a cat")])
    with torch.no_grad():
        encoded, _ = model.encode(torch.zeros(1, 3, size, size), prompt, torch.ones_like(prompt))
        assert model(torch.zeros(1, 3, size, size), prompt, torch.ones_like(prompt), labels).isfinite().all()
    assert encoded.shape[1] == model.encoder.config.max_position_embeddings


def test_a_label_is_told_by_those_before_it_only(model: VLM) -> None:
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    other = labels.clone()
    other[:, 3:] = 7
    with torch.no_grad():
        first, second = model(pixels, ids, mask, labels), model(pixels, ids, mask, other)
    torch.testing.assert_close(first[:, :4], second[:, :4])
    assert not torch.allclose(first[:, 4:], second[:, 4:])


def test_generation_begins_with_the_prefix_and_takes_the_likeliest_token(model: VLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "config", replace(model.config, search={}))
    pixels, ids, mask, _ = inputs(model, PROMPTS, WRITTEN)
    prefixes = [model.encode_prefix("The image shows"), model.encode_prefix("图")]
    made = model.generate(pixels, ids, mask, prefix_ids=prefixes, beams=1, max_new_tokens=6)
    begin = list(model.config.text_marks.begin)
    for row, (prefix, text) in enumerate(zip(prefixes, made, strict=True)):
        assert text[: len(prefix)] == prefix
        assert len(text) <= len(prefix) + 6
        labels = torch.tensor([[*begin, *text, 0]])
        with torch.no_grad():
            logits = model(pixels[row : row + 1], ids[row : row + 1], mask[row : row + 1], labels)[0]
        new = logits[len(begin) + len(prefix) : len(begin) + len(text)].argmax(-1).tolist()
        assert new == text[len(prefix) :]
    assert model.generate(pixels, ids, mask, prefix_ids=prefixes[0], beams=1, max_new_tokens=6)[0] == made[0]


def test_beams_find_texts_that_are_at_least_as_likely(model: VLM) -> None:
    pixels, ids, mask, _ = inputs(model, PROMPTS, WRITTEN)

    def likelihood(texts: list[list[int]]) -> list[float]:
        begin, end = model.config.text_marks.begin, model.config.text_marks.end
        scores = []
        for row, text in enumerate(texts):
            labels = torch.tensor([[*begin, *text, *([end] if len(text) < 5 else [])]])
            with torch.no_grad():
                logits = model(pixels[row : row + 1], ids[row : row + 1], mask[row : row + 1], labels)[0]
            chosen = logits.log_softmax(-1).gather(1, labels[0][:, None])[len(begin) :, 0]
            scores.append(chosen.sum().item() / len(chosen))
        return scores

    greedy = likelihood(model.generate(pixels, ids, mask, beams=1, max_new_tokens=5))
    searched = likelihood(model.generate(pixels, ids, mask, beams=8, max_new_tokens=5))
    assert all(found >= taken - 1e-4 for found, taken in zip(searched, greedy, strict=True))


def test_search_goes_by_what_the_checkpoint_says(model: VLM, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, ids, mask, _ = inputs(model, PROMPTS, WRITTEN)
    for beams in (1, 3):
        monkeypatch.setattr(model, "config", replace(model.config, search={"no_repeat_ngram_size": 1, "early_stopping": True}))
        for text in model.generate(pixels, ids, mask, beams=beams, max_new_tokens=12):
            assert len(set(text)) == len(text)


def test_prefixes_must_be_as_many_as_images(model: VLM) -> None:
    pixels, ids, mask, _ = inputs(model, PROMPTS, WRITTEN)
    with pytest.raises(ValueError, match="3 prefixes for 2 images: give one for all, or one each"):
        model.generate(pixels, ids, mask, prefix_ids=[[5], [6], [7]])


def test_a_plain_florence_2_says_what_transformers_makes_it_say(florence: Path) -> None:
    model, theirs = load(florence), Florence2ForConditionalGeneration.from_pretrained(florence, attn_implementation="eager").eval()
    processor = AutoProcessor.from_pretrained(florence)
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    image = torch.full((2, 5), processor.tokenizer.image_token_id)
    given = {"input_ids": torch.cat([image, ids], 1), "attention_mask": torch.cat([torch.ones(2, 5), mask], 1), "pixel_values": pixels}
    with torch.no_grad():
        expected = theirs(**given, labels=labels.masked_fill(labels == IGNORED, 1)).logits
        torch.testing.assert_close(model(pixels, ids, mask, labels), expected, rtol=1e-5, atol=1e-5)
    written = theirs.generate(**given, num_beams=4, do_sample=False, max_new_tokens=9, bos_token_id=0, forced_bos_token_id=None)
    expected_texts = processor.batch_decode(written, skip_special_tokens=True)
    assert [model.decode(text) for text in model.generate(pixels, ids, mask, max_new_tokens=9)] == [text.strip() for text in expected_texts]


def test_images_are_prepared_as_florence_2s_processor_does(florence: Path) -> None:
    model, processor = load(florence), AutoProcessor.from_pretrained(florence)
    noise = np.random.default_rng(6).integers(0, 256, (90, 130, 3), dtype=np.uint8)
    expected = processor.image_processor(Image.fromarray(noise), return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(model.preprocess(noise[None]), expected, rtol=0, atol=0.02)
    assert model.preprocess(torch.from_numpy(noise[None])).shape == (1, 3, 64, 64)
    assert load(florence, image_size=96).preprocess(noise[None]).shape == (1, 3, 96, 96)


def test_what_a_frozen_tower_saw_can_be_kept(families: dict[str, VLM]) -> None:
    model = families["florence decoder"]
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    model.train()
    assert not model.vision_tower.training
    seen = model.see(pixels)
    assert not seen.requires_grad
    model.eval()
    with torch.no_grad():
        assert torch.equal(model(None, ids, mask, labels, seen=seen), model(pixels, ids, mask, labels))
        blind = model(None, ids, mask, labels)
    assert blind.shape == (*labels.shape, model.config.decoder["vocab_size"])


def test_gradient_checkpointing_changes_no_gradient(model: VLM) -> None:
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    model.train()
    gradients = []
    for on in (False, True):
        model.set_gradient_checkpointing(on)
        torch.manual_seed(7)
        loss = torch.nn.functional.cross_entropy(model(pixels, ids, mask, labels).flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        loss.backward()
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None})
        model.zero_grad()
    model.set_gradient_checkpointing(False)
    model.eval()
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name])


@pytest.mark.parametrize(("kind", "dtype"), [("florence decoder", torch.bfloat16), ("gemma decoder", torch.float16)])
def test_half_precision(kind: str, dtype: torch.dtype, families: dict[str, VLM], tmp_path: Path) -> None:
    model = families[kind]
    save(model, tmp_path)
    half = load(tmp_path, dtype)
    assert {parameter.dtype for parameter in half.parameters()} == {dtype}
    pixels, ids, mask, labels = inputs(model, PROMPTS, WRITTEN)
    with torch.no_grad():
        whole, halved = model(pixels, ids, mask, labels), half(pixels, ids, mask, labels)
    assert halved.dtype == dtype
    assert torch.nn.functional.cosine_similarity(whole.flatten(), halved.float().flatten(), 0) > 0.99
    assert len(half.generate(pixels, ids, mask, beams=2, max_new_tokens=3)) == 2


def test_a_model_without_a_tokenizer_says_so(tokenizer: Tokenizer) -> None:
    model = build("femto", "random", tokenizer)
    model.tokenizer = None
    with pytest.raises(ValueError, match="this model has no tokenizer"):
        model.encode_text("a cat")
