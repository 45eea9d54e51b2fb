"""A real web server on loopback over a folder, as `python -m http.server` is: no ranges, and a list of links for a folder."""

from __future__ import annotations

import functools
import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Web(http.server.ThreadingHTTPServer):
    """Counts the times that each path was got; fails for some of them, with a status, so many times."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        self.got: Counter[str] = Counter()
        self.failures: dict[str, list[int]] = {}
        self.lists, self.tells_sizes = True, True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.got[self.path] += 1
        if failures := self.server.failures.get(self.path):
            self.send_error(failures.pop())
        else:
            super().do_GET()

    def list_directory(self, path):  # type: ignore[no-untyped-def]
        if self.server.lists:
            return super().list_directory(path)
        self.send_error(403)
        return None

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Content-Length" or self.server.tells_sizes:
            super().send_header(keyword, value)

    def log_message(self, format: str, *values: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[Web]:
    """A server over a folder, for as long as the block lasts."""
    with Web(folder) as web:
        threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield web
        finally:
            web.shutdown()
