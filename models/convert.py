"""Makes a CTranslate2 directory of a translation model: ``python -m models.convert facebook/nllb-200-distilled-600M --out DIR``.

NLLB, M2M100, OPUS-MT (Marian) and MADLAD-400 (T5), from the Hugging Face hub or from a folder that transformers reads. The tokenizer's
files are copied beside the weights, so that the directory is all that ``ct2:DIR`` needs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from models.downloads import snapshot
from models.translators.codes import pair_named
from models.translators.pieces import FILES, load_pieces

QUANTIZATIONS = ("int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32")
FAMILIES = {"m2m_100": "NLLB or M2M100", "marian": "OPUS-MT", "t5": "MADLAD-400"}
_NAMES = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}


def convert(model: str, out: Path, quantization: str = "int8", revision: str | None = None) -> None:
    """Writes ``out``, which must not be there yet; it appears when it is whole.

    Args:
        model: a folder, or ``OWNER/NAME`` on the hub.
        out: where the directory goes.
        quantization: one of `QUANTIZATIONS`; what it is computed in is chosen when it is loaded.
        revision: of the hub's repository: a branch, tag or commit.

    Raises:
        FileExistsError: there is something at ``out``.
        FileNotFoundError: the model is not on this machine and the hub does not answer, or its tokenizer has no file that can be used.
        ValueError: it is a model of another kind.
    """
    if out.exists():
        raise FileExistsError(f"--out {out}: is there already; remove it or name another folder")
    folder = Path(model) if Path(model).is_dir() else snapshot(model, revision, fetch=True)
    assert folder is not None
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if settings.get("model_type") not in FAMILIES:
        known = ", ".join(f"{kind} ({name})" for kind, name in FAMILIES.items())
        raise ValueError(f"{model}: is a model of type '{settings.get('model_type')}'; there are conversions of {known}")
    pieces = load_pieces(folder)
    source = _Vocabulary(pieces.ids, settings["vocab_size"])
    apart = settings.get("share_encoder_decoder_embeddings") is False
    target = _Vocabulary(pieces.target_ids, settings["decoder_vocab_size"]) if apart else None
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        made = Path(scratch) / "model"
        _converter(folder, source, target).convert(str(made), quantization=None if quantization == "float32" else quantization)
        for name in FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, made / name)
        _keep_pair(model, made)
        made.rename(out)


class _Vocabulary:
    """What CTranslate2 asks of a tokenizer, answered from the checkpoint's own files.

    transformers' tokenizers answer otherwise: they rebuild what they load, and add tokens for which the model has no weights.
    """

    def __init__(self, ids: dict[str, int], size: int) -> None:
        by_number = {number: token for token, number in ids.items()}
        # Models have a few rows more than tokens, for the sake of round numbers.
        self.tokens = [by_number.get(number, f"madeupword{number}") for number in range(size)]
        self.special_tokens_map: dict[str, Any] = {}
        self.num_madeup_words = 0
        self.bos_token, self.pad_token = _NAMES["bos_token"], _NAMES["pad_token"]
        self.eos_token, self.unk_token = _NAMES["eos_token"], _NAMES["unk_token"]
        self.unk_token_id = ids[self.unk_token]

    def get_vocab(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def convert_ids_to_tokens(self, number: int) -> str:
        return self.tokens[number]


def _converter(folder: Path, source: _Vocabulary, target: _Vocabulary | None) -> Any:
    """CTranslate2's converter of transformers' checkpoints; ``target`` is the vocabulary of that side where it is another."""
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):
        def load_model(self, *args: Any, **settings: Any) -> Any:
            model = super().load_model(*args, **settings)
            if model.config.model_type == "t5":
                # Whether the scores are scaled; transformers 5 has another name for it, and says "tied" of every T5. With
                # MADLAD-400's scaled by mistake the search would see almost equal beams.
                model.config.tie_word_embeddings = model.config.scale_decoder_outputs
            return model

        def load_tokenizer(self, *args: Any, **settings: Any) -> _Vocabulary:
            return source

        def _load(self) -> Any:
            spec = super()._load()
            if target is not None:
                _set_target(spec, target.tokens)
            return spec

    return Converter(str(folder))


def _set_target(spec: Any, tokens: list[str]) -> None:
    """Gives a Marian model its second vocabulary, which CTranslate2 can have, but its converter does not look for.

    As the converter does with the first, padding is taken off, which stands at the end and only begins a translation.
    """
    kept = tokens[:-1] if tokens[-1] == _NAMES["pad_token"] else tokens
    for part in (spec.decoder.embeddings, spec.decoder.projection):
        part.weight = part.weight[: len(kept)]
    if spec.decoder.projection.has_bias():
        spec.decoder.projection.bias = spec.decoder.projection.bias[: len(kept)]
    spec._vocabularies["target"] = [kept]


def _keep_pair(model: str, made: Path) -> None:
    """Notes the two languages of an OPUS-MT model, which often only its name tells."""
    source, target = pair_named(model)
    file = made / "tokenizer_config.json"
    said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if source and not (said.get("source_lang") and said.get("target_lang")):
        file.write_text(json.dumps(said | {"source_lang": source, "target_lang": target}, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns its exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m models.convert", description=__doc__, formatter_class=layout)
    parser.add_argument("model", help="OWNER/NAME on the Hugging Face hub, or a folder")
    parser.add_argument("--out", type=Path, required=True, help="the directory to write, for ct2:DIR")
    parser.add_argument("--quantization", choices=QUANTIZATIONS, default="int8", help="of the weights as stored (default: int8)")
    parser.add_argument("--revision", help="branch, tag or commit on the hub (default: its main branch)")
    options = parser.parse_args(arguments)
    try:
        convert(options.model, options.out, options.quantization, options.revision)
    except (OSError, ValueError) as error:
        print(f"models.convert: {error}", file=sys.stderr)
        return 1
    print(f"wrote {options.out}; use it as ct2:{options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
