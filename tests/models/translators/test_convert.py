"""From a checkpoint to a CTranslate2 directory, and what is said where that cannot be."""

import json
from pathlib import Path

import pytest

from models.convert import convert, main
from models.translators.pieces import load_pieces


def test_the_command_writes_all_that_ct2_needs(checkpoints: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "nllb"
    assert main([str(checkpoints["nllb"]), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"wrote {out}; use it as ct2:{out}\n"
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json", "model.bin", "shared_vocabulary.json", "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    assert [path.name for path in out.parent.iterdir()] == ["nllb"]


@pytest.mark.parametrize(
    ("family", "files"),
    [
        ("m2m100", {"sentencepiece.bpe.model", "vocab.json"}),
        ("opus", {"source.spm", "target.spm", "vocab.json"}),
        ("opus_apart", {"source.spm", "target.spm", "vocab.json", "target_vocab.json", "source_vocabulary.json", "target_vocabulary.json"}),
        ("madlad", {"spiece.model"}),
    ],
)
def test_tokenizer_files_lie_beside_the_weights(family: str, files: set[str], converted: dict[str, Path]) -> None:
    assert files <= {path.name for path in converted[family].iterdir()}


@pytest.mark.parametrize("family", ["nllb", "m2m100", "madlad"])
def test_the_vocabulary_is_the_models_own(family: str, checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    tokens = json.loads((converted[family] / "shared_vocabulary.json").read_text())
    size = json.loads((checkpoints[family] / "config.json").read_text())["vocab_size"]
    ids = load_pieces(checkpoints[family]).ids
    assert len(tokens) == size
    assert {token: number for number, token in enumerate(tokens) if not token.startswith("madeupword")} == ids


def test_a_vocabulary_a_side(checkpoints: dict[str, Path], converted: dict[str, Path]) -> None:
    """Of different lengths, each without the padding that stands at its end."""
    pieces = load_pieces(checkpoints["opus_apart"])
    assert len(pieces.target_ids) > len(pieces.ids) + 1
    for ids, side in ((pieces.ids, "source"), (pieces.target_ids, "target")):
        tokens = json.loads((converted["opus_apart"] / f"{side}_vocabulary.json").read_text())
        assert tokens == sorted(ids, key=lambda token: ids[token])[:-1]
        assert ids["<pad>"] == len(tokens)


def test_m2m100s_numbers_are_those_of_transformers(checkpoints: dict[str, Path]) -> None:
    from transformers import M2M100Tokenizer

    theirs, ours = M2M100Tokenizer.from_pretrained(checkpoints["m2m100"]), load_pieces(checkpoints["m2m100"])
    for text in ("A red cat.", "Zwei Hunde, zwei.", "Ünknown ☃"):
        assert [ours.ids.get(token, ours.ids["<unk>"]) for token in ours.split(text)] == theirs(text, add_special_tokens=False)["input_ids"]
    assert {f"__{lang}__": number for lang, number in theirs.lang_code_to_id.items()}.items() <= ours.ids.items()


def test_a_pair_that_only_the_name_tells_is_noted(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    source = tmp_path / "opus-mt-tc-big-en-de"
    source.mkdir()
    for path in checkpoints["opus"].iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    (source / "tokenizer_config.json").unlink()
    convert(str(source), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "tokenizer_config.json").read_text()) == {"source_lang": "en", "target_lang": "de"}


def test_what_is_there_is_kept(checkpoints: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(checkpoints["opus"]), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"models.convert: --out {tmp_path}: is there already; remove it or name another folder\n"


def test_other_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bart"}')
    with pytest.raises(ValueError, match=r"is a model of type 'bart'; there are conversions of m2m_100 \(NLLB or M2M100\), marian"):
        convert(str(tmp_path), tmp_path / "out")
    with pytest.raises(FileNotFoundError, match=r"no tokenizer there; copy tokenizer\.json, or the sentencepiece models"):
        load_pieces(tmp_path)


def test_offline_it_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    assert main(["facebook/nllb-200-distilled-600M", "--out", str(tmp_path / "out")]) == 1
    assert "where there is a network, run 'hf download facebook/nllb-200-distilled-600M'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
