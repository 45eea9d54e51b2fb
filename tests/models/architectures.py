"""Tiny checkpoints of the architectures that users bring: random weights, and the tokenizer and processor classes of the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BertTokenizer,
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    BlipProcessor,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPTokenizer,
    CLIPVisionConfig,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    GemmaTokenizer,
    GPT2Tokenizer,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    LlamaConfig,
    LlamaTokenizer,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    OPTConfig,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    Siglip2Config,
    Siglip2ImageProcessor,
    Siglip2Model,
    Siglip2Processor,
    Siglip2Tokenizer,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SiglipProcessor,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaTokenizer,
)

from models.devices import loading

TEXTS = [
    "A red cat is in the park.",
    "Two dogs sleep by the lake.",
    "Describe in detail what is shown in the image.",
    "The image shows a man and a house.",
    "Ein Hund schläft am See.",
] * 4
TEXT = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
    "max_position_embeddings": 1024,
}  # fmt: skip
VISION = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32, "patch_size": 8,
}  # fmt: skip
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST] {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}{% endfor %} [/INST]{% else %} "
    "{{ message['content'][0]['text'] }}{{ eos_token }}{% endif %}{% endfor %}"
)
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
)
IDEFICS = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}{% if message['content'][0]['type'] == 'image' %}{{ ':' }}"
    "{% else %}{{ ': ' }}{% endif %}{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}"
    "{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ 'model' if message['role'] == 'assistant' else 'user' }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] | trim }}{% endif %}"
    "{% endfor %}<end_of_turn>\n{% endfor %}"
)


def pieces(size: int, special: Sequence[str], in_bytes: bool) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges of byte-level BPE (GPT-2, Qwen, CLIP) or of BPE over sentencepiece's marks (Llama, Gemma)."""
    tokenizer = Tokenizer(models.BPE())
    alphabet = [f"<0x{byte:02X}>" for byte in range(256)] if not in_bytes else []
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if in_bytes else pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=[*special, *alphabet],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if in_bytes else [],
            show_progress=False,
        ),
    )
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


def llava_next(folder: Path) -> None:
    vocab, merges = pieces(400, ["<unk>", "<s>", "</s>", "<pad>", "<image>"], in_bytes=False)
    tokenizer = LlamaTokenizer(vocab=vocab, merges=merges, pad_token="<pad>", extra_special_tokens={"image_token": "<image>"})
    grid = [[32, 64], [64, 32], [64, 64]]
    images = LlavaNextImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, image_grid_pinpoints=grid, do_pad=True
    )
    LlavaNextProcessor(images, tokenizer, 8, "default", MISTRAL, num_additional_image_tokens=1).save_pretrained(folder)
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**VISION, projection_dim=32),
        text_config=LlamaConfig(**TEXT, vocab_size=len(tokenizer), bos_token_id=1, eos_token_id=2, pad_token_id=3),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-2,
    )
    _save(LlavaNextForConditionalGeneration, config, folder)


def qwen2_5_vl(folder: Path) -> None:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    vocab, merges = pieces(400, special, in_bytes=True)
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=merges, eos_token="<|im_end|>", extra_special_tokens=special[1:])
    images = Qwen2VLImageProcessor(patch_size=8, size={"shortest_edge": 16 * 16, "longest_edge": 64 * 64})
    Qwen2_5_VLProcessor(images, tokenizer, Qwen2VLVideoProcessor(patch_size=8), chat_template=CHATML).save_pretrained(folder)
    text = {name: value for name, value in TEXT.items() if name != "head_dim"}
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}
    config = Qwen2_5_VLConfig(
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "patch_size": 8, "window_size": 32,
            "fullatt_block_indexes": [1], "out_hidden_size": 32,
        },
        text_config={**text, "vocab_size": len(tokenizer), "rope_parameters": rope, "bos_token_id": 0, "eos_token_id": 2,
                     "pad_token_id": 0},
        vision_start_token_id=3, vision_end_token_id=4, image_token_id=5, video_token_id=6,
    )  # fmt: skip
    _save(Qwen2_5_VLForConditionalGeneration, config, folder)


