"""Captions through a real server on loopback: the picture as a data URL, the beginning forced, the alt text on demand."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from models.captioners.prompts import question
from models.protocols import Caption
from models.registry import load_captioner
from tests.models.endpoint_server import Server, answer


def pictures(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (20 + number, 10), (40 * number, 0, 0)) for number in range(count)]


def width(asked: dict) -> dict:
    """Describes how wide the picture is."""
    url = asked["messages"][0]["content"][0]["image_url"]["url"]
    head, _, data = url.partition(",")
    assert head == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    begun = asked["messages"][-1]["role"] == "assistant"
    text = f"a red picture of {picture.width} pixels. It is {'very ' * 3}plain"
    return answer(f" {text}" if begun else f"The image shows {text}", [-0.5, -1.0], "length")


@pytest.mark.parametrize("size", [1, 4, 5, 6])
def test_each_picture_gets_its_own_caption(size: int) -> None:
    with Server(width) as server:
        model = load_captioner(f"openai:{server.url}#tiny")
        images = pictures(5)
        batches = [images[start : start + size] for start in range(0, 5, size)]
        made = [caption for batch in batches for caption in model.caption(batch, [None] * len(batch))]
        # The sentence that the limit cut off is left out.
        assert made == [Caption(f"The image shows a red picture of {20 + number} pixels.", -0.75) for number in range(5)]


def test_the_beginning_is_forced_by_an_answer_already_begun() -> None:
    with Server(width) as server:
        load_captioner(f"openai:{server.url}#tiny").caption(pictures(1), ["an alt text"])
        load_captioner(f"openai:{server.url}#tiny?prefill=off").caption(pictures(1), ["an alt text"])
        forced, asked = server.requests
        assert forced["messages"][1] == {"role": "assistant", "content": "The image shows"}
        assert (forced["continue_final_message"], forced["add_generation_prompt"]) == (True, False)
        assert [message["role"] for message in asked["messages"]] == ["user"]
        assert asked["messages"][0]["content"][1]["text"] == question(None) + ' Begin with "The image shows".'
        assert "continue_final_message" not in asked


def test_the_alt_text_is_told_where_the_spec_says_so() -> None:
    with Server(width) as server:
        load_captioner(f"openai:{server.url}#tiny").caption(pictures(1), ["Rex in 2019"])
        load_captioner(f"alt+openai:{server.url}#tiny").caption(pictures(2), ["Rex in 2019", None])
        told = [request["messages"][0]["content"][1]["text"] for request in server.requests]
        assert sorted(told) == sorted([question(None), question(None), question("Rex in 2019")])


def test_no_pictures_no_requests() -> None:
    with Server(width) as server:
        assert load_captioner(f"openai:{server.url}#tiny").caption([], []) == []
        assert server.requests == []
        noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (1500, 1500, 3), dtype=np.uint8))
        assert len(load_captioner(f"openai:{server.url}#tiny").caption([noise], [None])) == 1
