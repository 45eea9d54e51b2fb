"""What chat models are asked about a picture. Every captioner that can be told something is told this."""

from __future__ import annotations

QUESTION = "Describe in detail what is shown in the image."
QUESTION_WITH_ALT = (
    "Describe in detail what is shown in the image. On the web page where it was found its alternative text is: {alt!r}. Use names and "
    "facts of it that fit what can be seen, leave out the rest, and do not mention the alternative text."
)
BEGINNING = "The image shows"
"""How every answer begins (Spravil et al. 2026): a description follows, and neither a greeting nor a list."""
MAX_ALT_CHARACTERS = 300


def question(alt: str | None) -> str:
    """The question about one picture; with its alt text where there is one, on one line and cut to `MAX_ALT_CHARACTERS`."""
    words = " ".join((alt or "").split())[:MAX_ALT_CHARACTERS]
    return QUESTION_WITH_ALT.format(alt=words) if words else QUESTION


def after_beginning(written: str) -> str:
    """The caption that `BEGINNING` and what a model wrote after it make together; empty where it wrote nothing."""
    text = written.strip().removeprefix(BEGINNING).lstrip()
    if not text:
        return ""
    return f"{BEGINNING} {text}" if text[0].isalnum() or text[0] in "\"'“‘(«" else f"{BEGINNING}{text}"
