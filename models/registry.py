"""From a string to a model. One model a string, device and process, however many workers ask.

============================================ =========================================================================
captioner   ``florence2:ID_OR_DIR``          Florence-2 in transformers' own format, as ``florence-community/Florence-2-base``;
                                             ``microsoft/Florence-2-...`` is read from there. ``?task=short``, ``detailed`` or
                                             ``more_detailed`` (which it is without)
            ``vlm:ID_OR_DIR``                any chat model of transformers that sees: LLaVA-NeXT, Qwen-VL, Gemma-3, SmolVLM
            ``blip:ID_OR_DIR``               BLIP in transformers' format
            ``blip2:ID_OR_DIR``              BLIP-2 in transformers' format
            ``none``                         keeps the alt text as the caption; a picture without one is rejected
            ``alt+SPEC``                     tells a chat model (``vlm:``) the alt text besides the picture
            ``openai:URL#MODEL``             a chat model that sees, behind a server that speaks OpenAI's protocol (vLLM, SGLang,
                                             llama.cpp, Ollama); settings in `models.endpoint`, key from OPENAI_API_KEY
translator  ``ct2:DIR``                      CTranslate2 directory of an NLLB, M2M100, OPUS-MT or MADLAD-400 model, made by
                                             ``python -m models.convert``; ``?beams=4&length_penalty=0.9`` and more settings in
                                             `models.translators.decoding`
            ``hf:ID_OR_DIR``                 the same models, with the same settings, through transformers
            ``openai:URL#MODEL``             a chat model, as above; it is asked by ``models/translators/prompt.j2``
embedder    ``open_clip:DIR_OR_ARCH/TAG``    a directory that open_clip saved, or an architecture and pretrained tag
            ``hf:ID_OR_DIR``                 a model of transformers with two towers: CLIP, SigLIP, MetaCLIP 2, AltCLIP, ...
            ``siglip2:ID_OR_DIR``            the same, only for SigLIP 2
            ``mclip:TEXT+IMAGE``             a text tower of M-CLIP, folder or repository, and the embedder whose image tower it was
                                             trained for: ``mclip:M-CLIP/XLM-Roberta-Large-Vit-B-32+open_clip:ViT-B-32/openai``
identifier  ``lid:``                         fasttext's lid.176 and langdetect, see `models.languages.vote`
any         ``demo``                         the small teacher of that kind below ``models/weights``; takes settings too
any         ``python:MODULE:CLASS``          a class of yours that speaks the protocol, built without arguments, see docs/teachers.md
============================================ =========================================================================

``ID@REVISION`` is a repository of the Hugging Face hub at a branch, tag or commit; without, it is its main branch. What a spec
says goes into the hash of what is made with it.
"""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from models.checkpoint import card_of, paired_card
from models.downloads import snapshot
from models.protocols import Captioner, Embedder, LanguageIdentifier, ModelCard, Translator
from models.settings import read_settings
from models.specs import Backend, Kind, ModelError, Spec, parse

__all__ = [
    "WEIGHTS",
    "Kind",
    "ModelError",
    "describe_model",
    "load_captioner",
    "load_embedder",
    "load_language_identifier",
    "load_translator",
]

