"""Asks for pictures over HTTP: every hop checked, everything bounded in time and bytes, polite to hosts."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from pipeline.fetch.body import read_body
from pipeline.fetch.connections import Connections, Lost, Request, ask_once
from pipeline.fetch.optout import refusing_directive
from pipeline.fetch.policy import Guard, GuardedResolver, Refused
from pipeline.fetch.proxies import ignored_proxies, proxy_url, say_ignored
from pipeline.fetch.reasons import Failure, shortage, storable
from pipeline.fetch.robots import MAX_BYTES, Robots, parse_robots
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.slots import Slot, Slots
from pipeline.fetch.urls import join_url, parse_url

T = TypeVar("T")


HEADERS = {"last_modified": "Last-Modified", "etag": "ETag", "x_robots_tag": "X-Robots-Tag", "retry_after": "Retry-After"}
"""Headers that the ledger keeps, by column."""


@dataclass
class Trace:
    """What is known of a request, filled as it goes on; true also where it ends in a failure.

    ``seconds`` is what it took of its deadline, ``asked_at`` when it began in seconds since 1970: they differ from run to run.
    ``headers`` are those of `HEADERS` that the last answer had, by the names of their columns in the ledger. ``attempts`` counts
    how often it was asked for, redirects aside; none where that was not to be, or robots.txt did not let us.
    """

    seconds: float = 0.0
    asked_at: float | None = None
    final_url: str | None = None
    status: int | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0

    def note(self, response: aiohttp.ClientResponse) -> None:
        """Takes down what the head of an answer says."""
        self.status = response.status
        self.content_type = storable(response.headers.get("Content-Type", "").split(";")[0].strip().lower()[:100]) or None
        there = {column: ", ".join(response.headers.getall(name)) for column, name in HEADERS.items() if name in response.headers}
        self.headers = {column: storable(value[:500]) for column, value in there.items() if value}


@dataclass(frozen=True)
class Answer:
    """An answer with status 2xx, or 3xx with the ``location`` that it redirects to."""

    status: int
    body: bytes
    location: str | None = None


class Client:
    """Fetches within one event loop, in an ``async with`` block. The environment's proxies are not used: they would connect
    to what the guard has not seen. Slots by host and in all, and threads that look names up, are waited for outside of the deadline;
    ``waiting`` slots there are instead of those of the settings, and ``kept`` connections that wait for further requests: they are
    files of this process."""

    def __init__(self, settings: FetchSettings, waiting: int, kept: int) -> None:
        self._settings, self._guard, self._kept = settings, Guard(settings), kept
        self._proxy = proxy_url(settings.proxy)
        if self._proxy is None:
            say_ignored(ignored_proxies())
        self._slots = Slots(settings.concurrency, waiting, settings.per_host)
        self._robots: dict[URL, asyncio.Task[Robots]] = {}

    async def __aenter__(self) -> Client:
        self._connections = Connections(self._kept, resolver=GuardedResolver(self._guard), socket_factory=self._socket)
        self._session = aiohttp.ClientSession(
            connector=self._connections,
            request_class=Request,
            middlewares=(ask_once,),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.connect_seconds),
            headers={"User-Agent": self._settings.agent, "Accept": "image/*,*/*;q=0.8", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,  # done here, within bounds
            max_line_size=32 * 1024,
            max_field_size=32 * 1024,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()
        self._guard.close()

    def _socket(self, info: Any) -> socket.socket:
        family, kind, proto, _, place = info
        self._guard.check(place[0], place[1])
        return socket.socket(family, kind, proto)

    async def fetch(self, url: str | None, trace: Trace, use: Callable[[bytes], Awaitable[T]]) -> T:
        """Asks for a URL and hands its body to ``use``, which holds the request's slots, so that bodies do not pile up.

        Args:
            trace: a new one.

        Raises:
            Failure: with the reason why there is no body; what ``use`` raises goes through.
        """
        return await self._follow(parse_url(url), trace, use, self._settings.max_bytes, picture=True)

    async def _follow(self, url: URL, trace: Trace, use: Callable[[bytes], Awaitable[T]], limit: int, picture: bool) -> T:
        """Goes from redirect to redirect, and tries again at the hop that failed in a passing way."""
        hops, tries, counts = 0, 0, True
        answer: Answer | None
        unreached: Failure | None = None
        while True:
            trace.final_url, answer = str(url), None
            if picture and self._settings.robots:
                trace.status = None
                await self._heed_robots(url)
            trace.attempts += counts
            try:
                await self._look_up(url, trace)
                async with self._slots.slot(url.raw_host or "") as slot:
                    answer = await self._ask(url, trace, slot, limit, picture)
                    if answer.location is None:
                        return await use(answer.body)
            except Failure as failure:
                if answer is not None:
                    raise  # the body came; what is wrong with it is no matter of asking again
                trace.status = failure.status
                if failure.reason == "deadline" and failure.status is None and unreached:
                    raise unreached from None  # what was the matter, rather than that there was no time to try once more
                unreached = failure if failure.reason in _UNREACHED else None
                wait = self._backoff(url, tries) if failure.wait is None else failure.wait
                retries = max(self._settings.retries, isinstance(failure, _ClosedMeanwhile))
                passes = failure.transient and failure.reason != "deadline"
                if not passes or tries >= retries or wait >= self._settings.deadline_seconds - trace.seconds:
                    raise
                await asyncio.sleep(wait)
                trace.seconds += wait
                tries, counts = tries + 1, True
                continue
            hops, counts, unreached = hops + 1, False, None
            if hops > self._settings.max_redirects:
                raise Failure("too_many_redirects", f"more than {self._settings.max_redirects}", answer.status)
            try:
                url = join_url(url, answer.location)
            except Failure as failure:
                raise Failure(failure.reason, f"redirect: {failure.detail}", answer.status) from None

    async def _look_up(self, url: URL, trace: Trace) -> None:
        """Makes sure that a URL's host has an address, which may be connected to."""
        host, port = url.raw_host or "", url.port or 0
        direct = self._guard.goes_directly(host, port)
        if direct and self._guard.known(host, port):
            return
        await self._guard.turn(host)
        try:
            await self._within(trace, self._guard.targets(host, port) if direct else self._guard.check_proxied(host))
        except Failure as failure:
            if failure.reason == "deadline":
                raise Failure("dns_unavailable", f"no answer within {self._settings.deadline_seconds:g} s") from None
            raise

    async def _ask(self, url: URL, trace: Trace, slot: Slot, limit: int, picture: bool) -> Answer:
        """One request to one place."""
        try:
            async with await self._within(trace, self._open(url, trace)) as response:
                await slot.answered()
                return await self._within(trace, self._read(response, trace, limit, picture))
        except aiohttp.ClientHttpProxyError as error:
            raise Failure("proxy", f"proxy answers with HTTP {error.status}") from None
        except aiohttp.ServerTimeoutError:
            raise Failure("connect_failed", f"no connection within {self._settings.connect_seconds:g} s") from None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise Failure("tls", _tls_words(error)) from None
        except aiohttp.ClientConnectorError as error:
            raise self._unconnected(error) from None
        except aiohttp.ClientPayloadError:
            raise Failure("connection_lost", "the body broke off", trace.status) from None
        except Lost as lost:
            if not lost.reused:
                raise Failure("connection_lost", "the server closed the connection") from None
            self._connections.close_kept(url.raw_host, url.port)
            raise _ClosedMeanwhile from None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError):
            raise Failure("connection_lost", "the server closed the connection", trace.status) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise Failure("bad_response", type(error).__name__, trace.status) from None

    def _unconnected(self, error: aiohttp.ClientConnectorError) -> Failure:
        cause = error.os_error
        if isinstance(cause, Refused):
            return cause.failure
        if short := shortage(cause):
            self._connections.close_kept()
            return short
        if isinstance(error, aiohttp.ClientProxyConnectionError):
            return Failure("proxy", "no connection to the proxy")
        if isinstance(cause, ConnectionRefusedError):
            return Failure("connect_refused", "connection refused")
        return Failure("connect_failed", cause.strerror or type(cause).__name__)

    async def _open(self, url: URL, trace: Trace) -> aiohttp.ClientResponse:
        """The answer up to the end of its head."""
        trace.asked_at = trace.asked_at or time.time()
        proxy = None if self._guard.goes_directly(url.raw_host or "", url.port or 0) else self._proxy
        response = await self._session.get(url, allow_redirects=False, proxy=proxy)
        trace.note(response)
        return response

    async def _read(self, response: aiohttp.ClientResponse, trace: Trace, limit: int, picture: bool) -> Answer:
        """Judges an answer by its headers, and reads its body only if they let us."""
        status, headers = response.status, response.headers
        # What a picture may be used for, not what an error page may.
        tags = headers.getall("X-Robots-Tag", []) if picture and 200 <= status < 400 else []
        if tags and (directive := refusing_directive(tags, self._settings.agent_token, self._settings.opt_out)):
            raise Failure("opted_out", f"X-Robots-Tag: {directive}", status)
        if status in (301, 302, 303, 307, 308):
            if "Location" not in headers:
                raise Failure("bad_response", "redirect without a Location", status)
            return Answer(status, b"", headers["Location"])
        if not 200 <= status < 300:
            raise Failure(_status_reason(status), f"HTTP {status}", status, _retry_after(headers.get("Retry-After")))
        if (response.content_length or 0) > limit:
            raise Failure("too_large", f"more than {limit} bytes announced", status)
        body = await read_body(response, limit)
        if picture and not body:
            raise Failure("empty", "a body of no bytes", status)
        return Answer(status, body)

    async def _heed_robots(self, url: URL) -> None:
        """Raises a Failure if the host's robots.txt disallows the URL or cannot be known."""
        origin = url.origin()
        key = (str(origin), self._settings.agent_token)
        robots = _ROBOTS.get(key)
        if robots is None or time.monotonic() - robots[0] >= self._settings.robots_hours * 3600:
            task = self._robots.get(origin)
            if task is None:
                task = self._robots[origin] = asyncio.create_task(self._fetch_robots(origin))
                task.add_done_callback(lambda task: task.cancelled() or task.exception())  # seen, also if all waiters are gone
                asyncio.get_running_loop().call_later(_ROBOTS_AGAIN, self._robots.pop, origin, None)
            robots = (time.monotonic(), await asyncio.shield(task))
            if len(_ROBOTS) >= _ORIGINS:
                _ROBOTS.clear()
            _ROBOTS[key] = robots
        if not robots[1].allows(url.raw_path_qs):
            raise Failure("robots", "robots.txt disallows it")

    async def _fetch_robots(self, origin: URL) -> Robots:
        async def text(body: bytes) -> Robots:
            return parse_robots(body[:MAX_BYTES].decode("utf-8", "replace"), self._settings.agent_token)

        try:
            # The limit is ours, not the site's: a larger file is an error of the site, but no leave to ignore it.
            return await self._follow(origin / "robots.txt", Trace(), text, self._settings.max_bytes, picture=False)
        except Failure as failure:
            if failure.status is not None and 400 <= failure.status < 500 and failure.status != 429:
                return Robots(())  # RFC 9309, 2.3.1.3: no rules
            if failure.status is not None or failure.reason == "deadline":
                raise Failure("robots_unavailable", failure.detail) from None  # 2.3.1.4: all is disallowed
            raise

    async def _within(self, trace: Trace, work: Coroutine[Any, Any, T]) -> T:
        start = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._settings.deadline_seconds - trace.seconds)) as left:
                return await work
        except TimeoutError:
            if not left.expired():
                raise  # one of the client's own, for the connection alone
            raise Failure("deadline", f"not there within {self._settings.deadline_seconds:g} s", trace.status) from None
        finally:
            trace.seconds += time.monotonic() - start

    def _backoff(self, url: URL, tries: int) -> float:
        jitter = int.from_bytes(hashlib.sha256(f"{url} {tries}".encode()).digest()[:4]) / 2**32
        return self._settings.backoff_seconds * 2**tries * (1 + jitter)


