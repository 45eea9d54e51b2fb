"""Byte-pair tokenizers in the sentencepiece manner, trained on sentences of the microworld, saved as ``tokenizer.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HAN = "[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]"
"""Chinese characters and punctuation, each a token of its own: a phrase learnt whole would not be taken apart again."""


def train_tokenizer(texts: Iterable[str], size: int, special: Sequence[str]) -> Tokenizer:
    """A tokenizer of at most ``size`` tokens that can write any text (unseen characters as bytes).

    ``special`` tokens get the first numbers, in order.
    """
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token=None, fuse_unk=False))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(HAN), "isolated"),
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Split(Regex("[.,!?;:]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first"), decoders.Fuse()])
    in_bytes = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[*special, *in_bytes],
        show_progress=False,
        min_frequency=2,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # The trainer reserves numbers only for special tokens, but a special byte would be dropped when text is decoded.
    described = json.loads(tokenizer.to_str())
    described["added_tokens"] = [token for token in described["added_tokens"] if token["content"] not in in_bytes]
    return Tokenizer.from_str(json.dumps(described))
