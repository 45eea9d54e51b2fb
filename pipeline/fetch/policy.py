"""Which URLs may be asked for, and which addresses may be connected to for them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from pipeline.fetch.addresses import plain_host, refusal
from pipeline.fetch.proxies import proxy_url
from pipeline.fetch.reasons import Failure
from pipeline.fetch.settings import FetchSettings, split_host_port

_LONGEST = 8000  # characters; servers refuse longer ones
_NO_SUCH_NAME = (".invalid", ".onion")  # RFC 6761, RFC 7686: not to be looked up


def parse_url(text: str | None) -> URL:
    """A URL that can be asked for, in the form that `canonical_url` describes.

    Raises:
        Failure: ``bad_url`` or ``scheme``.
    """
    text = (text or "").strip()
    if not text or len(text) > _LONGEST:
        raise Failure("bad_url", "no URL" if not text else f"longer than {_LONGEST} characters")
    try:
        url = URL(text)
        scheme, host, port = url.scheme, url.raw_host, url.port
    except ValueError as error:
        raise Failure("bad_url", " ".join(str(error).split())[:200]) from None
    if scheme not in ("http", "https"):
        raise Failure("scheme" if scheme else "bad_url", f"scheme '{scheme}'" if scheme else "no scheme")
    if not host or not port:
        raise Failure("bad_url", "no host" if not host else "port 0")
    if url.raw_user is not None or url.raw_password is not None:
        raise Failure("bad_url", "carries a user name")
    try:
        url = url.with_host(plain_host(host)).with_fragment(None)
        return url.with_path("/", keep_query=True) if url.raw_path == "/" else url
    except ValueError as error:
        raise Failure("bad_url", " ".join(str(error).split())[:200]) from None


def canonical_url(text: str) -> str:
    """The one spelling of a URL: scheme and host in lower case, host in ASCII without a dot at the end, numeric hosts as
    dotted quads, no default port, no fragment, percent-encoding only where needed, ``/`` for an empty path.

    Raises:
        Failure: ``bad_url`` or ``scheme``.
    """
    return str(parse_url(text))


@dataclass(frozen=True)
class Target:
    """A checked address and port to connect to."""

    address: str
    port: int


class Guard:
    """Says for a host and port what may be connected to; resolves names, and checks each address that comes out.

    A host is refused if any of its addresses is not public, since which one would be taken is not ours to say.
    """

    def __init__(self, settings: FetchSettings) -> None:
        proxy = proxy_url(settings.proxy)
        self._proxy = (proxy.raw_host or "", proxy.port or 0) if proxy else None
        self._seconds = settings.dns_seconds
        self._allowed = {(plain_host(host), port) for host, port in map(split_host_port, settings.allow_private)}
        self._redirected = {plain_host(host): Target(*split_host_port(address)) for host, address in settings.resolve}
        self._pool = ThreadPoolExecutor(settings.dns_threads, "dns")
        self._running: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._exempt = {(target.address, target.port) for target in self._redirected.values()}
        if self._proxy and _is_address(self._proxy[0]):
            self._exempt.add(self._proxy)

    async def targets(self, host: str, port: int) -> list[Target]:
        """Where a URL's host and port lead.

        Args:
            host: as `parse_url` leaves it.

        Raises:
            Failure: ``private_address``, ``dns`` or ``dns_unavailable``.
        """
        if host in self._redirected:
            return [self._redirected[host]]
        allowed = (host, port) in self._allowed
        if not allowed and (host == "localhost" or host.endswith(".localhost")):
            raise Failure("private_address", f"{host} is loopback")
        addresses = (host,) if _is_address(host) else await self._look_up(host)
        if allowed:
            self._exempt |= {(address, port) for address in addresses}
        else:
            for bad in filter(None, map(refusal, addresses)):
                raise Failure("private_address", bad)
        return [Target(address, port) for address in addresses]

    def goes_directly(self, host: str, port: int) -> bool:
        """Whether a host and port are reached without the proxy, because the settings say where they are."""
        return self._proxy is None or host in self._redirected or (host, port) in self._allowed

    async def check_proxied(self, host: str) -> None:
        """Checks a host that the proxy will look up and connect to: by the addresses that it has here, if it has any.

        Raises:
            Failure: ``private_address``.
        """
        try:
            await self.targets(host, 0)
        except Failure as failure:
            if failure.reason == "private_address":
                raise

    async def connections(self, host: str, port: int) -> list[Target]:
        """Where a connection to a host and port may go, which is the proxy itself or what `targets` says of a URL's host.

        Raises:
            Failure: as `targets`.
        """
        if (host, port) != self._proxy:
            return await self.targets(host, port)
        addresses = (host,) if _is_address(host) else await self._look_up(host)
        self._exempt |= {(address, port) for address in addresses}
        return [Target(address, port) for address in addresses]

    def check(self, address: str, port: int) -> None:
        """The last look, at the address that a socket is about to be connected to.

        Raises:
            PermissionError: it is neither public nor one that was let through for its host.
        """
        if (address, port) not in self._exempt and (bad := refusal(address)):
            raise PermissionError(bad)

    def close(self) -> None:
        """Lets go of the look-ups that still run."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, host: str) -> tuple[str, ...]:
        if host.endswith(_NO_SUCH_NAME):
            raise Failure("dns", "the name is reserved not to exist")
        found = _NAMES.get(host)
        if found is None:
            # One look-up for all that wait for the name; shielded, as the deadline of one is not that of another.
            task = self._running.get(host)
            if task is None:
                task = self._running[host] = asyncio.create_task(self._ask(host))
                task.add_done_callback(lambda _: self._running.pop(host, None))
            found = await asyncio.shield(task)
        if not found:
            raise Failure("dns", "no such host")
        return found

    async def _ask(self, host: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._pool, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
            # In an order of our own, so that a name with many addresses leads to the same one each time; IPv4 first.
            found = tuple(sorted({str(answer[4][0]) for answer in answers}, key=lambda address: (":" in address, address)))
        except socket.gaierror as error:
            if error.errno not in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                raise Failure("dns_unavailable", "the name server gave no answer") from None
            found = ()
        except (UnicodeError, ValueError):
            found = ()  # a label that is empty or too long
        _NAMES.put(host, found, self._seconds)
        return found


class GuardedResolver(AbstractResolver):
    """Gives aiohttp the addresses that the guard checked, and no others."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        try:
            targets = await self._guard.connections(host, port)
        except Failure as failure:
            raise PermissionError(str(failure)) from None
        return [
            ResolveResult(
                hostname=host,
                host=target.address,
                port=target.port,
                family=socket.AF_INET6 if ":" in target.address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for target in targets
        ]

    async def close(self) -> None:
        """The guard is closed by who made it."""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Names:
    """Addresses by host name for all fetches of the process; names that do not exist have none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, tuple[str, ...]]] = {}

    def get(self, host: str) -> tuple[str, ...] | None:
        with self._lock:
            expires, addresses = self._found.get(host, (0.0, ()))
            return addresses if time.monotonic() < expires else None

    def put(self, host: str, addresses: tuple[str, ...], seconds: float) -> None:
        with self._lock:
            if len(self._found) >= 100_000:
                self._found.clear()
            self._found[host] = (time.monotonic() + seconds, addresses)


_NAMES = _Names()
