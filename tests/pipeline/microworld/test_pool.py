import gzip
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from models.registry import load_language_identifier
from pipeline.microworld.faults import PoolFaults
from pipeline.microworld.grammar import LANGUAGES, en
from pipeline.microworld.pool import pool_lines, write_pool

LINES, SHOWN = 6000, range(2000)


@pytest.fixture(scope="module")
def german():
    return list(pool_lines("de", LINES, 0, SHOWN))


def test_files_are_aligned_and_the_same_each_time(tmp_path: Path) -> None:
    spec = write_pool(tmp_path / "a", ("en", "de", "zh"), 200, 3, SHOWN)
    assert spec.replace("/a/", "/b/") == write_pool(tmp_path / "b", ("en", "de", "zh"), 200, 3, SHOWN)
    for lang, ending in (("de", ""), ("zh", ".gz")):
        sides = [tmp_path / "a" / f"pool.en-{lang}.{side}{ending}" for side in ("en", lang)]
        again = [tmp_path / "b" / path.name for path in sides]
        assert [path.read_bytes() for path in sides] == [path.read_bytes() for path in again]
        texts = [(gzip.decompress(path.read_bytes()) if ending else path.read_bytes()).decode().split("\n") for path in sides]
        lines = list(pool_lines(lang, 200, 3, SHOWN))
        assert texts == [[line.en for line in lines] + [""], [line.text for line in lines] + [""]]


def test_a_language_without_a_grammar_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the microworld has no pl; it has en, de, fr, es, ru, zh"):
        write_pool(tmp_path, ("en", "pl"), 10)


def test_faults_come_at_their_rates(german) -> None:
    found = Counter(line.fault for line in german)
    for fault in fields(PoolFaults):
        if fault.name not in ("scene", "garbled"):  # what is plain ASCII cannot be garbled
            assert found[fault.name] / LINES == pytest.approx(getattr(PoolFaults, fault.name), abs=0.008), fault.name
    assert sum(line.scene is not None for line in german) / LINES == pytest.approx(PoolFaults.scene, abs=0.03)


def test_sound_lines_about_scenes_are_true_of_them_and_half_are_in_the_image_list(german) -> None:
    sound = [line for line in german if line.fault is None and line.scene is not None]
    assert all(en.parse(line.en) is not None for line in sound)
    assert sum(line.scene in SHOWN for line in sound) / len(sound) == pytest.approx(0.5, abs=0.04)


def test_a_fault_is_what_it_says(german) -> None:
    by_fault = {fault.name: [line for line in german if line.fault == fault.name] for fault in fields(PoolFaults)}
    assert all(line.text == line.en for line in by_fault["copied"])
    assert all(len(line.en) < 12 for line in by_fault["too_short"])
    assert all("Ã" in line.text or "Â" in line.text for line in by_fault["garbled"])
    assert all(len(line.text.split()) >= 12 for line in by_fault["repeated"])
    assert all(line.en.split()[-1] != line.text.split()[-1] for line in by_fault["number_changed"])
    found = load_language_identifier("lid:").identify([line.text for line in by_fault["wrong_language"]], LANGUAGES)
    assert sum(lang == "de" for lang, _ in found) / len(found) < 0.02
    found = load_language_identifier("lid:").identify([line.en for line in by_fault["wrong_english"]], LANGUAGES)
    assert sum(lang == "en" for lang, _ in found) / len(found) < 0.02
    said = Counter((line.en, line.text) for line in german)
    assert sum(said[line.en, line.text] > 1 for line in by_fault["duplicate"]) / len(by_fault["duplicate"]) > 0.8


def test_half_of_the_english_sides_are_the_same_in_every_language(german) -> None:
    french = list(pool_lines("fr", LINES, 0, SHOWN))
    same = sum(left.en == right.en for left, right in zip(german, french, strict=True))
    assert same / LINES == pytest.approx(0.43, abs=0.03)  # half, less what faults and endings change
