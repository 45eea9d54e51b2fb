import gzip
import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import open_bitext
from pipeline.sources.files import SourceError
from pipeline.tables import BITEXT

EN, DE = "A cat.\nTwo dogs.\nA tree.\n", "Eine Katze.\nZwei Hunde.\nEin Baum.\n"
PAIRS = [("A cat.", "Eine Katze."), ("Two dogs.", "Zwei Hunde."), ("A tree.", "Ein Baum.")]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def pairs(spec: str, size: int = 100) -> list[tuple[str, str]]:
    chunks = [chunk for _, chunk in open_bitext(spec).chunks(size)]
    assert all(chunk.schema == pa.schema(list(BITEXT.items())) for chunk in chunks)
    return [(row["en"], row["text"]) for chunk in chunks for row in chunk.to_pylist()]


def test_rows_of_a_pair_of_files(tmp_path):
    en, de = write(tmp_path, "a.en", EN), write(tmp_path, "a.de", DE)
    source = open_bitext(f"de={en},{de}")
    (name, first), (_, second) = source.chunks(2)
    assert name == "de-00000"
    assert first.to_pylist()[1] == {
        "id": hashlib.sha256(b"de\0Two dogs.\0Zwei Hunde.").hexdigest()[:32],
        "index": 1, "en": "Two dogs.", "text": "Zwei Hunde.", "lang": "de", "file": "a.de",
    }  # fmt: skip
    assert second["index"].to_pylist() == [2]
    assert source.count() == 3


def test_the_last_line_needs_no_end_and_windows_lines_do_not_matter(tmp_path):
    en, de = write(tmp_path, "a.en", "\ufeff" + EN.replace("\n", "\r\n")), write(tmp_path, "a.de", DE[:-1])
    assert pairs(f"de={en},{de}") == PAIRS


def test_only_a_newline_ends_a_line(tmp_path):
    en, de = write(tmp_path, "a.en", "A\u2028cat\x0b\x85.\rand\nB\n"), write(tmp_path, "a.de", "Katze\nB\n")
    assert pairs(f"de={en},{de}") == [("A\u2028cat\x0b\x85.\rand", "Katze"), ("B", "B")]


@pytest.mark.parametrize(
    ("ending", "compress"), [("gz", gzip.compress), ("zst", lambda data: pa.Codec("zstd").compress(data, asbytes=True))]
)
def test_files_may_be_compressed(tmp_path, ending, compress):
    en, de = write(tmp_path, f"a.en.{ending}", compress(EN.encode())), write(tmp_path, f"a.de.{ending}", compress(DE.encode()))
    assert pairs(f"de={en},{de}") == PAIRS
    tsv = write(tmp_path, f"a.tsv.{ending}", compress("".join(f"{e}\t{d}\n" for e, d in PAIRS).encode()))
    assert pairs(f"de={tsv}") == PAIRS
    assert open_bitext(f"de={tsv}").count() == 3


def test_tsv_lines_without_two_sides_have_an_empty_one(tmp_path):
    tsv = write(tmp_path, "a.tsv", "A cat.\tEine Katze.\nlonely\na\tb\tc\n\n\tx\n")
    assert pairs(f"de={tsv}") == [("A cat.", "Eine Katze."), ("lonely", ""), ("a\tb\tc", ""), ("", ""), ("", "x")]


