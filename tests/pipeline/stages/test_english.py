from itertools import combinations

import pyarrow as pa
import pytest

from pipeline.stages.english import SHARED, TakeEnglish, english_ids, family, gather
from pipeline.store import Store
from pipeline.tables import NORMALISED, table, vectors

LANGS = ("en", "de", "fr", "zh-TW")
SENTENCES = [f"Sentence {number}." for number in range(40)]


def bitext(store, chunk, sentences):
    columns = {"id": [f"{chunk}{place}" for place in range(len(sentences))], "en": sentences}
    return store.list(chunk, table(columns, NORMALISED))


def english(store, chunks):
    return [store.load(chunk, ["en"])["en"].to_pylist() for chunk in chunks]


def test_each_english_side_of_a_family_is_there_once(tmp_path):
    store = Store(str(tmp_path))
    chunks = [
        bitext(store, "de-00003", SENTENCES[:20]),
        bitext(store, "fr-00003", SENTENCES[10:30]),
        bitext(store, "zh-TW-00003", SENTENCES[:40:2]),
    ]
    made = list(gather(store, "00-00003", chunks))
    assert (
        [chunk.id for chunk in made]
        == english_ids([chunk.id for chunk in chunks], LANGS)
        == [f"english-00-0{part}-00003" for part in range(3)]
    )
    assert {family(chunk.id, LANGS) for chunk in (*chunks, *made)} == {"00-00003"}
    held = english(store, made)
    assert sorted(text for texts in held for text in texts) == sorted({*SENTENCES[:30], *SENTENCES[30:40:2]})
    assert not any(set(left) & set(right) for left, right in combinations(held, 2))
    assert list(gather(store, "00-00003", reversed(chunks))) == made


def test_chunks_without_rows_share_nothing(tmp_path):
    store = Store(str(tmp_path))
    assert english(store, gather(store, "00-00000", [bitext(store, "de-00000", []), bitext(store, "fr-00000", [])])) == [[], []]


def test_a_family_is_of_few_languages_and_of_one_number():
    langs = ("en", *(f"l{number}" for number in range(1, 2 * SHARED)))
    assert family("l1-00000", langs) == family(f"l{SHARED - 1}-00000", langs) == "00-00000"
    assert family(f"l{SHARED}-00000", langs) == "01-00000"
    assert family("l1-00001", langs) == "00-00001"
    assert english_ids(["l1-00000", f"l{SHARED}-00000", "l2-00000", "l1-00001"], langs) == [
        "english-00-00-00000", "english-00-01-00000", "english-01-00-00000", "english-00-00-00001",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_bitexts_get_what_was_found_for_their_english_side(cut):
    sides = pa.table(
        {"row": range(3), "en": ["a", "b", "c"], "en_found": ["en", "en", "de"], "en_prob": pa.array([0.9, 0.8, 0.7], pa.float32())}
        | {"vector": vectors([[1, 0], [0, 1], [0.5, 0.5]]), "density": pa.array([0.1, 0.2, 0.3], pa.float32())}
        | {"closest": pa.array([0.4, None, 0.6], pa.float32())}
    )
    chunk = pa.table({"row": range(5), "en": ["c", "a", "lost", "c", "b"]})
    made = TakeEnglish().run(chunk, iter([sides.slice(0, cut), sides.slice(cut)]))
    assert made["en_found"].to_pylist() == ["de", "en", None, "de", "en"]
    assert made["vector"].to_pylist() == [[0.5, 0.5], [1, 0], None, [0.5, 0.5], [0, 1]]
    assert made["closest"].cast(pa.float16()).to_pylist() == pa.array([0.6, 0.4, None, 0.6, None], pa.float16()).to_pylist()
    assert made["reject"].to_pylist() == [None, None, "model_failed", None, None]
    assert made["detail"][2].as_py() == "its English side could not be embedded; rejects/embed_english.parquet says why"
