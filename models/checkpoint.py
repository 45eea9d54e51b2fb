"""Where a checkpoint's files are, what they hash to, and what to say when they are not to be had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from models.protocols import ModelCard

Loaded = TypeVar("Loaded")

_KEPT = (".json", ".safetensors", ".bin", ".pt", ".pth", ".npz", ".txt", ".model")
"""Endings of files that a model is made of; logs and pictures beside them are not."""
_SECONDS = 5
"""How long the hub may take to say that it is there."""


def card_of(spec: str, name: str, files: Path | None) -> ModelCard:
    """The card of a model whose files are in a folder, or a single file; of one that is not on this machine yet, without a hash.

    A folder may hold a ``card.json`` with its ``domain``. The revision of files in the hub's cache is their commit.
    """
    if files is None:
        return ModelCard(spec, name, "", "")
    commit = files.parts[files.parts.index("snapshots") + 1] if "snapshots" in files.parts else ""
    if commit:
        return ModelCard(spec, name, commit, _sha256(files))
    card = files / "card.json"
    domain = json.loads(card.read_text()).get("domain") if card.exists() else None
    folder = files.resolve()
    return ModelCard(spec, f"{domain}-{folder.name}" if domain else folder.name, "local", _sha256(folder), domain)


def snapshot(name: str, patterns: tuple[str, ...], size: str, fetch: bool) -> Path | None:
    """The cached snapshot of a hub repository. One that is not there is downloaded, or with ``fetch`` off is ``None``.

    Raises:
        FileNotFoundError: it is not there and the hub does not answer; says what to fetch, where from and how large it is.
    """
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns), local_files_only=True))
    except Exception:
        if not fetch:
            return None
        try:
            return Path(snapshot_download(name, allow_patterns=list(patterns), etag_timeout=_SECONDS))
        except Exception as error:
            raise missing([name], size, error) from None


def florence2_snapshot(name: str, fetch: bool) -> Path | None:
    """`snapshot` of a Florence-2 model.

    Microsoft's repositories hold code of their own and weights under other names; the same models in transformers' format
    are published beside them.
    """
    if name.startswith("microsoft/Florence-2-"):
        name = name.replace("microsoft/", "florence-community/", 1)
    return snapshot(name, ("*.json", "*.safetensors", "*.txt"), "0.5 GB base, 1.6 GB large", fetch)


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
        f"model {names[0]} is not on this machine and huggingface.co cannot be reached; where there is a network, "
        f"run '{commands}' ({size}) and copy the cache (~/.cache/huggingface/hub, or HF_HOME) here ({type(error).__name__}: {reason})"
    )


@cache
def _sha256(files: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(files.rglob("*")) if files.is_dir() else [files]:
        if path.is_file() and path.suffix in _KEPT:
            shown = path.relative_to(files) if path != files else path.name
            total.update(f"{shown}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