WEIGHTS = Path(__file__).parent / "weights"
_SERVER = "write openai:URL#MODEL, as openai:http://localhost:8000/v1#Qwen/Qwen2.5-VL-7B-Instruct"
_PYTHON = Backend("", "none", "write python:MODULE:CLASS of a module that can be imported")
BACKENDS: dict[Kind, dict[str, Backend]] = {
    "captioner": {
        "florence2": Backend(
            "models.captioners.florence2:Florence2",
            "hub",
            "write the folder of a Florence-2 checkpoint, or florence2:florence-community/Florence-2-base to fetch one (0.5 GB)",
            settings="models.captioners.tasks:Florence2Settings",
        ),
        "vlm": Backend(
            "models.captioners.vlm:VisionLanguageModel",
            "hub",
            "write the folder of a chat model that sees, or vlm:HuggingFaceTB/SmolVLM-256M-Instruct to fetch one (0.5 GB)",
            reads_alt=True,
        ),
        "blip": Backend(
            "models.captioners.blip:Blip",
            "hub",
            "write the folder of a BLIP checkpoint, or blip:Salesforce/blip-image-captioning-base to fetch one (1 GB)",
        ),
        "blip2": Backend(
            "models.captioners.blip:Blip",
            "hub",
            "write the folder of a BLIP-2 checkpoint, or blip2:Salesforce/blip2-opt-2.7b to fetch one (15 GB)",
        ),
        "openai": Backend("models.captioners.openai:OpenAICaptioner", "none", _SERVER, reads_alt=True),
        "none": Backend("models.captioners.alt:Alt", "none"),
        "python": _PYTHON,
    },
    "translator": {
        "ct2": Backend(
            "models.translators.ct2:CTranslate2",
            "folder",
            "where there is a network, make it by 'python -m models.convert facebook/nllb-200-distilled-600M --out FOLDER' "
            "(2.5 GB download, 0.6 GB kept)",
            settings="models.translators.decoding:Decoding",
        ),
        "hf": Backend(
            "models.translators.hf:Transformers",
            "hub",
            "write the folder of a translation model, or hf:facebook/nllb-200-distilled-600M to fetch one (2.5 GB)",
            settings="models.translators.decoding:Decoding",
        ),
        "openai": Backend("models.translators.openai:OpenAITranslator", "none", _SERVER),
        "python": _PYTHON,
    },
    "embedder": {
        "open_clip": Backend(
            "models.embedders.open_clip:OpenClip",
            "named",
            "write the folder of an open_clip model, or open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k to fetch one (1.5 GB)",
            settings="models.embedders.precision:EmbedderSettings",
        ),
        "hf": Backend(
            "models.embedders.two_towers:TwoTowers",
            "hub",
            "write the folder of a CLIP-like model of transformers, or hf:openai/clip-vit-base-patch32 to fetch one (0.6 GB)",
            settings="models.embedders.precision:EmbedderSettings",
        ),
        "siglip2": Backend(
            "models.embedders.two_towers:TwoTowers",
            "hub",
            "write the folder of a SigLIP 2 model, or siglip2:google/siglip2-base-patch16-224 to fetch one (1.5 GB)",
            settings="models.embedders.precision:EmbedderSettings",
        ),
        "mclip": Backend(
            "models.embedders.mclip:MClip",
            "named",
            "write a text tower and an embedder, as mclip:M-CLIP/XLM-Roberta-Large-Vit-B-32+open_clip:ViT-B-32/openai "
            "to fetch them (2.8 GB)",
        ),
        "python": _PYTHON,
    },
    "identifier": {"lid": Backend("models.languages.vote:Vote", "none"), "python": _PYTHON},
}
_DEMO: dict[Kind, str] = {"captioner": "florence2", "translator": "ct2", "embedder": "open_clip"}
_loaded: dict[tuple[Kind, str, str], Any] = {}
_lock = threading.RLock()  # a model may be made of several


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
    asked = _parse(kind, spec)
    _settings(kind, spec, asked)
    if asked.backend == "python":
        described = getattr(_class_of(kind, spec, asked), "describe", None)
        if described is None and kind == "identifier":
            return ModelCard(spec, asked.name, "", "")
        if not isinstance(described, ModelCard):
            raise ModelError(f"{kind} '{spec}': has no describe; give the class one, as describe = ModelCard(spec, name, revision, sha256)")
        return described
    if asked.backend == "mclip":
        text, image = towers(spec, asked.name)
        return paired_card(spec, [card_of(spec, text.name, _find(kind, spec, text, fetch)), describe_model(kind, image, fetch)])
    if asked.backend == "openai":
        from models.endpoint import describe_endpoint

        return describe_endpoint(spec, asked.name, ask=fetch)
    if BACKENDS[kind][asked.backend].files == "none":
        return ModelCard(spec, {"lid": "lid.176", "none": "alt"}.get(asked.backend, asked.name), "", "")
    return card_of(spec, asked.name, _find(kind, spec, asked, fetch))


