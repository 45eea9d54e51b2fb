"""HTTP for pictures: one deadline for everything, retries only where they can help, and each hop past the guard."""

from __future__ import annotations

import asyncio
import email.utils
import random
import socket
import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from pipeline.fetch.optout import opted_out
from pipeline.fetch.policy import Guard, GuardedResolver, parse_url
from pipeline.fetch.reasons import Failure
from pipeline.fetch.robots import Robots
from pipeline.fetch.settings import FetchSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429})
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_BLOCK = 64 * 1024


@dataclass
class Answer:
    """What came of a URL: the bytes, or why there are none. ``milliseconds`` is wall time and differs from run to run."""

    final_url: str | None = None
    status: int | None = None
    attempts: int = 0
    milliseconds: int = 0
    content_type: str | None = None
    body: bytes | None = None
    failure: Failure | None = None


class Client:
    """A session whose connections go only to addresses that the guard let through. Used in an ``async with`` block."""

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings
        self.guard = Guard(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.per_host))
        self._robots = Robots(self, settings) if settings.robots else None

    async def __aenter__(self) -> Client:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self.guard), use_dns_cache=False, limit=0, force_close=False, socket_factory=self._socket
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self.settings.agent, "Accept": "image/*,*/*;q=0.5"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.settings.connect_seconds),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._session.close()
        self.guard.close()

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        self.guard.check(address[0], address[1])
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        return made

    async def fetch(self, url: str) -> Answer:
        """The picture of a URL. Never raises for what the web does; see `Answer.failure`."""
        answer = Answer()
        async with self._slots:
            start = time.monotonic()
            try:
                async with asyncio.timeout(self.settings.deadline_seconds) as deadline:
                    await self._persist(url, answer, deadline)
            except TimeoutError:
                answer.failure = Failure("deadline", f"over {self.settings.deadline_seconds:g} s", answer.status)
            except Failure as failure:
                answer.failure = failure
            answer.milliseconds = round(1000 * (time.monotonic() - start))
        if answer.failure:
            answer.body = None
            answer.status = answer.failure.status or answer.status
        return answer

    async def _persist(self, url: str, answer: Answer, deadline: asyncio.Timeout) -> None:
        """Asks again after failures that can pass."""
        jitter = random.Random(url)
        while True:
            answer.attempts += 1
            try:
                await self._follow(parse_url(url), answer, deadline)
                return
            except Failure as failure:
                if not failure.transient or answer.attempts > self.settings.retries:
                    raise
                pause = failure.wait
                if pause is None:
                    pause = self.settings.backoff_seconds * 2 ** (answer.attempts - 1) * (1 + jitter.random())
            await asyncio.sleep(pause)

    async def _follow(self, url: URL, answer: Answer, deadline: asyncio.Timeout) -> None:
        """Follows redirects; each hop is parsed and guarded like the first."""
        for _ in range(self.settings.max_redirects + 1):
            answer.final_url, answer.status = str(url), None
            await self.guard.targets(str(url.raw_host), int(url.port or 0))
            if self._robots:
                await self._robots.check(url)
            # The host's slots are ours to give out, so the clock stands still while we wait for one.
            clock = asyncio.get_running_loop().time
            left = (deadline.when() or 0.0) - clock()
            deadline.reschedule(None)
            async with self._hosts[str(url.raw_host)]:
                deadline.reschedule(clock() + left)
                following = await self._ask(url, answer)
            if following is None:
                return
            url = following
        raise Failure("too_many_redirects", f"over {self.settings.max_redirects}", answer.status)

    async def _ask(self, url: URL, answer: Answer) -> URL | None:
        """One request: the URL of the next hop, or None with the body in ``answer``."""
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                answer.status, answer.content_type = response.status, response.content_type
                if response.status in _REDIRECTS:
                    return self._next(url, response)
                self._refuse(response)
                answer.body = await self._read(response)
                return None
        except Failure:
            raise
        except PermissionError as error:
            raise Failure("private_address", str(error)) from None
        except aiohttp.ClientConnectorCertificateError:
            raise Failure("tls", "the certificate is not valid for the host") from None
        except aiohttp.ClientSSLError:
            raise Failure("tls", "no handshake") from None
        except aiohttp.ConnectionTimeoutError:
            raise Failure("connect_failed", f"no connection within {self.settings.connect_seconds:g} s") from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PermissionError):
                raise Failure("private_address", str(error.os_error)) from None
            refused = isinstance(error.os_error, ConnectionRefusedError)
            raise Failure("connect_refused" if refused else "connect_failed", error.os_error.strerror or "no connection") from None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError, ConnectionError):
            raise Failure("connection_lost", "before the whole answer was there", answer.status) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise Failure("bad_response", type(error).__name__, answer.status) from None

    def _next(self, url: URL, response: aiohttp.ClientResponse) -> URL:
        location = response.headers.get("Location")
        if not location:
            raise Failure("bad_response", "a redirect to nowhere", response.status)
        try:
            return parse_url(str(url.join(URL(location))))
        except ValueError:
            raise Failure("bad_url", "a redirect to no URL", response.status) from None

    def _refuse(self, response: aiohttp.ClientResponse) -> None:
        """Raises what status or headers have against the picture, before its body is read."""
        status = response.status
        if status in _BUSY:
            raise Failure("busy", str(status), status, _wait(response))
        if status >= 500:
            raise Failure("server_error", str(status), status, _wait(response))
        if status in (404, 410):
            raise Failure("not_found", str(status), status)
        if status in _FORBIDDEN:
            raise Failure("forbidden", str(status), status)
        if not 200 <= status < 300:
            raise Failure("http_status", str(status), status)
        if refusal := opted_out(response.headers.getall("X-Robots-Tag", []), self.settings):
            raise Failure("opted_out", refusal, status)
        if (response.content_length or 0) > self.settings.max_bytes:
            raise Failure("too_large", f"announces more than {self.settings.max_bytes} bytes", status)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, which aiohttp decompresses as it comes."""
        body = bytearray()
        async for block in response.content.iter_chunked(_BLOCK):
            body += block
            if len(body) > self.settings.max_bytes:
                response.close()
                raise Failure("too_large", f"more than {self.settings.max_bytes} bytes", response.status)
        if not body:
            raise Failure("empty", "a body of no bytes", response.status)
        return bytes(body)

    async def get_text(self, url: URL, limit: int) -> tuple[int, str]:
        """Status and beginning of a small text, for robots.txt; redirects are followed.

        Raises:
            Failure: like a picture.
        """
        for _ in range(self.settings.max_redirects + 1):
            await self.guard.targets(str(url.raw_host), int(url.port or 0))
            try:
                async with self._session.get(url, allow_redirects=False) as response:
                    if response.status in _REDIRECTS:
                        url = self._next(url, response)
                        continue
                    return response.status, (await response.content.read(limit)).decode("utf-8", "replace")
            except (aiohttp.ClientError, OSError):
                raise Failure("robots_unavailable", "no answer about robots.txt") from None
        raise Failure("robots_unavailable", "too many redirects of robots.txt")


def _wait(response: aiohttp.ClientResponse) -> float | None:
    """Seconds of ``Retry-After``, in either of its forms (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
