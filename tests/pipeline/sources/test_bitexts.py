import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import open_bitext
from pipeline.sources.files import SourceError
from pipeline.tables import BITEXT, VERDICT

EN, DE = "A cat.\nTwo dogs.\nA tree.\n", "Eine Katze.\nZwei Hunde.\nEin Baum.\n"
PAIRS = [("A cat.", "Eine Katze."), ("Two dogs.", "Zwei Hunde."), ("A tree.", "Ein Baum.")]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def pairs(spec: str, size: int = 100) -> list[tuple[str, str]]:
    chunks = [chunk for _, chunk in open_bitext(spec).chunks(size)]
    assert all(chunk.schema == pa.schema(list({**BITEXT, **VERDICT}.items())) for chunk in chunks)
    return [(row["raw_en"], row["raw_text"]) for chunk in chunks for row in chunk.to_pylist() if row["reject"] is None]


def refused(spec: str) -> list[tuple[int, str, str]]:
    rows = [row for _, chunk in open_bitext(spec).chunks(100) for row in chunk.to_pylist()]
    return [(row["index"], row["reject"], row["detail"]) for row in rows if row["reject"]]


def test_rows_of_a_pair_of_files(tmp_path):
    en, de = write(tmp_path, "a.en", EN), write(tmp_path, "a.de", DE)
    source = open_bitext(f"de={en},{de}")
    (name, first), (_, second) = source.chunks(2)
    assert name == "de-00000"
    assert first.to_pylist()[1] == {
        "index": 1, "raw_en": "Two dogs.", "raw_text": "Zwei Hunde.", "lang": "de", "file": "a.de", "reject": None, "detail": None,
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


def test_tsv_lines_without_two_sides_are_rejects(tmp_path):
    tsv = write(tmp_path, "a.tsv", "A cat.\tEine Katze.\nlonely\na\tb\tc\n\n\tx\n")
    assert pairs(f"de={tsv}") == [("A cat.", "Eine Katze."), ("", ""), ("", "x")]
    assert refused(f"de={tsv}") == [(1, "bad_row", "line 2 has 1 columns, not two"), (2, "bad_row", "line 3 has 3 columns, not two")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"He said ""no"".\tEr sagte nein."\n', [('"He said ""no"".', 'Er sagte nein."')]),
        ('"He ""said""."\t"Er ""sagte""."\nA cat.\tEine Katze.\n', [('He "said".', 'Er "sagte".'), ("A cat.", "Eine Katze.")]),
        ('"Stop!" he said, "now"\t„Halt!“, sagte er, „jetzt“\n', [('"Stop!" he said, "now"', "„Halt!“, sagte er, „jetzt“")]),
        ('"Stop!"\t"Halt!"\nA cat.\tEine Katze.\n', [('"Stop!"', '"Halt!"'), ("A cat.", "Eine Katze.")]),
        ('"A cat."\t"Eine Katze."\n"A ""dog""."\t"Ein Hund."\n', [("A cat.", "Eine Katze."), ('A "dog".', "Ein Hund.")]),
    ],
)  # fmt: skip
def test_quotes_around_cells(tmp_path, text, expected):
    assert pairs(f"de={write(tmp_path, 'a.tsv', text)}") == expected


