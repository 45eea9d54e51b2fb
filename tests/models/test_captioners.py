"""Captioners on tiny checkpoints of the real architectures: batches, alt texts, beginnings, tasks, ends."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from models.captioners.prompts import BEGINNING, QUESTION, after_beginning, question
from models.captioners.writing import whole_sentences, write
from models.protocols import Caption
from models.registry import ModelError, load_captioner
from tests.models.architectures import CAPTIONERS, CHAT_MODELS

ALTS = [None, "a dog", "Two dogs sleep by the lake. " * 3, "", "x"]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory, florence2: Path) -> dict[str, str]:
    """The spec of each architecture's tiny checkpoint."""
    specs = {"florence2": f"florence2:{florence2}"}
    for name, build in CAPTIONERS.items():
        backend, _, architecture = name.partition(":")
        folder = tmp_path_factory.mktemp(architecture)
        build(folder)
        specs[architecture] = f"{backend}:{folder}"
    return specs


def pictures() -> list[Image.Image]:
    """Five of different colours, sizes and shapes."""
    rng = np.random.default_rng(4)
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (255, 255, 255), (0, 0, 0)]
    return [
        Image.fromarray((np.array(colour) * rng.random((40 + 25 * number, 90 - 10 * number, 1))).astype(np.uint8))
        for number, colour in enumerate(colours)
    ]


@pytest.mark.parametrize("architecture", ["florence2", *(name.partition(":")[2] for name in CAPTIONERS)])
def test_batch_size_never_changes_a_caption(architecture: str, checkpoints: dict[str, str]) -> None:
    """Chat models are told alt texts of very different lengths, so that their prompts are padded."""
    model = load_captioner(("alt+" if architecture in CHAT_MODELS else "") + checkpoints[architecture])
    images = pictures()
    whole = model.caption(images, ALTS)
    for size in (1, 4, 6):
        batched = [c for start in range(0, 5, size) for c in model.caption(images[start : start + size], ALTS[start : start + size])]
        assert [caption.text for caption in batched] == [caption.text for caption in whole]
        assert [caption.logprob for caption in batched] == pytest.approx([caption.logprob for caption in whole], abs=2e-3)
    order = [3, 1, 4, 0, 2]
    assert [caption.text for caption in model.caption([images[i] for i in order], [ALTS[i] for i in order])] == [
        whole[i].text for i in order
    ]
    assert len({caption.logprob for caption in whole}) > 1, "it looks at the pictures"
    assert model.caption([], []) == []


@pytest.mark.parametrize("architecture", CHAT_MODELS)
def test_answers_begin_as_they_are_made_to(architecture: str, checkpoints: dict[str, str]) -> None:
    model = load_captioner(checkpoints[architecture])
    asked = []

    def note(module: torch.nn.Module, given: tuple, named: dict) -> None:
        if not asked:
            asked.append(model.processor.tokenizer.decode(named["input_ids"][0]))

    hook = model.model.register_forward_pre_hook(note, with_kwargs=True)
    made = model.caption(pictures()[:1], ["an alt text"])[0]
    hook.remove()
    assert asked[0].endswith(BEGINNING)
    assert QUESTION in asked[0]
    assert "an alt text" not in asked[0]
    assert made.text.startswith(BEGINNING)
    assert len(made.text) > len(BEGINNING)


@pytest.mark.parametrize("architecture", CHAT_MODELS)
def test_what_an_alt_text_does(architecture: str, checkpoints: dict[str, str]) -> None:
    plain, told = load_captioner(checkpoints[architecture]), load_captioner("alt+" + checkpoints[architecture])
    image = pictures()[:1]
    assert plain.caption(image, ["Two dogs"]) == plain.caption(image, [None]) == told.caption(image, [None]) == told.caption(image, [" "])
    assert told.caption(image, ["Two dogs by the lake"]) != told.caption(image, [None])
    marks = [f"{mark} Two dogs" for mark in told.processor.tokenizer.all_special_tokens]
    assert {caption.text for caption in told.caption(image * len(marks), marks)} == {told.caption(image, ["Two dogs"])[0].text}


def test_florence2_has_three_tasks(checkpoints: dict[str, str]) -> None:
    spec = checkpoints["florence2"]
    tasks = {task: load_captioner(f"{spec}?task={task}").caption(pictures(), ALTS) for task in ("short", "detailed", "more_detailed")}
    assert tasks["more_detailed"] == load_captioner(spec).caption(pictures(), ALTS)
    assert tasks["short"] != tasks["detailed"] != tasks["more_detailed"] != tasks["short"]
    with pytest.raises(ModelError, match="task=long: must be one of short, detailed, more_detailed"):
        load_captioner(f"{spec}?task=long")
    with pytest.raises(ModelError, match="there is no setting 'style'; there are task"):
        load_captioner(f"{spec}?style=short")


