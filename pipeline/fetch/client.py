"""Asks for pictures over HTTP: every hop checked, everything bounded in time and bytes, polite to hosts."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from yarl import URL

from pipeline.fetch.body import packings, unpacked
from pipeline.fetch.exchange import ClosedMeanwhile, Exchange, Exchanges, Head
from pipeline.fetch.optout import refusing_directive
from pipeline.fetch.policy import Guard, Target
from pipeline.fetch.proxies import ignored_proxies, proxy_url, say_ignored
from pipeline.fetch.reasons import Failure, storable
from pipeline.fetch.robots import MAX_BYTES, Robots, parse_robots
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.slots import Slot, Slots
from pipeline.fetch.urls import join_url, parse_url

T = TypeVar("T")


HEADERS = {"last_modified": "last-modified", "etag": "etag", "x_robots_tag": "x-robots-tag", "retry_after": "retry-after"}
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

    def note(self, head: Head) -> None:
        """Takes down what the head of an answer says."""
        self.status = head.status
        self.content_type = storable((head.first("content-type") or "").split(";")[0].strip().lower()[:100]) or None
        there = {column: ", ".join(head.every(name)) for column, name in HEADERS.items()}
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
        self._exchanges = Exchanges(self._settings, self._guard, self._proxy, self._kept)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._exchanges.close()
        self._guard.close()

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
        hops, counts, fresh = 0, True, False
        answer: Answer | None
        unreached: Failure | None = None
        while True:
            trace.final_url, answer = str(url), None
            if picture and self._settings.robots:
                trace.status = None
                await self._heed_robots(url)
            trace.attempts += counts
            try:
                targets = await self._look_up(url, trace)
                async with self._slots.slot(url.raw_host or "") as slot:
                    answer = await self._ask(url, targets, fresh, trace, slot, limit, picture)
                    if answer.location is None:
                        return await use(answer.body)
            except Failure as failure:
                if answer is not None:
                    raise  # the body came; what is wrong with it is no matter of asking again
                trace.status = failure.status
                if failure.reason == "deadline" and failure.status is None and unreached:
                    raise unreached from None  # what was the matter, rather than that there was no time to try once more
                unreached = failure if failure.reason in _UNREACHED else None
                fresh = isinstance(failure, ClosedMeanwhile)
                tries, retries = trace.attempts - 1, max(self._settings.retries, fresh)
                wait = self._backoff(url, tries) if failure.wait is None else failure.wait
                passes = failure.transient and failure.reason != "deadline"
                if not passes or tries >= retries or wait >= self._settings.deadline_seconds - trace.seconds:
                    raise
                await asyncio.sleep(wait)
                trace.seconds += wait
                counts = True
                continue
            hops, counts, fresh, unreached = hops + 1, False, False, None
            if hops > self._settings.max_redirects:
                raise Failure("too_many_redirects", f"more than {self._settings.max_redirects}", answer.status)
            try:
                url = join_url(url, answer.location)
            except Failure as failure:
                raise Failure(failure.reason, f"redirect: {failure.detail}", answer.status) from None

    async def _look_up(self, url: URL, trace: Trace) -> list[Target]:
        """Where to connect to for a URL."""
        host, port = url.raw_host or "", url.port or 0
        direct = self._guard.goes_directly(host, port)
        known = self._guard.known(host, port) if direct else None
        if known is not None:
            return known
        await self._guard.turn(host)
        try:
            return await self._within(trace, self._guard.targets(host, port) if direct else self._guard.proxied(host))
        except Failure as failure:
            if failure.reason == "deadline":
                raise Failure("dns_unavailable", f"no answer within {self._settings.deadline_seconds:g} s") from None
            raise

    async def _ask(self, url: URL, targets: Sequence[Target], fresh: bool, trace: Trace, slot: Slot, limit: int, picture: bool) -> Answer:
        """One request to one place."""

        def judge(head: Head) -> bool:
            slot.answered()
            trace.note(head)
            return self._judge(head, limit, picture)

        trace.asked_at = trace.asked_at or time.time()
        exchange = Exchange(judge, slot.turn, limit)
        try:
            proxied = not self._guard.goes_directly(url.raw_host or "", url.port or 0)
            left = self._settings.deadline_seconds - trace.seconds
            head, body = await self._exchanges.ask(exchange, url, targets, proxied, fresh, left)
        finally:
            trace.seconds += exchange.seconds
        if head.status in _REDIRECTS:
            return Answer(head.status, b"", head.first("location"))
        body = await unpacked(body, packings(head.every("content-encoding"), head.status), limit, head.status)
        if picture and not body:
            raise Failure("empty", "a body of no bytes", head.status)
        return Answer(head.status, body)

    def _judge(self, head: Head, limit: int, picture: bool) -> bool:
        """Judges an answer by its head: whether its body is wanted."""
        status = head.status
        # What a picture may be used for, not what an error page may.
        tags = head.every("x-robots-tag") if picture and 200 <= status < 400 else []
        if tags and (directive := refusing_directive(tags, self._settings.agent_token, self._settings.opt_out)):
            raise Failure("opted_out", f"X-Robots-Tag: {directive}", status)
        if status in _REDIRECTS:
            if head.first("location") is None:
                raise Failure("bad_response", "redirect without a Location", status)
            return False
        if not 200 <= status < 300:
            raise Failure(_status_reason(status), f"HTTP {status}", status, _retry_after(head.first("retry-after")))
        if head.length > limit:
            raise Failure("too_large", f"more than {limit} bytes announced", status)
        packings(head.every("content-encoding"), status)
        return True

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


_REDIRECTS = (301, 302, 303, 307, 308)
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