def idefics3(folder: Path) -> None:
    """What SmolVLM is."""
    special = ["<|endoftext|>", "<|im_start|>", "<end_of_utterance>", "<fake_token_around_image>", "<image>", "<global-img>", "<pad>"]
    vocab, merges = pieces(400, special, in_bytes=True)
    tokenizer = GPT2Tokenizer(
        vocab=vocab, merges=merges, bos_token="<|im_start|>", eos_token="<end_of_utterance>", pad_token="<pad>",
        extra_special_tokens=special[3:6],
    )  # fmt: skip
    images = Idefics3ImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=IDEFICS).save_pretrained(folder)
    numbers = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": tokenizer.pad_token_id}
    config = Idefics3Config(
        vision_config=VISION,
        text_config={"model_type": "llama", **TEXT, "vocab_size": len(tokenizer), **numbers},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    _save(Idefics3ForConditionalGeneration, config, folder)


def gemma3(folder: Path) -> None:
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>"]
    vocab, merges = pieces(400, [*special, "<image_soft_token>"], in_bytes=False)
    marks = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = GemmaTokenizer(vocab=vocab, merges=merges, extra_special_tokens=marks)
    tokenizer.add_special_tokens({"additional_special_tokens": special[5:7]}, replace_extra_special_tokens=False)
    images = Gemma3ImageProcessor(size={"height": 32, "width": 32})
    Gemma3Processor(images, tokenizer, chat_template=GEMMA, image_seq_length=4).save_pretrained(folder)
    config = Gemma3Config(
        vision_config={"model_type": "siglip_vision_model", **VISION},
        text_config={**TEXT, "vocab_size": len(tokenizer), "sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"]},
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
    )
    _save(Gemma3ForConditionalGeneration, config, folder, eos_token_id=[1, 6])


def blip(folder: Path) -> None:
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
        ".",
    ]
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(words)})
    tokenizer.add_special_tokens({"bos_token": "[DEC]"})
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)
    text = {
        "hidden_size": 32, "encoder_hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "vocab_size": len(tokenizer), "bos_token_id": tokenizer.bos_token_id, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0,
    }  # fmt: skip
    _save(
        BlipForConditionalGeneration,
        BlipConfig(vision_config={**VISION, "initializer_range": 0.02}, text_config=text, projection_dim=16),
        folder,
    )


