"""Lines are those of the built-in reader, and each can be found again by its place."""

from pathlib import Path

import pytest

from pipeline.sources.lines import Lines

TEXTS = (
    b"",
    b"\n",
    b"a\nb",
    b"a\r\nb\rc\r\r\nd\r",
    b"\xef\xbb\xbfa\xef\xbb\xbf\n\xef\xbb\xbfb",
    b"caf\xe9\xe2\x82\nx",
    "a\u2028b\x0bc\n".encode(),
)


@pytest.mark.parametrize("returns", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_lines_and_their_places(tmp_path: Path, text: bytes, returns: bool) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(text)
    lines, starts, found = Lines(str(path), returns=returns), [0], list[str]()
    for line in lines:
        found.append(line)
        starts.append(lines.position)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="" if returns else "\n") as file:
        assert found == list(file)
    assert (lines.seekable, starts[-1]) == (True, len(text))
    for number, start in reversed([*enumerate(starts[:-1])][1:]):
        lines.seek(start)
        assert list(lines) == found[number:]


def test_a_compressed_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "x.gz").write_bytes(gzip.compress(b"a\nb\n"))
    lines = Lines(str(tmp_path / "x.gz"))
    assert (list(lines), lines.seekable) == (["a\n", "b\n"], False)
