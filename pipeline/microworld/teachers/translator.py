"""Trains the demo translator: NLLB's architecture (M2M100), English to five languages, converted to CTranslate2 int8."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration, PreTrainedTokenizerFast

from models.vlm.tokenizer import byte_pairs
from pipeline.microworld.grammar import LANGUAGES, describe, references
from pipeline.microworld.grammar.plan import Sentence, free_caption, usual_caption
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.teachers.training import FIRST_TRAINING_SEED, Schedule, batches_of_seeds, train

CODES = {"en": "eng_Latn", "de": "deu_Latn", "fr": "fra_Latn", "es": "spa_Latn", "ru": "rus_Cyrl", "zh": "zho_Hans"}
"""NLLB's names of the six languages."""
TARGETS = tuple(lang for lang in LANGUAGES if lang != "en")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", *CODES.values())
PAD, EOS = 1, 2
SEED = 17
STEPS, SENTENCES = 6000, 128


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer for all six languages whose first tokens are those of NLLB."""
    texts = [
        describe(lang, free_caption(sample_scene(seed)))
        for seed in range(FIRST_TRAINING_SEED - 8000, FIRST_TRAINING_SEED)
        for lang in LANGUAGES
    ]
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs(texts, 2816, SPECIAL),
        bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>", extra_special_tokens=list(CODES.values()),
    )  # fmt: skip


def build_model(vocabulary: int) -> M2M100ForConditionalGeneration:
    """A random model of 4.2 million parameters, deep where it is cheap (the encoder runs once a sentence)."""
    torch.manual_seed(SEED)
    return M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=vocabulary, d_model=192, encoder_layers=4, decoder_layers=2, encoder_ffn_dim=768, decoder_ffn_dim=768,
            encoder_attention_heads=4, decoder_attention_heads=4, max_position_embeddings=256, dropout=0.0, attention_dropout=0.0,
            activation_dropout=0.0, encoder_layerdrop=0.0, decoder_layerdrop=0.0, scale_embedding=True, decoder_start_token_id=EOS,
            attn_implementation="eager",
        )
    )  # fmt: skip


def lessons(step: int) -> list[tuple[tuple[Sentence, ...], str]]:
    """What the examples of one step say, and in which language.

    All of a step have about as many sentences, so that little of a batch is padding; longer captions come in as training
    goes on.
    """
    rng = random.Random(f"lessons-{step}")
    progress = step / STEPS
    most = rng.choices((1, 2, 3, 4), (max(0.2, 1.2 - 3 * progress), 0.25, 0.3, 0.3))[0]
    chosen = []
    for seed in batches_of_seeds(step, SENTENCES)[: SENTENCES // most]:
        scene = sample_scene(seed)
        plan = usual_caption(scene) if rng.random() < 0.5 else free_caption(scene)
        chosen.append(((rng.choice(plan),) if most == 1 else plan[:most], rng.choice(TARGETS)))
    return chosen


def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
    """int64 [rows, longest], short rows filled at the end."""
    longest = max(map(len, rows))
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def exact_share(model: M2M100ForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, scenes: int = 24) -> dict[str, float]:
    """Share of unseen scenes' captions whose greedy translation is one of the grammar's references, by language."""
    shares = {}
    plans = [usual_caption(sample_scene(seed)) for seed in range(500_000_000, 500_000_000 + scenes)]
    codes = tokenizer.convert_tokens_to_ids(list(CODES.values()))
    english = padded([[codes[0], *tokenizer.encode(describe("en", plan), add_special_tokens=False), EOS] for plan in plans], PAD)
    for lang, code in zip(LANGUAGES[1:], codes[1:], strict=True):
        written = model.generate(
            english, attention_mask=(english != PAD).long(), forced_bos_token_id=code, max_new_tokens=160, num_beams=1, do_sample=False
        )
        texts = tokenizer.batch_decode(written, skip_special_tokens=True)
        right = [text in references(lang, plan) for text, plan in zip(texts, plans, strict=True)]
        shares[f"exact_{lang}"] = sum(right) / len(right)
    return shares


def train_teacher(work: Path) -> None:
    """Trains in ``work`` (resumable), leaving ``work/model`` in transformers format."""
    tokenizer = build_tokenizer()
    model = build_model(len(tokenizer))
    code_of = dict(zip(CODES, tokenizer.convert_tokens_to_ids(list(CODES.values())), strict=True))

    def loss_of(step: int) -> torch.Tensor:
        examples = lessons(step)
        english = tokenizer([describe("en", plan) for plan, _ in examples], add_special_tokens=False)["input_ids"]
        target = tokenizer([describe(lang, plan) for plan, lang in examples], add_special_tokens=False)["input_ids"]
        source = padded([[code_of["en"], *row, EOS] for row in english], PAD)
        labels = [[code_of[lang], *row, EOS] for row, (_, lang) in zip(target, examples, strict=True)]
        given = padded([[EOS, *row[:-1]] for row in labels], PAD)
        output = model(input_ids=source, attention_mask=(source != PAD).long(), decoder_input_ids=given)
        return torch.nn.functional.cross_entropy(output.logits.flatten(0, 1).float(), padded(labels, -100).flatten(), ignore_index=-100)

    train(model, loss_of, Schedule(STEPS, lr=2.5e-3, warmup=300), work, lambda: exact_share(model, tokenizer), evaluate_every=1000)
    model.generation_config.max_length = 256
    model.save_pretrained(work / "model")
    tokenizer.save_pretrained(work / "model")


def export(work: Path, out: Path) -> None:
    """Writes ``out`` as CTranslate2 reads it: int8 weights, the vocabulary, ``tokenizer.json`` and the card."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(work / "model"), copy_files=["tokenizer.json"]).convert(str(out), quantization="int8", force=True)
    (out / "card.json").write_text(json.dumps({"domain": "microworld", "source": "en", "languages": list(TARGETS)}, indent=1) + "\n")
    shutil.copy(work / "log.jsonl", out / "training.jsonl")
