"""Every stage takes chunks of no row, of one and of two, of which any may be rejected on the way."""

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.chunks import Chunk
from pipeline.config import load_config
from pipeline.demo import Specs
from pipeline.plan import Plan
from pipeline.run import make_plan
from pipeline.stages.base import Given, Stage, advance
from pipeline.stages.dedup import Unique
from pipeline.stages.english import gather
from pipeline.store import Store
from pipeline.tables import BITEXT, SOURCE, VERDICT, table

LANGS = ("en", "de", "fr")
PICTURES = {"red": (220, 40, 40), "blue": (40, 80, 220), "broken": None, "refused": None}
LINES = {
    "red": (
        "The house by the river is red and old.",
        {"de": "Das Haus am Fluss ist rot und alt.", "fr": "La maison est rouge de la ville."},
    ),
    "same": ("A very large red ball lies there today.", {"de": "Ein sehr großer rot Ball ist da.", "fr": "Une grande balle est de rouge."}),
    "short": ("Red.", {"de": "Rot.", "fr": "Rouge."}),
    "nothing": ("", {"de": "", "fr": ""}),
    "refused": ("x", {"de": "x", "fr": "x"}),
}


def picture(colour: tuple[int, int, int]) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (60, 64), colour).save(sink, "JPEG")
    return sink.getvalue()


@pytest.fixture(scope="module")
def plan() -> Plan:
    roles = ("captioner", "translator", "embedder", "identifier")
    teachers = {role: f"python:tests.pipeline.tiny:{role.capitalize()}" for role in roles}
    config = load_config("demo", None, {**teachers, "langs": ",".join(LANGS), "images": "nowhere", "bitext": "", "out": "nowhere"})
    return make_plan(config, Specs("nowhere", "", {}), fetch=True)


def through(store: Store, chunk: Chunk, *stages: Stage, given: list[Given] | None = None) -> Chunk:
    for stage in stages:
        before = chunk.living
        chunk = advance(store, stage, chunk, given or [])
        assert chunk.latest.rows == before
    return chunk


def listed_pictures(store: Store, kinds: list[str]) -> Chunk:
    held: dict[str, bytes] = {}
    for kind in kinds:
        colour = PICTURES[kind]
        held[kind] = picture(colour) if colour else b"junk"
    columns = {
        "index": range(len(kinds)),
        "url": [f"{number}.jpg" for number in range(len(kinds))],
        "image": kinds,
        "reject": ["bad_row" if kind == "refused" else None for kind in kinds],
    }
    return store.list("images-00000", table(columns, {**SOURCE, **VERDICT}), held)


def listed_lines(store: Store, lang: str, kinds: list[str]) -> Chunk:
    columns = {
        "index": range(len(kinds)),
        "raw_en": [LINES[kind][0] for kind in kinds],
        "raw_text": [LINES[kind][1][lang] for kind in kinds],
        "lang": [lang] * len(kinds),
        "file": ["pool.tsv"] * len(kinds),
        "reject": ["bad_row" if kind == "refused" else None for kind in kinds],
    }
    return store.list(f"{lang}-00000", table(columns, {**BITEXT, **VERDICT}))


LINE_KINDS = st.lists(st.sampled_from(sorted(LINES)), max_size=2)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(PICTURES)), max_size=2), LINE_KINDS, LINE_KINDS)
def test_all_stages(plan: Plan, pictures: list[str], german: list[str], french: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(str(Path(folder) / "work"))
        images = through(store, listed_pictures(store, pictures), plan.fetch, Unique(), *plan.describe)
        assert images.living == sum(kind in ("red", "blue") for kind in pictures)
        bitexts = [
            through(store, listed_lines(store, lang, kinds), *plan.clean, Unique()) for lang, kinds in (("de", german), ("fr", french))
        ]
        english = []
        for sides in gather(store, "00-00000", bitexts):
            scored = through(store, sides, *plan.score_english)
            searched = through(store, scored, plan.search_images, given=[images])
            english.append(through(store, scored, plan.density, given=[searched]))
        taken = [through(store, bitext, plan.take_english, given=list(english)) for bitext in bitexts]
        judged = [through(store, bitext, *plan.judge_bitexts) for bitext in taken]
        searched = [through(store, images, plan.search_bitexts, given=[bitext]) for bitext in judged]
        aligned = through(store, images, plan.align, given=list(searched))
        done = through(store, aligned, plan.judge)
        rows = store.read(done.latest, ["annotations", "reject"]).to_pylist()
        assert len(rows) == images.living
        for row in rows:
            assert row["reject"] is None and row["annotations"]
