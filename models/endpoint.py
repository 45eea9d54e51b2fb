"""A client for servers that speak OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, and OpenAI's own.

``openai:URL#MODEL?SETTING=VALUE`` names one, as ``openai:http://gpu-1:8000/v1#Qwen/Qwen2.5-VL-7B-Instruct?in_flight=128``. A key is
read from the environment variable ``OPENAI_API_KEY`` and from nowhere else, and is written nowhere.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import hashlib
import json
import logging
import os
import random
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from models.protocols import ModelCard
from models.settings import read_settings
from models.specs import ModelError

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

KEY = "OPENAI_API_KEY"
_PASSING = frozenset({408, 409, 425, 429})
"""Refusals that another attempt may not meet, besides those of 500 and above."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
"""Seconds; the wait doubles from attempt to attempt."""
_CONNECT_SECONDS = 10
_UNSTABLE = frozenset({"created", "permission"})
"""Fields of a model's listing that vLLM and llama.cpp make up anew for each request."""


class EndpointError(ConnectionError):
    """A server that did not answer, or not as it should; names the server and what it said."""


@dataclass(frozen=True)
class EndpointSettings:
    """How a server is asked.

    ``in_flight`` requests are under way at once, over all workers of a process. ``timeout`` is in seconds, for one attempt.
    ``prefill`` is off for servers that cannot go on with an answer that was begun for them, ``logprobs`` for those that do not
    tell log-probabilities. ``context`` lets a translator see the whole caption beside a part of it. ``prompt`` is a file to
    take the place of the prompt.
    """

    in_flight: int = 64
    attempts: int = 6
    timeout: float = 300.0
    max_tokens: int = 512
    prefill: bool = True
    logprobs: bool = True
    context: bool = False
    prompt: str = ""

    def __post_init__(self) -> None:
        for name in ("in_flight", "attempts", "timeout", "max_tokens"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}={getattr(self, name)}: must be above 0")


@dataclass(frozen=True)
class Answer:
    """What a model wrote; ``logprob`` is the mean natural-log probability a token, 0 where the server tells none.

    ``complete`` is whether it came to an end of its own.
    """

    text: str
    logprob: float
    complete: bool


def parse_endpoint(name: str) -> tuple[str, str, EndpointSettings]:
    """Base URL (with the version, as ``.../v1``), model and settings of ``URL#MODEL?SETTING=VALUE``.

    Raises:
        ModelError: one of them is missing or malformed, or there is a secret in it.
    """
    url, _, rest = name.partition("#")
    model, _, query = rest.partition("?")
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise ModelError(f"openai:...#{model}: specs are written down, so no keys and no '?' in the URL; put the key into {KEY}")
    if parts.scheme not in ("http", "https") or not parts.hostname or not model:
        raise ModelError(f"openai:{name}: write openai:URL#MODEL, as openai:http://localhost:8000/v1#Qwen/Qwen2.5-VL-7B-Instruct")
    given = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    try:
        settings = read_settings(EndpointSettings, given)
    except ValueError as error:
        raise ModelError(f"openai:{url}#{model}: {error}") from None
    return url.rstrip("/") + ("" if parts.path.strip("/") else "/v1"), model, settings


