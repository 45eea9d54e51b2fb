"""Exports: the form that the published trainer reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from shards.export import caption_via_translation, main
from shards.sample import Annotation, Sample
from shards.tar import members


def test_caption_via_translation(
    pristine: Path, tmp_path: Path, make_samples: Callable[[str, range], list[Sample]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(pristine), "--format", "caption-via-translation", "--out", str(tmp_path / "export")]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/export: 8 samples of train, 2 samples of val, 2 samples of test\n"
    names = ["test-00000.tar", "train-00000.tar", "train-00001.tar", "val-00000.tar"]
    assert sorted(path.name for path in (tmp_path / "export").iterdir()) == names
    with open(tmp_path / "export/val-00000.tar", "rb") as file:
        found = list(members(file))
    first, second = make_samples("val", range(8, 10))
    assert [name for name, _ in found] == [f"{first.key}.jpg", f"{first.key}.data", f"{second.key}.jpg", f"{second.key}.data"]
    assert found[0][1] == first.jpg
    assert json.loads(found[1][1]) == [
        {"type": "caption", "lang": "en", "prompt": "<LANG_EN><CAPTION>", "output": "A red fox sleeps."},
        {"type": "caption", "lang": "de", "prompt": "<LANG_DE><CAPTION>", "output": "Ein roter Fuchs schläft."},
        {"type": "translation", "lang": "de", "prompt": "<LANG_DE><TRANSLATE>A red fox sleeps.", "output": "Ein roter Fuchs schläft."},
        {"type": "translation", "lang": "fr", "prompt": "<LANG_FR><TRANSLATE>A red fox sleeps.", "output": "Un renard roux dort."},
        {"type": "translation", "lang": "fr", "prompt": "<LANG_FR><TRANSLATE>A fox in the snow.", "output": "Un renard dans la neige."},
    ]


def test_styles() -> None:
    styles = ("short", "detailed", "more_detailed")
    captions = tuple(Annotation(task="caption", lang="zh", style=style, text="狐狸。", origin="translator") for style in styles)
    sample = Sample(key="0" * 32, sha256="0" * 64, jpg_sha256="0" * 64, width=1, height=1, split="test", annotations=captions)
    extension, data = caption_via_translation(sample)
    prompts = ["<LANG_ZH><CAPTION>", "<LANG_ZH><DETAILED_CAPTION>", "<LANG_ZH><MORE_DETAILED_CAPTION>"]
    assert (extension, [entry["prompt"] for entry in json.loads(data)]) == ("data", prompts)


def test_refusals(pristine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(pristine), "--format", "caption-via-translation", "--out", str(pristine)]) == 2
    assert capsys.readouterr().err == f"{pristine}: holds files already; choose an empty folder\n"
    assert main([str(tmp_path), "--format", "caption-via-translation", "--out", str(tmp_path / "export")]) == 2
    assert "manifest.json: is not there" in capsys.readouterr().err
