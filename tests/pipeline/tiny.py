"""Small honest teachers for tests: they look at the average colour of a picture and know the words for it, nothing more."""

import time
from collections.abc import Sequence

import numpy as np
from PIL import Image

from models.protocols import Caption, ModelCard, Translation

COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (40, 80, 220), "white": (235, 235, 235), "black": (25, 25, 25)}
WORDS = {
    "de": {"red": "rot", "green": "grün", "blue": "blau", "white": "weiß", "black": "schwarz"},
    "fr": {"red": "rouge", "green": "vert", "blue": "bleu", "white": "blanc", "black": "noir"},
}
SENTENCES = {
    "en": ["The picture is {} in the middle.", "Its edges are {} as well.", "Nothing else can be seen."],
    "de": ["Das Bild ist in der Mitte {}.", "Seine Ränder sind ebenfalls {}.", "Sonst ist nichts zu sehen."],
    "fr": ["L'image est de couleur {} au milieu.", "Ses bords sont aussi de couleur {}.", "On ne voit rien d'autre."],
}


def nearest_colour(image: Image.Image) -> str:
    mean = np.asarray(image.convert("RGB"), np.float32).reshape(-1, 3).mean(0)
    return min(COLOURS, key=lambda name: float(((mean - COLOURS[name]) ** 2).sum()))


def colours_of(text: str) -> list[str]:
    words = {word.strip(".,") for word in text.lower().split()}
    return [name for name in COLOURS if words & {name, *(table[name] for table in WORDS.values())}]


class Captioner:
    describe = ModelCard("python:tests.pipeline.tiny:Captioner", "tiny-captioner", "1", "c" * 64, None)

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        """One to three sentences, more of them the wider the picture."""
        return [Caption(" ".join(SENTENCES["en"][: 1 + image.width % 3]).format(*[nearest_colour(image)] * 2), -0.25) for image in images]


class Translator:
    describe = ModelCard("python:tests.pipeline.tiny:Translator", "tiny-translator", "1", "d" * 64, None)
    languages = frozenset(WORDS)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        return [Translation(self._translate(text, target), -0.5) for text in texts]

    def _translate(self, text: str, target: str) -> str:
        for english, other in zip(SENTENCES["en"], SENTENCES[target], strict=True):
            for name in COLOURS:
                text = text.replace(english.format(name), other.format(WORDS[target][name]))
        return text


class Embedder:
    describe = ModelCard("python:tests.pipeline.tiny:Embedder", "tiny-embedder", "1", "e" * 64, None)
    dim, multilingual = len(COLOURS) + 1, True

    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        return np.stack([self._vector([nearest_colour(image)]) for image in images])

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(colours_of(text)) for text in texts])

    def _vector(self, colours: list[str]) -> np.ndarray:
        vector = np.array([float(name in colours) for name in COLOURS] + [0.1], np.float32)
        return (vector / np.linalg.norm(vector)).astype(np.float16)


class Identifier:
    MARKS = {
        "de": {"das", "ist", "sind", "sonst", "ein"},
        "fr": {"l'image", "est", "ses", "de", "une", "on"},
        "en": {"the", "is", "are", "a", "nothing", "its"},
    }

    def identify(self, texts: Sequence[str], langs: Sequence[str]) -> list[tuple[str, float]]:
        return [max(((lang, self._share(text, lang)) for lang in langs), key=lambda pair: pair[1]) for text in texts]

    def _share(self, text: str, lang: str) -> float:
        words = set(text.lower().replace(".", "").split())
        return len(words & self.MARKS[lang]) / max(1, sum(len(words & marks) for marks in self.MARKS.values()))


class PickyEmbedder(Embedder):
    """Fails on the number seven."""

    describe = ModelCard("python:tests.pipeline.tiny:PickyEmbedder", "picky-embedder", "1", "f" * 64, None)

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        if any(text.endswith("No 7.") for text in texts):
            raise ValueError("seven")
        return super().embed_texts(texts)


class SlowCaptioner(Captioner):
    """Takes its time, so that a test can stop it."""

    describe = ModelCard("python:tests.pipeline.tiny:SlowCaptioner", "slow-captioner", "1", "a" * 64, None)

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        time.sleep(0.2)
        return super().caption(images, alts)


class BrokenCaptioner(Captioner):
    """A model that never works."""

    describe = ModelCard("python:tests.pipeline.tiny:BrokenCaptioner", "broken-captioner", "1", "b" * 64, None)

    def caption(self, images: Sequence[Image.Image], alts: Sequence[str | None]) -> list[Caption]:
        raise RuntimeError("no kernel image is available")
