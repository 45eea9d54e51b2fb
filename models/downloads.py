"""Models of the Hugging Face hub: from its cache, by download, or an error that says what to fetch, where from and how large it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Loaded = TypeVar("Loaded")

PUBLISHED_AS = {
    f"microsoft/Florence-2-{size}": f"florence-community/Florence-2-{size}" for size in ("base", "base-ft", "large", "large-ft")
}
"""Repositories that hold code of their own and weights under other names; the same models in transformers' format are beside them."""
SIZES = {
    "florence-community/Florence-2-base": "0.5 GB",
    "florence-community/Florence-2-large": "1.6 GB",
    "llava-hf/llama3-llava-next-8b-hf": "17 GB",
    "llava-hf/llava-v1.6-mistral-7b-hf": "15 GB",
    "Qwen/Qwen2-VL-2B-Instruct": "4.4 GB",
    "Qwen/Qwen2.5-VL-3B-Instruct": "7.5 GB",
    "Qwen/Qwen2.5-VL-7B-Instruct": "17 GB",
    "google/gemma-3-4b-it": "8.6 GB",
    "google/gemma-3-12b-it": "24 GB",
    "HuggingFaceTB/SmolVLM-256M-Instruct": "0.5 GB",
    "HuggingFaceTB/SmolVLM-500M-Instruct": "1 GB",
    "HuggingFaceTB/SmolVLM-Instruct": "4.5 GB",
    "Salesforce/blip-image-captioning-base": "1 GB",
    "Salesforce/blip-image-captioning-large": "1.9 GB",
    "Salesforce/blip2-opt-2.7b": "15 GB",
    "openai/clip-vit-base-patch32": "0.6 GB",
    "openai/clip-vit-large-patch14": "1.7 GB",
    "google/siglip2-base-patch16-224": "1.5 GB",
    "google/siglip2-so400m-patch14-384": "4.5 GB",
    "google/siglip2-giant-opt-patch16-384": "7.5 GB",
    "facebook/metaclip-2-worldwide-huge-quickgelu": "7.5 GB",
    "M-CLIP/XLM-Roberta-Large-Vit-B-32": "2.2 GB",
    "M-CLIP/XLM-Roberta-Large-Vit-L-14": "2.2 GB",
}
"""About what is downloaded of a repository."""

_SECONDS = 5
"""How long the hub may take to say that it is there."""
_SETTINGS = ("*.json", "*.txt", "*.jinja", "*.model", "*.spm")


def size_of(name: str) -> str:
    """About how large a repository's download is, or where that can be seen."""
    return SIZES.get(name, f"sizes at https://huggingface.co/{name}/tree/main")


def snapshot(name: str, revision: str | None, fetch: bool) -> Path | None:
    """The cached snapshot of a hub repository. One that is not there, or not whole, is downloaded, or with ``fetch`` off is ``None``.

    Args:
        name: ``OWNER/NAME`` on the hub.
        revision: a branch, tag or commit; None is the main branch.
        fetch: whether to download.

    Raises:
        FileNotFoundError: it is not there and the hub does not answer; says what to fetch, where from and how large it is.
    """
    from huggingface_hub import snapshot_download

    name = PUBLISHED_AS.get(name, name)
    try:
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
    except Exception as error:
        absent = error
    else:
        if whole(folder):
            return folder
        absent = FileNotFoundError(f"{folder} holds only a part of it")
    if not fetch:
        return None
    try:
        # Many repositories hold the same weights in several formats.
        for weights in ("*.safetensors", "*.bin"):
            folder = Path(
                snapshot_download(
                    name,
                    revision=revision,
                    allow_patterns=[*_SETTINGS, weights],
                    ignore_patterns=["*/*", "consolidated*"],
                    etag_timeout=_SECONDS,
                )
            )
            if whole(folder):
                return folder
        absent = FileNotFoundError(f"{name} has no weights for transformers")
    except Exception as error:
        absent = error
    raise missing([f"{name} --revision {revision}" if revision else name], size_of(name), absent) from None


def whole(folder: Path) -> bool:
    """Whether all the weights of a transformers checkpoint are in a folder."""
    indices = [*folder.glob("*.index.json")]
    if indices:
        return all((folder / file).exists() for file in set(json.loads(indices[0].read_text())["weight_map"].values()))
    return any(path.suffix in (".safetensors", ".bin") for path in folder.iterdir())


def cached(load: Callable[[], Loaded]) -> Loaded:
    """What ``load`` makes of files that a library looks for on the hub by itself, without the network.

    Libraries ask the hub about cached files too, and go on asking for most of a minute where there is no network.
    """
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        return load()
    finally:
        constants.HF_HUB_OFFLINE = before


def cached_or_fetched(load: Callable[[], Loaded], repositories: list[str], size: str) -> Loaded:
    """As `cached`, and with the network where that fails and the hub answers.

    Raises:
        FileNotFoundError: as `snapshot`.
    """
    from huggingface_hub import HfApi

    try:
        return cached(load)
    except Exception as absent:
        try:
            for repository in repositories:
                HfApi().repo_info(repository, timeout=_SECONDS)
        except Exception:
            raise missing(repositories, size, absent) from None
        return load()


def missing(names: list[str], size: str, error: Exception) -> FileNotFoundError:
    """The error for a model that is neither on this machine nor within reach."""
    commands = " && ".join(f"hf download {name}" for name in names)
    reason = " ".join(str(error).split())[:120]
    return FileNotFoundError(
        f"model {names[0].partition(' ')[0]} is not on this machine and huggingface.co cannot be reached; where there is a network, "
        f"run '{commands}' ({size}) and copy the cache (~/.cache/huggingface/hub, or HF_HOME) here ({type(error).__name__}: {reason})"
    )