def towers(spec: str, name: str) -> tuple[Spec, str]:
    """The text tower and the image tower of an ``mclip:`` spec.

    Raises:
        ModelError: one of them is not named.
    """
    images = tuple(f"+{backend}:" for backend in ("open_clip", "hf", "siglip2", "python"))
    start = max(name.rfind(mark) for mark in images)
    if start < 1:
        raise ModelError(f"embedder '{spec}': no image tower named; {BACKENDS['embedder']['mclip'].to_get}")
    text = parse("embedder", f"hf:{name[:start]}", BACKENDS["embedder"])
    return text, name[start + 1 :]


def _parse(kind: Kind, spec: str) -> Spec:
    name, question, settings = spec.partition("?")
    if name == "demo" and kind in _DEMO:
        if not (WEIGHTS / kind).is_dir():
            raise ModelError(
                f"{kind} 'demo': the repository's models/weights/{kind} is not there; check it out, or name another by --{kind}"
            )
        return parse(kind, f"{_DEMO[kind]}:{WEIGHTS / kind}{question}{settings}", BACKENDS[kind])
    return parse(kind, spec, BACKENDS[kind])


def _find(kind: Kind, spec: str, asked: Spec, fetch: bool) -> Path | None:
    """The folder of a model, or its file in the hub's cache; None where it must be made or fetched first and ``fetch`` is off."""
    name, about = asked.name, BACKENDS[kind][asked.backend]
    if Path(name).is_dir():
        return Path(name)
    if about.files == "folder" or name.startswith(("/", ".", "~")) or name.endswith("/"):
        if fetch:
            raise ModelError(f"{kind} '{spec}': there is no folder '{name}'; {about.to_get}")
        return None
    if about.files == "hub":
        return snapshot(name, asked.revision, fetch)
    from models.embedders.open_clip import weights_of

    return weights_of(name, fetch)


def _load(kind: Kind, spec: str) -> Any:
    with _lock:
        asked = _parse(kind, spec)
        place = "" if asked.backend == "python" or BACKENDS[kind][asked.backend].files == "none" else _place()
        if (kind, spec, place) not in _loaded:
            _loaded[kind, spec, place] = _build(kind, spec, asked)
        return _loaded[kind, spec, place]


def _build(kind: Kind, spec: str, asked: Spec) -> Any:
    if asked.backend == "python" or kind == "identifier":
        return _class_of(kind, spec, asked)()
    # The card first: what is not there is told in our words, not in a framework's.
    card = describe_model(kind, spec, fetch=True)
    build, about = _class_of(kind, spec, asked), BACKENDS[kind][asked.backend]
    if asked.backend == "mclip":
        text, image = towers(spec, asked.name)
        return build(str(_find(kind, spec, text, fetch=True)), card, images=load_embedder(image))
    name = str(_find(kind, spec, asked, fetch=True)) if about.files == "hub" else asked.name
    settings = [_settings(kind, spec, asked)] if about.settings else []
    return build(name, card, *settings, **({"with_alt": True} if asked.with_alt else {}))


def _settings(kind: Kind, spec: str, asked: Spec) -> Any:
    about = BACKENDS[kind][asked.backend]
    if not about.settings:
        return None
    module, _, name = about.settings.partition(":")
    try:
        return read_settings(getattr(import_module(module), name), asked.settings)
    except ValueError as error:
        raise ModelError(f"{kind} '{spec}': {error}") from None


def _class_of(kind: Kind, spec: str, asked: Spec) -> Any:
    module, _, attribute = (asked.name if asked.backend == "python" else BACKENDS[kind][asked.backend].build).partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"{kind} '{spec}': {error}; write python:MODULE:CLASS of a module that can be imported") from None


def _place() -> str:
    from models.devices import device

    return str(device())
