"""The server of the microworld's web, on a loopback port: every page's picture, and every fault that `faults` asks for.

``python -m pipeline.microworld.server`` prints its address and serves every seed and row until it is stopped, or until the
process that ``--parent`` names is its parent no longer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from aiohttp import web

from pipeline.memory import give_back
from pipeline.microworld.pictures import picture
from pipeline.microworld.render import draw_backgrounds, forget
from pipeline.microworld.world import HOSTS, Page, page, share

_HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in to see this picture</h1></body></html>\n"
_PRIVATE = ("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:9/secret.jpg")
_OPT_OUTS = ("noai", "noai, noimageai", "noimageai")
_MOVED = (301, 302, 303, 307, 308)
_IDLE = 5.0
"""Seconds without a picture after which what was kept for pictures is given up."""
_BRIEF = {"not_found": 404, "gone": 410, "server_error": 500}


def application() -> web.Application:
    """The server's routes: /SEED/ROW.jpg, with ?hop=N on a detour."""
    made, pictures = web.Application(), _Pictures()
    made.router.add_get(r"/{seed:\d+}/{index:\d{7,}}.jpg", pictures.answer)
    made.cleanup_ctx.append(pictures.preparing)
    return made


class _Pictures:
    def __init__(self) -> None:
        self._refused: set[tuple[int, int]] = set()
        # One thread: answers without a picture need not wait for a drawing, and drawings share their caches.
        self._painter = ThreadPoolExecutor(1, "painter")
        self._drawn = 0

    async def preparing(self, _: web.Application) -> AsyncIterator[None]:
        """While the server is up, draws what will be behind things; who asks for a picture waits for one such drawing at most.

        What has been drawn is kept for the next pictures, until for a while nobody has asked for any.
        """
        drawing = asyncio.create_task(self._prepare())
        yield
        drawing.cancel()

    async def _prepare(self) -> None:
        loop, backgrounds, before = asyncio.get_running_loop(), draw_backgrounds(), 0
        while await loop.run_in_executor(self._painter, next, backgrounds, None):
            pass
        while True:
            await asyncio.sleep(_IDLE)
            if before == self._drawn > 0:
                self._drawn = 0
                await loop.run_in_executor(self._painter, _forget)
            before = self._drawn

    async def answer(self, request: web.Request) -> web.StreamResponse:
        seed, index = int(request.match_info["seed"]), int(request.match_info["index"])
        hop = request.query.get("hop", "0")
        wanted = page(index, seed)
        hops = int(hop) if hop.isdecimal() and len(hop) < 4 else 0
        if not _is_at(request.host, _host(wanted, hops)) or wanted.url.rpartition("/")[2] != f"{index:07d}.jpg":
            return web.Response(status=404, text="There is no such picture at this host.\n")
        match wanted.fault:
            case "not_found" | "gone" | "server_error":
                return web.Response(status=_BRIEF[wanted.fault], text=f"{wanted.fault}\n")
            case "flaky" if self._refuses(seed, index):
                return web.Response(status=503, headers={"Retry-After": "1" if share(seed, index, "wait") < 0.2 else "0"})
            case "redirect" if hops < 1 + int(share(seed, index, "hops") * 3):
                return _moved(_MOVED[int(share(seed, index, hops, "status") * len(_MOVED))], wanted, hops + 1)
            case "redirect_loop":
                return _moved(302, wanted, 2 if hops == 1 else 1)
            case "private_redirect":
                return _located(302, _PRIVATE[int(share(seed, index, "private") * len(_PRIVATE))])
            case "html_as_jpeg":
                return web.Response(body=_HTML, content_type="image/jpeg")
            case "empty":
                return web.Response(body=b"", content_type="image/jpeg")
        self._drawn += 1
        body = await asyncio.get_running_loop().run_in_executor(self._painter, picture, wanted, seed)
        if wanted.fault == "slow_drip":
            return await _drip(request, body)
        headers = {"X-Robots-Tag": _OPT_OUTS[int(share(seed, index, "opt out") * len(_OPT_OUTS))]} if wanted.fault == "opted_out" else {}
        return web.Response(body=body, content_type="image/jpeg", headers=headers)

    def _refuses(self, seed: int, index: int) -> bool:
        """Every other time, so that each client that tries again finds the same: one refusal, then the picture."""
        if (seed, index) in self._refused:
            self._refused.remove((seed, index))
            return False
        self._refused.add((seed, index))
        return True


def _forget() -> None:
    forget()
    give_back()


def _host(wanted: Page, hops: int) -> str:
    """Detours lead around the hosts."""
    first = urlsplit(wanted.url).hostname or ""
    return HOSTS[(HOSTS.index(first) + hops) % len(HOSTS)] if hops else first


def _is_at(asked: str, host: str) -> bool:
    """Whether a request's Host means the host; a client that knows the server's address may name that instead."""
    return asked == host or asked.startswith("127.0.0.1:")


def _moved(status: int, wanted: Page, hops: int) -> web.Response:
    return _located(status, f"http://{_host(wanted, hops)}{urlsplit(wanted.url).path}?hop={hops}")


def _located(status: int, location: str) -> web.Response:
    return web.Response(status=status, headers={"Location": location}, text=f"It is at {location}\n")


async def _drip(request: web.Request, body: bytes) -> web.StreamResponse:
    """A byte every two seconds: hours for a picture."""
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": str(len(body))})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        for byte in body:
            await response.write(bytes([byte]))
            await asyncio.sleep(2)
    return response


async def _serve(port: int, parent: int | None) -> None:
    runner = web.AppRunner(application(), access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    host, chosen = runner.addresses[0][:2]
    print(f"{host}:{chosen}", flush=True)
    while parent is None or os.getppid() == parent:
        await asyncio.sleep(0.3)
    # A drawing under way is of no use any more.
    os._exit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.microworld.server", description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="loopback port (default: any that is free)")
    parser.add_argument("--parent", type=int, metavar="PID", help="stop when this is no longer the parent process")
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.parent))


if __name__ == "__main__":
    main()
