"""Tiny checkpoints of Florence-2 and Gemma-2 with random weights, saved the way that users have them on disk."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessor,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
    Gemma2Config,
    Gemma2ForCausalLM,
    PreTrainedTokenizerFast,
)

from models.vlm import VLM, build, train_tokenizer

TEXTS = [
    "The image shows a red cat in the park.",
    "Das Bild zeigt eine rote Katze im Park.",
    "La photo montre un chat rouge.",
    "La imagen muestra un gato rojo.",
    "На картинке изображен красный кот.",
    "图为公园里的一只红色的猫。",
] * 4


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    # At these sizes a second thread costs more than it brings.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, 420, ["en", "de", "fr", "es", "ru", "zh"])


@pytest.fixture(scope="session")
def florence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Florence-2 with a byte-level tokenizer, as BART's is."""
    folder = tmp_path_factory.mktemp("florence")
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<image>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    )
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=words, extra_special_tokens={"image_token": "<image>"}, **names)
    images = CLIPImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False)
    images.image_seq_length = 5
    torch.manual_seed(1)
    vision = {
        "depths": (1, 1, 1, 1), "embed_dim": (8, 16, 24, 32), "num_heads": (1, 2, 3, 4), "num_groups": (1, 2, 3, 4), "window_size": 4,
        "projection_dim": 32, "drop_path_rate": 0.0,
    }  # fmt: skip
    text = {
        "model_type": "bart", "vocab_size": len(fast), "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 160,
        "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": None, "init_std": 0.3,
    }  # fmt: skip
    config = Florence2Config(vision_config=vision, text_config=text, image_token_id=fast.image_token_id)
    model = Florence2ForConditionalGeneration(config)
    model.generation_config.update(max_length=None, decoder_start_token_id=2)
    model.save_pretrained(folder)
    Florence2Processor(images, fast, num_additional_image_tokens=1).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Gemma-2 of two layers with a sentencepiece-like tokenizer."""
    folder = tmp_path_factory.mktemp("gemma")
    torch.manual_seed(2)
    words = Tokenizer(models.BPE(byte_fallback=True))
    words.normalizer = normalizers.Replace(" ", "▁")
    words.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    special = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False))
    words.save(str(folder / "tokenizer.json"))
    config = Gemma2Config(
        vocab_size=words.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=8, initializer_range=0.3,
    )  # fmt: skip
    Gemma2ForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def families(tokenizer: Tokenizer, florence: Path, gemma: Path) -> dict[str, VLM]:
    """A model of each kind of decoder, in evaluation mode; of Gemma's, gates are open."""
    torch.manual_seed(3)
    made = {
        "trained tokenizer": build("femto", "random", tokenizer),
        "florence decoder": build("0.4B", florence=florence, gemma=gemma),
        "gemma decoder": build("3.5B", florence=florence, gemma=gemma),
    }
    for layer in made["gemma decoder"].decoder.model.layers:
        torch.nn.init.constant_(layer.encoder_attn_gate, 0.7)
    return {name: model.eval() for name, model in made.items()}


@pytest.fixture(params=["trained tokenizer", "florence decoder", "gemma decoder"])
def model(request: pytest.FixtureRequest, families: dict[str, VLM]) -> VLM:
    return families[request.param]