class Endpoint:
    """One model of one server. Safe to share between threads, which then share its connections."""

    def __init__(self, url: str, model: str, settings: EndpointSettings) -> None:
        self.url, self.model, self.settings = url, model, settings
        self._key = os.environ.get(KEY, "")
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name=f"endpoint {url}", daemon=True).start()
        self._session: aiohttp.ClientSession | None = None
        self._slots: asyncio.Semaphore
        self._known: dict[str, Answer | EndpointError] = {}
        self._lock = threading.Lock()
        self._run(self._open())
        atexit.register(self.close)

    def ask(self, conversations: Sequence[Sequence[Mapping[str, Any]]], whole: bool = False) -> list[Answer]:
        """The model's answer to each conversation, in order, at temperature 0; equal ones are asked once.

        Args:
            conversations: the messages of each.
            whole: an answer that ``max_tokens`` cut off counts as none.

        Raises:
            EndpointError: some got none. The answers to the others are kept, so that whoever asks for them again, in smaller
                batches, to find the culprit, costs the server nothing.
        """
        payloads = [self._payload(messages) for messages in conversations]
        names = [hashlib.sha256(payload).hexdigest() for payload in payloads]
        with self._lock:
            found = {name: self._known[name] for name in names if name in self._known}
        missing = {name: payload for name, payload in zip(names, payloads, strict=True) if name not in found}
        answers = self._run(self._ask_all(list(missing.items())))
        found |= dict(zip(missing, answers, strict=True))
        if whole:
            found = {name: self._cut_off(answer) for name, answer in found.items()}
        failed = next((found[name] for name in names if isinstance(found[name], EndpointError)), None)
        with self._lock:
            for name in set(names):
                if failed is not None and len(names) > 1:
                    self._known[name] = found[name]
                else:
                    self._known.pop(name, None)
        if isinstance(failed, EndpointError):
            raise failed
        return [answer for name in names if isinstance(answer := found[name], Answer)]

    def listing(self) -> dict[str, Any]:
        """What ``/models`` says of the model, without what changes from request to request.

        Raises:
            EndpointError: the server does not answer, or has no such model.
        """
        body = self._run(self._attempts("GET", "/models", None))
        listed = body.get("data") if isinstance(body, dict) else None
        models = {entry.get("id"): entry for entry in listed or () if isinstance(entry, dict)}
        if self.model not in models:
            raise EndpointError(f"{self.url} has no model '{self.model}'; it has {', '.join(sorted(filter(None, models))) or 'none'}")
        return {name: value for name, value in models[self.model].items() if name not in _UNSTABLE}

    def close(self) -> None:
        """Closes the connections; the object is of no use afterwards."""
        atexit.unregister(self.close)
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _payload(self, messages: Sequence[Mapping[str, Any]]) -> bytes:
        asked: dict[str, Any] = {
            "model": self.model, "messages": list(messages), "temperature": 0, "seed": 0, "max_tokens": self.settings.max_tokens
        }  # fmt: skip
        if self.settings.logprobs:
            asked["logprobs"] = True
        if messages[-1]["role"] == "assistant":
            # vLLM and SGLang go on with the last message only when told so, llama.cpp and Ollama always do.
            asked |= {"add_generation_prompt": False, "continue_final_message": True}
        return json.dumps(asked, ensure_ascii=False).encode()

    def _cut_off(self, answer: Answer | EndpointError) -> Answer | EndpointError:
        if isinstance(answer, EndpointError) or answer.complete:
            return answer
        limit = self.settings.max_tokens
        return EndpointError(f"{self.url}: an answer was cut off after {limit} tokens; add max_tokens={2 * limit} to the spec")

    def _run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        self._slots = asyncio.Semaphore(self.settings.in_flight)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.settings.in_flight),
            timeout=aiohttp.ClientTimeout(total=self.settings.timeout, sock_connect=_CONNECT_SECONDS),
            headers={"Authorization": f"Bearer {self._key}"} if self._key else None,
        )

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask_all(self, payloads: Sequence[tuple[str, bytes]]) -> list[Answer | EndpointError]:
        return await asyncio.gather(*(self._ask(name, payload) for name, payload in payloads))

    async def _ask(self, name: str, payload: bytes) -> Answer | EndpointError:
        try:
            async with self._slots:
                return await self._attempts("POST", "/chat/completions", payload, name, _answer)
        except EndpointError as error:
            return error

    async def _attempts(self, method: str, path: str, payload: bytes | None, name: str = "", read: Any = lambda body: body) -> Any:
        """One request, again and again until it is answered, refused for good, or out of attempts."""
        assert self._session is not None
        for attempt in range(self.settings.attempts):
            asked_for, refused, body = 0.0, False, b""
            try:
                async with self._session.request(
                    method, self.url + path, data=payload, headers={"Content-Type": "application/json"} if payload else None
                ) as response:
                    body = await response.read()
                    status, asked_for = response.status, _seconds(response.headers.get("Retry-After"))
                if status == 200:
                    return read(json.loads(body))
                said = self._said(body)
                refused = status not in _PASSING and status < 500
                trouble = f"status {status}: {said}{_mend(status, said, self._key) if refused else ''}"
            except (ValueError, LookupError, TypeError, AttributeError):
                trouble = f"the answer is not what OpenAI's protocol has: {self._said(body)}"
            except TimeoutError:
                trouble = f"no answer within {self.settings.timeout:g} s"
            except (aiohttp.ClientError, ConnectionError) as error:
                trouble = f"{type(error).__name__}: {self._hidden(str(error))}"
            if refused:
                raise EndpointError(f"{self.url}{path}: {trouble}")
            if attempt + 1 < self.settings.attempts:
                wait = max(min(asked_for, _LONGEST_WAIT), _wait(name, attempt))
                logger.info("%s%s: %s; attempt %d of %d in %.1f s", self.url, path, trouble, attempt + 2, self.settings.attempts, wait)
                await asyncio.sleep(wait)
        raise EndpointError(f"{self.url}{path}: {trouble}, after {self.settings.attempts} attempts; is the server up?")

    def _said(self, body: bytes) -> str:
        text = body.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, LookupError, TypeError):
            error = json.loads(text)["error"]
            text = str(error["message"] if isinstance(error, dict) else error)
        return self._hidden(" ".join(text.split())[:300])

    def _hidden(self, text: str) -> str:
        """A server may repeat the key that it refuses."""
        return text.replace(self._key, "***") if self._key else text


