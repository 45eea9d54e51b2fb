"""robots.txt, one look a host (RFC 9309), read by the standard library."""

from __future__ import annotations

import asyncio
import time
import urllib.robotparser
from typing import TYPE_CHECKING

from yarl import URL

from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings

if TYPE_CHECKING:
    from pipeline.fetch.client import Client

_LIMIT = 500 * 1024
"""Bytes that a crawler must read of a robots.txt, at least (RFC 9309, 2.5)."""


class Robots:
    """The rules of each host, asked for when its first picture is."""

    def __init__(self, client: Client, settings: FetchSettings) -> None:
        self._client, self._settings = client, settings
        self._rules: dict[URL, tuple[float, asyncio.Task[urllib.robotparser.RobotFileParser]]] = {}

    async def check(self, url: URL) -> None:
        """Raises what a host has against our reading a URL.

        Raises:
            Failure: ``robots``, or ``robots_unavailable`` where the host fails to say (RFC 9309: assume disallow).
        """
        expires, task = self._rules.get(url.origin(), (0.0, None))
        if task is None or time.monotonic() > expires:
            task = asyncio.create_task(self._read(url.origin()))
            self._rules[url.origin()] = time.monotonic() + 3600 * self._settings.robots_hours, task
        rules = await asyncio.shield(task)
        if not rules.can_fetch(self._settings.agent_token, str(url)):
            raise Failure("robots", "disallowed by robots.txt")

    async def _read(self, origin: URL) -> urllib.robotparser.RobotFileParser:
        rules = urllib.robotparser.RobotFileParser()
        status, text = await self._client.get_text(origin / "robots.txt", _LIMIT)
        if status >= 500:
            raise Failure("robots_unavailable", f"robots.txt: {status}", status)
        rules.parse(text.splitlines() if 200 <= status < 300 else [])
        return rules