@pytest.mark.parametrize(
    "columns",
    [
        {"en": [e for e, _ in PAIRS], "de": [d for _, d in PAIRS], "fr": ["x"] * 3},
        {"source": [e for e, _ in PAIRS], "target": [d for _, d in PAIRS]},
        {"translation": [{"en": e, "de": d} for e, d in PAIRS]},
    ],
)
def test_parquet(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert pairs(f"de={tmp_path}/a.parquet") == PAIRS
    assert open_bitext(f"de={tmp_path}/a.parquet").count() == 3


def test_parquet_nulls_are_empty_sides(tmp_path):
    pq.write_table(pa.table({"en": ["a", None], "de": [None, "b"]}), tmp_path / "a.parquet")
    assert pairs(f"de={tmp_path}/a.parquet") == [("a", ""), ("", "b")]


def test_several_corpora_never_share_a_chunk(tmp_path):
    de, fr = write(tmp_path, "de.tsv", "a\tb\nc\td\n"), write(tmp_path, "fr.tsv", "a\tb\n")
    source = open_bitext(f" de={de} ; fr={fr};de={de}; ")
    assert [(name, chunk["lang"].to_pylist()) for name, chunk in source.chunks(10)] == [
        ("de-00000", ["de", "de"]),
        ("fr-00000", ["fr"]),
        ("de-00001", ["de", "de"]),
    ]
    ids = [chunk["id"].to_pylist() for _, chunk in source.chunks(10)]
    assert (ids[0] == ids[2], ids[0][0] == ids[1][0]) == (True, False)


def test_what_is_not_utf8_is_marked(tmp_path):
    en, de = write(tmp_path, "a.en", b"A caf\xe9.\nB\n"), write(tmp_path, "a.de", "Ein Café.\nB\n")
    assert pairs(f"de={en},{de}") == [("A caf\ufffd.", "Ein Café."), ("B", "B")]


def test_the_fingerprint_is_of_the_contents(tmp_path):
    (tmp_path / "other").mkdir()
    one, two = write(tmp_path, "a.tsv", "a\tb\n"), write(tmp_path / "other", "a.tsv", "a\tb\n")
    assert open_bitext(f"de={one}").fingerprint() == open_bitext(f"de={two}").fingerprint()
    write(tmp_path / "other", "a.tsv", "a\tc\n")
    assert open_bitext(f"de={one}").fingerprint() != open_bitext(f"de={two}").fingerprint()


def test_files_of_different_length(tmp_path):
    en, de = write(tmp_path, "a.en", 1204 * "x\n"), write(tmp_path, "a.de", 1203 * "y\n")
    with pytest.raises(SourceError) as caught:
        pairs(f"de={en},{de}")
    assert str(caught.value) == f"{en}: 1,204 lines, {de}: 1,203; line-aligned files must have the same length"


def test_errors_are_one_line(tmp_path):
    tsv = write(tmp_path, "a.tsv", "1.2\ta\tb\n")
    pq.write_table(pa.table({"x": ["a"], "de": ["b"]}), tmp_path / "a.parquet")
    cut = write(tmp_path, "cut.tsv.gz", gzip.compress(b"abc\tdef\n" * 5000)[:-20])
    junk = write(tmp_path, "junk.parquet", "junk")
    for spec, message in (
        (str(tsv), f"--bitext {tsv}: must be LANG=ENGLISH_FILE,OTHER_FILE or LANG=FILE.tsv or LANG=FILE.parquet"),
        ("de=a,b,c", "--bitext de=a,b,c: must be LANG=ENGLISH_FILE,OTHER_FILE"),
        (f"en={tsv}", f"--bitext en={tsv}: name the language that is not English"),
        ("de=x.docx", "--bitext de=x.docx: a single file must end in .tsv or .parquet"),
        (f"de={tmp_path}/none.tsv", f"{tmp_path}/none.tsv: No such file or directory; name a file that can be read"),
        (f"de={tsv}", f"{tsv}: line 1 has 3 columns; there must be two, English and the other language"),
        (f"de={tmp_path}/a.parquet", f"{tmp_path}/a.parquet: no column en or english or source or src among x, de; rename the columns"),
        (f"de={cut}", f"{cut}: no sound file (Compressed file ended"),
        (f"de={junk}", f"{junk}: no sound file ("),
    ):
        with pytest.raises(SourceError) as caught:
            pairs(spec)
        assert str(caught.value).startswith(message)
        assert "\n" not in str(caught.value)
