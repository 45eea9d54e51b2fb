"""A request and its answer, by libcurl: over connections that are kept, and only to addresses that the guard lets through."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pycurl
from yarl import URL

from pipeline.fetch.multi import Multi
from pipeline.fetch.policy import Guard, Target
from pipeline.fetch.reasons import Failure, shortage
from pipeline.fetch.settings import FetchSettings

_KEPT_SECONDS = 10
"""For how long a connection is kept without a request; servers close theirs after 5 to 75."""
_BUFFER = 256 * 1024
"""Bytes that are read at once."""
_DISCARDED = 16 * 1024
"""Bytes of a body that nobody wants that are read all the same, so that the connection can be used again."""
_PATIENCE = 0.5
"""Seconds in which they have to come."""
_ENDLESS, _DIGITS = 2**63, 20
"""More than any length, and in how many digits a number is sure to be so large: Python reads no number of thousands of them."""
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)")
_TLS = {
    getattr(pycurl, f"E_{name}")
    for name in "SSL_CONNECT_ERROR PEER_FAILED_VERIFICATION SSL_CIPHER SSL_CACERT_BADFILE SSL_ISSUER_ERROR SSL_INVALIDCERTSTATUS".split()
}
_TLS_WORDS = re.compile(
    r"^(?:SSL certificate problem|SSL certificate OpenSSL verify result|TLS connect error|SSL): (?:error:.*:)?| \(\d+\)$"
)
"""What libcurl says around what is wrong."""
_BROKEN_OFF = ("unexpected eof", "SSL_ERROR_SYSCALL", "reset by peer")
"""In what libcurl says of a handshake that the server did not go on with."""


class ClosedMeanwhile(Failure):
    """A server closed the connection that had been kept, maybe before it saw the request (RFC 9112, 9.3.1): to be asked again, at
    once, by another connection, and even without ``retries``."""

    def __init__(self) -> None:
        super().__init__("connection_lost", "the server closed the connection", wait=0.0)


class Head:
    """Status and fields of an answer's head.

    Raises:
        Failure: ``bad_response``, it does not begin with a status line (RFC 9112, 4).
    """

    def __init__(self, lines: Sequence[bytes]) -> None:
        status = _STATUS_LINE.match(lines[0]) if lines else None
        if not status:
            raise Failure("bad_response", "the answer has no status")
        self.status = int(status[1])
        self._fields: dict[str, list[str]] = {}
        for line in lines[1:]:
            name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
            self._fields.setdefault(name.strip().lower(), []).append(value.strip())

    def every(self, name: str) -> list[str]:
        """All values of a field, in order; bytes that are no UTF-8 are lone surrogates.

        Args:
            name: in lower case.
        """
        return self._fields.get(name, [])

    def first(self, name: str) -> str | None:
        """As `every`, the first value; None where there is none."""
        values = self.every(name)
        return values[0] if values else None

    @property
    def length(self) -> int:
        """Bytes of the body as they are announced, at most `_ENDLESS`; 0 where they are not."""
        announced = self.first("content-length") or ""
        return min(int(announced[:_DIGITS]), _ENDLESS) if announced.isdecimal() else 0


class Exchange:
    """A request, and what comes of its answer.

    ``head`` is that of the answer, ``seconds`` are what it takes of its deadline: both are right however it ends.

    Args:
        judge: is given the head of the answer before more is read: whether the body is wanted. Raises a Failure where the answer is
            none. Of a picture that is not wanted nothing more is read, of another body no more than a little.
        turn: is called then if it is; what it returns is waited for before the body is read, outside of the deadline.
        limit: bytes of the body, at most.
    """

    def __init__(self, judge: Callable[[Head], bool], turn: Callable[[], Coroutine[Any, Any, None] | None], limit: int) -> None:
        self.seconds = 0.0
        self._judge, self._to_wait_for, self._limit = judge, turn, limit
        self.head: Head | None = None
        self._lines, self._pieces, self._length = list[bytes](), list[bytes](), 0
        self._sent, self._wanted, self._enough, self._late = False, True, False, False
        self._error: Exception | None = None
        self._unopened: Failure | None = None
        self._turn: asyncio.Task[None] | None = None

    @property
    def status(self) -> int | None:
        """That of the answer; None where there is none."""
        return self.head.status if self.head else None

    async def perform(self, handle: pycurl.Curl, multi: Multi, guard: Guard, seconds: float) -> bytes:
        """Lets a handle perform that knows what to ask for and where; returns the body, empty where it is not wanted.

        Args:
            seconds: until the deadline.

        Raises:
            Failure: what the judge or the guard raises, and whatever else comes between.
            TimeoutError: the deadline is over.
            pycurl.error: something else is wrong.
        """
        self._handle, self._guard, self._left = handle, guard, seconds
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        handle.setopt(pycurl.PREREQFUNCTION, self._send)
        handle.setopt(pycurl.HEADERFUNCTION, self._take_line)
        handle.setopt(pycurl.WRITEFUNCTION, self._take)
        self._loop = asyncio.get_running_loop()
        self._go_on()
        self._answer = multi.start(handle)
        try:
            await self._answer
            if self._turn:
                await self._turn
        except pycurl.error as error:
            if self._error is None and not self._enough:
                raise self._unopened or error from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._late or (task and task.cancelling()):
                raise
            if not self._enough:
                raise self._error or TimeoutError() from None
        finally:
            multi.stop(handle)
            self._pause()
            if self._turn:
                self._turn.cancel()
            pieces, self._pieces = self._pieces, []  # the handle keeps this for the next one to come
        if self._error:
            raise self._error
        return b"".join(pieces)

    def _go_on(self) -> None:
        self._since, self._timer = time.monotonic(), self._loop.call_later(max(0.0, self._left - self.seconds), self._expire)

    def _pause(self) -> None:
        if not self._timer.cancelled():
            self._timer.cancel()
            self.seconds += time.monotonic() - self._since

    def _expire(self) -> None:
        self._late = True
        self._answer.cancel()

    def _open(self, _: int, to: pycurl.CurlSockAddr) -> socket.socket | int:
        """Called by libcurl for the socket of each connection: the last look at where it goes."""
        try:
            self._guard.check(to.addr[0], to.addr[1])
            return socket.socket(to.family, to.socktype, to.protocol)
        except Failure as failure:
            self._unopened = failure
        except OSError as error:
            self._unopened = shortage(error)
        return pycurl.SOCKET_BAD  # it goes on to the host's next address

    def _send(self, *_: object) -> int:
        """Called by libcurl when there is a connection and the request is about to go out."""
        if self._sent:  # it would ask again by itself, uncounted, wherever a server closes a connection that was kept
            self._error = ClosedMeanwhile()
            return pycurl.PREREQFUNC_ABORT
        self._sent = True
        return pycurl.PREREQFUNC_OK

    def _take_line(self, line: bytes) -> int | None:
        """Called by libcurl for each line of a head."""
        if not self._sent or self.head:  # of a proxy that connects, or behind the body
            return None
        if line.rstrip():
            self._lines.append(line)
            return None
        try:
            return self._take_head(self._lines)
        except Exception as error:  # libcurl would print it
            self._error = error
            return self._stop()
        finally:
            self._lines = []

    def _take_head(self, lines: Sequence[bytes]) -> int | None:
        head = Head(lines)
        if head.status == 101:  # nothing of HTTP follows it, and libcurl waits for that
            raise Failure("bad_response", "switches to another protocol, which was not asked for", head.status)
        if head.status < 200:
            return None
        self.head = head
        try:
            self._wanted = self._judge(head)
        except Failure as failure:
            self._error, self._wanted = failure, False
        if not self._wanted:
            refused = self._stop()  # all is known, however the rest ends
            if head.status < 300 or head.length > _DISCARDED:
                return refused
            self._pause()
            self._left = min(self._left, self.seconds + _PATIENCE)
            self._go_on()
        elif turn := self._to_wait_for():
            self._pause()
            self._turn = asyncio.create_task(turn)
            self._turn.add_done_callback(self._come)
        return None

    def _come(self, turn: asyncio.Task[None]) -> None:
        if not turn.cancelled() and not self._answer.done():
            self._turn = None
            self._go_on()
            self._handle.pause(pycurl.PAUSE_CONT)

    def _take(self, piece: bytes) -> int | None:
        """Called by libcurl for each piece of a body."""
        if self._turn:
            return pycurl.WRITEFUNC_PAUSE  # it gives the same piece again
        self._length += len(piece)
        if not self._wanted:
            return self._stop() if self._length > _DISCARDED else None
        if self._length > self._limit:
            self._error = Failure("too_large", f"more than {self._limit} bytes", self.status)
            return self._stop()
        self._pieces.append(piece)
        return None

    def _stop(self) -> int:
        """What libcurl takes for a wish to end."""
        self._enough = True
        return -1


class Exchanges:
    """The exchanges of one event loop, and its connections, of which ``kept`` wait for further requests at most: the latest ones."""

    def __init__(self, settings: FetchSettings, guard: Guard, proxy: URL | None, kept: int) -> None:
        self._settings, self._guard, self._proxy, self._kept = settings, guard, proxy, kept
        self._multi = Multi()
        self._handles, self._under_way = list[pycurl.Curl](), 0

    def close(self) -> None:
        """Closes all connections."""
        self._multi.close()

    async def ask(
        self, exchange: Exchange, url: URL, targets: Sequence[Target], proxied: bool, fresh: bool, seconds: float
    ) -> tuple[Head, bytes]:
        """Asks for a URL; returns the answer's head, and its body, empty where it is not wanted.

        Args:
            targets: where to connect to, in this order: addresses of the URL's host, or of the proxy, that the guard lets through.
            fresh: by a connection of its own, none that was kept.
            seconds: until the deadline.

        Raises:
            Failure: see `Exchange.perform`.
        """
        handle = self._handles.pop() if self._handles else self._new_handle()
        self._direct(handle, url, targets, proxied)
        handle.setopt(pycurl.FRESH_CONNECT, fresh)
        self._count(+1)
        try:
            body = await exchange.perform(handle, self._multi, self._guard, seconds)
            if exchange.head is None:  # nothing but heads that say an answer is to come (1xx)
                raise Failure("connection_lost", "the server closed the connection")
            return exchange.head, body
        except TimeoutError:
            raise Failure("deadline", f"not there within {self._settings.deadline_seconds:g} s", exchange.status) from None
        except pycurl.error as error:
            code, words = error.args
            raise self._failure(code, words, handle, proxied, exchange.status) from None
        finally:
            self._count(-1)
            if len(self._handles) < self._settings.concurrency:
                self._handles.append(handle)

    def _count(self, more: int) -> None:
        # libcurl counts those that are in use as well; with 0 it would keep some.
        self._under_way += more
        self._multi.keep(max(1, self._kept + self._under_way))

    def _new_handle(self) -> pycurl.Curl:
        handle = pycurl.Curl()
        handle.setopt(pycurl.USERAGENT, self._settings.agent)
        handle.setopt(pycurl.HTTPHEADER, ["Accept: image/*,*/*;q=0.8", "Accept-Encoding: identity"])
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.NOPROXY, "")  # nor what the environment says
        handle.setopt(pycurl.NOSIGNAL, True)
        handle.setopt(pycurl.BUFFERSIZE, _BUFFER)
        handle.setopt(pycurl.MAXAGE_CONN, _KEPT_SECONDS)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, round(1000 * self._settings.connect_seconds))
        trusted = ssl.get_default_verify_paths()
        # Not both: of a folder libcurl would read the file again for each connection.
        for file, folder in ((pycurl.CAINFO, pycurl.CAPATH), (pycurl.PROXY_CAINFO, pycurl.PROXY_CAPATH)):
            if trusted.cafile:
                handle.setopt(file, trusted.cafile)
            elif trusted.capath:
                handle.setopt(folder, trusted.capath)
        return handle

    def _direct(self, handle: pycurl.Curl, url: URL, targets: Sequence[Target], proxied: bool) -> None:
        """Sets what is asked for, and where to connect to."""
        proxy = self._proxy if proxied else None
        named, port = (proxy or url).raw_host or "", (proxy or url).port
        handle.setopt(pycurl.URL, str(url.origin()))
        # Not in the URL, whose path libcurl spells anew: servers sign the very bytes of what they are asked for.
        handle.setopt(pycurl.REQUEST_TARGET, str(url) if proxied and url.scheme == "http" else url.raw_path_qs)
        handle.setopt(pycurl.PROXY, str(proxy or ""))
        elsewhere = targets[0].port != port
        handle.setopt(pycurl.CONNECT_TO, [f"::{_bracketed(targets[0].address)}:{targets[0].port}"] if elsewhere else [])
        found = ",".join(_bracketed(target.address) for target in targets)
        # For a while, as answers about names are kept here.
        handle.setopt(pycurl.RESOLVE, [] if elsewhere or found == _bracketed(named) else [f"+{named}:{port}:{found}"])

    def _failure(self, code: int, words: str, handle: pycurl.Curl, proxied: bool, status: int | None) -> Failure:
        """What an error of libcurl is called here."""
        number = handle.getinfo(pycurl.OS_ERRNO)
        cause = OSError(number, os.strerror(number)) if number else None
        refused_by_proxy = handle.getinfo(pycurl.HTTP_CONNECTCODE) if proxied else 0
        if refused_by_proxy not in (0, 200):
            return Failure("proxy", f"proxy answers with HTTP {refused_by_proxy}")
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return Failure("connect_failed", f"no connection within {self._settings.connect_seconds:g} s")
        if code in (pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_RESOLVE_HOST):
            if cause and (short := shortage(cause)):
                return short
            if proxied:
                return Failure("proxy", "no connection to the proxy")
            if isinstance(cause, ConnectionRefusedError):
                return Failure("connect_refused", "connection refused")
            return Failure("connect_failed", os.strerror(number) if number else words)
        if code in _TLS:
            if any(sign in words for sign in _BROKEN_OFF):
                return Failure("connect_failed", "the server broke off the TLS handshake")
            return Failure("tls", _TLS_WORDS.sub("", words))
        if code == pycurl.E_PARTIAL_FILE:
            return Failure("connection_lost", "the body broke off", status)
        if code in (pycurl.E_GOT_NOTHING, pycurl.E_SEND_ERROR) or (code == pycurl.E_RECV_ERROR and cause):
            return Failure("connection_lost", "the server closed the connection", status)
        return Failure("bad_response", words, status)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
