"""Which addresses may be connected to for a URL."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from pipeline.fetch.addresses import plain_host, refusal
from pipeline.fetch.proxies import proxy_url
from pipeline.fetch.reasons import Failure, shortage
from pipeline.fetch.settings import FetchSettings, split_host_port

_NO_SUCH_NAME = (".invalid", ".onion")  # RFC 6761, RFC 7686: not to be looked up


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
        self._threads = asyncio.Semaphore(settings.dns_threads)
        self._running: dict[str, _LookUp] = {}
        self._exempt = {(target.address, target.port) for target in self._redirected.values()}
        if self._proxy and _is_address(self._proxy[0]):
            self._exempt.add(self._proxy)

    async def turn(self, host: str) -> None:
        """Waits until a host is being looked up, if it has to be: what others' look-ups take is not to be laid to its charge."""
        known = host in self._redirected or _is_address(host) or _is_local(host) or host.endswith(_NO_SUCH_NAME)
        if not known and _NAMES.get(host) is None:
            await self._look_up(host).begun.wait()

    async def targets(self, host: str, port: int) -> list[Target]:
        """Where a URL's host and port lead.

        Args:
            host: as `pipeline.fetch.urls.parse_url` leaves it.

        Raises:
            Failure: ``private_address``, ``dns``, ``dns_unavailable`` or ``out_of_files``.
        """
        known = self.known(host, port)
        return self._checked(host, port, await self._found(host)) if known is None else known

    def known(self, host: str, port: int) -> list[Target] | None:
        """As `targets`, as far as that is known without a wait; None where a name has to be looked up."""
        if host in self._redirected:
            return [self._redirected[host]]
        if _is_local(host) and (host, port) not in self._allowed:
            raise Failure("private_address", f"{host} is loopback")
        addresses = (host,) if _is_address(host) else _NAMES.get(host)
        return self._checked(host, port, addresses) if addresses else None

    def _checked(self, host: str, port: int, addresses: tuple[str, ...]) -> list[Target]:
        if (host, port) in self._allowed:
            self._exempt |= {(address, port) for address in addresses}
        else:
            for bad in filter(None, map(refusal, addresses)):
                raise Failure("private_address", bad)
        return [Target(address, port) for address in addresses]

    def goes_directly(self, host: str, port: int) -> bool:
        """Whether a host and port are reached without the proxy, because the settings say where they are."""
        return self._proxy is None or host in self._redirected or (host, port) in self._allowed

    async def proxied(self, host: str) -> list[Target]:
        """Where the proxy is, for a host that it will look up and connect to; that is checked by the addresses that it has here, if any.

        Raises:
            Failure: ``private_address``; as `targets` where the proxy's own name is not known.
        """
        try:
            await self.targets(host, 0)
        except Failure as failure:
            if failure.reason == "private_address":
                raise
        assert self._proxy
        named, port = self._proxy
        addresses = (named,) if _is_address(named) else await self._found(named)
        self._exempt |= {(address, port) for address in addresses}
        return [Target(address, port) for address in addresses]

    def check(self, address: str, port: int) -> None:
        """The last look, at the address that a socket is about to be connected to.

        Raises:
            Failure: ``private_address``: it is neither public nor one that was let through for its host.
        """
        if (address, port) not in self._exempt and (bad := refusal(address)):
            raise Failure("private_address", bad)

    def close(self) -> None:
        """Lets go of the look-ups that still run."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _found(self, host: str) -> tuple[str, ...]:
        if host.endswith(_NO_SUCH_NAME):
            raise Failure("dns", "the name is reserved not to exist")
        found = _NAMES.get(host)
        if found is None:
            # Shielded, as the deadline of one that waits for it is not that of another.
            found = await asyncio.shield(self._look_up(host).answer)
        if not found:
            raise Failure("dns", "no such host")
        return found

    def _look_up(self, host: str) -> _LookUp:
        """One look-up for all that wait for the name."""
        if host not in self._running:
            begun = asyncio.Event()
            answer = asyncio.create_task(self._ask(host, begun))
            answer.add_done_callback(lambda task: task.cancelled() or task.exception())  # seen, also if all who waited are gone
            answer.add_done_callback(lambda _: self._running.pop(host, None))
            self._running[host] = _LookUp(begun, answer)
        return self._running[host]

    async def _ask(self, host: str, begun: asyncio.Event) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with self._threads:
                begun.set()
                answers = await loop.run_in_executor(self._pool, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
            # In an order of our own, so that a name with many addresses leads to the same one of each family each time.
            found = tuple(sorted({str(answer[4][0]) for answer in answers}, key=lambda address: (":" in address, address)))
        except (UnicodeError, ValueError):
            found = ()  # a label that is empty or too long
        except OSError as error:
            if not isinstance(error, socket.gaierror):
                raise shortage(error) or Failure("dns_unavailable", error.strerror or type(error).__name__) from None
            if error.errno not in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                raise Failure("dns_unavailable", "the name server gave no answer") from None
            found = ()
        _NAMES.put(host, found, self._seconds)
        return found


@dataclass(frozen=True)
class _LookUp:
    """A look-up that waits for a thread, or has ``begun``; with its ``answer``."""

    begun: asyncio.Event
    answer: asyncio.Task[tuple[str, ...]]


def _is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


@lru_cache(maxsize=4096)
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
