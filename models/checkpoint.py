"""Where a checkpoint's files are, what they hash to, and what to say when they are not to be had."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from models.protocols import ModelCard

_KEPT = (".json", ".safetensors", ".bin", ".txt", ".model")
"""Endings of files that a model is made of; logs and pictures beside them are not."""


def card_of(backend: str, spec: str, name: str) -> ModelCard:
    """The card of a model: of a local directory with the hash of its files, else of a name that the backend resolves.

    A directory may hold a ``card.json`` with its ``domain``.
    """
    folder = Path(name)
    if folder.is_dir():
        card = folder / "card.json"
        domain = json.loads(card.read_text()).get("domain") if card.exists() else None
        shown = f"{domain}-{folder.name}" if domain else folder.name
        return ModelCard(spec, shown, "local", _sha256(folder.resolve()), domain)
    return ModelCard(spec, name, "main", "")


def snapshot(name: str, patterns: tuple[str, ...], size: str) -> Path:
    """A local directory as it is, or the cached or downloaded snapshot of a hub repository.

    Raises:
        FileNotFoundError: neither; says what to fetch, where from and how large it is.
    """
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns), local_files_only=True))
    except Exception:
        try:
            return Path(snapshot_download(name, allow_patterns=list(patterns), etag_timeout=5))
        except Exception as error:
            raise missing(name, size, error) from None


def missing(name: str, size: str, error: Exception) -> FileNotFoundError:
    """The error for a model that is neither on this machine nor within reach."""
    reason = " ".join(str(error).split())[:160]
    return FileNotFoundError(
        f"model {name} is not on this machine and the hub cannot be reached ({type(error).__name__}: {reason}); where there is a network, "
        f"run 'hf download {name}' ({size}), copy the folder here and name the folder instead"
    )


@cache
def _sha256(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _KEPT:
            total.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
