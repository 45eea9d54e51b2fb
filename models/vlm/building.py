"""From the name of a size to a model that is ready to train."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer
from transformers.initialization import no_init_weights

from models.downloads import snapshot
from models.vlm.config import VLMConfig, config_of
from models.vlm.florence import florence_model, read_weights, shape_of
from models.vlm.gemma import GemmaDecoder, restore_buffers
from models.vlm.model import VLM
from models.vlm.presets import Preset, preset_of
from models.vlm.published import GEMMA_TOKENIZER, gemma_tokenizer
from models.vlm.remap import remap_embeddings
from models.vlm.saving import model_of
from models.vlm.tokenizer import GEMMA_TEXT, pieces_of

Init = Literal["pretrained", "random"]
CAPTIONER = Path(__file__).parent.parent / "weights" / "captioner"


def build(
    preset: str,
    init: Init = "pretrained",
    tokenizer: Tokenizer | None = None,
    florence: Path | str | None = None,
    gemma: Path | str | None = None,
    image_size: int | None = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> VLM:
    """A model of a size, on the CPU, in ``dtype``, with the paper's parts frozen where it starts from checkpoints.

    ``tokenizer`` (see `train_tokenizer`) is what the small sizes read and write; the large ones take Florence-2's and Gemma-2's.
    ``florence`` and ``gemma`` are folders or hub names of other checkpoints than the preset's. What is random is drawn from ``seed``.

    Starts, with ``init="pretrained"``:

    - Florence-2 decoders and ``nano``: all of the Florence-2 checkpoint; embeddings of the new vocabulary are the means of their pieces'.
    - Gemma-2 decoders: Florence-2's encoder and all of Gemma-2; cross-attention random, its gates at 0, and its norm as the one after
      self-attention (as the authors' code has it).
    - the other small sizes: the captioner's vision tower; the rest random.

    Raises:
        ValueError: no such preset or start, or a small size without a tokenizer.
        FileNotFoundError: a checkpoint is not on this machine and cannot be fetched; says what to fetch.
    """
    size = preset_of(preset)
    if init not in ("pretrained", "random"):
        raise ValueError(f"init '{init}': write pretrained or random")
    if size.for_cpu and tokenizer is None:
        raise ValueError(
            f"model '{preset}' needs a tokenizer of its data: pass tokenizer=models.vlm.train_tokenizer(texts, {size.vocabulary})"
        )
    config = config_of(size, init == "pretrained", tokenizer.get_vocab_size() if tokenizer is not None else None)
    # Restored, so that a caller's own random numbers do not depend on how a model was built.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if init == "random":
            model = VLM(config, tokenizer, tokenizer)
        elif size.for_cpu:
            assert tokenizer is not None
            model = _from_captioner(config, tokenizer, Path(florence) if florence else CAPTIONER)
        else:
            model = _from_checkpoints(size, config, _folder(str(florence or size.florence)), gemma, dtype)
    model.config = model.config.with_image_size(image_size)
    model.to(dtype)
    restore_buffers(model)
    return model


def _folder(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    folder = snapshot(name, None, fetch=True)
    assert folder is not None
    return folder


def _from_captioner(config: VLMConfig, tokenizer: Tokenizer, folder: Path) -> VLM:
    """Everything of the captioner that fits, its embeddings remapped; of another width only what has to do with the image."""
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: the demo captioner is not there; check out models/weights/captioner, or build with init='random'"
        )
    model = VLM(config, tokenizer, tokenizer)
    theirs, weights, source, _ = florence_model(folder)
    assert source is not None
    rows = weights.pop("encoder.embed_tokens.weight").float()
    same = theirs.encoder["d_model"] == config.encoder["d_model"]
    own = model.state_dict()
    kept = {
        name: tensor.float()
        for name, tensor in weights.items()
        if (same or name.startswith(("vision_tower.", "projector.image_position_embed."))) and "embed_positions" not in name
    }
    if same:
        special = {token: token for token in range(4)}
        remapped = remap_embeddings(rows, pieces_of(tokenizer, source, special))
        kept |= {"encoder.embed_tokens.weight": remapped, "decoder.model.decoder.embed_tokens.weight": remapped.clone()}
        for side in ("encoder", "decoder.model.decoder"):
            name = f"{side}.embed_positions.weight"
            # The captioner never wrote or read as far as the positions beyond its last: those stay random.
            kept[name] = torch.cat([weights[name].float(), own[name][len(weights[name]) :]])
    unknown = sorted(name for name in kept if name not in own or own[name].shape != kept[name].shape)
    if unknown:
        raise ValueError(
            f"{folder}: {len(unknown)} weights do not fit model '{config.preset}', such as {unknown[0]}; build with init='random'"
        )
    model.load_state_dict(kept, strict=False)
    return model


def _from_checkpoints(size: Preset, config: VLMConfig, folder: Path, gemma: Path | str | None, dtype: torch.dtype) -> VLM:
    """The paper's start, its shape by the checkpoints' own configurations."""
    theirs, weights, prompt_tokenizer, _ = florence_model(folder)
    assert prompt_tokenizer is not None
    tokenizer = gemma_tokenizer(name=str(gemma or size.gemma_checkpoint or GEMMA_TOKENIZER))
    if size.gemma_checkpoint is None:
        marks: dict[str, int] = {"pad_token_id": GEMMA_TEXT.pad, "eos_token_id": GEMMA_TEXT.end, "bos_token_id": GEMMA_TEXT.begin[0]}
        marks |= {"decoder_start_token_id": GEMMA_TEXT.start, "vocab_size": tokenizer.get_vocab_size()}
        config = replace(config, vision=theirs.vision, encoder=theirs.encoder, decoder=theirs.decoder | marks)
        rows = weights["encoder.embed_tokens.weight"]
        remapped = remap_embeddings(rows, pieces_of(tokenizer, prompt_tokenizer, _same_meaning(tokenizer, prompt_tokenizer)))
        weights["decoder.model.decoder.embed_tokens.weight"] = remapped
    else:
        body = _folder(str(gemma or size.gemma_checkpoint))
        shape = shape_of(json.loads((body / "config.json").read_text()))
        config = replace(config, vision=theirs.vision, encoder=theirs.encoder, decoder=shape)
        weights = {name: tensor for name, tensor in weights.items() if not name.startswith("decoder.")}
        weights |= {f"decoder.{name}": tensor for name, tensor in read_weights(body).items() if name != "lm_head.weight"}
        weights |= _cross_attention(config, weights)
    return model_of(config, {name: tensor.to(dtype) for name, tensor in weights.items()}, prompt_tokenizer, tokenizer)


def _same_meaning(target: Tokenizer, source: Tokenizer) -> dict[int, int]:
    """Gemma-2's special tokens and BART's that do the same."""
    pairs = (("<pad>", "<pad>"), ("<eos>", "</s>"), ("<bos>", "<s>"), ("<unk>", "<unk>"))
    same = ((target.token_to_id(theirs), source.token_to_id(ours)) for theirs, ours in pairs)
    return {theirs: ours for theirs, ours in same if theirs is not None and ours is not None}


def _cross_attention(config: VLMConfig, gemma: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights that Gemma-2 lacks: projections at random, as all of Gemma-2's begin, gates 0, norms as those after self-attention."""
    with torch.device("meta"), no_init_weights():
        shapes = {name: tensor.shape for name, tensor in GemmaDecoder(config.gemma_decoder_config()).state_dict().items()}
    spread = config.gemma_decoder_config().initializer_range
    made: dict[str, torch.Tensor] = {}
    for name, shape in shapes.items():
        if ".encoder_attn." in name:
            made[f"decoder.{name}"] = torch.zeros(shape) if name.endswith("bias") else torch.randn(shape) * spread
        elif name.endswith("encoder_attn_gate"):
            made[f"decoder.{name}"] = torch.zeros(shape)
        elif "post_encoder_attention_layernorm" in name:
            made[f"decoder.{name}"] = gemma[f"decoder.{name.replace('post_encoder_attention', 'post_attention')}"].clone()
    return made
