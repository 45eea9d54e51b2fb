"""Reads ``X-Robots-Tag``: which directives refuse a picture to us."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.fetch.settings import FetchSettings


def opted_out(values: Iterable[str], settings: FetchSettings) -> str | None:
    """The directive that refuses the picture, if one does.

    A value may begin with the name of a crawler (``examplebot: noai, noindex``); what follows then is for that crawler alone.
    """
    for value in values:
        scope = ""
        for part in value.lower().split(","):
            name, colon, rest = part.strip().partition(":")
            directive = part.strip()
            # ``unavailable_after: DATE`` and ``max-image-preview: large`` are directives with a value, not scopes.
            if colon and "_" not in name and not name.startswith("max-"):
                scope, directive = name.strip(), rest.strip()
            if scope in ("", settings.agent_token) and directive in settings.opt_out:
                return f"X-Robots-Tag: {directive}"
    return None
