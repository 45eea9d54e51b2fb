"""A small server on loopback that speaks OpenAI's protocol, and misbehaves when told to."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Body = dict[str, Any]
KEY = "sk-loopback-0123456789"


def answer(text: str, logprobs: list[float] | None = None, finish: str = "stop") -> Body:
    """A chat completion."""
    told = {"content": [{"token": "x", "logprob": value} for value in logprobs]} if logprobs else None
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": told, "finish_reason": finish}]}


@dataclass
class Server:
    """``reply`` makes the answer to a request, ``faults`` are what happens to the first requests instead, in order."""

    reply: Callable[[Body], Body] = lambda asked: answer("fine")
    models: list[Body] = field(default_factory=lambda: [{"id": "tiny", "object": "model", "created": 1, "root": "/models/tiny"}])
    faults: list[Callable[[web.Request], Any]] = field(default_factory=list)
    delay: float = 0.0
    requests: list[Body] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    busiest: int = 0

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.connections.add(request.transport)
        self.keys.append(request.headers.get("Authorization"))
        asked = await request.json()
        self.requests.append(asked)
        self._now += 1
        self.busiest = max(self.busiest, self._now)
        try:
            if self.faults:
                return await self.faults.pop(0)(request)
            if self.delay:
                await asyncio.sleep(self.delay)
            return web.Response(body=json.dumps(self.reply(asked)).encode(), content_type="application/json")
        finally:
            self._now -= 1

    async def listing(self, request: web.Request) -> web.Response:
        self.models[0]["created"] += 1  # as vLLM does
        return web.json_response({"object": "list", "data": self.models})

    def __enter__(self) -> "Server":
        self._now = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    async def _start(self) -> str:
        application = web.Application(client_max_size=2**26)
        application.add_routes([web.post("/v1/chat/completions", self.complete), web.get("/v1/models", self.listing)])
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def status(code: int, message: str = "", **headers: str) -> Callable[[web.Request], Any]:
    """A refusal, in the form that OpenAI's API gives it."""

    async def respond(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": message}}, status=code, headers=headers)

    return respond


def body(text: str) -> Callable[[web.Request], Any]:
    """An answer of status 200 that says anything."""

    async def respond(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="application/json")

    return respond


async def reset(request: web.Request) -> web.Response:
    """Closes the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half(request: web.Request) -> web.StreamResponse:
    """Promises more than it sends."""
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def slow(request: web.Request) -> web.Response:
    """Takes longer than any test's patience."""
    await asyncio.sleep(1.5)
    return web.Response()
