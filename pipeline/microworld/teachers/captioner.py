"""Trains the demo captioner: Florence-2's architecture at six million parameters, English captions of scenes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPImageProcessor, Florence2Config, Florence2ForConditionalGeneration, Florence2Processor, PreTrainedTokenizerFast

from models.vlm.tokenizer import byte_pairs
from pipeline.microworld.claims import KINDS, check_captions
from pipeline.microworld.grammar import describe
from pipeline.microworld.grammar.plan import free_caption, usual_caption
from pipeline.microworld.layout import place_groups
from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import ACTIONS, COLOURS, LIGHTS, NOUNS, PLACES, SIZES, Scene, sample_scene
from pipeline.microworld.teachers.training import FIRST_TRAINING_SEED, Schedule, batches_of_seeds, train
from pipeline.microworld.teachers.translator import padded

PIXELS, GRID = 128, 8
IMAGE_TOKENS = GRID * GRID + 1
PROMPT = "Describe with a paragraph what is shown in the image."
"""What Florence-2's processor makes of ``<MORE_DETAILED_CAPTION>``."""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<image>")
PAD, EOS = 1, 2
MEAN, STD = (0.48, 0.47, 0.45), (0.25, 0.25, 0.27)
SEED = 23
STEPS, BATCH = 8900, 40


def build_processor() -> Florence2Processor:
    """Image processor (128 px, normalised) and an English tokenizer of at most 640 tokens."""
    texts = [describe("en", free_caption(sample_scene(seed))) for seed in range(FIRST_TRAINING_SEED - 8000, FIRST_TRAINING_SEED)]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs([*texts, *[PROMPT] * 10], 640, SPECIAL),
        bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>", extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    images = CLIPImageProcessor(
        size={"height": PIXELS, "width": PIXELS}, do_center_crop=False, image_mean=list(MEAN), image_std=list(STD), resample=3
    )
    images.image_seq_length = IMAGE_TOKENS
    return Florence2Processor(images, tokenizer, num_additional_image_tokens=1)


def build_model(vocabulary: int, image_token: int) -> Florence2ForConditionalGeneration:
    """A random model. The tower ends at stride 16, not 32, for things are small at 128 px."""
    torch.manual_seed(SEED)
    vision = {
        "depths": (1, 1, 2, 1), "patch_size": (7, 3, 3, 3), "patch_stride": (4, 2, 2, 1), "patch_padding": (3, 1, 1, 1),
        "embed_dim": (32, 64, 160, 224), "num_heads": (1, 2, 5, 7), "num_groups": (1, 2, 5, 7), "window_size": 8,
        "projection_dim": 192, "drop_path_rate": 0.0,
    }  # fmt: skip
    text = {
        "model_type": "bart", "vocab_size": vocabulary, "d_model": 192, "encoder_layers": 2, "decoder_layers": 3, "encoder_ffn_dim": 768,
        "decoder_ffn_dim": 768, "encoder_attention_heads": 4, "decoder_attention_heads": 4, "max_position_embeddings": 192,
        "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0, "pad_token_id": PAD, "bos_token_id": 0,
        "eos_token_id": EOS, "decoder_start_token_id": EOS, "forced_eos_token_id": None,
    }  # fmt: skip
    model = Florence2ForConditionalGeneration(Florence2Config(vision_config=vision, text_config=text, image_token_id=image_token))
    # On a CPU the fused attention's backward pass takes three times as long as the plain one's at these sizes.
    model.set_attn_implementation("eager")
    return model


def pixels_of(scenes: list[Scene]) -> torch.Tensor:
    """float32 [n, 3, PIXELS, PIXELS], normalised as the processor does."""
    stack = np.stack([np.asarray(render_scene(scene, PIXELS)) for scene in scenes]).astype(np.float32) / 255
    return torch.from_numpy((stack - np.float32(MEAN)) / np.float32(STD)).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


