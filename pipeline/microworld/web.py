"""The microworld's web: a misbehaving server on loopback, in a process of its own. `world` knows what it serves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.microworld.world import HOSTS


@dataclass(frozen=True)
class Web:
    """A running server: its ``address`` as 127.0.0.1:PORT, its ``pid``, and the made-up ``hosts`` that are to be found there."""

    address: str
    pid: int
    hosts: tuple[str, ...] = HOSTS

    @property
    def resolve(self) -> dict[str, str]:
        """Host to address, as `pipeline.fetch.FetchSettings` takes it."""
        return dict.fromkeys(self.hosts, self.address)


@contextmanager
def serve() -> Iterator[Web]:
    """Runs the web while the block lasts, for image lists of every length and seed; it ends with this process, however that ends.

    Raises:
        OSError: the server did not start.
    """
    command = [sys.executable, "-m", "pipeline.microworld.server", "--parent", str(os.getpid())]
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    # A session of its own: Ctrl-C is for this process, which then ends the server.
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )  # fmt: skip
    try:
        assert server.stdout
        address = server.stdout.readline().strip()
        if not address:
            raise OSError(f"the microworld's web did not start (exit code {server.wait()}): its own message stands above")
        yield Web(address, server.pid)
    finally:
        server.kill()
        server.wait()
        if server.stdout:
            server.stdout.close()