_ROBOTS_AGAIN = 300.0
"""Seconds after which a robots.txt that could not be had is asked for again."""
_ORIGINS = 100_000
"""Of how many origins the rules are remembered."""
_ROBOTS: dict[tuple[str, str], tuple[float, Robots]] = {}
"""For all fetches of the process: when the rules of an origin were asked for, and the rules."""


class _ClosedMeanwhile(Failure):
    """A server closed the connection that had been kept, maybe before it saw the request (RFC 9112, 9.3.1): to be asked again, at
    once and even without ``retries``."""

    def __init__(self) -> None:
        super().__init__("connection_lost", "the server closed the connection", wait=0.0)


_UNREACHED = ("dns_unavailable", "connect_refused", "connect_failed", "proxy", "out_of_files")
"""Failures before any connection, which stand although the deadline ends a later try."""


def _status_reason(status: int) -> str:
    if status in (404, 410):
        return "not_found"
    if status in (401, 402, 403, 407, 451):
        return "forbidden"
    if status in (408, 425, 429):
        return "busy"
    return "server_error" if status >= 500 else "http_status"


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None


def _tls_words(error: Exception) -> str:
    """OpenSSL's words for what is wrong, without source lines and addresses."""
    inner = next((e for e in (getattr(error, "certificate_error", None), getattr(error, "os_error", None)) if e), error)
    words = getattr(inner, "verify_message", None) or getattr(inner, "reason", None) or type(inner).__name__
    return str(words).replace("_", " ").lower()
