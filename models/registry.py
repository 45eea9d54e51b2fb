"""From a string to a model. One model a string and process, however many workers ask.

============================================ =========================================================================
captioner   ``florence2:ID_OR_DIR``          Florence-2 in transformers' own format, as ``florence-community/Florence-2-base``;
                                             ``microsoft/Florence-2-...`` is read from there
translator  ``ct2:DIR``                      CTranslate2 directory of an NLLB or M2M100 model
embedder    ``open_clip:DIR_OR_ARCH/TAG``    a directory that open_clip saved, or an architecture and pretrained tag
identifier  ``lid:``                         fasttext's lid.176 and langdetect, see `models.languages.vote`
any         ``demo``                         the small teacher of that kind below ``models/weights``
any         ``python:MODULE:CLASS``          a class of yours that speaks the protocol, built without arguments
============================================ =========================================================================
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from models.checkpoint import card_of
from models.protocols import Captioner, Embedder, LanguageIdentifier, ModelCard, Translator

Kind = Literal["captioner", "translator", "embedder", "identifier"]
WEIGHTS = Path(__file__).parent / "weights"

_BACKENDS: dict[Kind, dict[str, str]] = {
    "captioner": {"florence2": "models.captioners.florence2:Florence2"},
    "translator": {"ct2": "models.translators.ct2:CTranslate2"},
    "embedder": {"open_clip": "models.embedders.open_clip:OpenClip"},
    "identifier": {"lid": "models.languages.vote:Vote"},
}
_DEMO: dict[str, str] = {"captioner": "florence2", "translator": "ct2", "embedder": "open_clip"}
_loaded: dict[tuple[Kind, str], Any] = {}
_lock = threading.Lock()


class ModelError(ValueError):
    """A model that cannot be had; the message says what to write or to fetch."""


def load_captioner(spec: str) -> Captioner:
    """The captioner of this spec.

    Raises:
        ModelError: unknown spec, or files that are not there.
    """
    return _load("captioner", spec)


def load_translator(spec: str) -> Translator:
    """The translator of this spec. Raises like `load_captioner`."""
    return _load("translator", spec)


def load_embedder(spec: str) -> Embedder:
    """The embedder of this spec. Raises like `load_captioner`."""
    return _load("embedder", spec)


def load_language_identifier(spec: str) -> LanguageIdentifier:
    """The language identifier of this spec. Raises like `load_captioner`."""
    return _load("identifier", spec)


def describe_model(kind: Kind, spec: str) -> ModelCard:
    """Name, revision and file hash of a model, without loading it. Raises like `load_captioner`."""
    backend, name = resolve(kind, spec)
    if backend == "python":
        return _class_of(kind, spec).describe
    return card_of(backend, spec, name)


def resolve(kind: Kind, spec: str) -> tuple[str, str]:
    """Backend and model of a spec.

    Raises:
        ModelError: the backend is not there.
    """
    if spec == "demo" and kind in _DEMO:
        return _DEMO[kind], str(WEIGHTS / kind)
    backend, _, name = spec.partition(":")
    if backend not in _BACKENDS[kind] and backend != "python":
        known = [f"{known}:..." for known in (*_BACKENDS[kind], "python")]
        raise ModelError(f"{kind} '{spec}': unknown kind of model; write one of {', '.join(known)}" + (" or demo" if kind in _DEMO else ""))
    return backend, name


def _class_of(kind: Kind, spec: str) -> Any:
    backend, name = resolve(kind, spec)
    module, _, attribute = (name if backend == "python" else _BACKENDS[kind][backend]).partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"{kind} '{spec}': {error}; write python:MODULE:CLASS of a module that can be imported") from None


def _load(kind: Kind, spec: str) -> Any:
    with _lock:
        if (kind, spec) not in _loaded:
            backend, name = resolve(kind, spec)
            build: Callable[..., Any] = _class_of(kind, spec)
            arguments = () if backend == "python" or kind == "identifier" else (name, describe_model(kind, spec))
            _loaded[kind, spec] = build(*arguments)
        return _loaded[kind, spec]
