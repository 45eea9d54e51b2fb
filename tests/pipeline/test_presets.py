"""Every preset can be planned, with nothing but a list of pictures and a pool of bitexts, offline."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.build import main
from pipeline.config import PRESETS, presets

TEACHERS = {
    "small": ("microsoft/Florence-2-base", "nllb-200-distilled-600M", "xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"),
    "paper": ("llava-hf/llama3-llava-next-8b-hf", "nllb-200-3.3B", "xlm-roberta-large-ViT-H-14/frozen_laion5b_s13b_b90k"),
    "finetune": ("llava-hf/llama3-llava-next-8b-hf", "nllb-200-3.3B", "xlm-roberta-large-ViT-H-14/frozen_laion5b_s13b_b90k"),
    "endpoint": ("Qwen/Qwen2.5-VL-7B-Instruct", "google/gemma-3-12b-it", "xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k"),
}


@pytest.mark.parametrize("preset", TEACHERS)
def test_plan(preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    Path("images.txt").write_text("".join(f"https://example.org/{number}.jpg\n" for number in range(30)))
    Path("de.tsv").write_text("A dog.\tEin Hund.\n" * 50)
    arguments = [f"--preset={preset}", "--plan", "--images=images.txt", "--bitext=de=de.tsv", "--langs=en,de"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    for role, name in zip(("captioner", "translator", "embedder"), TEACHERS[preset], strict=True):
        assert re.search(rf"{role} .*{re.escape(name)}", printed), printed
    assert not Path("data").exists()
    assert not Path("hub").exists()


def test_all_presets_are_documented() -> None:
    text = (PRESETS.parents[1] / "docs" / "teachers.md").read_text(encoding="utf-8").partition("## Presets")[2]
    assert sorted(re.findall(r"^\| `(\w+)` \| ", text, re.MULTILINE)) == sorted(presets())


@pytest.mark.parametrize("preset", TEACHERS)
def test_downloads_of_the_document_are_those_of_the_preset(preset: str) -> None:
    """The comment on top of a preset sums up the row of the document."""
    text = (PRESETS.parents[1] / "docs" / "teachers.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith(f"| `{preset}` |"))
    sizes = [float(size) for size in row.split("|")[5].partition("GB")[0].split("+")]
    head = " ".join(line.lstrip("# ") for line in (PRESETS / f"{preset}.yaml").read_text().splitlines() if line.startswith("#"))
    assert f"Downloads {sum(sizes):g} GB" in head
    assert isinstance(yaml.safe_load((PRESETS / f"{preset}.yaml").read_text()), dict)
