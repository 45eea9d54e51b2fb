"""Tiny checkpoints of the real architectures, with random weights, saved the way that users have them on disk."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from ctranslate2.converters import TransformersConverter
from safetensors.torch import save_file
from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPImageProcessor,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
    M2M100Config,
    M2M100ForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from models.devices import loading
from models.vlm.tokenizer import byte_pairs
from tests.models.architectures import sharpen

TEXTS = [
    "A red cat is in the park.",
    "Two dogs sleep by the lake.",
    "Describe with a paragraph what is shown in the image.",
    "Ein Hund.",
] * 4
NAMES = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}


@pytest.fixture(scope="session")
def florence2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("florence2")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs(TEXTS, 400, ["<s>", "<pad>", "</s>", "<unk>", "<image>"]),
        extra_special_tokens={"image_token": "<image>"},
        **NAMES,
    )
    images = CLIPImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False)
    images.image_seq_length = 5
    torch.manual_seed(1)
    vision = {
        "depths": (1, 1, 1, 1), "embed_dim": (8, 16, 24, 32), "num_heads": (1, 2, 3, 4), "num_groups": (1, 2, 3, 4), "window_size": 4,
        "projection_dim": 32, "drop_path_rate": 0.0,
    }  # fmt: skip
    text = {
        "model_type": "bart", "vocab_size": len(tokenizer), "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 128,
        "pad_token_id": 1,        "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": None,
    }  # fmt: skip
    config = Florence2Config(vision_config=vision, text_config=text, image_token_id=tokenizer.image_token_id)
    model = Florence2ForConditionalGeneration(config)
    sharpen(model)
    model.generation_config.update(max_length=None, max_new_tokens=12, forced_bos_token_id=0, no_repeat_ngram_size=3)
    with loading():
        model.save_pretrained(folder)
    Florence2Processor(images, tokenizer, num_additional_image_tokens=1).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, folder = tmp_path_factory.mktemp("nllb"), tmp_path_factory.mktemp("ct2") / "model"
    codes = ["eng_Latn", "deu_Latn", "zho_Hans"]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs(TEXTS, 400, ["<s>", "<pad>", "</s>", "<unk>", *codes]), extra_special_tokens=codes, **NAMES
    )
    torch.manual_seed(2)
    M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=32, decoder_ffn_dim=32,
            encoder_attention_heads=2, decoder_attention_heads=2, max_position_embeddings=256, decoder_start_token_id=2,
        )
    ).save_pretrained(source)  # fmt: skip
    tokenizer.save_pretrained(source)
    TransformersConverter(str(source), copy_files=["tokenizer.json"]).convert(str(folder), quantization="int8")
    return folder


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    tokens = byte_pairs(TEXTS, 400, ["<s>", "<pad>", "</s>", "<unk>"])
    tokens.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    PreTrainedTokenizerFast(tokenizer_object=tokens, padding_side="right", **NAMES).save_pretrained(folder)
    vision = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
    text = {
        "context_length": 40, "vocab_size": 400, "hf_tokenizer_name": "tokenizer", "width": 32, "heads": 2, "layers": 1, "pad_id": 1,
        "eos_id": 2, "pool_type": "eos",
    }  # fmt: skip
    torch.manual_seed(3)
    model = open_clip.CustomTextCLIP(16, vision, {name: value for name, value in text.items() if name != "hf_tokenizer_name"})
    save_file(dict(model.state_dict()), folder / "open_clip_model.safetensors")
    settings = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text, "custom_text": True}
    normal = {"mean": [0.5] * 3, "std": [0.5] * 3}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": settings, "preprocess_cfg": normal}))
    (folder / "card.json").write_text(json.dumps({"domain": "toys", "languages": ["en", "de"]}))
    return folder


@pytest.fixture(scope="session")
def english_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With open_clip's own tokenizer, whose padding is also its token for an exclamation mark."""
    folder = tmp_path_factory.mktemp("english_clip")
    vision = {"image_size": 32, "layers": 1, "width": 16, "head_width": 16, "patch_size": 16}
    text = {"context_length": 32, "vocab_size": 49408, "width": 16, "heads": 1, "layers": 1}
    torch.manual_seed(4)
    save_file(dict(open_clip.CustomTextCLIP(8, vision, text).state_dict()), folder / "open_clip_model.safetensors")
    settings = {"embed_dim": 8, "vision_cfg": vision, "text_cfg": text, "custom_text": True}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": settings, "preprocess_cfg": {}}))
    return folder