def blip2(folder: Path) -> None:
    vocab, merges = pieces(400, ["<s>", "<pad>", "</s>", "<unk>"], in_bytes=True)
    tokenizer = GPT2Tokenizer(vocab=vocab, merges=merges, bos_token="</s>", eos_token="</s>", unk_token="</s>", pad_token="<pad>")
    processor = Blip2Processor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer, num_query_tokens=4)
    processor.save_pretrained(folder)
    text = OPTConfig(
        vocab_size=len(tokenizer), hidden_size=32, word_embed_proj_dim=32, ffn_dim=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=128, bos_token_id=2, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip
    former = {
        "hidden_size": 32, "encoder_hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "vocab_size": 8,
    }  # fmt: skip
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = Blip2Config(vision_config=VISION, qformer_config=former, text_config=text, num_query_tokens=4, image_token_index=image)
    _save(Blip2ForConditionalGeneration, config, folder)


def clip(folder: Path) -> None:
    vocab, _ = pieces(400, ["<|startoftext|>", "<|endoftext|>"], in_bytes=True)
    ends = {f"{piece}</w>": len(vocab) + number for number, piece in enumerate(pre_tokenizers.ByteLevel.alphabet())}
    tokenizer = CLIPTokenizer(vocab=vocab | ends, merges=[])
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    CLIPProcessor(images, tokenizer).save_pretrained(folder)
    text = {
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 77,
        "vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
    }  # fmt: skip
    _save(CLIPModel, CLIPConfig(text_config=text, vision_config=VISION, projection_dim=24), folder)


def siglip2(folder: Path) -> None:
    """SigLIP 2 at a fixed resolution: SigLIP's architecture with Gemma's tokens in lower case."""
    vocab, merges = pieces(400, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"], in_bytes=False)
    SiglipProcessor(SiglipImageProcessor(size={"height": 32, "width": 32}), Siglip2Tokenizer(vocab=vocab, merges=merges)).save_pretrained(
        folder
    )
    text = {
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64,
        "vocab_size": 400, "projection_size": 32, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    }  # fmt: skip
    _save(SiglipModel, SiglipConfig(text_config=text, vision_config=VISION), folder)


def naflex(folder: Path) -> None:
    """SigLIP 2 at native resolution and aspect: pictures come as patches with a mask, and with the shape that they make up."""
    vocab, merges = pieces(400, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"], in_bytes=False)
    images = Siglip2ImageProcessor(patch_size=8, max_num_patches=24)
    Siglip2Processor(images, Siglip2Tokenizer(vocab=vocab, merges=merges)).save_pretrained(folder)
    text = {
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64,
        "vocab_size": 400, "projection_size": 32, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    }  # fmt: skip
    vision = {name: value for name, value in VISION.items() if name != "image_size"} | {"num_patches": 16}
    _save(Siglip2Model, Siglip2Config(text_config=text, vision_config=vision), folder)


def mclip(folder: Path) -> None:
    """The text tower of a Multilingual-CLIP for an image tower of 24 numbers, in that project's own format; its base beside it."""
    letters = sorted(set("".join(TEXTS)) | set("бвгде一只狗"))
    vocab = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -2.0),
        *((letter, -3.0) for letter in letters),
        ("<mask>", 0.0),
    ]
    XLMRobertaTokenizer(vocab=vocab).save_pretrained(folder)
    config = XLMRobertaConfig(
        vocab_size=len(vocab), hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=140
    )
    config.save_pretrained(folder / "tiny-xlm-roberta")
    torch.manual_seed(5)
    tower, projection = XLMRobertaModel(config), torch.nn.Linear(32, 24)
    weights = {f"transformer.{name}": values for name, values in tower.state_dict().items()}
    weights |= {f"LinearTransformation.{name}": values for name, values in projection.state_dict().items()}
    weights["transformer.embeddings.position_ids"] = torch.arange(140)[None]
    torch.save(weights, folder / "pytorch_model.bin")
    described = {"model_type": "M-CLIP", "modelBase": "tiny-xlm-roberta", "transformerDimensions": 32, "numDims": 24}
    (folder / "config.json").write_text(json.dumps(described))


def _save(architecture: type, config: object, folder: Path, **generation: object) -> None:
    torch.manual_seed(7)
    model = architecture(config)
    sharpen(model)
    if getattr(model, "generation_config", None) is not None:
        model.generation_config.update(max_new_tokens=10, **generation)
    with loading():
        model.save_pretrained(folder)


@torch.no_grad()
def sharpen(model: torch.nn.Module) -> None:
    """Makes a fresh network choose: by what it is shown, not by where that stands."""
    for name, values in model.named_parameters():
        if "position" in name and values.std() > 0.5:
            values.mul_(0.02)
        elif values.dim() > 1 and "position" not in name and "shared" not in name:
            values.mul_(4)


CHAT_MODELS: dict[str, Callable[[Path], None]] = {
    "llava_next": llava_next,
    "qwen2_5_vl": qwen2_5_vl,
    "idefics3": idefics3,
    "gemma3": gemma3,
}
CAPTIONERS = {**{f"vlm:{name}": build for name, build in CHAT_MODELS.items()}, "blip:blip": blip, "blip2:blip2": blip2}
EMBEDDERS: dict[str, Callable[[Path], None]] = {"hf:clip": clip, "siglip2:siglip2": siglip2, "siglip2:naflex": naflex}
