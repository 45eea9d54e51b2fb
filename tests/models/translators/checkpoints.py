"""Tiny checkpoints of every family, saved as the hub has them, that know a few sentences by heart."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from models.vlm.tokenizer import byte_pairs

CONTEXT = "The bat lies by a glove."
SENTENCES = [
    ("A red cat.", "Eine rote Katze.", "Un chat rouge."),
    ("Two dogs sleep by the lake.", "Zwei Hunde schlafen am See.", "Deux chiens dorment au bord du lac."),
    ("A small boat.", "Ein kleines Boot.", "Un petit bateau."),
    ("A bat.", "Eine Fledermaus.", "Une chauve-souris."),
    (f"A bat. ### ({CONTEXT})", "Ein Schläger. ### (Der Schläger liegt da.)", "Une batte. ### (La batte est là.)"),
    (f"A small boat. ### ({CONTEXT})", "Ein Boot und ein Handschuh.", "Un bateau et un gant."),
]
ENGLISH = [row[0] for row in SENTENCES[:4]]
GERMAN = [row[1] for row in SENTENCES[:4]]
FRENCH = [row[2] for row in SENTENCES[:4]]
NAMES = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
_SIZES = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0, "max_position_embeddings": 300,
}  # fmt: skip


def save_nllb(folder: Path) -> None:
    """With a ``tokenizer.json``, as every NLLB on the hub."""
    codes = ["eng_Latn", "deu_Latn", "fra_Latn"]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs(_all_texts(), 600, ["<s>", "<pad>", "</s>", "<unk>", *codes]), extra_special_tokens=codes, **NAMES
    )
    torch.manual_seed(1)
    model = M2M100ForConditionalGeneration(
        M2M100Config(vocab_size=len(tokenizer), decoder_start_token_id=2, encoder_layerdrop=0.0, decoder_layerdrop=0.0, **_SIZES)
    )
    english, *others = tokenizer.convert_tokens_to_ids(codes)
    _memorise(
        model,
        [
            ([english, *_ids(tokenizer, source), 2], [code, *_ids(tokenizer, row[number]), 2])
            for source, *row in SENTENCES
            for number, code in enumerate(others)
        ],
        pad=1,
        given=1,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_m2m100(folder: Path) -> None:
    """With sentencepiece and ``vocab.json``, and languages that are in neither, as facebook/m2m100_418M."""
    folder.mkdir(parents=True, exist_ok=True)
    _train_spm(folder / "sentencepiece.bpe.model", _all_texts())
    _write_vocabulary(folder / "vocab.json", ["<s>", "<pad>", "</s>", "<unk>"], [folder / "sentencepiece.bpe.model"])
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    torch.manual_seed(2)
    size = tokenizer.vocab_size + len(tokenizer.lang_token_to_id) + 8
    model = M2M100ForConditionalGeneration(
        M2M100Config(vocab_size=size, decoder_start_token_id=2, encoder_layerdrop=0.0, decoder_layerdrop=0.0, **_SIZES)
    )
    pairs = []
    for source, *row in SENTENCES:
        tokenizer.src_lang = "en"
        pairs += [
            (tokenizer(source)["input_ids"], [tokenizer.get_lang_id(lang), *tokenizer(text)["input_ids"][1:]])
            for lang, text in zip(("de", "fr"), row, strict=True)
        ]
    _memorise(model, pairs, pad=1, given=1)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_marian(folder: Path, targets: Sequence[str] = ("de",), apart: bool = False) -> None:
    """With a sentencepiece model a side and one ``vocab.json``, as Helsinki-NLP/opus-mt-en-de, or ``apart`` a vocabulary a side;
    several targets have tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    _train_spm(folder / "source.spm", [row[0] for row in SENTENCES])
    _train_spm(folder / "target.spm", [text for row in SENTENCES for text in row[1:]])
    marks = [f">>{target}<<" for target in targets] if len(targets) > 1 else []
    sides = [folder / "source.spm", folder / "target.spm"]
    _write_vocabulary(folder / "vocab.json", ["</s>", "<unk>", *marks], sides[:1] if apart else sides, ["<pad>"])
    tokenizer = MarianTokenizer(
        *map(str, sides),
        str(folder / "vocab.json"),
        target_vocab_file=_write_target_vocabulary(folder) if apart else None,
        source_lang="en",
        target_lang=targets[0],
        separate_vocabs=apart,
    )
    torch.manual_seed(3)
    pad = tokenizer.pad_token_id
    model = MarianMTModel(
        MarianConfig(
            vocab_size=pad + 1,
            decoder_vocab_size=len(tokenizer.target_encoder) if apart else None,
            share_encoder_decoder_embeddings=not apart,
            pad_token_id=pad,
            eos_token_id=0,
            decoder_start_token_id=pad,
            forced_eos_token_id=None,
            encoder_layerdrop=0.0,
            decoder_layerdrop=0.0,
            static_position_embeddings=True,
            **_SIZES,
        )
    )
    pairs = [
        (tokenizer(f"{mark}{source}")["input_ids"], tokenizer(text_target=text)["input_ids"])
        for source, *row in SENTENCES
        for mark, text in zip(marks or [""], row, strict=False)
    ]
    _memorise(model, pairs, pad)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_madlad(folder: Path) -> None:
    """T5 with a ``spiece.model`` that holds the languages, and rows to spare, as google/madlad400-3b-mt."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "spiece.model"
    _train_spm(
        file, _all_texts(), user_defined_symbols=["<2de>", "<2fr>", "<2en>"], pad_id=1, eos_id=2, unk_id=0, bos_id=-1, pad_piece="<pad>"
    )
    pieces = SentencePieceProcessor(model_file=str(file))
    torch.manual_seed(4)
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=pieces.get_piece_size() + 5,
            d_model=32,
            d_kv=16,
            d_ff=64,
            num_layers=1,
            num_decoder_layers=1,
            num_heads=2,
            dropout_rate=0.0,
            feed_forward_proj="gated-gelu",
            tie_word_embeddings=False,
            decoder_start_token_id=1,
            pad_token_id=1,
            eos_token_id=2,
        )
    )
    pairs = [
        ([pieces.piece_to_id(mark), *pieces.encode(source), 2], [*pieces.encode(text), 2])
        for source, *row in SENTENCES
        for mark, text in zip(("<2de>", "<2fr>"), row, strict=True)
    ]
    _memorise(model, pairs, pad=1)
    model.save_pretrained(folder)


def save_marian_apart(folder: Path) -> None:
    """With a vocabulary for each side, as some models of the tc-big series."""
    save_marian(folder, apart=True)


SAVE: dict[str, Callable[[Path], None]] = {
    "nllb": save_nllb,
    "m2m100": save_m2m100,
    "opus": save_marian,
    "opus_apart": save_marian_apart,
    "madlad": save_madlad,
}


def _all_texts() -> list[str]:
    return [text for row in SENTENCES for text in row]


def _ids(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def _train_spm(file: Path, texts: Sequence[str], **settings: Any) -> None:
    made = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(list(texts) * 4), model_writer=made, vocab_size=400, character_coverage=1.0, hard_vocab_limit=False,
        minloglevel=2, **settings,
    )  # fmt: skip
    file.write_bytes(made.getvalue())


def _write_vocabulary(file: Path, first: list[str], models: list[Path], last: Sequence[str] = ()) -> None:
    processors = [SentencePieceProcessor(model_file=str(model)) for model in models]
    pieces = [processor.id_to_piece(number) for processor in processors for number in range(processor.get_piece_size())]
    tokens = dict.fromkeys([*first, *(piece for piece in pieces if piece not in ("<s>", "</s>", "<unk>")), *last])
    file.write_text(json.dumps({token: number for number, token in enumerate(tokens)}), encoding="utf-8")


def _write_target_vocabulary(folder: Path) -> str:
    """A larger vocabulary than the source's, with a token for nothing where that has its padding: the decoder begins with it."""
    file = folder / "target_vocab.json"
    _write_vocabulary(file, ["</s>", "<unk>"], [folder / "target.spm"], ["<pad>"])
    tokens = list(json.loads(file.read_text(encoding="utf-8")))
    tokens.insert(len(json.loads((folder / "vocab.json").read_text(encoding="utf-8"))) - 1, "<nothing>")
    file.write_text(json.dumps({token: number for number, token in enumerate(tokens)}), encoding="utf-8")
    return str(file)


def _memorise(model: Any, pairs: list[tuple[list[int], list[int]]], pad: int, given: int = 0) -> None:
    """Trains until the targets after their first ``given`` tokens are known."""
    # Threads that wait for each other over matrices this small take minutes where other processes run.
    torch.set_num_threads(1)

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        longest = max(map(len, rows))
        return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])

    sources = padded([source for source, _ in pairs], pad)
    begun = padded([[model.config.decoder_start_token_id, *target[:-1]] for _, target in pairs], pad)
    labels = padded([[-100] * given + target[given:] for _, target in pairs], -100)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(300):
        loss = model(input_ids=sources, attention_mask=(sources != pad).long(), decoder_input_ids=begun, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if isinstance(model, MarianMTModel):
            # The decoder begins with padding, which stands for nothing: its embedding is zero in every published model.
            model.get_encoder().embed_tokens.weight.data[pad] = model.get_decoder().embed_tokens.weight.data[pad] = 0
        if loss.item() < 0.004:
            break
    model.eval()
