"""How often the microworld misbehaves: the one place where the rates of all planted faults are set.

A fault is planted by a hash of what it strikes, never by order, so that a world of another size keeps the faults of the
smaller one. Rates are shares of URLs or of bitext lines; they exclude one another and the rest is sound.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WebFaults:
    """Shares of image URLs, and below the line shares of alt texts."""

    not_found: float = 0.015
    gone: float = 0.005
    server_error: float = 0.005
    """500 for good."""
    flaky: float = 0.01
    """503 with Retry-After once, then the picture: not an error where a client retries."""
    unknown_host: float = 0.005
    slow_drip: float = 0.001
    """A byte now and then, for longer than any deadline."""
    redirect: float = 0.03
    """To the picture, in one to three hops: not an error."""
    redirect_loop: float = 0.002
    private_redirect: float = 0.002
    """To an address that no fetcher may contact."""
    html_as_jpeg: float = 0.005
    truncated: float = 0.01
    empty: float = 0.003
    mislabelled: float = 0.01
    """PNG or WebP under .jpg and image/jpeg."""
    placeholder: float = 0.01
    """The host's "image not available" picture, the same bytes for all."""
    duplicate: float = 0.01
    """The bytes of another URL."""
    reencoded: float = 0.01
    """Another URL's picture at another JPEG quality."""
    opted_out: float = 0.005
    """X-Robots-Tag: noai."""
    sideways: float = 0.01
    """Turned, with the EXIF orientation that turns it back: not an error."""

    alt_missing: float = 0.08
    alt_junk: float = 0.08
    """File names, "image1", advertising."""
    alt_foreign: float = 0.1
    """Right, in another of the six languages."""
    alt_wrong: float = 0.07
    """Of another picture."""


@dataclass(frozen=True)
class PoolFaults:
    """Shares of bitext lines. ``scene`` is no fault: the share of lines about scenes, the rest is about anything else."""

    scene: float = 0.45
    misaligned: float = 0.04
    """The other side belongs to another English sentence."""
    wrong_language: float = 0.03
    """The other side is in a language that is not the pair's."""
    wrong_english: float = 0.01
    """The "English" side is not English."""
    copied: float = 0.02
    """The other side is the English sentence again."""
    duplicate: float = 0.03
    """The pair stands elsewhere in the pool too."""
    repeated: float = 0.02
    """A hallucination: the other side runs in circles."""
    number_changed: float = 0.01
    """A figure differs between the sides."""
    too_short: float = 0.02
    """Fewer characters than any sentence: headings, "OK"."""
    garbled: float = 0.01
    """Decoded as the wrong encoding, or with control characters."""
