"""The microworld's web: a server on loopback that has every page's picture, and every fault that `faults` asks for."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web
from PIL import Image, ImageDraw

from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.world import HOSTS, Page, page

_QUALITY = 92
_DRIP_SECONDS = 60
_PRIVATE = "http://169.254.169.254/latest/meta-data"


@dataclass(frozen=True)
class Web:
    """A running server: its ``address`` as 127.0.0.1:PORT, and which made-up hosts are to be looked for there."""

    address: str

    @property
    def resolve(self) -> dict[str, str]:
        """Host to address, as `pipeline.fetch.FetchSettings` takes it."""
        return dict.fromkeys(HOSTS, self.address)


@contextmanager
def serve() -> Iterator[Web]:
    """Runs the web in a process of its own while the block lasts; it ends with this process, however that ends."""
    command = [sys.executable, "-m", "pipeline.microworld.web"]
    # The server ends when its standard input does, which also happens when this process is killed.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        try:
            assert server.stdout and server.stdin
            line = server.stdout.readline().strip()
            if not line:
                raise OSError("the microworld's web did not start; its own message stands above")
            yield Web(line)
        finally:
            server.kill()


def application() -> web.Application:
    """The server's routes: /SEED/INDEX.jpg, and /SEED/INDEX.jpg?hop=N on the way there."""
    made = web.Application()
    made.router.add_get("/{seed}/{index}.jpg", _Pictures().answer)
    return made


class _Pictures:
    def __init__(self) -> None:
        self.asked: set[tuple[int, int]] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        seed, index = int(request.match_info["seed"]), int(request.match_info["index"])
        wanted = page(index, seed)
        hops = int(request.query.get("hop", 0))
        match wanted.fault:
            case "not_found":
                return web.Response(status=404, text="Not found")
            case "gone":
                return web.Response(status=410, text="Gone")
            case "server_error":
                return web.Response(status=500, text="Internal error")
            case "flaky" if (seed, index) not in self.asked:
                self.asked.add((seed, index))
                return web.Response(status=503, headers={"Retry-After": "0"})
            case "slow_drip":
                return await _drip(request)
            case "redirect" if hops < 1 + index % 3:
                raise web.HTTPFound(f"http://{HOSTS[(index + hops) % len(HOSTS)]}{request.path}?hop={hops + 1}")
            case "redirect_loop":
                raise web.HTTPFound(f"{request.path}?hop={hops + 1}")
            case "private_redirect":
                raise web.HTTPFound(_PRIVATE)
            case "html_as_jpeg":
                text = "<!DOCTYPE html><html><body><h1>Please sign in to see this picture</h1></body></html>"
                return web.Response(body=text.encode(), content_type="image/jpeg")
            case "empty":
                return web.Response(body=b"", content_type="image/jpeg")
            case "placeholder":
                return web.Response(body=placeholder(), content_type="image/jpeg")
        body = await asyncio.get_running_loop().run_in_executor(None, picture, wanted)
        if wanted.fault == "truncated":
            body = body[: len(body) // 2]
        headers = {"X-Robots-Tag": "noai, noimageai"} if wanted.fault == "opted_out" else {}
        return web.Response(body=body, content_type="image/jpeg", headers=headers)


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": "50000"})
    await response.prepare(request)
    for _ in range(_DRIP_SECONDS):
        await response.write(b"\xff")
        await asyncio.sleep(1)
    return response


def picture(wanted: Page) -> bytes:
    """The bytes of a page's picture, faults of the encoding included."""
    image = render_scene(sample_scene(wanted.scene))
    if wanted.fault == "mislabelled":
        return _encoded(image, "PNG" if wanted.index % 2 else "WEBP", lossless=True)
    if wanted.fault == "sideways":
        exif = Image.Exif()
        exif[0x0112] = 6
        return _encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=_QUALITY, exif=exif)
    return _encoded(image, "JPEG", quality=70 if wanted.fault == "reencoded" else _QUALITY)


@lru_cache(maxsize=1)
def placeholder() -> bytes:
    """The picture that hosts give instead of one that they have lost."""
    image = Image.new("RGB", (256, 256), "#e6e6e6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((78, 78, 178, 158), outline="#9a9a9a", width=5)
    draw.polygon([(88, 148), (118, 108), (140, 136), (152, 122), (168, 148)], fill="#bdbdbd")
    draw.ellipse((144, 90, 160, 106), fill="#bdbdbd")
    draw.text((84, 176), "image not available", fill="#7a7a7a")
    return _encoded(image, "JPEG", quality=_QUALITY)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


async def _run() -> None:
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"{host}:{port}", flush=True)
    await asyncio.Event().wait()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Serves until standard input ends; prints the address first."""
    argparse.ArgumentParser(prog="python -m pipeline.microworld.web", description=__doc__).parse_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_run())


if __name__ == "__main__":
    main()
