"""A loopback web for measurements: pictures of a megapixel from memory, and hosts that never answer. ``python -m bench.web``."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import resource
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import urlopen

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1152, 896
KINDS = {"jpeg": {"quality": 85}, "png": {}, "webp": {"quality": 75}}
"""Formats, and how pictures are encoded in them."""
DIFFERENT = 8
"""Pictures of a format; each URL gets the bytes of one of them, with its number in them."""
LIVE = tuple(f"127.0.{network}.{number}" for network in (0, 3) for number in range(1, 251))
FEW = 50
"""Of these hosts pictures are where their formats are compared: all connections to them can be kept."""
SILENT = tuple(f"127.0.1.{number}" for number in range(1, 251))
"""Hosts that take a connection and never say anything."""
REFUSING = tuple(f"127.0.2.{number}" for number in range(1, 251))
"""Hosts where nothing listens."""


@dataclass(frozen=True)
class Web:
    """A web that runs, at this port of all its hosts."""

    port: int

    def url(self, number: int, kind: str = "jpeg", hosts: int = FEW) -> str:
        """A URL of a picture, at one of the first hosts."""
        return f"http://{LIVE[number % hosts]}:{self.port}/{kind}/{number}"

    def dead(self, number: int) -> str:
        """A URL that there is no picture at: in turn gone, of a host that does not exist, refused, and never answered."""
        host = (LIVE, (f"host-{number}.invalid",), REFUSING, SILENT)[number % 4]
        return f"http://{host[number // 4 % len(host)]}:{self.port}/gone/{number}"

    def allowed(self) -> list[str]:
        """All that is at a loopback address, as HOST:PORT."""
        return [f"{host}:{self.port}" for host in (*LIVE, *SILENT, *REFUSING)]

    def status(self) -> dict[str, float]:
        """``pictures`` that were asked for, and when the ``first`` was (seconds since 1970; 0 if none was)."""
        with urlopen(f"http://{LIVE[0]}:{self.port}/status") as answer:
            return json.load(answer)


@contextmanager
def running() -> Iterator[Web]:
    """A web in a process of its own."""
    with subprocess.Popen([sys.executable, "-m", "bench.web"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Web(int(process.stdout.readline()))
        finally:
            process.kill()


def picture(seed: int) -> Image.Image:
    """Smooth noise with some grain, as in photographs, and shapes with edges before it."""
    random = np.random.default_rng(seed)
    made = np.full((HEIGHT, WIDTH, 3), 128, np.float32)
    for cells, strength in ((4, 60), (16, 30), (64, 14), (256, 5)):
        noise = random.normal(0, strength, (3, cells, cells)).astype(np.float32)
        made += np.stack([np.asarray(Image.fromarray(plane).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) for plane in noise], 2)
    made += random.normal(0, 1, (HEIGHT, WIDTH, 1))
    image = Image.fromarray(made.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, size = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)), int(random.integers(20, 200))
        draw.ellipse((x, y, x + size, y + 0.7 * size), tuple(random.integers(0, 255, 3).tolist()))
    return image


def encoded(image: Image.Image, kind: str) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind.upper(), **KINDS[kind])
    return sink.getvalue()


def numbered(body: bytes, kind: str, number: int) -> bytes:
    """The same picture in other bytes."""
    mark = b"%d" % number
    if kind == "jpeg":
        return body[:2] + b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark + body[2:]
    if kind == "png":
        chunk = b"tEXtnumber\0" + mark
        return body[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + body[33:]
    return body + mark


class _Host(asyncio.Protocol):
    """Answers requests with as little work as will do."""

    bodies: dict[str, list[bytes]] = {}
    pictures, first = 0, 0.0
    silent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        if self.silent:
            return
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, self.waiting = self.waiting.split(b"\r\n\r\n", 1)
            _, kind, *number = head.split(b" ", 2)[1].decode().split("/")
            self.transport.write(self.answer(kind, *number))
            if b"connection: close" in head.lower():
                self.transport.close()

    def answer(self, kind: str, number: str = "") -> bytes:
        if kind == "status":
            return _http("200 OK", "application/json", json.dumps({"pictures": _Host.pictures, "first": _Host.first}).encode())
        if kind not in KINDS:
            return _http("404 Not Found", "text/plain", b"")
        _Host.pictures, _Host.first = _Host.pictures + 1, _Host.first or time.time()
        bodies = self.bodies[kind]
        return _http("200 OK", f"image/{kind}", numbered(bodies[int(number) % len(bodies)], kind, int(number)))


class _SilentHost(_Host):
    silent = True


def _http(status: str, content_type: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _serve() -> None:
    pictures = [picture(seed) for seed in range(DIFFERENT)]
    _Host.bodies = {kind: [encoded(image, kind) for image in pictures] for kind in KINDS}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Host, LIVE[0], 0, backlog=2048)
    port = server.sockets[0].getsockname()[1]
    await loop.create_server(_Host, LIVE[1:], port, backlog=2048)
    await loop.create_server(_SilentHost, SILENT, port, backlog=2048)
    print(port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    # Every host is a file, and so is every connection that a silent one holds.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(_serve())