def describe_endpoint(spec: str, name: str, ask: bool) -> ModelCard:
    """The card of a served model: what the server lists of it is its revision and is hashed. Without ``ask`` neither is known.

    Raises:
        ValueError: see `parse_endpoint`.
        EndpointError: see `Endpoint.listing`.
    """
    url, model, settings = parse_endpoint(name)
    if not ask:
        return ModelCard(spec, model, "", "")
    endpoint = Endpoint(url, model, settings)
    try:
        listed = endpoint.listing()
    finally:
        endpoint.close()
    revision = next((str(listed[field]) for field in ("revision", "version", "root") if listed.get(field)), "")
    return ModelCard(spec, model, revision, hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest())


def _answer(body: Any) -> Answer:
    choice = body["choices"][0]
    text = choice["message"]["content"]
    if not isinstance(text, str):
        raise TypeError("no text in the answer")
    tokens = (choice.get("logprobs") or {}).get("content") or []
    mean = sum(float(token["logprob"]) for token in tokens) / len(tokens) if tokens else 0.0
    return Answer(text, round(mean, 4), choice.get("finish_reason") != "length")


def _seconds(after: str | None) -> float:
    """What ``Retry-After`` asks for, as seconds or as a date; 0 where it says nothing that makes sense."""
    if not after:
        return 0.0
    with contextlib.suppress(ValueError):
        return max(0.0, float(after))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    return 0.0


def _wait(name: str, attempt: int) -> float:
    """Seconds before the next attempt: doubling, and between half and all of that by chance, so that not all come back at once."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt) * random.Random(f"{name}-{attempt}").uniform(0.5, 1)


def _mend(status: int, said: str, key: str) -> str:
    if status in (401, 403):
        return f"; {'another key belongs into' if key else 'put a key into'} the environment variable {KEY}"
    if "logprob" in said.lower():
        return "; add logprobs=off to the spec, as #MODEL?logprobs=off"
    if any(word in said.lower() for word in ("continue_final_message", "add_generation_prompt", "prefill", "assistant")):
        return "; add prefill=off to the spec, as #MODEL?prefill=off"
    return ""
