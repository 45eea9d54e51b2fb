"""The proxy that stands between us and the web: named by the settings, never taken from the environment."""

from __future__ import annotations

import logging
import os
from functools import cache

from yarl import URL

from pipeline.fetch.addresses import plain_host

logger = logging.getLogger(__name__)
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


def proxy_url(text: str) -> URL | None:
    """The proxy of the settings, its host in the one form that is compared; None for none.

    Raises:
        ValueError: it has no host that can be contacted.
    """
    if not text:
        return None
    url = URL(text)
    return url.with_host(plain_host(url.raw_host or ""))


def ignored_proxies() -> tuple[str, ...]:
    """The variables of the environment that name a proxy, without their values, which may hold passwords."""
    return tuple(name for name in sorted(os.environ) if name.lower() in _VARIABLES and os.environ[name])


@cache
def say_ignored(variables: tuple[str, ...]) -> None:
    """Says, once in a process, that the environment's proxies are not used."""
    if variables:
        logger.warning(
            "%s: ignored, since a proxy connects to addresses that were not checked; to use one all the same, name it by --proxy URL",
            ", ".join(variables),
        )
