"""Which files a model is made of, and what they hash to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from models.protocols import ModelCard

_KEPT = (".json", ".jinja", ".safetensors", ".bin", ".pt", ".pth", ".npz", ".txt", ".model")
"""Endings of files that a model is made of; logs and pictures beside them are not."""


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


def paired_card(spec: str, cards: Sequence[ModelCard]) -> ModelCard:
    """The card of a model that is made of several: their names and revisions joined, and the hash of their hashes."""
    known = all(card.sha256 for card in cards)
    total = hashlib.sha256("".join(card.sha256 for card in cards).encode()).hexdigest() if known else ""
    domain = next((card.domain for card in cards if card.domain), None)
    return ModelCard(spec, "+".join(card.name for card in cards), "+".join(card.revision for card in cards) if known else "", total, domain)


@cache
def _sha256(files: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(files.rglob("*")) if files.is_dir() else [files]:
        if path.is_file() and path.suffix in _KEPT:
            shown = path.relative_to(files) if path != files else path.name
            total.update(f"{shown}\0{path.stat().st_size}\0".encode())
            total.update(bytes.fromhex(_file_sha256(path)))
    return total.hexdigest()


def _file_sha256(path: Path) -> str:
    # The hub's cache names large files by their hash, which it checked at the download; reading 17 GB again takes a minute.
    stored = path.resolve()
    if stored.parent.name == "blobs" and len(stored.name) == 64:
        return stored.name
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
