"""Trains the demo embedder: an open_clip model with a small ViT and a text tower that reads all six languages."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from models.vlm.tokenizer import byte_pairs
from pipeline.microworld.grammar import LANGUAGES, describe
from pipeline.microworld.grammar.plan import free_caption
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.teachers.captioner import MEAN, PIXELS, STD, FactHeads, pixels_of
from pipeline.microworld.teachers.training import FIRST_TRAINING_SEED, Schedule, batches_of_seeds, train
from pipeline.microworld.topics import topic_sentences

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PAD, EOS = 1, 2
SEED = 29
STEPS, BATCH, TOPICS = 1400, 64, 16
WIDTH = 192


def build_tokenizer() -> PreTrainedTokenizerFast:
    """One tokenizer for captions and for sentences about anything, ``</s>`` at the end of each text."""
    texts = [
        describe(lang, free_caption(sample_scene(seed)))
        for seed in range(FIRST_TRAINING_SEED - 6000, FIRST_TRAINING_SEED)
        for lang in LANGUAGES
    ]
    texts += [text for seed in range(6000) for text in topic_sentences(FIRST_TRAINING_SEED + seed, LANGUAGES).values()]
    tokenizer = byte_pairs(texts, 5000, SPECIAL)
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", EOS)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>", padding_side="right"
    )


def configuration(vocabulary: int) -> dict[str, object]:
    """What open_clip reads as ``open_clip_config.json``."""
    return {
        "model_cfg": {
            "embed_dim": WIDTH,
            "vision_cfg": {
                "image_size": PIXELS, "layers": 5, "width": WIDTH, "head_width": 48, "patch_size": 16, "pool_type": "avg",
            },
            "text_cfg": {
                "context_length": 112, "vocab_size": vocabulary, "hf_tokenizer_name": "tokenizer",
                "width": WIDTH, "heads": 4, "layers": 3, "pad_id": PAD, "eos_id": EOS, "pool_type": "eos",
            },
            "custom_text": True,
        },
        "preprocess_cfg": {"mean": list(MEAN), "std": list(STD), "interpolation": "bicubic", "resize_mode": "squash"},
    }  # fmt: skip


def build_model(vocabulary: int) -> open_clip.CustomTextCLIP:
    """A random model of about five million parameters."""
    torch.manual_seed(SEED)
    settings = configuration(vocabulary)["model_cfg"]
    return open_clip.CustomTextCLIP(settings["embed_dim"], settings["vision_cfg"], settings["text_cfg"])  # type: ignore[index]


def contrast(left: torch.Tensor, right: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """InfoNCE in both directions (Radford et al. 2021) of n vectors with their n counterparts, the first of ``right``.

    What follows them in ``right`` belongs to nothing on the left: wrong answers only.
    """
    logits = scale * torch.nn.functional.normalize(left.float(), dim=1) @ torch.nn.functional.normalize(right.float(), dim=1).T
    rows = torch.arange(len(logits))
    return (torch.nn.functional.cross_entropy(logits, rows) + torch.nn.functional.cross_entropy(logits[:, : len(rows)].T, rows)) / 2


class Tokenize:
    """Texts to int64 [n, longest], and the text tower's causal mask cut to that length."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, model: open_clip.CustomTextCLIP) -> None:
        self.tokenizer, self.mask = tokenizer, model.text.attn_mask

    def __call__(self, texts: list[str], model: open_clip.CustomTextCLIP) -> torch.Tensor:
        tokens = self.tokenizer(texts, padding=True, truncation=True, max_length=len(self.mask), return_tensors="pt")["input_ids"]
        model.text.attn_mask = self.mask[: tokens.shape[1], : tokens.shape[1]]
        return tokens


def recall_at_1(model: open_clip.CustomTextCLIP, tokenize: Tokenize, scenes: int = 256) -> dict[str, float]:
    """Share of unseen pictures whose own caption is the nearest among those of all ``scenes``, by language."""
    chosen = [sample_scene(seed) for seed in range(500_000_000, 500_000_000 + scenes)]
    images = torch.cat([model.encode_image(pixels_of(chosen[start : start + 64]), normalize=True) for start in range(0, scenes, 64)])
    recalls = {}
    for lang in LANGUAGES:
        texts = model.encode_text(tokenize([describe(lang, free_caption(scene)) for scene in chosen], model), normalize=True)
        recalls[f"recall_{lang}"] = ((images @ texts.T).argmax(1) == torch.arange(scenes)).float().mean().item()
    return recalls


def train_teacher(work: Path) -> None:
    """Trains in ``work`` (resumable), leaving ``work/model`` as an open_clip directory, float16."""
    tokenizer = build_tokenizer()
    model = build_model(len(tokenizer))
    tokenize = Tokenize(tokenizer, model)
    heads = FactHeads(WIDTH)
    cells: list[torch.Tensor] = []
    model.visual.ln_post.register_forward_hook(lambda module, given, output: cells.append(output[:, 1:]))

    def loss_of(step: int) -> torch.Tensor:
        rng = random.Random(f"embedder-{step}")
        scenes = [sample_scene(seed) for seed in batches_of_seeds(step, BATCH)]
        lang = rng.choice(LANGUAGES[1:])
        topics = [topic_sentences(seed, ("en", lang)) for seed in batches_of_seeds(step, TOPICS)]
        # All of a step are cut to about the same length, so that little of a batch is padding.
        most = rng.choice((1, 2, 2, 4))
        pairs = []
        for scene in scenes:
            plan = free_caption(scene, lang)[:most]
            pairs.append((describe("en", plan), describe(lang, plan)))
        cells.clear()
        images = model.encode_image(pixels_of(scenes))
        english = model.encode_text(tokenize([text for text, _ in pairs] + [topic["en"] for topic in topics], model))
        other = model.encode_text(tokenize([text for _, text in pairs] + [topic[lang] for topic in topics], model))
        scale = model.logit_scale.exp().clamp(max=100)
        facts = heads(cells[0].transpose(1, 2).unflatten(2, (8, 8)), scenes)
        # Topic sentences are further wrong answers for a picture, and right ones for their translation.
        return contrast(images, english, scale) + contrast(images, other, scale) + contrast(english, other, scale) + 0.5 * facts

    both = torch.nn.ModuleDict({"model": model, "heads": heads})
    schedule = Schedule(STEPS, lr=1.2e-3, warmup=150, weight_decay=0.05)
    train(both, loss_of, schedule, work, lambda: recall_at_1(model, tokenize), evaluate_every=300)
    out = work / "model"
    out.mkdir(exist_ok=True)
    model.text.attn_mask = tokenize.mask
    save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, out / "open_clip_model.safetensors")
    (out / "open_clip_config.json").write_text(json.dumps(configuration(len(tokenizer)), indent=1) + "\n")
    tokenizer.save_pretrained(out)


def export(work: Path, out: Path) -> None:
    """Copies the trained model to ``out`` with its card and training log."""
    shutil.copytree(work / "model", out, dirs_exist_ok=True)
    (out / "card.json").write_text(json.dumps({"domain": "microworld", "languages": list(LANGUAGES)}, indent=1) + "\n")
    shutil.copy(work / "log.jsonl", out / "training.jsonl")
