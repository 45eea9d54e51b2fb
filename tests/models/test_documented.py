"""The examples of docs/teachers.md, as they stand there, and its tables."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.protocols import Caption, Translation
from models.registry import BACKENDS, ModelError, describe_model, load_captioner, load_embedder, load_language_identifier, load_translator

TEXT = (Path(__file__).parents[2] / "docs" / "teachers.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("examples")
    blocks = dict(re.findall(r"```python\n# (my_\w+)\.py\n(.*?)```", TEXT, re.DOTALL))
    for name, code in blocks.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield sorted(blocks)


def test_there_is_one_for_each_protocol(examples: list[str]) -> None:
    assert examples == ["my_captioner", "my_embedder", "my_identifier", "my_translator"]
    assert TEXT.count("```python") == 4


def test_the_captioner() -> None:
    spec = "python:my_captioner:Colours"
    images = [Image.new("RGB", (40, 20), (210, 20, 20)), Image.new("RGB", (20, 40), (30, 70, 210))]
    assert load_captioner(spec).caption(images, [None, "alt"]) == [
        Caption("The image shows something red. It is wide.", 0.0),
        Caption("The image shows something blue. It is tall.", 0.0),
    ]
    assert describe_model("captioner", spec).spec == spec


def test_the_translator() -> None:
    model = load_translator("python:my_translator:Glossary")
    made = model.translate(["The image shows something red. It is wide."], "en", "de")
    assert made == [Translation("Das Bild zeigt etwas Rotes. Es ist breit.", 0.0)]
    assert model.languages == {"de"}
    with pytest.raises(ValueError, match="translator glossary has no 'fr'; it has de"):
        model.translate(["red"], "en", "fr")


def test_the_embedder() -> None:
    model = load_embedder("python:my_embedder:Histogram")
    images = model.embed_images([Image.new("RGB", (4, 4), (200, 0, 0)), Image.new("RGB", (4, 4), (0, 0, 200))])
    texts = model.embed_texts(["something blue", "something red"])
    assert (images.dtype, images.shape, model.dim, model.multilingual) == (np.float16, (2, 3), 3, False)
    assert (images.astype(np.float32) @ texts.astype(np.float32).T).argmax(1).tolist() == [1, 0]
    assert model.embed_images([]).shape == model.embed_texts([]).shape == (0, 3)


def test_the_identifier() -> None:
    model = load_language_identifier("python:my_identifier:Alphabet")
    assert model.identify(["Schöne Bäume", "trees", "¿Qué?"], ["en", "de", "es"]) == [
        ("de", 1.0),
        ("en", 0.6),
        ("es", 1.0),
    ]


def test_a_class_without_a_card() -> None:
    with pytest.raises(ModelError, match="has no describe; give the class one, as describe = ModelCard"):
        describe_model("captioner", "python:my_identifier:Alphabet")


@pytest.mark.parametrize("backend", sorted({name for kind in ("captioner", "translator", "embedder") for name in BACKENDS[kind]}))
def test_every_backend_is_in_the_document_and_in_the_registrys_own_table(backend: str) -> None:
    import models.registry

    assert re.search(rf"`{backend}[:`]", TEXT)
    assert re.search(rf"``{backend}[:`]", models.registry.__doc__ or "")