def test_none_keeps_the_alt_text() -> None:
    model = load_captioner("none")
    assert model.caption(pictures(), ALTS) == [Caption(text, 0.0) for text in ("", "a dog", ALTS[2].strip(), "", "x")]
    assert (model.describe.spec, model.describe.name, model.describe.sha256) == ("none", "alt", "")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("alt+florence2:x/y", "captioner 'alt+florence2:x/y': florence2 reads no alt texts; leave out 'alt+', or write one of alt+vlm:..."),
        ("none:x", "captioner 'none:x': write none, it has no models to choose from"),
        ("vlm:x/y?task=short", "captioner 'vlm:x/y?task=short': vlm has no settings; leave out '?task=short'"),
        ("vlm:", "captioner 'vlm:': no model named; write the folder of a chat model that sees"),
    ],
)
def test_what_cannot_be_is_told(spec: str, message: str) -> None:
    with pytest.raises(ModelError) as error:
        load_captioner(spec)
    assert str(error.value).startswith(message)


def test_a_checkpoint_without_a_chat_template(checkpoints: dict[str, str]) -> None:
    folder = checkpoints["blip"].partition(":")[2]
    with pytest.raises(ValueError, match=r"has no chat template .* write blip:, blip2: or florence2:"):
        load_captioner(f"vlm:{folder}")


@pytest.mark.parametrize("architecture", ["florence2", "blip", "blip2", "idefics3"])
def test_a_caption_ends_at_its_end_and_its_logprob_is_the_mean_up_to_there(architecture: str, checkpoints: dict[str, str]) -> None:
    """A token that the second caption holds is made the one that ends captions."""
    model = load_captioner(checkpoints[architecture])
    inputs = _inputs(model, pictures())
    free, *_ = write(model.model, inputs)
    end = int(free[1, 3])
    kept = (model.model.generation_config.eos_token_id, getattr(model, "ends", None))
    inner = getattr(model.model, "language_model", model.model)
    if architecture == "blip":
        model.model.config.text_config.sep_token_id = end
    else:
        inner.generation_config.eos_token_id = model.model.generation_config.eos_token_id = end
    written, means, finished = write(model.model, inputs, [end])
    made = model.model.generate(
        **inputs, max_new_tokens=written.shape[1], do_sample=False, output_scores=True, return_dict_in_generate=True
    )
    if architecture == "blip":
        model.model.config.text_config.sep_token_id = 3
    else:
        inner.generation_config.eos_token_id = model.model.generation_config.eos_token_id = kept[0]
    logprobs = torch.stack(made.scores, 1).log_softmax(-1).gather(2, written[:, : len(made.scores), None])[:, :, 0]
    for row, (mean, done) in enumerate(zip(means, finished, strict=True)):
        stops = (written[row] == end).nonzero().flatten().tolist()
        assert done == bool(stops)
        assert mean == pytest.approx(float(logprobs[row, : stops[0] + 1 if stops else None].mean()), abs=1e-3)
    assert finished[1]


@pytest.mark.parametrize(
    ("written", "caption"),
    [
        (" a cat. It sleeps.", "The image shows a cat. It sleeps."),
        (", well, a cat", "The image shows, well, a cat"),
        ("The image shows a cat", "The image shows a cat"),
        ('"Open" on a door', 'The image shows "Open" on a door'),
        (" ", ""),
    ],
)
def test_after_the_beginning(written: str, caption: str) -> None:
    assert after_beginning(written) == caption


@pytest.mark.parametrize(
    ("text", "finished", "kept"),
    [
        ("A cat sleeps. It is", False, "A cat sleeps."),
        ("A cat sleeps. It is", True, "A cat sleeps. It is"),
        ('A sign says "Stop." A man', False, 'A sign says "Stop."'),
        ("A cat with 3.5 legs", False, "A cat with 3.5 legs"),
        ("A cat. A dog.", False, "A cat. A dog."),
        ("A cat sleeps at St. Peter's in the", False, "A cat sleeps at St. Peter's in the"),
        ("A cat  sleeps.  Mr. Smith and the U.S. flag", False, "A cat  sleeps."),
    ],
)
def test_a_sentence_that_the_limit_cut_is_left_out(text: str, finished: bool, kept: str) -> None:
    assert whole_sentences(text, finished) == kept


def test_an_alt_text_in_the_question() -> None:
    assert question("  ") == question(None) == QUESTION
    assert "'Two dogs'" in question(" Two\n dogs ")
    assert len(question("x" * 5000)) < 700


def _inputs(model: Any, images: list[Image.Image]) -> Any:
    if hasattr(model, "prompt"):
        return model.processor(text=[model.prompt] * len(images), images=images, return_tensors="pt")
    if not hasattr(model, "with_alt"):
        return model.processor(images=images, return_tensors="pt")
    text = ["<|im_start|>User:<image>Describe.<end_of_utterance>\nAssistant: The image shows"] * len(images)
    return model.processor(text=text, images=[[image] for image in images], padding=True, return_tensors="pt")
