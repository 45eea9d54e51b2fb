import io

import pyarrow as pa
from PIL import Image

from pipeline.stages.caption import Caption
from pipeline.tables import SOURCE
from tests.pipeline.tiny import Captioner


def test_what_people_described_in_english_is_described_only_where_everything_is():
    sink = io.BytesIO()
    Image.new("RGB", (60, 60), (220, 40, 40)).save(sink, "JPEG")
    human = [
        None,
        [("en", None, "Red.", "Folk")],
        [("en", None, " ", "Folk")],
        [("de", "Red.", "Rot.", "Folk"), ("de", None, "Rot.", "Folk")],
    ]
    names = ("lang", "source", "text", "model")
    rows = [texts and [dict(zip(names, text, strict=True)) for text in texts] for texts in human]
    sizes = {"width": [60] * 4, "height": [60] * 4}
    chunk = pa.table({"key": ["0" * 32] * 4, **sizes, "alt": pa.nulls(4, pa.string()), "human": pa.array(rows, SOURCE["human"])})
    pictures = {"0" * 32: sink.getvalue()}
    red = "The picture is red in the middle."
    made = Caption(Captioner.describe).look(chunk, pictures).to_pydict()
    assert made == {
        "caption": [red, None, red, red],
        "caption_logprob": [-0.25, None, -0.25, -0.25],
        "reject": [None] * 4,
        "detail": [None] * 4,
    }
    assert Caption(Captioner.describe, True).look(chunk, pictures)["caption"].to_pylist() == [red] * 4
