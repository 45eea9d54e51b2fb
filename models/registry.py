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

from models.checkpoint import card_of, florence2_snapshot
from models.protocols import Captioner, Embedder, LanguageIdentifier, ModelCard, Translator

Kind = Literal["captioner", "translator", "embedder", "identifier"]
WEIGHTS = Path(__file__).parent / "weights"

_BACKENDS: dict[Kind, dict[str, str]] = {
    "captioner": {"florence2": "models.captioners.florence2:Florence2"},
    "translator": {"ct2": "models.translators.ct2:CTranslate2"},
    "embedder": {"open_clip": "models.embedders.open_clip:OpenClip"},
    "identifier": {"lid": "models.languages.vote:Vote"},
}
_TO_GET = {
    "florence2": "write the folder of a Florence-2 checkpoint, or florence2:florence-community/Florence-2-base to fetch one (0.5 GB)",
    "ct2": "where there is a network, make it by 'ct2-transformers-converter --model facebook/nllb-200-distilled-600M --quantization int8 "
    "--copy_files tokenizer.json --output_dir FOLDER' (2.5 GB download, 0.6 GB kept)",
    "open_clip": "write the folder of an open_clip model, or open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k to fetch one (1.5 GB)",
}
_DEMO: dict[str, str] = {"captioner": "florence2", "translator": "ct2", "embedder": "open_clip"}
_loaded: dict[tuple[Kind, str], Any] = {}
_lock = threading.Lock()


class ModelError(ValueError):
    """A spec that names no model; the message says what to write."""


def load_captioner(spec: str) -> Captioner:
    """The captioner of this spec.

    Raises:
        ModelError: the spec names no model, or a folder that is not there.
        FileNotFoundError: files are missing, and the hub does not answer; says what to fetch.
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


def describe_model(kind: Kind, spec: str, fetch: bool = False) -> ModelCard:
    """Name, revision and file hash of a model, without loading it. Raises like `load_captioner`.

    Of a model that is not on this machine neither revision nor hash is known; with ``fetch`` it is fetched now, or an error.
    A run must ask with ``fetch``, so that it knows its models by the same hashes when it goes on later.
    """
    backend, name = resolve(kind, spec)
    if backend == "python":
        return _class_of(kind, spec).describe
    if backend == "lid":
        return card_of(spec, "lid.176", None)
    return card_of(spec, name, find(kind, spec, fetch))


def find(kind: Kind, spec: str, fetch: bool) -> Path | None:
    """The folder of a model, or its file in the hub's cache; ``None`` where it must be made or fetched first and ``fetch`` is off.

    Raises like `load_captioner`.
    """
    backend, name = resolve(kind, spec)
    if Path(name).is_dir():
        return Path(name)
    if backend == "ct2" or name.startswith(("/", ".", "~")) or name.endswith("/"):
        if fetch:
            raise ModelError(f"{kind} '{spec}': there is no folder '{name}'; {_TO_GET[backend]}")
        return None
    if backend == "florence2":
        return florence2_snapshot(name, fetch)
    from models.embedders.open_clip import weights_of

    return weights_of(name, fetch)


def resolve(kind: Kind, spec: str) -> tuple[str, str]:
    """Backend and model of a spec.

    Raises:
        ModelError: no such backend, or no model named.
    """
    if spec == "demo" and kind in _DEMO:
        if not (WEIGHTS / kind).is_dir():
            raise ModelError(
                f"{kind} 'demo': the repository's models/weights/{kind} is not there; check it out, or name another by --{kind}"
            )
        return _DEMO[kind], str(WEIGHTS / kind)
    backend, _, name = spec.partition(":")
    if backend not in _BACKENDS[kind] and backend != "python":
        known = [f"{known}:..." for known in (*_BACKENDS[kind], "python")]
        raise ModelError(f"{kind} '{spec}': unknown kind of model; write one of {', '.join(known)}" + (" or demo" if kind in _DEMO else ""))
    if not name and backend not in ("python", "lid"):
        raise ModelError(f"{kind} '{spec}': no model named; {_TO_GET[backend]}")
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
            # The card first: what is not there is told before a framework is imported.
            arguments = () if backend == "python" or kind == "identifier" else (name, describe_model(kind, spec, fetch=True))
            build: Callable[..., Any] = _class_of(kind, spec)
            _loaded[kind, spec] = build(*arguments)
        return _loaded[kind, spec]
