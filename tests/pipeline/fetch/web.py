"""A web server that misbehaves on purpose, on loopback; and a listener that nothing may ever connect to."""

import asyncio
import gzip
import io
import socket
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image

from tests.pipeline.fetch.certificates import write_certificate


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A gradient in a format, so that cuts and turns show."""
    red = Image.linear_gradient("L").resize(size)
    made = Image.merge("RGB", (red, red.transpose(Image.Transpose.ROTATE_180), Image.new("L", size, 90))).convert(mode)
    sink = io.BytesIO()
    made.save(sink, kind, **options)
    return sink.getvalue()


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer; underscores in header names stand for hyphens."""
    lines = {"Content-Type": "image/jpeg", "Content-Length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Web:
    """Routes by path: bytes to send, or a function of the number of the request for it. ``hits`` counts requests,
    ``connections`` what they came by, of which ``most_open`` were open at once; ``secure`` is the address of the same routes
    behind TLS, with the certificate that ``certificates`` has for the host that is asked for (files with the key in them), else
    one that nobody vouches for.
    """

    def __init__(self) -> None:
        self.routes: dict[str, bytes | Callable[[int], bytes]] = {}
        self.streams: dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]] = {}
        self.hits: Counter[str] = Counter()
        self.headers: dict[str, str] = {}
        self.certificates: dict[str, Path] = {}
        self.most_at_once, self._at_once = 0, 0
        self.connections, self.most_open, self._open = 0, 0, 0
        self.address, self.secure = "", ""

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            while first := await reader.read(1):
                if first == b"\x16":  # a TLS handshake, which this server does not speak
                    writer.write(answer(status="400 Bad Request"))
                    break
                head = first + await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                path = lines[0].split(" ")[1]
                self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:]) if name}
                self.hits[path] += 1
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    if path in self.streams:
                        await self.streams[path](writer)
                        break
                    if path.startswith("/slot"):
                        await asyncio.sleep(0.3)
                    route = self.routes.get(path, answer(status="404 Not Found"))
                    writer.write(route if isinstance(route, bytes) else route(self.hits[path]))
                    await writer.drain()
                finally:
                    self._at_once -= 1
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open -= 1
            writer.close()


@contextmanager
def deaf() -> Iterator[str]:
    """The address of a listener whose queue is full, and which takes nobody from it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as first, socket.socket() as second:
        for other in (first, second):
            other.setblocking(False)
            with suppress(BlockingIOError):
                other.connect(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serving(web: Web) -> Iterator[Web]:
    """Serves a web in a thread of its own while the block lasts."""
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def start() -> None:
        server = await asyncio.start_server(web.serve, sock=_new_place())
        with tempfile.TemporaryDirectory() as folder:
            certificate = _context(write_certificate(Path(folder) / "a.pem", "pictures.test"))
        certificate.sni_callback = choose
        secure = await asyncio.start_server(web.serve, sock=_new_place(), ssl=certificate)
        web.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        web.secure = f"127.0.0.1:{secure.sockets[0].getsockname()[1]}"
        started.set()
        await stop.wait()
        server.close()
        secure.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        if host in web.certificates:
            connection.context = _context(web.certificates[host])

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(start(),))
    thread.start()
    started.wait()
    try:
        yield web
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _new_place() -> socket.socket:
    """A listener at a port that no web of this process has had: the client remembers the rules of those that are gone by theirs."""
    while (listener := socket.create_server(("127.0.0.1", 0))).getsockname()[1] in _had:
        listener.close()
    _had.add(listener.getsockname()[1])
    return listener


_had = set[int]()


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


class Forbidden:
    """Listens on several loopback addresses at one port, and counts who connects."""

    def __init__(self) -> None:
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets.append(socket.create_server(("127.0.0.2", self.port)))
        if socket.has_ipv6:
            with suppress(OSError):  # a machine without ::1
                self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for listener in self.sockets:
            listener.setblocking(False)

    @property
    def touched(self) -> int:
        """Connections since the last look."""
        count = 0
        for listener in self.sockets:
            try:
                while True:
                    listener.accept()[0].close()
                    count += 1
            except BlockingIOError:
                pass
        return count

    def close(self) -> None:
        for listener in self.sockets:
            listener.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """A sound head, then a byte now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(writer: asyncio.StreamWriter) -> None:
    """Not even a head."""
    await asyncio.sleep(60)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without an announced length that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n")
    while True:
        writer.write(b"\xff" * 65536)
        await writer.drain()


async def chunked_forever(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"\xff" * 65536 + b"\r\n")
        await writer.drain()


async def chunked_nonsense(writer: asyncio.StreamWriter) -> None:
    """Says that chunks come, and sends something else."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n")


async def half(writer: asyncio.StreamWriter) -> None:
    """Half of the body that was announced, and then nothing more."""
    body = picture()
    writer.write(answer(body, Content_Length=str(2 * len(body))))
    await writer.drain()


async def endless_and_opted_out(writer: asyncio.StreamWriter) -> None:
    """A head that refuses, and a body that would never end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nX-Robots-Tag: noai\r\n\r\n")
    while True:
        writer.write(b"\xff" * 65536)
        await writer.drain()


async def endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"a" * 4096 + b"\r\n")
        await writer.drain()


async def only_continue(writer: asyncio.StreamWriter) -> None:
    """Says that an answer is to come, and goes."""
    writer.write(b"HTTP/1.1 100 Continue\rContent-Length: 0\r\r")


async def reset(writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""


def bomb(megabytes: int) -> bytes:
    """Zeros, gzipped."""
    return gzip.compress(bytes(megabytes * 2**20), 9)
