"""Small builds of any shape end well: few pictures and lines, chunks of any size, rows that are rejected, languages that share nothing."""

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from shards.manifest import Manifest
from shards.verify import main as verify
from tests.pipeline.tiny import COLOURS, WORDS

PATTERNS = {
    "en": "The house by the river is {} and old.",
    "de": "Das Haus am Fluss ist {} und alt.",
    "fr": "La maison de la ville est {} et vieille.",
}


def write_pictures(folder: Path, chance: random.Random) -> int:
    """Pictures, of which some are none; gives how many are sound and distinct."""
    folder.mkdir()
    sound = 0
    for number in range(chance.randint(1, 6)):
        if chance.random() < 0.25:
            (folder / f"{number}.jpg").write_bytes(b"junk")
        else:
            Image.new("RGB", (60 + number, 64), COLOURS[chance.choice(list(COLOURS))]).save(folder / f"{number}.jpg")
            readable = chance.random() < 0.8
            (folder / f"{number}.txt").write_bytes("caf\xe9".encode("utf-8" if readable else "latin-1"))
            sound += readable
    return sound


def write_lines(path: Path, lang: str, chance: random.Random) -> int:
    """A bitext with lines of every fate; gives how many there are."""
    lines = []
    for _ in range(chance.randint(1, 7)):
        colour = chance.choice(list(COLOURS))
        pair = f"{PATTERNS['en'].format(colour)}\t{PATTERNS[lang].format(WORDS[lang][colour])}"
        lines.append(chance.choice([pair, pair, "Yes.\tJa.", "\t", "no pair", pair.replace("\t", "&amp;\t")]))
    path.write_text("\n".join([f"{PATTERNS['en'].format('red')}\t{PATTERNS[lang].format(WORDS[lang]['red'])}", *lines]), encoding="utf-8")
    return len(lines) + 1


@pytest.mark.parametrize("seed", range(6))
def test_a_small_build(build, tmp_path, seed):
    chance = random.Random(seed)
    sound = write_pictures(tmp_path / "pictures", chance)
    langs = chance.choice([("de",), ("de", "fr"), ("fr", "de")])
    corpora = [lang for lang in langs for _ in range(chance.randint(0, 2))]
    lines = dict.fromkeys(corpora, 0)
    spec = []
    for number, lang in enumerate(corpora):
        lines[lang] += write_lines(tmp_path / f"{number}.tsv", lang, chance)
        spec.append(f"{lang}={tmp_path}/{number}.tsv")
    roles = ("captioner", "translator", "embedder", "identifier")
    code, log = build(
        [
            f"--images={tmp_path}/pictures",
            f"--bitext={';'.join(spec)}",
            f"--langs=en,{','.join(langs)}",
            "--caption-langs=en",
            f"--out={tmp_path}/out",
            *(f"--{role}=python:tests.pipeline.tiny:{role.capitalize()}" for role in roles),
            f"--image-chunk={chance.randint(1, 4)}",
            f"--bitext-chunk={chance.randint(1, 4)}",
            f"--shard-size={chance.randint(1, 4)}",
            f"--search-block={chance.randint(1, 2)}",
        ]
    )
    if not sound:
        assert (code, log.splitlines()[-1].startswith(f"error: {tmp_path}/out: no image became a sample")) == (1, True), log
        assert not (tmp_path / "out" / "manifest.json").exists()
        return
    assert code == 0, log
    assert verify([str(tmp_path / "out")]) == 0
    manifest = Manifest.read(str(tmp_path / "out"))
    assert manifest.inputs["rows"]["bitext"] == lines
    ledger = pq.read_table(tmp_path / "out" / "fetch.parquet").to_pylist()
    assert len(ledger) == manifest.inputs["rows"]["image"] == len(list((tmp_path / "pictures").glob("*.jpg")))
    assert sum(row["reason"] is None for row in ledger) == sound
    unread = [row["url"] for row in pq.read_table(tmp_path / "out" / "rejects" / "list.parquet").to_pylist() if row["item"] == "image"]
    assert unread == [row["url"] for row in ledger if row["reason"] == "not_utf8"]
    assert sum(manifest.samples(split) for split in manifest.splits) > 0
