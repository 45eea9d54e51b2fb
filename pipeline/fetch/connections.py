"""Connections that are kept for further requests to the same place: a bounded number of them, each with one request at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

_SECONDS = 10.0
"""For how long a connection is kept without a request; servers close theirs after 5 to 75."""


class Request(aiohttp.ClientRequest):
    """A request that knows whether its connection had been kept: ``reused``."""

    reused = False


class Lost(aiohttp.ClientError):
    """A server closed a connection instead of answering. Where it had been ``reused``, that may have been before it saw the request."""

    def __init__(self, reused: bool) -> None:
        super().__init__("the server closed the connection")
        self.reused = reused


async def ask_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """A middleware that leaves it to its caller to ask again: aiohttp would by itself, once, uncounted, wherever a server hangs up.

    Raises:
        Lost: instead of the errors that aiohttp asks again after.
    """
    assert isinstance(request, Request)
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise  # there was no connection yet, and aiohttp does not ask again
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
        raise Lost(request.reused) from error


class Connections(aiohttp.TCPConnector):
    """aiohttp's connections, of which those that wait for a further request are at most ``kept``: the latest ones.

    What is not kept is closed without TLS's goodbye, which asyncio waits for up to half a minute, with the file open.
    """

    def __init__(self, kept: int, **ways: Any) -> None:
        super().__init__(limit=0, use_dns_cache=False, keepalive_timeout=_SECONDS, **ways)
        self._most, self._kept = kept, dict[ResponseHandler, tuple[str | None, int | None]]()

    async def connect(self, req: aiohttp.ClientRequest, *rest: Any, **more: Any) -> Connection:
        assert isinstance(req, Request)
        connection = await super().connect(req, *rest, **more)
        protocol = connection.protocol
        assert protocol is not None
        req.reused = protocol in self._kept
        self._kept.pop(protocol, None)
        connection.add_callback(partial(self._keep, protocol, (req.url.raw_host, req.url.port)))
        return connection

    def close_kept(self, host: str | None = None, port: int | None = None) -> None:
        """Closes the connections to a host and port that wait for a further request; without them, all that do."""
        for protocol in [one for one, place in self._kept.items() if host is None or place == (host, port)]:
            self._drop(protocol)

    def _keep(self, protocol: ResponseHandler, place: tuple[str | None, int | None]) -> None:
        if protocol.should_close:
            protocol.force_close()
            protocol.abort()
            return
        self._kept[protocol] = place
        if len(self._kept) > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, protocol: ResponseHandler) -> None:
        del self._kept[protocol]
        protocol.abort()