@pytest.mark.parametrize(
    "columns",
    [
        {"en": [e for e, _ in PAIRS], "de": [d for _, d in PAIRS], "fr": ["x"] * 3},
        {"source": [e for e, _ in PAIRS], "target": [d for _, d in PAIRS]},
        {"translation": [{"en": e, "de": d} for e, d in PAIRS]},
        {"translation": pa.array([list({"en": e, "de": d}.items()) for e, d in PAIRS], pa.map_(pa.string(), pa.string()))},
        {"en": [e.encode() for e, _ in PAIRS], "de": pa.array([d.encode() for _, d in PAIRS], pa.large_binary())},
        {"en": pa.array([e for e, _ in PAIRS]).dictionary_encode(), "de": pa.array([d for _, d in PAIRS], pa.large_string())},
    ],
    ids=["columns", "source and target", "struct", "map", "bytes", "dictionary"],
)
def test_parquet(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert pairs(f"de={tmp_path}/a.parquet") == PAIRS
    assert open_bitext(f"de={tmp_path}/a.parquet").count() == 3


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"translation": ["A cat."]}, "column 'translation' holds texts, not both sides by language; write two columns, en and de"),
        ({"translation": [["A cat.", "Eine Katze."]]}, "column 'translation' holds values of type list<element: string>, not both sides"),
        ({"en": [["A", "cat"]], "de": ["b"]}, "column 'en' holds values of type list<element: string>, not text; write it as text"),
        ({"en": ["a"], "de": [b"\xff\xfe\xfd"]}, "column 'de' holds bytes that are no text; write it as text in UTF-8"),
    ],
)
def test_parquet_whose_sides_are_no_texts(tmp_path, columns, message):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(SourceError) as caught:
        pairs(f"de={tmp_path}/a.parquet")
    assert str(caught.value).startswith(f"{tmp_path}/a.parquet: {message}")


def test_parquet_with_a_name_twice(tmp_path):
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 3, ["en", "de", "en"]), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="several columns are named en; rename them"):
        pairs(f"de={tmp_path}/a.parquet")


def test_parquet_rows_that_are_no_texts(tmp_path):
    pq.write_table(pa.table({"en": [b"a", b"b", b"\xff"], "de": ["a", "b", "c"]}), tmp_path / "a.parquet")
    assert pairs(f"de={tmp_path}/a.parquet") == [("a", "a"), ("b", "b")]
    assert refused(f"de={tmp_path}/a.parquet") == [(2, "bad_row", "row 3 holds bytes that are not UTF-8")]


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


def test_a_line_that_is_not_utf8_is_a_reject(tmp_path):
    en, de = write(tmp_path, "a.en", "Ä\nÖ\nÜ\n".encode() + b"A caf\xe9.\nB\n"), write(tmp_path, "a.de", "a\nb\nc\nEin Café.\nB\n")
    assert pairs(f"de={en},{de}") == [("Ä", "a"), ("Ö", "b"), ("Ü", "c"), ("B", "B")]
    assert refused(f"de={en},{de}") == [(3, "not_utf8", "line 4 is not UTF-8")]


def test_a_line_that_no_one_would_read_is_a_reject(tmp_path):
    tsv = write(tmp_path, "a.tsv", f"A cat.\tEine Katze.\n{70_000 * 'x'}\ty\n")
    assert refused(f"de={tsv}") == [(1, "too_long", "line 2 has 70,000 characters, at most 65,536 are read")]


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
    latin = write(tmp_path, "latin.tsv", "A café\tEin Café\n".encode("latin-1"))
    for spec, message in (
        (str(tsv), f"--bitext {tsv}: must be LANG=ENGLISH_FILE,OTHER_FILE or LANG=FILE.tsv or LANG=FILE.parquet"),
        ("de=a,b,c", "--bitext de=a,b,c: must be LANG=ENGLISH_FILE,OTHER_FILE"),
        (f"en={tsv}", f"--bitext en={tsv}: name the language that is not English"),
        ("de=x.docx", "--bitext de=x.docx: a single file must end in .tsv or .parquet"),
        (f"de={tmp_path}/none.tsv", f"{tmp_path}/none.tsv: No such file or directory; name a file that can be read"),
        (f"de={tsv}", f"{tsv}: line 1 has 3 columns; there must be two, English and the other language"),
        (f"de={tmp_path}/a.parquet", f"{tmp_path}/a.parquet: no column en or english or source or src among x, de; rename the columns"),
        (f"de={cut}", f"{cut}: is no sound file (Compressed file ended"),
        (f"de={junk}", f"{junk}: is no sound file ("),
        (f"de={latin}", f"{latin}: line 1 is not UTF-8; convert the file, as by iconv -f WINDOWS-1252 -t UTF-8 latin.tsv"),
    ):
        with pytest.raises(SourceError) as caught:
            pairs(spec)
        assert str(caught.value).startswith(message)
        assert "\n" not in str(caught.value)