class FactHeads(torch.nn.Module):
    """Reads a scene's facts off the tower's grid, which teaches the tower to see long before the decoder asks it to.

    In each cell that holds the middle of a thing: its noun, colour, count of its group, size and action; of the whole
    picture: place and light. Only for training.
    """

    CELL = {"noun": len(NOUNS) + 1, "colour": len(COLOURS), "count": 4, "size": len(SIZES) + 1, "action": len(ACTIONS) + 1}

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.cells = torch.nn.ModuleDict({name: torch.nn.Linear(width, classes) for name, classes in self.CELL.items()})
        self.place, self.light = torch.nn.Linear(width, len(PLACES)), torch.nn.Linear(width, len(LIGHTS))

    def forward(self, grid: torch.Tensor, scenes: list[Scene]) -> torch.Tensor:
        """Mean cross-entropy of all facts; ``grid`` is float [n, width, GRID, GRID]."""
        cells = self.norm(grid.flatten(2).transpose(1, 2))
        targets = {name: torch.full((len(scenes), GRID * GRID), -100) for name in self.CELL}
        targets["noun"].fill_(len(NOUNS))
        for row, scene in enumerate(scenes):
            for placement in place_groups(scene):
                group = scene.groups[placement.group]
                across = min(GRID - 1, max(0, int(placement.x / 256 * GRID)))
                down = min(GRID - 1, max(0, int((placement.y - placement.size / 2) / 256 * GRID)))
                cell = down * GRID + across
                targets["noun"][row, cell] = NOUNS.index(group.noun)
                targets["colour"][row, cell] = COLOURS.index(group.colour)
                targets["count"][row, cell] = group.count - 1
                targets["size"][row, cell] = SIZES.index(group.size) + 1 if group.size else 0
                targets["action"][row, cell] = ACTIONS.index(group.action) + 1 if group.action else 0
        emptiness = torch.ones(len(NOUNS) + 1)
        emptiness[-1] = 0.1
        loss = torch.zeros(())
        for name, head in self.cells.items():
            weight = emptiness if name == "noun" else None
            logits = head(cells).float().flatten(0, 1)
            # What a thing is takes longest to learn.
            share = 2.0 if name == "noun" else 1.0
            loss = loss + share * torch.nn.functional.cross_entropy(logits, targets[name].flatten(), weight=weight, ignore_index=-100)
        whole = cells.mean(1)
        for head, names, values in (
            (self.place, PLACES, [scene.place for scene in scenes]),
            (self.light, LIGHTS, [scene.light for scene in scenes]),
        ):
            loss = loss + torch.nn.functional.cross_entropy(head(whole).float(), torch.tensor([names.index(value) for value in values]))
        return loss


def train_teacher(work: Path) -> None:
    """Trains in ``work`` (resumable), leaving ``work/model`` in transformers format, float16."""
    processor = build_processor()
    tokenizer = processor.tokenizer
    model = build_model(len(tokenizer), tokenizer.image_token_id)
    heads = FactHeads(model.config.vision_config.embed_dim[-1])
    prompt = [tokenizer.image_token_id] * IMAGE_TOKENS + [0, *tokenizer.encode(PROMPT, add_special_tokens=False), EOS]

    def inputs(scenes: list[Scene]) -> dict[str, torch.Tensor]:
        ids = torch.tensor([prompt] * len(scenes))
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels_of(scenes)}

    seen: list[torch.Tensor] = []
    model.model.vision_tower.register_forward_hook(lambda module, given, output: seen.append(output.last_hidden_state))

    def loss_of(step: int) -> torch.Tensor:
        scenes = [sample_scene(seed) for seed in batches_of_seeds(step, BATCH)]
        captions = tokenizer([describe("en", usual_caption(scene)) for scene in scenes], add_special_tokens=False)["input_ids"]
        given = padded([[EOS, *row] for row in captions], PAD)
        wanted = padded([[*row, EOS] for row in captions], -100)
        seen.clear()
        output = model(**inputs(scenes), decoder_input_ids=given)
        words = torch.nn.functional.cross_entropy(output.logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=-100)
        # Until the tower sees, captions only teach the decoder word frequencies: the facts are what makes it look.
        return words + heads(seen[0], scenes)

    def evaluate() -> dict[str, float]:
        scenes = [sample_scene(seed) for seed in range(500_000_000, 500_000_128)]
        written = model.generate(**inputs(scenes), max_new_tokens=90, num_beams=1, do_sample=False)
        tally, readable = check_captions(tokenizer.batch_decode(written, skip_special_tokens=True), scenes)
        return {"readable": readable / len(scenes)} | {kind: tally.share(kind) for kind in KINDS}

    both = torch.nn.ModuleDict({"model": model, "heads": heads})
    train(both, loss_of, Schedule(STEPS, lr=1.2e-3, warmup=150), work, evaluate, evaluate_every=300)
    model.generation_config.update(max_length=None, max_new_tokens=96)
    model.half().save_pretrained(work / "model")
    processor.save_pretrained(work / "model")


def export(work: Path, out: Path) -> None:
    """Copies the trained model to ``out`` with its card and training log."""
    shutil.copytree(work / "model", out, dirs_exist_ok=True)
    (out / "card.json").write_text(json.dumps({"domain": "microworld", "languages": ["en"]}, indent=1) + "\n")
    shutil.copy(work / "log.jsonl", out / "training.jsonl")
