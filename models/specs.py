"""What a spec, the one string that selects a model, says. Nothing is looked up here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["captioner", "translator", "embedder", "identifier"]


class ModelError(ValueError):
    """A spec that names no model; the message says what to write."""


@dataclass(frozen=True)
class Backend:
    """One kind of model, as ``florence2:``.

    ``build`` is the ``MODULE:CLASS`` that is called with the model's folder or name and its `ModelCard`; where ``settings`` is the
    ``MODULE:CLASS`` of a frozen dataclass, with one of these too. ``files`` tells where the model's files are: ``hub``, a folder
    or a repository of the Hugging Face hub, of which the backend is given the folder; ``folder``, only a folder; ``named``, found
    by the backend's own name for them; ``none``, there are none, and a name is handed on as it is. ``to_get`` completes an error.
    With ``reads_alt`` a captioner can be told the alt text of a picture: ``with_alt=True`` asks for it.
    """

    build: str
    files: Literal["hub", "folder", "named", "none"]
    to_get: str = ""
    settings: str = ""
    reads_alt: bool = False


@dataclass(frozen=True)
class Spec:
    """A spec taken apart: ``[alt+]BACKEND:NAME[@REVISION][?SETTING=VALUE]``."""

    backend: str
    name: str
    revision: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    with_alt: bool = False


def parse(kind: Kind, text: str, backends: Mapping[str, Backend]) -> Spec:
    """Takes a spec apart.

    Raises:
        ModelError: no such backend, setting or value, or no model named; the message says what there is.
    """
    with_alt = kind == "captioner" and text.startswith("alt+")
    backend, _, name = text.removeprefix("alt+" if with_alt else "").partition(":")
    if backend not in backends:
        shown = [f"{known}:..." if about.to_get else known for known, about in backends.items()]
        raise ModelError(
            f"{kind} '{text}': unknown kind of model; write one of {', '.join(shown)}" + ("" if kind == "identifier" else " or demo")
        )
    about = backends[backend]
    if with_alt and not about.reads_alt:
        able = ", ".join(f"alt+{known}:..." for known, other in backends.items() if other.reads_alt)
        raise ModelError(f"{kind} '{text}': {backend} reads no alt texts; leave out 'alt+', or write one of {able}")
    if about.files == "none" and not about.to_get:
        if name:
            raise ModelError(f"{kind} '{text}': write {backend}, it has no models to choose from")
        return Spec(backend, name)
    given: Mapping[str, str] = {}
    if about.files != "none":
        name, _, query = name.partition("?")
        given = dict(part.partition("=")[::2] for part in query.split("&") if part)
        if given and not about.settings:
            raise ModelError(f"{kind} '{text}': {backend} has no settings; leave out '?{query}'")
    if not name:
        raise ModelError(f"{kind} '{text}': no model named; {about.to_get}")
    revision = None
    if about.files == "hub" and not Path(name).exists():
        name, _, after = name.partition("@")
        revision = after or None
    return Spec(backend, name, revision, given, with_alt)
